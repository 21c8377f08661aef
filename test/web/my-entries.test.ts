import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, needOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages("an organisation's own records", function () {
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
  const needs = () => fixture.ports.store.collection('needs');
  const staff = () => ({ ...systemPrincipal, role: 'staff', userId: world.users.staff }) as const;
  async function opened(path: string, login = 'manager') {
    const watched = await openPage(browser);
    await logIn(watched.page, fixture.url, login, password);
    await watched.page.waitForURL((address) => address.pathname !== '/login');
    await watched.page.goto(fixture.url + path);
    await watched.page.locator('h1').first().waitFor();
    return watched;
  }
  async function submitted(title: string) {
    const drafted = await fixture.flow.createEntry(systemPrincipal, 'need', needOf(title), {
      organisationId: world.organisations.own,
    });
    return fixture.flow.moveEntry(systemPrincipal, 'need', drafted.id, drafted.version, 'submit');
  }

  it('are listed with their states and what happens next, nobody else’s among them', async () => {
    const sent = await submitted('退回过的需求');
    await fixture.flow.moveEntry(staff(), 'need', sent.id, sent.version, 'return', '请写明现有产量');
    const { page, faults } = await opened('/my/needs');
    const list = page.locator('.my-lines');
    await list.getByText('已退回：请写明现有产量。请修改后重新提交').waitFor();
    const text = await list.innerText();
    expect(text).to.include('稀土抛光粉煅烧节能').and.include('已填好，可以提交审核').and.not.include('海藻多糖提取');
    await page.getByText('可能相关的成果').waitFor();
    await page.locator('.fitting-lines').getByText('稀土抛光粉低温煅烧工艺').waitFor();
    await expectAccessible(page, 'my needs');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    // The state that is looked for stands in the address and survives a reload.
    await page.goto(`${fixture.url}/my/needs?state=returned`);
    await list.getByText('退回过的需求').waitFor();
    expect(await list.locator('li').count()).to.equal(1);
    await list.getByRole('link', { name: '继续修改' }).click();
    await page.getByText('请写明现有产量').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('say what to do where there are none', async () => {
    const { page } = await opened('/my/needs?state=expired', 'other-member');
    await page.getByText('没有这个状态的需求').waitFor();
    await expectAccessible(page, 'no needs');
  });

  it('answer the questions of the bureau, and say so once', async () => {
    const entry = (await needs().get(world.needs.published))!;
    await fixture.flow.askEntry(staff(), 'need', entry.id, entry.version, {
      id: 'question-1',
      question: '请说明现在的产量和能耗',
    });
    const { page } = await opened(`/needs/${entry.id}`);
    await page.getByRole('link', { name: '科技局有 1 个问题等您答复' }).waitFor();
    await expectAccessible(page, 'own record with a question');
    await page.getByRole('button', { name: '答复' }).click();
    await page.getByText('请填写答复').waitFor();
    await page.getByLabel('您的答复').fill('年产300吨，吨耗电820千瓦时。');
    // Somebody else of the organisation was faster with another word: the answer still gets through.
    const now = (await needs().get(entry.id))!;
    await fixture.flow.askEntry(staff(), 'need', entry.id, now.version, {
      id: 'question-2',
      question: '另一个问题是什么',
    });
    await page.getByRole('button', { name: '答复' }).dblclick();
    await page.getByText('：年产300吨，吨耗电820千瓦时。').waitFor();
    const { questions } = (await needs().get(entry.id))!;
    expect(questions.find(({ id }) => id === 'question-1')!.answer).to.equal('年产300吨，吨耗电820千瓦时。');
    // The clerk who has read the answer takes it off the desk, whatever else was asked meanwhile.
    const answered = async () =>
      (await fixture.flow.readDesk(staff())).lists['record-answer'].map(({ recordId }) => recordId);
    expect(await answered()).to.deep.equal([entry.id]);
    const bureau = await opened(`/needs/${entry.id}`, 'staff');
    await bureau.page.getByRole('button', { name: '已看过：请说明现在的产量和能耗' }).waitFor();
    await expectAccessible(bureau.page, 'an answer that was not looked at');
    const seen = (await needs().get(entry.id))!;
    await fixture.flow.askEntry(staff(), 'need', entry.id, seen.version, { id: 'question-3', question: '又问一次' });
    await bureau.page.getByRole('button', { name: '已看过：请说明现在的产量和能耗' }).dblclick();
    await bureau.page.getByText('科技局已看过').waitFor();
    expect(await answered()).to.deep.equal([]);
  });

  it('drop a change, keep what is published, and withdraw with a reason', async () => {
    const before = (await needs().get(world.needs.published))!;
    await fixture.flow.editEntry(systemPrincipal, 'need', before.id, before.version, {
      ...before.content,
      goal: '改过的目标，年增产值1000万元。',
    });
    const { page, faults } = await opened(`/needs/${before.id}`);
    await page.locator('.changes').getByText('改过的目标，年增产值1000万元。').waitFor();
    await page.locator('.changes').getByText('年新增产值不低于800万元').waitFor();
    await page.getByRole('button', { name: '放弃修改……' }).click();
    await page.getByRole('button', { name: '放弃修改', exact: true }).click();
    await page.getByText('修改已放弃').waitFor();
    expect((await needs().get(before.id))!.content).to.deep.equal(before.content);
    await page.getByRole('button', { name: '撤回……' }).click();
    await page.getByRole('button', { name: '撤回', exact: true }).click();
    await page.getByText('请填写撤回的原因').waitFor();
    await expectAccessible(page, 'withdrawing');
    await page.getByLabel('撤回的原因').fill('已自行解决');
    await page.getByRole('button', { name: '撤回', exact: true }).dblclick();
    await page.getByText('已撤回，不再参加配对').waitFor();
    expect((await needs().get(before.id))!.state).to.equal('withdrawn');
    expect(await faults()).to.deep.equal([]);
  });

  it('are renewed in their last thirty days, not before', async () => {
    const { clock } = fixture.ports;
    const kept = clock.now();
    clock.set(new Date());
    const stored = (await needs().get(world.needs.members))!;
    const { page } = await opened(`/needs/${stored.id}`);
    await page.getByRole('button', { name: '撤回……' }).waitFor();
    expect(await page.getByRole('button', { name: '续期' }).count()).to.equal(0);
    const { version, createdAt: _, updatedAt: __, ...rest } = stored;
    // The browser's own clock counts the days, so the last day comes to it and not the clock to the day.
    const near = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    await needs().update(stored.id, version, { ...rest, expiresOn: near });
    await page.reload();
    await page.getByRole('button', { name: '续期' }).click();
    await page.getByText('已续期').waitFor();
    expect((await needs().get(stored.id))!.expiresOn! > near).to.equal(true);
    clock.set(kept);
  });
});
