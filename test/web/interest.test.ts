import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('interest in a need, in a browser', function () {
  this.timeout(120_000);
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

  it('is signalled on the need’s page without contacts, waits on the desk, is confirmed and taken back', async () => {
    const address = `${fixture.url}/needs/${world.needs.published}`;
    const { page, faults } = await open('other-member');
    await page.goto(address);
    await page.getByRole('button', { name: '感兴趣……' }).click();
    await page.getByRole('button', { name: '告诉科技局' }).click();
    await page.getByText('请填写能做什么').waitFor();
    await expectAccessible(page, 'signalling interest');
    await page.getByLabel('能做什么').fill('本校做过同类中试，可以承担。');
    await page.getByLabel('相关的成果（选填）').click();
    await page.getByTitle('稀土抛光粉低温煅烧工艺').click();
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '告诉科技局' }).dblclick();
    await page.getByText('贵单位已表示感兴趣').waitFor();
    expect(await page.content()).to.not.match(/王机密|13800000000/);
    expect(await fixture.ports.store.collection('interests').count()).to.equal(1);
    await expectAccessible(page, 'interest signalled');

    const clerk = await open('staff');
    await clerk.page.goto(`${fixture.url}/desk`);
    await clerk.page.getByRole('link', { name: /稀土抛光粉煅烧节能（示例大学）/ }).click();
    await clerk.page.getByRole('heading', { name: '感兴趣的单位' }).waitFor();
    await clerk.page.getByText('本校做过同类中试，可以承担。').waitFor();
    await expectAccessible(clerk.page, 'who is interested');
    await clerk.page.getByRole('button', { name: '已看过：示例大学' }).click();
    await clerk.page.getByText('科技局已看过').waitFor();
    // The need's own people are not told who it is.
    const owner = await open('member');
    await owner.page.goto(address);
    await owner.page.getByRole('heading', { name: '稀土抛光粉煅烧节能' }).waitFor();
    expect(await owner.page.content()).to.not.include('本校做过同类中试');

    await page.reload();
    await page.getByText('科技局已看过').waitFor();
    await page.getByRole('button', { name: '撤回', exact: true }).click();
    await page.getByRole('button', { name: '感兴趣……' }).waitFor();
    await clerk.page.reload();
    await clerk.page.getByRole('heading', { name: '稀土抛光粉煅烧节能' }).waitFor();
    expect(await clerk.page.getByText('本校做过同类中试').count()).to.equal(0);
    expect(await faults()).to.deep.equal([]);
    expect(await clerk.faults()).to.deep.equal([]);
  });
});
