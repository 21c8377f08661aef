import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { linkToken } from '../../src/steps/consent/new-round.ts';
import { remindExpiry } from '../../src/steps/intake/remind-expiry.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { type HttpFixture, openHttp, otherPassword, password } from '../http/open-http.ts';
import { achievementOf, makeWorld, needOf, type World } from '../http/world.ts';
import { tokenIn } from '../mail-folder.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('the pages behind links in mails', function () {
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

  async function published(kind: 'need' | 'achievement', content: unknown, organisationId: string) {
    const { flow } = fixture;
    const drafted = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
    const sent = await flow.moveEntry(systemPrincipal, kind, drafted.id, drafted.version, 'submit');
    return flow.moveEntry(systemPrincipal, kind, drafted.id, sent.version, 'publish');
  }
  let pairs = 0;
  async function invited() {
    const { flow, ports } = fixture;
    pairs += 1;
    const need = await published('need', needOf(`抛光液回收${pairs}`), world.organisations.own);
    const achievement = await published('achievement', achievementOf(`膜法回收${pairs}`), world.organisations.other);
    const at = ports.clock.now().toISOString();
    const history = [{ at, by: 'system', action: 'accept', from: 'suggested', to: 'accepted' }];
    const match = matchOf(need.id, achievement.id, { state: 'accepted', history });
    await ports.store.collection('matches').insert(match);
    await flow.settled();
    const id = invitationIdOf(match.id);
    const path = (side: 'need' | 'achievement', mark = '#') =>
      `/invitation-links${mark}${linkToken(ports, id, 1, side)}`;
    return { id, path };
  }

  it('show what is offered without a contact, and answer once: looking and looking again changes nothing', async () => {
    const { id, path } = await invited();
    const { page, faults } = await openPage(browser);
    for (let looks = 0; looks < 2; looks += 1) {
      await page.goto(fixture.url + path('need'));
      await page.getByRole('heading', { name: /可能适合贵单位/ }).waitFor();
    }
    const shown = await page.content();
    expect(shown).to.include('膜法回收1').and.not.include('赵机密').and.not.include('13900000000');
    await expectAccessible(page, 'invitation');
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByText('请选择愿意或不愿意').waitFor();
    await page.getByLabel('不愿意', { exact: true }).check();
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByText('请选择原因').waitFor();
    await page.getByLabel('愿意接洽').check();
    await page.getByLabel('说明').fill('请先寄样品');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '提交答复' }).dblclick();
    await page.getByText('已答复：愿意接洽').waitFor();
    await expectAccessible(page, 'answered');
    const { need } = (await fixture.ports.store.collection('invitations').get(id))!;
    expect(need.answer).to.deep.include({ willing: true, note: '请先寄样品', way: 'link' });
    // Used up: the words of the service, and another way.
    await page.reload();
    await page.getByRole('link', { name: '登录后答复' }).waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('take a refusal with its reason', async () => {
    const { id, path } = await invited();
    const { page } = await openPage(browser);
    // As it is in mails of earlier versions: the token goes behind the mark, and out of what is asked of the service.
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(fixture.url + path('achievement', '/'));
    await page.getByRole('heading', { name: /可能适合贵单位/ }).waitFor();
    expect(page.url()).to.equal(fixture.url + path('achievement'));
    const token = path('achievement', '').slice('/invitation-links'.length);
    expect(asked.filter((url) => url.includes(token))).to.have.length(1);
    await page.getByLabel('不愿意', { exact: true }).check();
    await page.getByLabel('不愿意的原因').click();
    await page.getByTitle('近期没有人手或条件').click();
    await page.getByRole('button', { name: '提交答复' }).click();
    await page.getByText('已答复：不愿意').waitFor();
    const { achievement, state } = (await fixture.ports.store.collection('invitations').get(id))!;
    expect(state).to.equal('declined');
    expect(achievement.answer).to.include({ willing: false, reason: 'no-capacity' });
  });

  it('renew a record by one press, and only by it', async () => {
    const { clock } = fixture.ports;
    const now = clock.now();
    const record = await published('achievement', achievementOf('快到期的成果'), world.organisations.own);
    const expiresOn = record.expiresOn!;
    clock.set(new Date(Date.parse(`${expiresOn}T01:00:00.000Z`) - 30 * 86_400_000));
    const links: string[] = [];
    await remindExpiry(fixture.ports, async (_cause, telling) => {
      if (telling.secretLink) links.push(telling.secretLink);
    });
    const { page, faults } = await openPage(browser);
    const stored = async () => (await fixture.ports.store.collection('achievements').get(record.id))!;
    let link: string | undefined;
    for (const one of links) {
      await page.goto(fixture.url + one);
      await page.getByRole('button', { name: '续期' }).waitFor();
      if ((await page.locator('.card').innerText()).includes('快到期的成果')) link = one;
    }
    expect(link).to.be.a('string');
    expect((await stored()).expiresOn).to.equal(expiresOn);
    await page.goto(fixture.url + link!);
    await expectAccessible(page, 'renewal');
    await page.getByRole('button', { name: '续期' }).click();
    await page.getByText('已续期').waitFor();
    expect((await stored()).expiresOn! > expiresOn).to.equal(true);
    clock.set(now);
    expect(await faults()).to.deep.equal([]);
  });

  async function mailed(to: string, kind: 'invitation' | 'reset'): Promise<string> {
    for (let tries = 0; tries < 100; tries += 1) {
      await fixture.flow.settled();
      const [token] = await tokenIn(fixture.ports.folder, to, kind);
      if (token) return token;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no ${kind} for ${to}`);
  }

  it('make an account of an invitation, and give it a new password when it was forgotten', async () => {
    const email = 'guest@example.com';
    await fixture.flow.inviteUser(systemPrincipal, {
      email,
      role: 'member',
      organisationId: world.organisations.own,
    });
    const { page, faults } = await openPage(browser);
    await page.goto(`${fixture.url}/#/invitation/${await mailed(email, 'invitation')}`);
    await page.getByRole('heading', { name: /^加入/ }).waitFor();
    await expectAccessible(page, 'account invitation');
    await page.getByLabel('姓名').fill('受邀人');
    await page.getByLabel('登录名').fill('guest');
    await page.getByLabel('密码', { exact: true }).fill('123');
    await page.getByLabel('再写一遍密码').fill('123');
    await page.getByRole('button', { name: '建立账号' }).click();
    // The service's word on a weak password, at its field.
    await page.locator('.ant-form-item-explain-error').first().waitFor();
    await page.getByLabel('密码', { exact: true }).fill(password);
    await page.getByLabel('再写一遍密码').fill(password);
    await page.getByRole('button', { name: '建立账号' }).click();
    await page.getByText('账号已建好').waitFor();
    await page.getByRole('link', { name: '去登录' }).click();
    expect(await page.getByLabel('登录名').inputValue()).to.equal('guest');

    await page.getByRole('button', { name: '忘了密码' }).click();
    await page.getByLabel('登录名').fill('guest');
    await expectAccessible(page, 'forgotten password');
    await page.getByRole('button', { name: '发送链接' }).click();
    await page.getByText('已受理').waitFor();
    await page.goto(`${fixture.url}/#/reset/${await mailed(email, 'reset')}`);
    await page.getByText('登录名 guest').waitFor();
    await page.getByLabel('新密码', { exact: true }).fill(otherPassword);
    await page.getByLabel('再写一遍新密码').fill(`${otherPassword}x`);
    await page.getByRole('button', { name: '设置新密码' }).click();
    await page.getByText('两次写的不一样').waitFor();
    await page.getByLabel('再写一遍新密码').fill(otherPassword);
    await page.getByRole('button', { name: '设置新密码' }).click();
    await page.getByText('密码已修改').waitFor();
    await logIn(page, fixture.url, 'guest', otherPassword);
    await page.waitForURL((address) => address.pathname === '/');
    expect(await faults()).to.deep.equal([]);
  });

  it('tell that a link is none, whatever it is for', async () => {
    const { page } = await openPage(browser);
    for (const path of [
      '/#/invitation/made-up',
      '/#/reset/made-up',
      '/invitation-links#made-up',
      '/renewals#made-up',
      '/invitation-links/made-up',
      '/renewals/made-up',
    ]) {
      await page.goto('about:blank');
      await page.goto(fixture.url + path);
      await page.getByRole('alert').filter({ hasText: '链接' }).waitFor();
      await expectAccessible(page, path);
    }
    await page.goto('about:blank');
    await page.goto(`${fixture.url}/#/address/made-up`);
    await expectAccessible(page, 'address');
    await page.getByRole('button', { name: '确认' }).click();
    await page.getByRole('alert').filter({ hasText: '链接' }).waitFor();
  });
});
