import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { pairId } from '../../src/domain/ids.ts';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import type { Match } from '../../src/domain/match.ts';
import type { Unstored } from '../../src/domain/record.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { achievementOf, makeWorld, needOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

const hostile = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';

describePages('invitations and partnerships in a browser', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;

  /** A pair of new records that the review has let pass, so that both sides are asked; answers the invitation's id. */
  async function invited(title: string): Promise<string> {
    const { flow, ports } = fixture;
    const publish = async (kind: 'need' | 'achievement', organisationId: string, content: unknown) => {
      const drafted = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
      const submitted = await flow.moveEntry(systemPrincipal, kind, drafted.id, drafted.version, 'submit');
      await flow.moveEntry(systemPrincipal, kind, drafted.id, submitted.version, 'publish');
      return drafted.id;
    };
    const needId = await publish('need', world.organisations.own, needOf(`${title}的需求`));
    const achievementId = await publish(
      'achievement',
      world.organisations.other,
      achievementOf(`${title}的成果`, { abstract: `${hostile} 粒度达到72%，已在两条生产线上使用。`, team: hostile }),
    );
    const { version: _v, createdAt: _c, updatedAt: _u, ...match } = matchOf(needId, achievementId);
    const line = {
      at: ports.clock.now().toISOString(),
      by: 'u-1',
      action: 'decide',
      from: 'suggested',
      to: 'accepted',
    };
    await ports.store
      .collection('matches')
      .insert({ ...match, state: 'accepted', history: [line] } as unknown as Unstored<Match>);
    await flow.settled();
    return invitationIdOf(pairId(needId, achievementId));
  }
  const open = async (login: string) => {
    const opened = await openPage(browser);
    await opened.page.addInitScript(
      "Object.defineProperty(window, 'ran', { set() { throw new Error('a hostile script ran'); } });",
    );
    await logIn(opened.page, fixture.url, login, password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    return opened;
  };

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  it('let a side answer its invitation, take the answer back, and say no with a reason', async () => {
    const id = await invited('稀土抛光');
    const { page, faults } = await open('member');
    await page.goto(`${fixture.url}/invitations/${id}`);
    await page.getByRole('heading', { name: '请答复' }).waitFor();
    const text = await page.locator('.invitation').innerText();
    expect(text).to.include('稀土抛光的成果');
    expect(text).to.include(hostile);
    expect(await page.content()).to.not.match(/赵机密|13900000000/);
    expect(await page.locator('.invitation img, .invitation script').count()).to.equal(0);
    await expectAccessible(page, 'invitation');
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByText('请选择愿意或不愿意').waitFor();
    await page.getByLabel('愿意', { exact: true }).check();
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByRole('heading', { name: '等待对方答复' }).waitFor();
    await page.getByRole('button', { name: '撤回答复' }).click();
    await page.getByRole('button', { name: '撤回', exact: true }).click();
    await page.getByRole('heading', { name: '请答复' }).waitFor();
    await page.getByLabel('不愿意', { exact: true }).check();
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByText('请选择不愿意的原因').waitFor();
    await expectAccessible(page, 'refusing');
    await page.getByLabel('不愿意的原因').click();
    await page.getByTitle('已有合作对象').click();
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByRole('heading', { name: '贵单位不愿意，这次邀请已结束' }).waitFor();
    await page.getByText('原因：已有合作对象').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('let staff write down what was said on the phone, and ask both once more', async () => {
    const id = await invited('抛光液回收');
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/invitations/${id}`);
    await page.getByRole('heading', { name: '等待双方答复' }).waitFor();
    await page.getByRole('button', { name: '记录需求方的电话答复' }).click();
    await page.getByRole('button', { name: '记录答复' }).click();
    await page.getByText('请填写是谁答复的').waitFor();
    await expectAccessible(page, 'phone answer');
    await page.getByLabel('答复人').fill('办公室李主任');
    await page.getByLabel('愿意', { exact: true }).check();
    await page.getByRole('button', { name: '记录答复' }).click();
    await page.getByText('答复人 办公室李主任').waitFor();
    await page.getByRole('heading', { name: '等待成果方答复' }).waitFor();
    await page.getByRole('button', { name: '记录成果方的电话答复' }).click();
    await page.getByLabel('答复人').fill('科研处');
    await page.getByLabel('不愿意', { exact: true }).check();
    await page.getByLabel('不愿意的原因').click();
    await page.getByTitle('成果已转让或许可他人').click();
    await page.getByRole('button', { name: '记录答复' }).click();
    await page.getByRole('heading', { name: '这次邀请已结束：成果方不愿意' }).waitFor();
    await expectAccessible(page, 'whole invitation');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '再次邀请……' }).click();
    await page.getByRole('button', { name: '再次邀请', exact: true }).click();
    await page.getByRole('heading', { name: '等待双方答复' }).waitFor();
    await page.getByText('第 2 轮').waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
