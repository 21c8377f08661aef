import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { addressOfSearch, keptSearchOf } from '../../src/web/pages/saved-searches/search-address.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describe('the address of a kept search', () => {
  it('is that of the page on which it was kept, without the order', () => {
    const address = 'kind=achievement&text=%E7%A8%80%E5%9C%9F&fields=materials&fields=energy&trl.gte=5&trl.lte=9';
    const kept = keptSearchOf(new URLSearchParams(`${address}&sort=newest`));
    expect(kept).to.deep.equal({
      kind: 'achievement',
      text: '稀土',
      facets: { fields: ['materials', 'energy'] },
      ranges: { trl: { gte: 5, lte: 9 } },
    });
    expect(addressOfSearch(kept)).to.equal(`/search?${address}`);
    expect(addressOfSearch(keptSearchOf(new URLSearchParams()))).to.equal('/search?kind=need');
  });
});

describePages('searches that are kept', function () {
  this.timeout(120_000);
  let fixture: HttpFixture;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    await makeWorld(fixture);
    await fixture.flow.settled();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  it('are kept where they were made, once, and are told of as chosen or forgotten', async () => {
    const { page, faults } = await openPage(browser);
    await logIn(page, fixture.url, 'other-member', password);
    await page.waitForURL((address) => address.pathname === '/');
    await page.goto(`${fixture.url}/search?kind=need&text=${encodeURIComponent('稀土抛光粉')}`);
    await page.getByRole('button', { name: '保存这个搜索……' }).click();
    await page.getByRole('dialog').getByLabel('名称').fill('');
    await page.getByRole('dialog').getByRole('button', { name: '保存', exact: true }).click();
    await page.getByText('请填写名称').waitFor();
    await expectAccessible(page, 'saving a search');
    await page.getByRole('dialog').getByLabel('名称').fill('抛光粉的需求');
    await page.getByRole('dialog').getByRole('button', { name: '保存', exact: true }).dblclick();
    await page.getByRole('link', { name: '已保存，看我的搜索' }).click();
    await page.getByRole('link', { name: '抛光粉的需求' }).waitFor();
    expect(await fixture.ports.store.collection('savedSearches').count({})).to.equal(1);
    await expectAccessible(page, 'my searches');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.locator('.choices .ant-select').click();
    await page.locator('.ant-select-dropdown:visible').getByTitle('不提醒').click();
    await page.getByText('已保存').last().waitFor();
    const [kept] = (await fixture.ports.store.collection('savedSearches').find({ limit: 10 })).items;
    expect(kept).to.deep.include({ alert: 'off', search: { kind: 'need', text: '稀土抛光粉' } });
    await page.getByRole('link', { name: '抛光粉的需求' }).click();
    await page.locator('.hit').first().waitFor();
    await page.goto(`${fixture.url}/my/searches`);
    await page.getByRole('button', { name: '删除 抛光粉的需求' }).click();
    await page.getByText('还没有保存的搜索').waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
