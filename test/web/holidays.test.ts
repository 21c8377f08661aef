import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('holidays in a browser', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    await makeWorld(fixture);
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
  /** The pages go by the clock of the device: the year that is not known is next year's, or the one after what is known. */
  const unknownYear = async () => {
    const { items } = await fixture.flow.listHolidays(systemPrincipal);
    const thisYear = new Date().getUTCFullYear();
    return [thisYear, thisYear + 1].find((year) => !items.some((one) => one.year === year))!;
  };

  it('are entered from the text of the notice, looked at line by line, corrected and taken out again', async () => {
    const year = await unknownYear();
    const weekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();
    const sundayInFebruary = ['07', '08', '09', '10', '11', '12', '13'].find(
      (day) => weekday(`${year}-02-${day}`) === 0,
    )!;
    const { page, faults } = await open('admin');
    await page.goto(`${fixture.url}/holidays`);
    await page.getByRole('heading', { name: '2026年', exact: true }).waitFor();
    await page.getByText('程序自带').first().waitFor();
    await expectAccessible(page, 'holidays');
    await page.getByRole('button', { name: `录入${year}年` }).click();
    await page.waitForURL(`**/holidays?edit=${year}`);
    // A link to the form survives a reload.
    await page.reload();
    const text = page.getByLabel('通知的正文，或从表格里复制的几行');
    await text.fill('这里没有任何节日的安排，读不出来。');
    await page.getByRole('button', { name: '读出节假日' }).click();
    await page.locator('.problem').getByText('没有找到节日的段落').first().waitFor();
    await text.fill(
      `一、元旦：1月1日至3日放假，共3天。\n二、春节：2月1日至5日放假调休，共5天。2月${Number(sundayInFebruary)}日（周日）上班。`,
    );
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '读出节假日' }).click();
    await page.locator('.holiday-line').nth(1).waitFor();
    await page.getByText('没有清明、劳动').waitFor();
    // What is wrong of a line is said at its cell, and the summary leads there.
    const spring = page.locator('.holiday-line').nth(1);
    expect(await spring.getByLabel('放假第一天').inputValue()).to.equal(`${year}-02-01`);
    expect(await spring.getByLabel('补班的周末').inputValue()).to.equal(`${year}-02-${sundayInFebruary}`);
    await spring.getByLabel('最后一天').fill(`${year}-01-20`);
    await page.getByLabel('通知的文号').fill('示例发明电〔2026〕1号');
    await page.getByRole('button', { name: `录入${year}年` }).click();
    await page.locator('.error-summary').getByText('第 2 行的最后一天').waitFor();
    await expectAccessible(page, 'entering holidays');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page), 'form on a phone').to.equal(true);
    await spring.getByLabel('最后一天').fill(`${year}-02-05`);
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: `录入${year}年` }).click();
    const card = page
      .locator('section.card')
      .filter({ has: page.getByRole('heading', { name: `${year}年`, exact: true }) });
    await card.getByText('本局录入').waitFor();
    await card.getByText('示例发明电〔2026〕1号').waitFor();
    expect(await page.getByText(`没有${year}年的节假日安排`).count()).to.equal(0);
    expect(await fitsWidth(page), 'list on a phone').to.equal(true);
    const { items } = await fixture.flow.listHolidays(systemPrincipal);
    expect(items.find((one) => one.year === year)?.holidays).to.deep.equal([
      { name: '元旦', from: `${year}-01-01`, to: `${year}-01-03` },
      { name: '春节', from: `${year}-02-01`, to: `${year}-02-05`, worked: [`${year}-02-${sundayInFebruary}`] },
    ]);

    // A small table takes the place of what is there.
    await card.getByRole('button', { name: /^更正/ }).click();
    await page.getByLabel('通知的正文，或从表格里复制的几行').fill(`元旦\t${year}-01-01\t${year}-01-02`);
    await page.getByRole('button', { name: '读出节假日' }).click();
    await page.locator('.holiday-line').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '保存更正' }).click();
    await card.getByText('2 天').waitFor();
    await card.getByRole('button', { name: /^删除/ }).click();
    await page.locator('.ant-popconfirm').getByRole('button', { name: /^删/ }).last().click();
    await card.waitFor({ state: 'detached' });
    expect(await faults()).to.deep.equal([]);
  });

  it('show staff what is missing, and leave entering to administrators', async () => {
    const year = await unknownYear();
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/holidays?edit=${year}`);
    await page.getByRole('heading', { name: '2026年', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /录入|更正/ }).count()).to.equal(0);
    expect(await page.getByLabel('通知的文号').count()).to.equal(0);
    const { warning } = await fixture.flow.listHolidays(systemPrincipal);
    if (warning) await page.getByText(warning).waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
