import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { account, type HttpFixture, openHttp, otherPassword, password } from '../http/open-http.ts';
import { achievementOf, makeWorld, needOf, type World } from '../http/world.ts';
import { tokenIn } from '../mail-folder.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('what is one’s own: account, organisation, notices, invitations', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    await account(fixture, 'fellow', 'member', world.organisations.own);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });
  async function opened(path: string, login: string) {
    const watched = await openPage(browser);
    await logIn(watched.page, fixture.url, login, password);
    await watched.page.waitForURL((address) => address.pathname === '/');
    await watched.page.goto(fixture.url + path);
    await watched.page.locator('h1').first().waitFor();
    return watched;
  }
  const user = async (id: string) => (await fixture.ports.store.collection('users').get(id))!;

  it('the account: a mobile and a mail address with the password, other sessions ended, notices chosen', async () => {
    const { page, faults } = await opened('/account', 'member');
    await fixture.as('member');
    await page.reload();
    await page.getByRole('button', { name: '退出其他全部登录' }).waitFor();
    await expectAccessible(page, 'account');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '修改信箱和手机' }).click();
    await page.getByLabel('收短信的手机').fill('12345');
    await page.getByLabel('现在的密码').fill(password);
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('不是手机号码。请填写11位的手机号码').waitFor();
    await page.getByLabel('收短信的手机').fill('138 0000 0000');
    await page.getByLabel('电子信箱').fill('member@example.com');
    await page.getByRole('button', { name: '保存' }).dblclick();
    await page.getByText(/请打开寄到 .+ 的链接/).waitFor();
    expect((await user(world.users.member)).mobile).to.equal('13800000000');
    expect((await user(world.users.member)).email).to.equal(undefined);
    await page.getByRole('button', { name: '退出其他全部登录' }).click();
    await page.getByText('已退出其他 1 个登录').waitFor();
    await page.getByRole('checkbox', { name: '短信' }).first().click();
    await page.getByText('已保存').last().waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('the account: another password, which the page goes on with', async () => {
    const { page } = await opened('/account', 'other-member');
    await page.getByRole('button', { name: '修改密码……' }).click();
    await page.getByLabel('现在的密码').fill('wrong');
    await page.getByLabel('新密码', { exact: true }).fill(otherPassword);
    await page.getByLabel('再写一遍新密码').fill(otherPassword);
    await page.getByRole('button', { name: '修改密码', exact: true }).click();
    await page.locator('.ant-form-item-explain-error, .problem').first().waitFor();
    await page.getByLabel('现在的密码').fill(password);
    await page.getByRole('button', { name: '修改密码', exact: true }).click();
    await page.getByText('密码已修改').waitFor();
    await page.goto(`${fixture.url}/my/achievements`);
    await page.getByRole('heading', { name: '我的成果' }).waitFor();
  });

  it('the organisation: colleagues are invited, disabled and enabled again by its manager', async () => {
    const { page, faults } = await opened('/my/organisation', 'manager');
    await page.getByText('示例抛光材料有限公司').first().waitFor();
    await expectAccessible(page, 'my organisation');
    await page.getByRole('button', { name: '寄出邀请' }).click();
    await page.getByText('请填写电子信箱').waitFor();
    await page.getByLabel('同事的电子信箱').fill('colleague@example.com');
    // Both clicks in one moment, before the page can be drawn anew.
    await page.getByRole('button', { name: '寄出邀请' }).evaluate((button: HTMLElement) => {
      button.click();
      button.click();
    });
    await page.getByText('邀请已寄出').waitFor();
    await page.getByRole('button', { name: /^撤销给 / }).waitFor();
    const links = await fixture.ports.store.collection('accountLinks').find({ where: { kind: 'invitation' } });
    expect(links.items).to.have.length(1);
    for (
      let tries = 0;
      (await tokenIn(fixture.ports.folder, 'colleague@example.com', 'invitation')).length === 0;
      tries++
    ) {
      expect(tries).to.be.lessThan(100);
      await fixture.flow.settled();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await page.getByRole('button', { name: '停用 测试member' }).click();
    await page.getByRole('button', { name: '停用', exact: true }).last().click();
    await page.getByRole('button', { name: '恢复 测试member' }).waitFor();
    expect((await user(world.users.member)).state).to.equal('disabled');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '恢复 测试member' }).click();
    await page.getByRole('button', { name: '停用 测试member' }).waitFor();
    expect((await user(world.users.member)).state).to.equal('active');
    expect(await faults()).to.deep.equal([]);
  });

  it('the organisation: members see it without its people', async () => {
    const { page } = await opened('/my/organisation', 'fellow');
    await page.getByText('示例抛光材料有限公司').first().waitFor();
    expect(await page.getByText('邀请同事').count()).to.equal(0);
    await expectAccessible(page, 'my organisation as a member');
  });

  it('notices and invitations are listed, and lead to what they are about', async () => {
    const { flow, ports } = fixture;
    const published = async (kind: 'need' | 'achievement', content: unknown, organisationId: string) => {
      const drafted = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
      const sent = await flow.moveEntry(systemPrincipal, kind, drafted.id, drafted.version, 'submit');
      return flow.moveEntry(systemPrincipal, kind, drafted.id, sent.version, 'publish');
    };
    const need = await published('need', needOf('抛光液回收'), world.organisations.own);
    const achievement = await published('achievement', achievementOf('膜法回收'), world.organisations.other);
    const at = ports.clock.now().toISOString();
    const match = matchOf(need.id, achievement.id, {
      state: 'accepted',
      history: [{ at, by: 'system', action: 'accept', from: 'suggested', to: 'accepted' }],
    });
    await ports.store.collection('matches').insert(match);
    await flow.settled();
    const { page, faults } = await opened('/invitations', 'manager');
    await page.getByText(/^请在 .+ 前答复$/).waitFor();
    await expectAccessible(page, 'invitations');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('link', { name: '抛光液回收 — 膜法回收' }).click();
    await page.waitForURL((address) => address.pathname === `/invitations/${invitationIdOf(match.id)}`);
    await page.goto(`${fixture.url}/notices?unread=1`);
    await page.locator('.notices-lines li').first().waitFor();
    await expectAccessible(page, 'notices');
    expect(await fitsWidth(page)).to.equal(true);
    const line = page
      .locator('.notices-lines li')
      .filter({ has: page.getByText(/邀请|愿意|合作/) })
      .first();
    await line.locator('summary').click();
    await line.getByRole('link', { name: '去办理' }).waitFor();
    await page.getByRole('button', { name: '全部标为已读' }).click();
    await page.getByText('没有符合的通知。').waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
