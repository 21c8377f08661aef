import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { dateIn } from '../../src/domain/week.ts';
import { dayAfter } from '../../src/web/parts/times.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('agreements and joint bodies in a browser', function () {
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

  /** The day of the service, which the browser has as well. */
  const day = () => dateIn(fixture.ports.clock.now());
  const open = async (login: string) => {
    const opened = await openPage(browser);
    await opened.page.clock.setFixedTime(fixture.ports.clock.now());
    await logIn(opened.page, fixture.url, login, password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    return opened;
  };

  it('enter an agreement, sign it once it is whole, renew it, and show its parties what came of it', async () => {
    const { flow, ports } = fixture;
    const { own, other } = world.organisations;
    const partnership = await flow.createPartnership(systemPrincipal, {
      title: '抛光粉联合攻关',
      needOrganisationId: own,
      achievementOrganisationId: other,
    });
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/agreements`);
    await page.getByText('还没有战略合作协议').waitFor();
    await page.getByRole('link', { name: '登记' }).click();
    await page.getByRole('button', { name: '登记', exact: true }).click();
    await page.locator('.error-summary').getByText('各方：请至少加一方').waitFor();
    await expectAccessible(page, 'a new agreement');
    await page.getByLabel('协议名称').fill('区校战略合作协议');
    await page.getByRole('combobox', { name: '加一家已注册的机构' }).fill('示例大');
    await page.getByTitle('示例大学').click();
    await page.getByLabel('加一家没有注册的').fill('示例区科技局');
    await page.getByRole('button', { name: '加上' }).click();
    await page.getByRole('checkbox', { name: /牵头或依托.*示例区科技局/ }).check();
    await page.getByLabel('关联的合作项目').click();
    await page.getByTitle('抛光粉联合攻关').click();
    await page.keyboard.press('Escape');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '登记', exact: true }).dblclick();
    await page.getByRole('heading', { name: '区校战略合作协议' }).waitFor();
    const address = page.url();
    expect(await ports.store.collection('agreements').count()).to.equal(1);
    const [kept] = (await ports.store.collection('agreements').find()).items;
    expect(kept!.parties).to.deep.equal([
      { organisationId: other },
      { organisationId: null, name: '示例区科技局', lead: true },
    ]);
    expect(kept!.links.partnershipIds).to.deep.equal([partnership.id]);

    await page.getByRole('button', { name: '签署' }).click();
    await page.getByText('合作领域').first().waitFor();
    await expectAccessible(page, 'an agreement that is not whole');
    await page.getByRole('button', { name: '去补全' }).click();
    await page.getByLabel('合作领域（选填）').fill('稀土新材料');
    await page.getByLabel('约定内容（选填）').fill('共建研究院，互派人员。');
    await page.getByLabel('签订日期（选填）').fill(day());
    await page.getByLabel('有效期起（选填）').fill(day());
    await page.getByLabel('有效期止（选填）').fill(dayAfter(day(), -1));
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.locator('.error-summary').getByText('早于有效期起').waitFor();
    await page.getByLabel('有效期止（选填）').fill(dayAfter(day(), 30));
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByRole('button', { name: '签署' }).click();
    await page.getByText('还有 30 天到期').waitFor();
    await page.getByText('共建研究院，互派人员。').waitFor();
    await page.getByRole('link', { name: '抛光粉联合攻关' }).waitFor();
    await expectAccessible(page, 'an agreement');
    expect(await fitsWidth(page)).to.equal(true);

    // A party sees it, others do not; only the bureau acts.
    const party = await open('other-member');
    await party.page.goto(`${fixture.url}/agreements?words=${encodeURIComponent('稀土')}`);
    await party.page.getByText('还有 30 天到期').waitFor();
    await party.page.getByRole('link', { name: '区校战略合作协议' }).click();
    await party.page.getByRole('heading', { name: '带来了什么' }).waitFor();
    expect(await party.page.getByRole('button', { name: '续签……' }).count()).to.equal(0);
    await expectAccessible(party.page, 'an agreement of one’s own');
    const stranger = await open('member');
    await stranger.page.goto(address);
    await stranger.page.getByRole('heading', { name: '没有这个页面' }).waitFor();

    await page.getByRole('button', { name: '续签……' }).click();
    await page.getByLabel('新的有效期止').fill(dayAfter(day(), 400));
    await page.getByRole('button', { name: '续签', exact: true }).click();
    await page.getByText(`${day()} 至 ${dayAfter(day(), 400)}`).waitFor();
    await page.getByRole('button', { name: '终止……' }).click();
    await page.getByLabel('终止的原因').fill('学校并校，另签新约');
    await page.getByRole('button', { name: '终止', exact: true }).click();
    await page.getByText('已终止：学校并校，另签新约').waitFor();
    await page.goto(`${fixture.url}/agreements?state=terminated`);
    await page.getByRole('link', { name: '区校战略合作协议' }).waitFor();
    await expectAccessible(page, 'agreements');
    for (const one of [await faults(), await party.faults()]) expect(one).to.deep.equal([]);
  });

  it('enter a joint body, approve it, and show people only when asked, each look noted', async () => {
    const { flow, ports } = fixture;
    const { page, faults } = await open('admin');
    await page.goto(`${fixture.url}/joint-bodies/new`);
    await page.getByLabel('机构名称').fill('示例研究生工作站');
    await page.getByLabel('类别').click();
    await page.getByTitle('研究生工作站').click();
    await page.getByRole('combobox', { name: '加一家已注册的机构' }).fill('示例抛');
    await page.getByTitle('示例抛光材料有限公司').click();
    await page.getByRole('checkbox', { name: /^牵头或依托/ }).check();
    await page.getByLabel('级别（选填）').click();
    await page.getByTitle('省级').click();
    await page.getByLabel('批准部门（选填）').fill('省科技厅');
    await page.getByLabel('批准日期（选填）').fill(dayAfter(day(), -20));
    await page.getByRole('button', { name: '登记', exact: true }).click();
    await page.getByRole('button', { name: '批准' }).click();
    await page.getByText('运行', { exact: true }).first().waitFor();
    const [body] = (await ports.store.collection('jointBodies').find()).items;
    expect([body!.state, body!.content.title]).to.deep.equal(['running', '示例研究生工作站']);
    await flow.setCooperationPeople(systemPrincipal, 'joint-body', body!.id, body!.version, [
      { name: '钱研究生', mobile: '13700000000' },
    ]);
    await page.reload();
    await page.getByText('登记了 1 人').waitFor();
    expect(await page.content()).to.not.include('13700000000');
    await expectAccessible(page, 'a joint body');
    await page.getByRole('button', { name: '查看人员和联系方式' }).click();
    await page.getByText('钱研究生，13700000000').waitFor();
    await page.reload();
    await page.getByText('登记了 1 人').waitFor();
    expect(await page.content()).to.not.include('13700000000');
    await page.goto(`${fixture.url}/joint-bodies?kind=graduate-workstation&level=provincial`);
    await page.getByRole('link', { name: '示例研究生工作站' }).waitFor();
    await expectAccessible(page, 'joint bodies');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.goto(`${fixture.url}/joint-bodies?kind=base`);
    await page.getByText('没有符合的').waitFor();
    expect(await faults()).to.deep.equal([]);
  });
});
