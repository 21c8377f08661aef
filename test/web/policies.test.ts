import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, organisationOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('policies and notices in a browser', function () {
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

  it('are drafted with whom they fit, published after the count was read, and told to these alone', async () => {
    const { flow, ports } = fixture;
    await flow.createOrganisation(systemPrincipal, { ...organisationOf('无地域的企业', 31), region: undefined });
    const { page, faults } = await openPage(browser);
    await logIn(page, fixture.url, 'staff', password);
    await page.waitForURL((address) => address.pathname !== '/login');
    await page.goto(`${fixture.url}/policies`);
    await page.getByText('起草一项政策或通知').waitFor();
    await page.getByRole('link', { name: '起草' }).click();
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.locator('.error-summary').getByText('标题：请填写标题').waitFor();
    await expectAccessible(page, 'a new policy');
    await page.getByLabel('标题').fill('稀土企业技改补助申报');
    await page.getByLabel('正文').fill('第一段。\n\n第二段：请于截止日前申报。');
    await page.getByLabel('原文网址（选填）').fill('www.example.com');
    await page.getByLabel('企业', { exact: true }).check();
    await page.getByLabel('地域').fill('示例区');
    await page.getByLabel('地域').press('Enter');
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.locator('.error-summary').getByText('请以 http:// 或 https:// 开头').waitFor();
    await page.getByLabel('原文网址（选填）').fill('https://www.example.com/notice');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    // Somebody who leaves by mistake is asked, and what he wrote stays.
    await page.getByRole('link', { name: '返回' }).click();
    await page.getByRole('button', { name: '接着写' }).click();
    await page.getByRole('button', { name: '保存草稿' }).dblclick();
    await page.getByRole('heading', { name: '稀土企业技改补助申报' }).waitFor();
    expect(await ports.store.collection('policies').count()).to.equal(1);
    const address = page.url();
    await page.getByText('家会收到通知').waitFor();
    expect(await page.locator('.policy-count').innerText()).to.match(/1 家会收到通知[\s\S]*1 家资料不全/);
    await expectAccessible(page, 'a draft');
    expect(await fitsWidth(page)).to.equal(true);

    // Nobody else knows of a draft.
    const visitor = await openPage(browser);
    await visitor.page.goto(address);
    await visitor.page.getByRole('heading', { name: '没有这个页面' }).waitFor();

    await page.getByRole('button', { name: '发布……' }).click();
    await page.getByText('发布，并通知 1 家机构？').last().waitFor();
    await expectAccessible(page, 'publishing');
    await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).dblclick();
    await page.getByRole('button', { name: '撤下……' }).waitFor();
    await flow.settled();
    const told = await ports.store.collection('policyTellings').find();
    expect(told.items.map(({ organisationId }) => organisationId)).to.deep.equal([world.organisations.own]);
    await page.reload();
    await page.getByText('已通知').waitFor();

    await visitor.page.goto(`${fixture.url}/policies?kind=policy`);
    await visitor.page.getByRole('link', { name: '稀土企业技改补助申报' }).click();
    await visitor.page.getByText('第二段：请于截止日前申报。').waitFor();
    expect(await visitor.page.content()).to.not.include('示例抛光材料有限公司');
    await expectAccessible(visitor.page, 'a policy');
    await visitor.page.setViewportSize(phone);
    expect(await fitsWidth(visitor.page)).to.equal(true);
    await visitor.page.emulateMedia({ media: 'print' });
    expect(await visitor.page.getByRole('button', { name: '打印' }).isVisible()).to.equal(false);
    expect(await visitor.page.getByText('第一段。').isVisible()).to.equal(true);

    await page.getByRole('button', { name: '撤下……' }).click();
    await page.getByLabel('撤下的原因').fill('文号写错，另发');
    await page.getByRole('button', { name: '撤下', exact: true }).click();
    await page.getByText('已撤下：文号写错，另发').waitFor();
    await visitor.page.goto(`${fixture.url}/policies`);
    await visitor.page.getByText('还没有发布').waitFor();
    await page.goto(`${fixture.url}/policies?state=withdrawn`);
    await page.getByRole('link', { name: '稀土企业技改补助申报' }).waitFor();
    await expectAccessible(page, 'policies');
    expect(await faults()).to.deep.equal([]);
    expect(await visitor.faults()).to.deep.equal([]);
  });

  it('show what two clerks changed at once instead of losing one', async () => {
    const { flow } = fixture;
    const audience = {};
    const made = await flow.createPolicy(systemPrincipal, {
      kind: 'announcement',
      title: '放假安排',
      text: '原文',
      audience,
    });
    const { page } = await openPage(browser);
    await logIn(page, fixture.url, 'admin', password);
    await page.waitForURL((address) => address.pathname !== '/login');
    await page.goto(`${fixture.url}/policies/${made.id}/edit`);
    await page.getByLabel('正文').fill('我写的');
    await flow.editPolicy(systemPrincipal, made.id, made.version, { ...made.content, text: '别人写的' });
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.getByRole('button', { name: '读取最新的内容（刚写的会换掉）' }).click();
    await page.getByText('别人写的').waitFor();
    await page.getByLabel('标题').fill('元旦放假安排');
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.getByRole('heading', { name: '元旦放假安排' }).waitFor();
    const { content } = (await fixture.ports.store.collection('policies').get(made.id))!;
    expect(content).to.deep.include({ title: '元旦放假安排', text: '别人写的' });
  });
});
