import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
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
    await page.goto(`${fixture.url}/invitations`);
    await page
      .getByRole('link', { name: /抛光液回收/ })
      .first()
      .click();
    await page.waitForURL(new RegExp(`/invitations/${id}$`));
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

  /** A partnership that a clerk entered: nobody has agreed yet that the other side sees his contact. */
  async function begun(title: string): Promise<string> {
    const input = { title, needId: world.needs.published, achievementOrganisationId: world.organisations.other };
    return (await fixture.flow.createPartnership(systemPrincipal, input, { id: `p-${title.length}` })).id;
  }
  const contactsIn = async (page: Page) => /王机密|13800000000|李示例|0518-12345678/.test(await page.content());

  it('show contacts on a click alone, once both sides have agreed', async () => {
    const id = await begun(`抛光粉联合攻关 ${hostile}`);
    const { page, faults } = await open('member');
    await page.goto(`${fixture.url}/partnerships`);
    await page.getByRole('link', { name: '抛光粉联合攻关' }).click();
    await page.getByRole('button', { name: '愿意公开联系方式' }).waitFor();
    expect(await page.locator('.partnership h1').innerText()).to.include(hostile);
    expect(await page.locator('.partnership img, .partnership script').count()).to.equal(0);
    expect(await page.getByRole('button', { name: '查看双方联系人' }).count()).to.equal(0);
    expect(await contactsIn(page)).to.equal(false);
    await expectAccessible(page, 'partnership');
    // One's own side is no secret to oneself.
    await page.getByRole('button', { name: '查看本方联系人' }).click();
    await page.getByText('王机密').waitFor();
    await page.locator('.partnership-contact').getByText('双方都同意互告联系方式后才能查看').waitFor();
    expect(await page.getByText('李示例').count()).to.equal(0);
    await page.getByRole('button', { name: '愿意公开联系方式' }).click();
    await page.getByRole('button', { name: '愿意', exact: true }).click();
    await page.getByText('贵单位已同意，等待对方').waitFor();

    const clerk = await open('staff');
    await clerk.page.goto(`${fixture.url}/partnerships/${id}`);
    await clerk.page.getByRole('button', { name: '记录一方的同意……' }).click();
    await clerk.page.getByLabel('同意的来源和原因').fill('来电');
    await clerk.page.getByRole('button', { name: '记录同意' }).click();
    await clerk.page.locator('.ant-form-item-explain-error').waitFor();
    await expectAccessible(clerk.page, 'agreement');
    await clerk.page.getByLabel('同意的来源和原因').fill('学校11月20日来电同意，要约时间面谈');
    await clerk.page.getByRole('button', { name: '记录同意' }).click();
    await clerk.page.getByRole('button', { name: '记录一方的同意……' }).waitFor({ state: 'detached' });

    await page.reload();
    await page.getByRole('button', { name: '查看双方联系人' }).waitFor();
    expect(await contactsIn(page)).to.equal(false);
    await page.getByRole('button', { name: '查看双方联系人' }).click();
    await page.getByText('王机密').waitFor();
    await expectAccessible(page, 'contacts');
    const looks = await fixture.flow.listContactViews(systemPrincipal, id);
    expect(looks.items.map(({ by, sides }) => [by, sides.length])).to.have.deep.members([
      [world.users.member, 2],
      [world.users.member, 1],
    ]);
    expect(await faults()).to.deep.equal([]);
    expect(await clerk.faults()).to.deep.equal([]);
  });

  it('let staff sign it, write down a visit and plan what is to be reached', async () => {
    const id = await begun('低温煅烧合作');
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/partnerships/${id}`);
    await page.getByRole('button', { name: '签约……' }).click();
    await page.getByRole('button', { name: '确认签约' }).click();
    await page.getByText('请选择合同类型').waitFor();
    await expectAccessible(page, 'signing');
    await page.getByLabel('合同类型').click();
    await page.getByTitle('技术开发').click();
    await page.getByLabel('签订日期').fill('2026-11-20');
    await page.getByLabel('成交额（万元）', { exact: true }).fill('100');
    await page.getByLabel('技术交易额（万元）').fill('120');
    await page.getByLabel('有效期起').fill('2026-11-20');
    await page.getByLabel('有效期止').fill('2027-11-19');
    await page.getByRole('button', { name: '确认签约' }).click();
    await page.getByText('超过成交额').waitFor();
    await page.getByLabel('技术交易额（万元）').fill('80.5');
    await page.getByRole('button', { name: '确认签约' }).click();
    await page.getByRole('button', { name: '转入履约……' }).waitFor();
    await page.getByText('80.5 万元').waitFor();

    await page.getByRole('button', { name: '记一次进展……' }).click();
    await page.getByLabel('日期', { exact: true }).fill('2026-11-22');
    await page.getByLabel('参加人').fill('双方技术负责人');
    await page.getByLabel('内容').fill(`走访生产线 ${hostile}`);
    await page.getByLabel('下一步（可不填）').fill('寄送样品');
    await page.getByLabel('下一步的期限').fill('2026-11-01');
    await page.getByRole('button', { name: '保存记录' }).click();
    await page.getByText('早于今天').waitFor();
    await page.getByLabel('下一步的期限').fill('2026-12-31');
    await expectAccessible(page, 'log');
    await page.getByRole('button', { name: '保存记录' }).click();
    await page.locator('.partnership-log').getByText('寄送样品').waitFor();
    expect(await page.locator('.partnership-log').innerText()).to.include(hostile);

    await page.getByRole('button', { name: '增加里程碑……' }).click();
    await page.getByRole('textbox', { name: '里程碑' }).fill('完成中试');
    await page.getByLabel('计划日期').fill('2027-03-31');
    await page.getByRole('button', { name: '增加', exact: true }).click();
    await page.getByText('计划 2027-03-31').waitFor();
    await page.getByRole('button', { name: /登记完成/ }).click();
    await page.getByLabel('完成日期').fill('2026-11-21');
    await page.getByRole('button', { name: '登记完成', exact: true }).click();
    await page.getByText('2026-11-21 完成').waitFor();

    await page.locator('input[type=file]').setInputFiles({
      name: '合同.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('技术开发合同正文\n'),
    });
    await page.getByRole('link', { name: '合同.txt' }).waitFor();
    await expectAccessible(page, 'signed partnership');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '终止……' }).click();
    await page.getByRole('button', { name: '确认终止合作' }).click();
    await page.getByText('请填写终止的原因').waitFor();
    await page.getByRole('button', { name: '取消' }).click();
    expect(await faults()).to.deep.equal([]);
  });

  it('list partnerships by their state, which stands in the address', async () => {
    const { page, faults } = await open('staff');
    await page.getByRole('link', { name: '合作项目' }).click();
    await page.waitForSelector('.partnership-lines');
    await expectAccessible(page, 'partnerships');
    await page.getByLabel('合作阶段').click();
    await page.getByTitle('签约', { exact: true }).click();
    await page.waitForURL(/state=signed/);
    await page.waitForFunction(() => document.querySelectorAll('.partnership-lines li').length === 1);
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.goto(`${fixture.url}/partnerships?state=finished`);
    await page.getByText('没有这个阶段的合作').waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
