import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { dateIn } from '../../src/domain/week.ts';
import { dayAfter } from '../../src/web/parts/times.ts';
import { account, type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, organisationOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('calls and campaigns in a browser', function () {
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

  /** The day of the service, which the browser has as well. */
  const day = () => dateIn(fixture.ports.clock.now());
  const open = async (login: string) => {
    const opened = await openPage(browser);
    await opened.page.clock.setFixedTime(fixture.ports.clock.now());
    await logIn(opened.page, fixture.url, login, password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    return opened;
  };

  it('make a call of a need, put it to whom staff choose, and take achievements as answers', async () => {
    const { flow, ports } = fixture;
    const marine = await flow.createOrganisation(systemPrincipal, organisationOf('海洋大学', 41, 'university'));
    const third = await flow.createOrganisation(systemPrincipal, organisationOf('稀土研究院', 42, 'institute'));
    await account(fixture, 'marine', 'manager', marine.id);
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/calls`);
    await page.getByRole('button', { name: '看可以征集的需求' }).click();
    await page.getByText('没有可以征集的需求').waitFor();
    await expectAccessible(page, 'no needs to call for');

    await page.goto(`${fixture.url}/calls/new?need=${world.needs.published}`);
    await page.getByRole('link', { name: '稀土抛光粉煅烧节能' }).waitFor();
    await page.getByLabel('征集说明').fill('太短');
    await page.getByRole('button', { name: '拟定，推荐征集对象' }).click();
    await page.locator('.error-summary').getByText('征集说明：').waitFor();
    await expectAccessible(page, 'a new call');
    await page.getByLabel('征集说明').fill('请有相关研究基础的团队踊跃应征，企业可提供试验场地。');
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '拟定，推荐征集对象' }).dblclick();
    await page.getByRole('checkbox', { name: '示例大学' }).waitFor();
    expect(await ports.store.collection('calls').count()).to.equal(1);
    expect(await page.getByRole('checkbox', { name: '示例大学' }).isChecked()).to.equal(true);
    await page.getByText('技术领域相同').first().waitFor();
    for (const name of ['海洋大学', '稀土研究院']) {
      await page.getByRole('combobox', { name: '加一家机构' }).fill(name.slice(0, 3));
      await page.getByTitle(name).click();
      expect(
        await page.getByRole('checkbox', { name, exact: true }).isChecked(),
        'who is added is on the list',
      ).to.equal(true);
    }
    await page.getByRole('checkbox', { name: '稀土研究院' }).uncheck();
    expect(
      await page.getByRole('button', { name: /家发出……$/ }).isDisabled(),
      'what is not saved is not sent',
    ).to.equal(true);
    await expectAccessible(page, 'the list of a call');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '保存名单和说明' }).click();
    await page.getByRole('button', { name: '向 2 家发出……' }).click();
    await page.getByText('向 2 家发出征集？').last().waitFor();
    await page.getByRole('dialog').getByRole('button', { name: '发出', exact: true }).dblclick();
    await page.getByRole('heading', { name: '各家的答复' }).or(page.getByText('征集中').first()).first().waitFor();
    await flow.settled();
    const { items } = await ports.store.collection('callRequests').find();
    expect(items.map(({ organisationId }) => organisationId)).to.have.members([world.organisations.other, marine.id]);
    expect(items.some(({ organisationId }) => organisationId === third.id)).to.equal(false);
    const callAddress = page.url();

    // The university sees the need without contacts, and answers with a new achievement whose form follows.
    const theirs = await open('other-member');
    await theirs.page.goto(`${fixture.url}/call-requests`);
    await theirs.page.getByRole('link', { name: '稀土抛光粉煅烧节能' }).click();
    await theirs.page.getByText('企业可提供试验场地').waitFor();
    await theirs.page.getByText('现有工艺能耗高').waitFor();
    expect(await theirs.page.content()).to.not.match(/王机密|13800000000/);
    await expectAccessible(theirs.page, 'a call that came in');
    await theirs.page.setViewportSize(phone);
    expect(await fitsWidth(theirs.page)).to.equal(true);
    const requestAddress = theirs.page.url();
    await theirs.page.getByRole('button', { name: '去填写' }).click();
    await theirs.page.getByText('请填写成果名称').waitFor();
    await theirs.page.getByLabel('填写一项新成果').fill('低温煅烧中试线');
    await theirs.page.waitForTimeout(700);
    await theirs.page.getByRole('button', { name: '去填写' }).dblclick();
    await theirs.page.waitForURL(/\/my\/achievements\/[^/]+$/);
    expect(await theirs.page.getByLabel('成果名称').inputValue()).to.equal('低温煅烧中试线');
    await theirs.page.getByText('应征：稀土抛光粉煅烧节能').waitFor();
    const drafts = await ports.store.collection('achievements').find({ where: { state: 'draft' } });
    expect(drafts.items.filter(({ callId }) => callId !== undefined)).to.have.length(1);
    await theirs.page.goto(requestAddress);
    await theirs.page.getByRole('link', { name: '低温煅烧中试线' }).waitFor();
    await theirs.page.getByRole('combobox', { name: '已有的成果' }).click();
    await theirs.page.getByTitle(/稀土抛光粉低温煅烧工艺/).click();
    await theirs.page.getByRole('button', { name: '用它应征' }).click();
    await theirs.page.getByRole('link', { name: '稀土抛光粉低温煅烧工艺' }).waitFor();

    const refusing = await open('marine');
    await refusing.page.goto(`${fixture.url}/call-requests?state=sent`);
    await refusing.page.getByRole('link', { name: '稀土抛光粉煅烧节能' }).click();
    await refusing.page.getByRole('button', { name: '谢绝……' }).click();
    await refusing.page.getByRole('button', { name: '暂时没有可用的成果。' }).click();
    await refusing.page.getByRole('button', { name: '谢绝', exact: true }).click();
    await refusing.page.getByText('谢绝的原因：暂时没有可用的成果。').waitFor();
    // What another organisation received is not there for this one.
    await refusing.page.goto(requestAddress);
    await refusing.page.getByRole('heading', { name: '没有这个页面' }).waitFor();

    await page.goto(callAddress);
    await page.getByText('发给 2 家，1 家应征').waitFor();
    await page.getByText('暂时没有可用的成果。').waitFor();
    await expectAccessible(page, 'a call that was sent');
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '延期……' }).click();
    await page.getByLabel('新的截止日').fill(dayAfter(day(), 60));
    await page.getByRole('button', { name: '延期', exact: true }).click();
    await page.getByText(`${dayAfter(day(), 60)} 截止`).waitFor();
    await page.getByRole('button', { name: '现在结束' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '结束征集' }).click();
    await page.getByText('已结束').first().waitFor();
    await page.goto(`${fixture.url}/calls?state=closed`);
    await page.getByRole('link', { name: '稀土抛光粉煅烧节能' }).waitFor();
    await expectAccessible(page, 'calls');
    for (const one of [await faults(), await theirs.faults(), await refusing.faults()]) expect(one).to.deep.equal([]);
  });

  it('draw up a campaign, open it, lead enterprises to the form, put it off and cancel it', async () => {
    const { page, faults } = await open('staff');
    await page.goto(`${fixture.url}/campaigns`);
    await page.getByRole('link', { name: '拟定征集' }).click();
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.locator('.error-summary').getByText('征集名称：请填写征集名称').waitFor();
    await page.getByLabel('征集名称').fill('稀土产业技术需求征集');
    await page.getByLabel('征集说明').fill('征集稀土产业的技术需求，列入明年的计划。');
    await page.getByLabel('截止日').fill(dayAfter(day(), -3));
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.locator('.error-summary').getByText('早于起始日').waitFor();
    await expectAccessible(page, 'a new campaign');
    await page.getByLabel('截止日').fill(dayAfter(day(), 10));
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '保存', exact: true }).dblclick();
    await page.getByRole('button', { name: '开始征集' }).waitFor();
    const address = page.url();
    const visitor = await openPage(browser);
    await visitor.page.goto(address);
    await visitor.page.getByRole('heading', { name: '没有这个页面' }).waitFor();
    await page.getByRole('button', { name: '开始征集' }).dblclick();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^开\s*始$/ })
      .dblclick();
    await page.getByRole('button', { name: '现在截止' }).waitFor();
    await visitor.page.goto(`${fixture.url}/campaigns`);
    await visitor.page.getByRole('link', { name: '稀土产业技术需求征集' }).click();
    await visitor.page.getByRole('button', { name: '登录后填写需求' }).waitFor();
    await expectAccessible(visitor.page, 'a campaign');
    await visitor.page.setViewportSize(phone);
    expect(await fitsWidth(visitor.page)).to.equal(true);
    const member = await open('member');
    await member.page.goto(address);
    await member.page.getByRole('button', { name: '填写需求' }).click();
    await member.page.getByRole('heading', { name: '应哪次征集（选填）' }).waitFor();
    const chosen = member.page.waitForResponse((reply) => reply.url().endsWith('/campaign'));
    await member.page.getByLabel('需求名称').fill('稀土抛光粉分级工艺');
    await member.page.getByLabel('需求名称').blur();
    expect((await chosen).status(), 'it answers the 征集 that it came from').to.equal(200);

    await page.getByRole('button', { name: '现在截止' }).click();
    await page.getByRole('button', { name: '延期……' }).click();
    await page.getByLabel('新的截止日').fill(dayAfter(day(), 40));
    await page.getByLabel('延期的原因').fill('企业反映时间不够');
    await page.getByRole('button', { name: '延期', exact: true }).click();
    await page.getByText('征集中：企业反映时间不够').waitFor();
    await page.getByText(`至 ${dayAfter(day(), 40)}`).waitFor();
    await expectAccessible(page, 'a campaign, as the bureau sees it');
    await page.getByRole('button', { name: '取消征集……' }).click();
    await page.getByLabel('取消的原因').fill('与省里的征集合并');
    await page.getByRole('button', { name: '取消征集', exact: true }).click();
    await page.getByText('已取消：与省里的征集合并').waitFor();
    await visitor.page.reload();
    await visitor.page.getByRole('heading', { name: '没有这个页面' }).waitFor();
    for (const one of [await faults(), await visitor.faults(), await member.faults()]) expect(one).to.deep.equal([]);
  });
});
