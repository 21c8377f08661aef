import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import type { Answer } from '../../src/domain/answer.ts';
import { pairId } from '../../src/domain/ids.ts';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import type { Match } from '../../src/domain/match.ts';
import type { Unstored } from '../../src/domain/record.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { draftedLetter } from '../http/drafted-letter.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { achievementOf, makeWorld, needOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('answers and invitations, sent by staff in a browser', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    // Needs for which nothing fits: each is owed a letter.
    for (const title of ['窑头密封', '滤布再生', '粉尘回收', '余热利用', '废酸回用']) {
      const organisationId = world.organisations.own;
      const drafted = await fixture.flow.createEntry(systemPrincipal, 'need', needOf(title), { organisationId });
      const handedIn = await fixture.flow.moveEntry(systemPrincipal, 'need', drafted.id, drafted.version, 'submit');
      await fixture.flow.moveEntry(systemPrincipal, 'need', drafted.id, handedIn.version, 'publish');
      await draftedLetter(fixture, drafted.id, organisationId, title);
    }
    await fixture.flow.settled();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  const open = async () => {
    const opened = await openPage(browser);
    await logIn(opened.page, fixture.url, 'staff', password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    return opened;
  };
  const answers = async (): Promise<readonly Answer[]> => {
    const { items } = await fixture.ports.store
      .collection('answers')
      .find({ order: { by: 'dueOn', direction: 'asc' } });
    return items;
  };
  const count = async (state: Answer['state']) => (await answers()).filter((one) => one.state === state).length;

  it('edits, approves and sends one letter', async () => {
    const { page, faults } = await open();
    await page.goto(`${fixture.url}/desk`);
    await page.locator('#answer').getByRole('link').first().click();
    await page.waitForURL(/\/answers\//);
    const id = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]!);
    await page.getByRole('button', { name: '修改文字' }).click();
    await page.getByLabel('正文').fill('');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('请填写正文').waitFor();
    await expectAccessible(page, 'editing a letter');
    const text = '贵单位的需求已发布，有合适的成果时会告诉您。<img src=x onerror="window.ran=1">';
    await page.getByLabel('正文').fill(text);
    await page.getByRole('button', { name: '保存' }).dblclick();
    await page.locator('.answer-text').getByText('有合适的成果时会告诉您').waitFor();
    expect(await page.locator('.answer-text img').count()).to.equal(0);
    await expectAccessible(page, 'letter');
    await page.getByRole('button', { name: '批准', exact: true }).click();
    await page.locator('.ant-message').getByText('已批准').waitFor();
    expect((await fixture.ports.store.collection('answers').get(id))!.state).to.equal('approved');
    await page.goto(`${fixture.url}/answers/${id}?state=approved`);
    await page.getByRole('button', { name: '发出……' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '发出', exact: true }).click();
    await page.getByText('没有等待发出的答复').waitFor();
    const sent = (await fixture.ports.store.collection('answers').get(id))!;
    expect(sent.state).to.equal('sent');
    expect(sent.text).to.equal(text);
    await page.goto(`${fixture.url}/answers/${id}`);
    await page.locator('.tag', { hasText: '已发出' }).waitFor();
    expect(await page.getByRole('button', { name: '修改文字' }).count()).to.equal(0);
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    expect(await faults()).to.deep.equal([]);
  });

  it('approves and sends several at once, says how many, and what became of each', async () => {
    const { page, faults } = await open();
    await page.goto(`${fixture.url}/answers`);
    await page.locator('.answer-line').first().waitFor();
    const waiting = await count('drafted');
    expect(await page.locator('.answer-line').count())
      .to.equal(waiting)
      .and.at.least(3);
    await page.getByRole('checkbox', { name: '全选' }).check();
    await page
      .getByRole('checkbox', { name: /^选择：/ })
      .last()
      .uncheck();
    // Somebody else drops one of them meanwhile.
    const [gone] = await answers().then((all) => all.filter(({ state }) => state === 'drafted'));
    await page.getByRole('button', { name: `批准选中的 ${waiting - 1} 份……` }).click();
    await page.getByRole('dialog').getByText('批准以后，修改文字须重新批准').waitFor();
    await expectAccessible(page, 'several letters');
    await fixture.flow.editAnswer(systemPrincipal, gone!.id, gone!.version, '别人改过的文字，须再看。');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `批准 ${waiting - 1} 份` })
      .dblclick();
    const tried = await page.getByRole('dialog').locator('.ant-alert').innerText();
    const failed = await page.getByRole('dialog').locator('.batch-list li').count();
    expect(tried).to.include(`批准了 ${waiting - 1 - failed} 份`);
    await expectAccessible(page, 'what became of each');
    await page.getByRole('button', { name: '知道了' }).click();
    expect(await count('approved')).to.equal(waiting - 1 - failed);
    expect(failed).to.equal(1);
    await page.getByRole('link', { name: '已批准' }).click();
    await page.getByRole('checkbox', { name: '全选' }).check();
    await page.getByRole('button', { name: `发出选中的 ${waiting - 2} 份……` }).click();
    await page.getByRole('button', { name: `发出 ${waiting - 2} 份`, exact: true }).click();
    await page.getByText(`发出了 ${waiting - 2} 份`).waitFor();
    await page.getByRole('button', { name: '知道了' }).click();
    await page.getByText('没有等待发出的答复').waitFor();
    expect(await count('approved')).to.equal(0);
    await page.setViewportSize(phone);
    await page.goto(`${fixture.url}/answers`);
    await page.locator('.answer-line').first().waitFor();
    expect(await fitsWidth(page)).to.equal(true);
    expect(await faults()).to.deep.equal([]);
  });

  it('lists who has not answered an invitation, reminds them once a day, and leads to the phone answer', async () => {
    const { flow, ports } = fixture;
    const publish = async (kind: 'need' | 'achievement', organisationId: string, content: unknown) => {
      const drafted = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
      const submitted = await flow.moveEntry(systemPrincipal, kind, drafted.id, drafted.version, 'submit');
      await flow.moveEntry(systemPrincipal, kind, drafted.id, submitted.version, 'publish');
      return drafted.id;
    };
    const needId = await publish('need', world.organisations.own, needOf('窑炉余热利用'));
    const achievementId = await publish('achievement', world.organisations.other, achievementOf('余热换热器'));
    const { version: _v, createdAt: _c, updatedAt: _u, ...match } = matchOf(needId, achievementId);
    const at = ports.clock.now().toISOString();
    const line = { at, by: 'u-1', action: 'decide', from: 'suggested', to: 'accepted' };
    await ports.store
      .collection('matches')
      .insert({ ...match, state: 'accepted', history: [line] } as unknown as Unstored<Match>);
    await flow.settled();
    const id = invitationIdOf(pairId(needId, achievementId));
    const { page, faults } = await open();
    await page.goto(`${fixture.url}/desk`);
    await page.getByRole('button', { name: '更多' }).click();
    await page.getByRole('menuitem', { name: '邀请' }).click();
    const row = page.locator('.asked-lines li').filter({ hasText: '窑炉余热利用' });
    await row.getByText('等需求方、成果方').waitFor();
    await expectAccessible(page, 'invitations');
    await row.getByRole('button', { name: /^催复/ }).dblclick();
    await page.getByText('已提醒还没有答复的一方').waitFor();
    await row.getByText('已催').waitFor();
    const stored = (await ports.store.collection('invitations').get(id))!;
    expect(stored.history.filter(({ action }) => action === 'remind')).to.have.length(1);
    await flow.settled();
    // After a reload the button is there again; the service says that today is enough.
    await page.reload();
    await row.getByRole('button', { name: /^催复/ }).click();
    await row.getByRole('alert').getByText('今天已经催过').waitFor();
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await row.getByRole('link').click();
    await page.getByRole('button', { name: '记录需求方的电话答复……' }).waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
