import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { weekOf } from '../../src/domain/week.ts';
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

describePages('jobs and audit in a browser', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    await fixture.flow.settled();
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

  it('run the week’s matching, show how far it is, and lead to its list', async () => {
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/jobs`);
    await page.getByText('还没有运行过匹配').waitFor();
    // What failed is for administrators.
    expect(await page.getByRole('heading', { name: '没有做完的任务' }).count()).to.equal(0);
    // A run that is under way elsewhere is cancelled, and stays so until somebody asks for the week again.
    const week = weekOf(fixture.ports.clock.now());
    await fixture.ports.store.collection('matchingRuns').insert({
      id: week,
      week,
      plan: 1,
      state: 'running',
      startedAt: fixture.ports.clock.now().toISOString(),
      includesArchive: false,
      newSince: null,
      needs: 4,
      achievements: 9,
      newAchievements: 0,
      done: 0,
      pairsScored: 0,
      model: 'another',
      segmenter: 'another',
      parts: [],
    });
    await page.reload();
    await page.locator('.run-state').getByText('进行中').waitFor();
    await page.getByRole('button', { name: '取消这次匹配……' }).click();
    await page.getByRole('button', { name: '取消匹配' }).click();
    await page.locator('.run-state').getByText('已取消').waitFor();
    await page.getByText('取消以后不会自动再运行').waitFor();
    await expectAccessible(page, 'a cancelled run');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.setViewportSize(desktop);
    expect((await fixture.ports.store.collection('matchingRuns').get(week))?.state).to.equal('cancelled');
    await page.getByRole('button', { name: '运行本周的匹配' }).dblclick();
    await page.locator('.run-state').getByText('已完成').waitFor({ timeout: 60_000 });
    await expectAccessible(page, 'jobs of staff');
    await page.getByRole('link', { name: '看清单' }).click();
    await page.waitForURL(/\/review\/\d{4}-W\d{2}/);
    expect(await faults()).to.deep.equal([]);
  });

  it('try a failed job or a change that was put aside again', async () => {
    const { ports } = fixture;
    await ports.store.collection('jobs').insert({
      id: 'failed-1',
      name: 'send-digests',
      key: null,
      data: {},
      state: 'failed',
      attempts: 5,
      runAt: ports.clock.now().toISOString(),
      reason: '连不上<img src=x onerror="window.ran=1">',
    });
    await ports.store.collection('parkedChanges').insert({
      id: 'parked-1',
      consumer: 'audit',
      collection: 'settings',
      recordId: 'put-aside',
      recordVersion: 1,
      events: [],
      reason: '处理时出错',
      tries: 2,
      parkedAt: ports.clock.now().toISOString(),
    });
    const { page, faults } = await open('admin');
    await page.goto(`${fixture.url}/jobs`);
    const line = page.locator('.lines li').filter({ hasText: '发送每日汇总' });
    await line.getByText('连不上<img').waitFor();
    await expectAccessible(page, 'jobs');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await line.getByRole('button', { name: /^重试/ }).click();
    await page.locator('.ant-message').getByText('已重新排队').waitFor();
    await page.getByText('没有失败的任务。').waitFor();
    const parked = page.locator('.lines li').filter({ hasText: 'put-aside' });
    await parked.getByRole('button', { name: /^再试/ }).click();
    await page.getByText('没有搁置的变更').waitFor();
    expect(await ports.store.collection('parkedChanges').count({})).to.equal(0);
    expect(await faults()).to.deep.equal([]);
  });

  it('search the audit by record, say what was before and after, and check the chain', async () => {
    const { page, faults } = await open('admin');
    await page.goto(`${fixture.url}/audit?recordId=${world.needs.published}`);
    const line = page.locator('.audit-lines > li').filter({ hasText: '需求：发布' }).first();
    await line.waitFor();
    // What the program calls it is kept for whoever looks it up elsewhere.
    expect(await line.locator('strong').getAttribute('title')).to.equal('need.published');
    expect(await line.getByRole('rowheader', { name: '状态', exact: true }).getAttribute('title')).to.equal('state');
    await line.getByRole('table').waitFor();
    await expectAccessible(page, 'audit');
    // A person leads to everything that he did, in an address that can be sent on.
    await page.locator('.audit-lines .link').filter({ hasText: 'system' }).first().click();
    await page.waitForURL(/by=system/);
    await page.reload();
    await page.locator('.audit-lines > li').first().waitFor();
    await page.getByRole('button', { name: '核对完整性' }).click();
    await page.getByText('条完整无改动').waitFor();
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.goto(`${fixture.url}/audit?recordId=nothing-here`);
    await page.getByText('没有符合的记录').waitFor();
    // Staff without the right read in the words of the service that they have none.
    const staff = await open('staff');
    await staff.page.goto(`${fixture.url}/audit`);
    await staff.page.locator('.problem').waitFor();
    expect(await staff.page.locator('.audit-lines').count()).to.equal(0);
    expect(await faults()).to.deep.equal([]);
  });
});
