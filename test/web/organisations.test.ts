import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { creditCodeOf, makeWorld, organisationOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('organisations and accounts in a browser', function () {
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

  const open = async (login: string) => {
    const opened = await openPage(browser);
    await logIn(opened.page, fixture.url, login, password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    return opened;
  };

  it('finds an organisation by some characters of its name, in an address that can be sent to a colleague', async () => {
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/desk`);
    await page.getByRole('button', { name: '更多' }).click();
    await page.getByRole('menuitem', { name: '机构', exact: true }).click();
    await page.getByRole('link', { name: '示例大学' }).waitFor();
    await page.getByLabel('按名称查找').fill('抛光');
    await page.getByRole('button', { name: '查找' }).click();
    await page.getByRole('link', { name: '示例大学' }).waitFor({ state: 'detached' });
    await expectAccessible(page, 'organisations');
    expect(await page.content()).to.not.include('0518-12345678');
    await page.reload();
    await page.getByRole('link', { name: '示例抛光材料有限公司' }).waitFor();
    expect(await page.locator('.lines li').count()).to.equal(1);
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('link', { name: '示例抛光材料有限公司' }).click();
    await page.getByRole('heading', { name: '机构信息' }).waitFor();
    await page.getByRole('link', { name: '稀土抛光粉煅烧节能' }).waitFor();
    await expectAccessible(page, 'organisation');
    expect(await fitsWidth(page)).to.equal(true);
    // Disabling and merging are for administrators.
    expect(await page.getByRole('button', { name: '停用……' }).count()).to.equal(0);
    expect(await page.getByRole('button', { name: '并入另一个机构……' }).count()).to.equal(0);
    await page.goto(`${fixture.url}/organisations?name=没有这样的`);
    await page.getByText('没有符合的机构').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('gives a new password that is shown once, and invites by mail', async () => {
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/organisations/${world.organisations.own}`);
    const line = page.locator('.lines li').filter({ hasText: 'fresh' });
    await line.getByRole('button', { name: /^办理/ }).click();
    await page.getByRole('menuitem', { name: '重置密码……' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '重置密码' }).click();
    const shown = await line.locator('code').innerText();
    expect(shown.trim().length).to.be.at.least(12);
    expect(shown).to.not.include(world.freshPassword);
    await expectAccessible(page, 'one-time password');
    const logged = await fixture.client().post('/api/v1/session', { login: 'fresh', password: shown.trim() });
    expect(logged.status).to.equal(200);
    await page.getByRole('button', { name: '邀请新账号……' }).click();
    await page.getByRole('button', { name: '发出邀请' }).click();
    await page.getByText('请填写电子信箱').waitFor();
    await page.getByLabel('电子信箱').fill('不是信箱@');
    await page.getByRole('button', { name: '发出邀请' }).click();
    await page.locator('.ant-form-item-explain-error').waitFor();
    await expectAccessible(page, 'inviting');
    await page.getByLabel('电子信箱').fill('new.person@example.com');
    await page.getByRole('button', { name: '发出邀请' }).dblclick();
    await page.getByText('等待接受').waitFor();
    expect(await page.content()).to.not.include('new.person@example.com');
    const { items } = await fixture.flow.listAccountInvitations(systemPrincipal, {
      organisationId: world.organisations.own,
    });
    expect(items).to.have.length(1);
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('等待接受').waitFor({ state: 'detached' });
    expect(await faults()).to.deep.equal([]);
  });

  it('lets an administrator disable, enable and merge an organisation, and disable an account', async () => {
    const { flow } = fixture;
    const { creditCode: _code, ...twice } = organisationOf('示例抛光材料公司', 71);
    const double = await flow.createOrganisation(systemPrincipal, twice);
    const { page, faults } = await open('admin');
    await page.goto(`${fixture.url}/organisations/${double.id}`);
    await page.getByRole('button', { name: '停用……' }).click();
    await page.getByRole('button', { name: '停用', exact: true }).click();
    await page.getByText('请填写停用的原因').waitFor();
    await page.getByLabel('停用的原因').fill('重复登记，先停用');
    await page.getByRole('button', { name: '停用', exact: true }).click();
    await page.getByRole('button', { name: '恢复' }).click();
    await page.getByRole('button', { name: '停用……' }).waitFor();
    await page.getByRole('button', { name: '并入另一个机构……' }).click();
    await page.getByRole('button', { name: '合并', exact: true }).click();
    await page.getByText('请选择保留的机构').waitFor();
    await expectAccessible(page, 'merging');
    await page.getByLabel('保留的机构').fill('示例抛光材料有限');
    await page.getByTitle(/^示例抛光材料有限公司/).click();
    await page.getByLabel('合并的原因').fill('同一家企业登记了两次');
    await page.getByRole('button', { name: '合并', exact: true }).click();
    await page.waitForURL(new RegExp(`/organisations/${world.organisations.own}$`));
    await page.getByRole('heading', { name: '示例抛光材料有限公司' }).waitFor();
    expect((await fixture.ports.store.collection('organisations').get(double.id))!.state).to.equal('merged');

    await page.goto(`${fixture.url}/accounts?role=member`);
    const line = page.locator('.lines li').filter({ hasText: 'other-member' });
    await line.getByRole('button', { name: /^办理/ }).click();
    await page.getByRole('menuitem', { name: '停用……' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '停用' }).click();
    await line.getByText('已停用').waitFor();
    await expectAccessible(page, 'accounts');
    expect((await fixture.ports.store.collection('users').get(world.users.otherMember))!.state).to.equal('disabled');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    expect(await faults()).to.deep.equal([]);
  });

  it('enters an organisation for somebody, says what is wrong at its field, and changes it later', async () => {
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/organisations`);
    await page.getByRole('link', { name: '登记机构' }).click();
    await page.getByRole('heading', { name: '登记机构（代填）' }).waitFor();
    await page.getByRole('button', { name: '登记', exact: true }).click();
    await page.locator('.error-summary').getByText('机构全称：请填写机构全称').waitFor();
    await expectAccessible(page, 'a new organisation');
    await page.getByLabel('机构全称').fill('海州蓝莓加工厂');
    // Somebody else has this code: the bureau is told who.
    await page.getByLabel('统一社会信用代码').fill(creditCodeOf(1));
    await page.getByRole('button', { name: '登记', exact: true }).click();
    await page.locator('.error-summary').getByText('已由“示例抛光材料有限公司”登记').waitFor();
    await page.getByLabel('统一社会信用代码').fill(creditCodeOf(77));
    await page.getByRole('button', { name: '登记', exact: true }).dblclick();
    await page.getByRole('heading', { name: '海州蓝莓加工厂' }).waitFor();
    const made = fixture.ports.store.collection('organisations');
    const { items } = await made.find({ where: { 'content.name': '海州蓝莓加工厂' } });
    expect(items.map(({ state, enteredBy }) => [state, enteredBy])).to.deep.equal([['approved', world.users.staff]]);
    await page.getByRole('link', { name: '修改', exact: true }).click();
    await page.getByLabel('通讯地址').fill('蓝莓路9号');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('蓝莓路9号').waitFor();
    expect((await made.get(items[0]!.id))!.content).to.deep.include({
      address: '蓝莓路9号',
      creditCode: creditCodeOf(77),
    });
    expect(await faults()).to.deep.equal([]);
  });

  it('lets a manager change his own organisation but for what was examined, and nothing of it gets lost', async () => {
    const { flow, ports } = fixture;
    const before = await flow.getOrganisation(systemPrincipal, world.organisations.own);
    await flow.editOrganisation(systemPrincipal, before.id, before.version, {
      ...before.content,
      contact: { ...before.content.contact, fax: '0518-87654321' },
    });
    const { page, faults } = await open('manager');
    await page.goto(`${fixture.url}/my/organisation`);
    await page.getByRole('link', { name: '修改机构信息' }).click();
    await page.getByText('有变更时请联系科技局修改').waitFor();
    await expectAccessible(page, 'one’s own organisation');
    await page.getByLabel('机构全称').fill('改名有限公司');
    await page.getByLabel('所在地域').fill('示例新区');
    await page.getByRole('button', { name: '保存' }).click();
    await page.locator('.error-summary').getByText('审核通过后不能自行修改').waitFor();
    await page.getByLabel('机构全称').fill('示例抛光材料有限公司');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('示例新区').waitFor();
    const { content } = (await ports.store.collection('organisations').get(before.id))!;
    expect(content).to.deep.include({ region: '示例新区', name: '示例抛光材料有限公司' });
    expect(content.contact).to.deep.include({ fax: '0518-87654321', phone: '0518-12345678' });
    const member = await open('member');
    await member.page.goto(`${fixture.url}/my/organisation/edit`);
    await member.page.getByText('您的账号不能使用这个页面').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('makes an account of the bureau, with a password that is shown once', async () => {
    const { page, faults } = await open('admin');
    await page.goto(`${fixture.url}/accounts`);
    await page.getByRole('button', { name: '新增科技局的账号……' }).click();
    await page.getByLabel('登录名').fill('staff');
    await page.getByLabel('姓名').fill('新来的同事');
    await page.getByRole('button', { name: '新增账号' }).click();
    await page.locator('.ant-form-item-explain-error').getByText('已被使用').waitFor();
    await expectAccessible(page, 'a new account');
    await page.getByLabel('登录名').fill('new-clerk');
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '新增账号' }).dblclick();
    const shown = (await page.locator('.new-account-made code').innerText()).trim();
    const logged = await fixture.client().post('/api/v1/session', { login: 'new-clerk', password: shown });
    expect(logged.status).to.equal(200);
    await expectAccessible(page, 'a new password');
    await page.reload();
    await page.getByText('new-clerk').waitFor();
    expect(await page.content()).to.not.include(shown);
    const staff = await open('staff');
    await staff.page.goto(`${fixture.url}/accounts`);
    await staff.page.getByText('new-clerk').waitFor();
    expect(await staff.page.getByRole('button', { name: '新增科技局的账号……' }).count()).to.equal(0);
    expect(await faults()).to.deep.equal([]);
  });
});
