import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, type World } from '../http/world.ts';
import {
  describePages,
  desktop,
  expectAccessible,
  fitsWidth,
  logIn,
  openBrowser,
  openPage,
  phone,
} from './web-browser.ts';

describePages('entering for an organisation in a browser', function () {
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
  const write = (page: Page, name: string, text: string) =>
    page.locator(`[data-field="${name}"]`).locator('input, textarea').first().fill(text);
  const stored = async (title: string) =>
    (await fixture.ports.store.collection('needs').find({ limit: 200 })).items.filter(
      ({ content }) => content.title === title,
    );

  it('finds the organisation, keeps who told it, and goes on after a reload and from the list', async () => {
    const organisation = (await fixture.ports.store.collection('organisations').get(world.organisations.own))!;
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/entering`);
    await page.getByRole('heading', { name: '代填中的需求' }).waitFor();
    await expectAccessible(page, 'entering');
    const find = page.getByRole('searchbox', { name: '机构的名称或统一社会信用代码' });
    await find.fill('没有这样一家机构');
    await find.press('Enter');
    await page.getByText('没有找到').waitFor();
    await page.getByRole('link', { name: '登记这家机构' }).waitFor();
    // By its code where it has one, else by its name.
    await find.fill(organisation.content.creditCode ?? organisation.content.name);
    await find.press('Enter');
    await page
      .getByRole('button', { name: /^选这家/ })
      .first()
      .click();
    await page.waitForURL(/organisation=/);
    await page.reload();
    await page.getByRole('link', { name: organisation.content.name }).waitFor();
    await page.getByRole('button', { name: '开始填写' }).click();
    await page.getByText('请填写是谁告知的').waitFor();
    await expectAccessible(page, 'who told it');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page), 'on a phone').to.equal(true);
    await page.setViewportSize(desktop);
    await page.getByLabel('告知人').fill('技术部王经理');
    await page.getByLabel('哪一天').fill('2026-11-25');
    await page.getByLabel('来访').check();
    await page.getByRole('button', { name: '开始填写' }).click();
    await page.waitForURL(/\/entering\/needs\/new/);
    // Nobody's name stands in an address.
    expect(decodeURIComponent(page.url())).to.not.contain('王经理');
    await page.reload();
    await page.getByText(`代“${organisation.content.name}”填写`).waitFor();
    await page.getByText('告知人：技术部王经理，2026-11-25来访').waitFor();
    await write(page, 'title', '代填的稀土抛光粉回收技术');
    await page.waitForSelector('.draft-status[data-phase="saved"]', { timeout: 20_000 });
    await page.waitForURL(/\/entering\/needs\/(?!new)[^/]+$/);
    await expectAccessible(page, 'the form for an organisation');
    const [draft, ...others] = await stored('代填的稀土抛光粉回收技术');
    expect(others).to.deep.equal([]);
    expect(draft).to.include({
      organisationId: organisation.id,
      state: 'draft',
      toldBy: '技术部王经理，2026-11-25来访',
    });
    expect(draft!.enteredBy).to.be.a('string');
    await page.reload();
    await page.getByText('告知人：技术部王经理').waitFor();
    await page.goto(`${fixture.url}/needs/${draft!.id}`);
    await page.getByRole('link', { name: '接着填写' }).waitFor();
    await page.goto(`${fixture.url}/entering`);
    await page.getByRole('link', { name: '代填的稀土抛光粉回收技术' }).click();
    await page.getByRole('heading', { name: '修改需求' }).waitFor();
    await write(page, 'problem', '抛光废粉里的稀土现在只能按固废处理，每吨成本三千元。');
    await page.waitForSelector('.draft-status[data-phase="saved"]', { timeout: 20_000 });
    // What is missing is said as to its own people.
    await page.getByRole('button', { name: '提交审核' }).click();
    await page.locator('.error-summary').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('asks for whom and who told it where a link leads to the form without that, and is for the bureau', async () => {
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/entering/achievements/new?organisation=${world.organisations.other}`);
    await page.waitForURL(/\/entering\?kind=achievement&organisation=/);
    expect(await page.getByLabel('成果', { exact: true }).isChecked()).to.equal(true);
    const member = await open('manager');
    await member.page.goto(`${fixture.url}/entering`);
    await member.page.getByText('您的账号不能使用这个页面').waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
