import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { creditCodeOf, makeWorld, organisationOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
const licence = { name: '营业执照.pdf', mimeType: 'application/pdf', buffer: pdf };

describePages('registering an organisation', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  async function fill(page: Page, login: string, code: string, name: string): Promise<void> {
    await page.getByLabel('统一社会信用代码').fill(code);
    await page.getByLabel('机构全称').fill(name);
    await page.getByLabel('法人代表').fill('张示例');
    await page.getByLabel('企业', { exact: true }).check();
    await page.getByLabel('所在地域').fill('示例区');
    await page.getByLabel('通讯地址').fill('示例路1号');
    await page.locator('[data-field="organisation.email"] input').fill('info@example.com');
    await page.getByLabel('机构简介').fill('从事示例产品的研制和生产。');
    await page.locator('[data-field="organisation.contact.name"] input').fill('李示例');
    await page.getByLabel('固定电话').fill('0518-12345678');
    await page.getByLabel('姓名').fill('申请人');
    await page.locator('[data-field="applicant.email"] input').fill(`${login}@example.com`);
    await page.getByLabel('登录名').fill(login);
    await page.getByLabel('密码', { exact: true }).fill(password);
    await page.getByLabel('再写一遍密码').fill(password);
  }
  const send = (page: Page) => page.getByRole('button', { name: '提交登记' });
  const summary = (page: Page) => page.locator('.error-summary');
  const count = () => fixture.ports.store.collection('registrations').count({});

  it('tells what is wrong before anything is sent, and leads to it', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${fixture.url}/login`);
    await page.getByRole('link', { name: '登记机构' }).click();
    await expectAccessible(page, 'registration form');
    const code = page.getByLabel('统一社会信用代码');
    // While it is typed: how far, then whether it holds and what it says.
    await code.pressSequentially('9135 0100-m000');
    await page.getByText('已填 12 位').waitFor();
    await code.fill('91350100M000100Y44');
    await page.getByText('校验位不符').waitFor();
    await code.fill('91350100m000100y43');
    await page.getByText('✓ 校验位正确：福建省 · 市场监管部门登记 · 企业').waitFor();
    let posted = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/registrations')) posted += 1;
    });
    await send(page).click();
    await page.waitForFunction(() => document.activeElement?.classList.contains('error-summary'));
    expect(await summary(page).innerText())
      .to.include('机构全称：请填写机构全称')
      .and.include('证明文件：请选择');
    await expectAccessible(page, 'registration with errors');
    await summary(page)
      .getByRole('link', { name: /^法人代表/ })
      .click();
    expect(await page.getByLabel('法人代表').evaluate((field) => document.activeElement === field)).to.equal(true);
    // Files are refused by kind and size before they travel.
    const chooser = page.locator('input[type=file]');
    await chooser.setInputFiles({ name: '说明.docx', mimeType: 'application/msword', buffer: pdf });
    await page.getByText('“说明.docx”的类型不收').first().waitFor();
    const large = join(fixture.ports.folder, 'large.pdf');
    await writeFile(large, Buffer.alloc(20 * 1024 * 1024 + 1, '%PDF'));
    await chooser.setInputFiles(large);
    await page.getByText('超过 20 MB').first().waitFor();
    expect(posted).to.equal(0);
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    // A reload loses nothing but passwords and files.
    await page.getByLabel('机构全称').fill('重载有限公司');
    await page.getByLabel('密码', { exact: true }).fill(password);
    await page.reload();
    expect(await page.getByLabel('机构全称').inputValue()).to.equal('重载有限公司');
    expect(await page.getByLabel('密码', { exact: true }).inputValue()).to.equal('');
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).to.not.include(password);
    expect(await faults()).to.deep.equal([]);
  });

  it('shows what the service refuses at its field, and sends once whatever is clicked', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${fixture.url}/register`);
    await fill(page, 'manager', creditCodeOf(31), '新登记有限公司');
    await page.locator('input[type=file]').setInputFiles(licence);
    await send(page).click();
    await summary(page).getByText('登录名：已被使用').waitFor();
    await page.locator('[data-field="applicant.login"]').getByText('已被使用').waitFor();
    await page.getByLabel('登录名').fill('newcomer');
    // The name says PDF, the content does not: only the service can tell.
    await page.locator('input[type=file]').setInputFiles({ ...licence, buffer: Buffer.from('not a pdf at all') });
    await send(page).click();
    await summary(page).getByText('证明文件：').waitFor();
    await page.locator('input[type=file]').setInputFiles(licence);
    const before = await count();
    await send(page).dblclick();
    await page.getByRole('heading', { name: '登记已提交' }).waitFor();
    expect(await count()).to.equal(before + 1);
    await expectAccessible(page, 'registration sent');
    await page.getByRole('button', { name: '登录查看办理情况' }).click();
    expect(await page.getByLabel('登录名').inputValue()).to.equal('newcomer');
    expect(await faults()).to.deep.equal([]);
  });

  it('shows its state, lets a returned one be mended, and opens the rest once it is approved', async () => {
    const { page, faults } = await openPage(browser);
    const { flow, ports } = fixture;
    await logIn(page, fixture.url, 'newcomer', password);
    await page.getByText('正在等待科技局核对').waitFor();
    await expectAccessible(page, 'registration waiting');
    // Every other address leads here as well.
    await page.goto(`${fixture.url}/partnerships`);
    await page.getByText('正在等待科技局核对').waitFor();
    const [stored] = (await ports.store.collection('registrations').find({ where: { state: 'submitted' } })).items;
    const staff = { ...systemPrincipal, role: 'staff', userId: world.users.staff } as const;
    await flow.decideRegistration(staff, stored!.id, stored!.version, {
      action: 'return',
      reason: '请填写完整的通讯地址',
    });
    await page.getByRole('button', { name: '刷新' }).click();
    await page.getByText('请填写完整的通讯地址').waitFor();
    await expectAccessible(page, 'registration returned');
    await page.getByLabel('通讯地址').fill('');
    await page.getByRole('button', { name: '重新提交' }).click();
    await summary(page).getByText('通讯地址：请填写通讯地址').waitFor();
    await page.getByLabel('通讯地址').fill('示例省示例市示例路1号');
    await page.locator('input[type=file]').setInputFiles({ ...licence, name: '执照副本.pdf' });
    await page.getByText('证明文件已补交').waitFor();
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '重新提交' }).dblclick();
    await page.getByText('正在等待科技局核对').waitFor();
    const again = (await ports.store.collection('registrations').get(stored!.id))!;
    expect(again.content.address).to.equal('示例省示例市示例路1号');
    expect(await ports.store.collection('attachments').count({ 'owner.id': stored!.id })).to.equal(2);
    await flow.decideRegistration(staff, stored!.id, again.version, { action: 'approve', claims: null });
    await page.getByRole('button', { name: '刷新' }).click();
    await page.getByRole('heading', { name: '合作项目' }).waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('hands an organisation that the bureau had entered over to its people', async () => {
    const { flow, ports } = fixture;
    const staff = { ...systemPrincipal, role: 'staff', userId: world.users.staff } as const;
    const entered = await flow.createOrganisation(staff, organisationOf('代填机械厂', 47));
    const { page } = await openPage(browser);
    await page.goto(`${fixture.url}/register`);
    await fill(page, 'claimant', creditCodeOf(47), '代填机械有限公司');
    await page.locator('input[type=file]').setInputFiles(licence);
    await send(page).click();
    // Nobody learns here whether the organisation is known.
    await page.getByRole('heading', { name: '登记已提交' }).waitFor();
    expect(await page.locator('main').innerText()).to.not.include('代填机械厂');
    const { items } = await ports.store.collection('registrations').find({ where: { state: 'submitted' } });
    const registration = items.find(({ content }) => content.creditCode === creditCodeOf(47))!;
    const admin = { ...systemPrincipal, role: 'admin', userId: world.users.admin } as const;
    await flow.decideRegistration(admin, registration.id, registration.version, {
      action: 'approve',
      claims: entered.id,
    });
    await logIn(page, fixture.url, 'claimant', password);
    await page.waitForURL((address) => address.pathname === '/');
    const user = (await ports.store.collection('users').find({ where: { login: 'claimant' } })).items[0]!;
    expect(user.organisationId).to.equal(entered.id);
  });
});
