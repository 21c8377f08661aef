import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { achievementOf, makeWorld, needOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

/** What scripts of others look like when they are smuggled in; each would set a flag that the test looks for. */
const hostile = [
  '<script>window.ran=1</script>',
  '<img src=x onerror="window.ran=1">',
  '"><svg onload=window.ran=1>',
  '<a href="javascript:window.ran=1">x</a>',
  '{{constructor.constructor("window.ran=1")()}}',
  '</textarea><iframe srcdoc="<script>parent.ran=1</script>">',
];

describePages('the pages in a browser', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    const { flow } = fixture;
    const publish = async (kind: 'need' | 'achievement', organisationId: string, content: unknown) => {
      const drafted = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
      const submitted = await flow.moveEntry(systemPrincipal, kind, drafted.id, drafted.version, 'submit');
      await flow.moveEntry(systemPrincipal, kind, drafted.id, submitted.version, 'publish');
    };
    for (const [index, text] of hostile.entries()) {
      await publish(
        'need',
        world.organisations.own,
        needOf(`稀土抛光粉${index} ${text}`, {
          problem: `稀土抛光粉粒度 ${text}，合格率只有82%。`,
          keyTechnology: `抛光粉煅烧 ${text}，要求粒度≥67%。`,
          goal: `${text} 产值不低于800万元。`,
          background: text,
          intendedPartner: text,
          keywords: [text.slice(0, 20), '稀土抛光粉'],
        }),
      );
      await publish(
        'achievement',
        world.organisations.other,
        achievementOf(`稀土抛光粉${index} ${text}`, {
          abstract: `稀土抛光粉粒度达到72%，${text}`,
          advantage: text,
          scenario: text,
          team: text,
          maturityNote: text,
          costComparison: text,
          keywords: [text.slice(0, 30), '稀土抛光粉'],
          // Two values of a facet, so that there is something to choose.
          fields: [index % 2 === 0 ? 'electronics' : 'mechatronics'],
        }),
      );
    }
    await flow.runWeek();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  it('show hostile text as text: no script of it runs, and the policy is never even asked', async () => {
    const { page, faults } = await openPage(browser);
    await page.addInitScript(
      "Object.defineProperty(window, 'ran', { set() { throw new Error('a hostile script ran'); } });",
    );
    await logIn(page, fixture.url, 'staff', password);
    await page.waitForSelector('.desk-figures');
    await page.goto(`${fixture.url}/review`);
    await page.waitForSelector('.pair-columns');
    const places = await page.locator('.docket-item').count();
    expect(places).to.be.at.least(5);
    let seen = '';
    for (let place = 0; place < places; place++) {
      await page.locator('.docket-item').nth(place).click();
      await page.waitForSelector(`.pair[aria-label="第 ${place + 1} 对"]`);
      await page.locator('.pair-history summary').click();
      seen += await page.locator('.pair').innerText();
    }
    // Not every pair gets a place; several kinds of hostile text do.
    expect(hostile.filter((text) => seen.includes(text)).length).to.be.at.least(3);
    expect(await page.locator('.pair img, .pair script, .pair iframe, .pair svg[onload]').count()).to.equal(0);
    expect(await faults()).to.deep.equal([]);
  });

  it('show hostile text as text in search, on a record and on the desk too', async () => {
    const { page, faults } = await openPage(browser);
    await page.addInitScript(
      "Object.defineProperty(window, 'ran', { set() { throw new Error('a hostile script ran'); } });",
    );
    await logIn(page, fixture.url, 'staff', password);
    await page.waitForSelector('.desk-figures');
    await page.goto(
      `${fixture.url}/search?kind=achievement&text=${encodeURIComponent('稀土抛光粉 <img src=x onerror=window.ran=1>')}`,
    );
    await page.waitForSelector('.hit');
    expect(await page.locator('.hits').innerText()).to.include('<');
    await page.goto(`${fixture.url}/search?kind=achievement&text=${encodeURIComponent('稀土抛光粉')}`);
    await page.waitForSelector('.hit');
    const count = await page.locator('.hit h2 a').count();
    expect(count).to.be.at.least(hostile.length);
    for (let at = 0; at < count; at++) {
      await page.locator('.hit h2 a').nth(at).click();
      await page.waitForSelector('.facts');
      expect(await page.locator('.record img, .record script, .record iframe').count()).to.equal(0);
      await page.goBack();
      await page.waitForSelector('.hit');
    }
    expect(await faults()).to.deep.equal([]);
  });

  it('search: facets, order and kind stand in the address, and come back with it', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(fixture.url);
    await page.waitForSelector('.newest a');
    await expectAccessible(page, 'home');
    await page.getByRole('combobox').fill('xt');
    await page.getByRole('option').first().waitFor();
    await expectAccessible(page, 'suggestions');
    expect(await page.getByRole('option').first().innerText()).to.include('稀土');
    await page.getByRole('combobox').fill('抛光粉');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/search\?text=/);
    await page.waitForSelector('.hit mark');
    await page.getByText('科技成果', { exact: true }).click();
    await page.waitForURL(/kind=achievement/);
    const facet = page.locator('.facet-value').first();
    await facet.click();
    await page.waitForFunction(() => document.querySelectorAll('.facet-value input:checked').length === 1);
    const address = page.url();
    // Until the answer is there, the figure before stands.
    await page.waitForSelector('.hits[aria-busy="false"]');
    const total = await page.locator('.hits-head strong').innerText();
    await expectAccessible(page, 'search');
    await page.reload();
    await page.waitForSelector('.hit');
    expect(page.url()).to.equal(address);
    expect(await page.locator('.hits-head strong').innerText()).to.equal(total);
    expect(await page.locator('.facet-value input:checked').count()).to.equal(1);
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('.facet-value input:checked').length === 0);
    expect(await faults()).to.deep.equal([]);
  });

  it('open a record by Ctrl K and its initials, and print it on A4', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(fixture.url);
    await page.waitForSelector('.newest a');
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox').fill('xtpgf');
    await dialog.getByRole('option').first().waitFor();
    await expectAccessible(page, 'quick search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/(needs|achievements)\//);
    await page.waitForSelector('.facts');
    await expectAccessible(page, 'record');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.top').isVisible()).to.equal(false);
    expect(await page.locator('.facts').first().isVisible()).to.equal(true);
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    expect(await faults()).to.deep.equal([]);
  });

  it('lead staff from the desk to what was submitted: returned with a reason, then published', async () => {
    const { flow } = fixture;
    const drafted = await flow.createEntry(systemPrincipal, 'need', needOf('抛光液循环过滤'), {
      organisationId: world.organisations.own,
    });
    await flow.moveEntry(systemPrincipal, 'need', drafted.id, drafted.version, 'submit');
    const { page, faults } = await openPage(browser);
    await logIn(page, fixture.url, 'staff', password);
    await page.waitForURL(/\/desk$/);
    const line = page.locator('#need li').filter({ hasText: '抛光液循环过滤' });
    await line.getByRole('button', { name: '我来办：抛光液循环过滤' }).click();
    await line.getByText('我在办').waitFor();
    await expectAccessible(page, 'desk');
    await line.getByRole('link').click();
    await page.getByRole('button', { name: '退回……' }).click();
    await page.getByRole('button', { name: '退回', exact: true }).click();
    await page.getByText('请填写退回的原因').waitFor();
    await expectAccessible(page, 'returning');
    await page.getByLabel('退回的原因').fill('请写明现在的过滤精度和处理量');
    await page.getByRole('button', { name: '退回', exact: true }).click();
    await page.getByText('已退回，原因已告知对方').waitFor();
    await page.goto(`${fixture.url}/needs/${drafted.id}`);
    await page.getByText('请写明现在的过滤精度和处理量').waitFor();
    const returned = await flow.getEntry(systemPrincipal, 'need', drafted.id);
    expect(returned.state).to.equal('returned');
    await flow.moveEntry(systemPrincipal, 'need', drafted.id, returned.version, 'submit');
    await page.reload();
    await page.getByRole('button', { name: '发布', exact: true }).dblclick();
    await page.locator('.record-tags').getByText('已发布').waitFor();
    expect((await flow.getEntry(systemPrincipal, 'need', drafted.id)).state).to.equal('published');
    await page.goto(`${fixture.url}/desk`);
    await page.setViewportSize(phone);
    await page.waitForSelector('.desk-figures');
    expect(await fitsWidth(page)).to.equal(true);
    expect(await faults()).to.deep.equal([]);
  });

  it('log in: words of the service, a fault at its field, then the page that was asked for', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${fixture.url}/review`);
    await page.waitForURL(/\/login\?next=/);
    await expectAccessible(page, 'login');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByText('请填写登录名').waitFor();
    await page.getByLabel('登录名').fill('staff');
    await page.getByLabel('密码').fill('wrong password');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '登录名或密码' }).waitFor();
    await expectAccessible(page, 'refused login');
    await page.getByLabel('密码').fill(password);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.waitForURL(/\/review\/2026-W48/);
    expect(await faults()).to.deep.equal([]);
  });

  it('lead nowhere else after a login', async () => {
    for (const next of ['//example.com/', '/\\example.com', 'https://example.com/', 'javascript:alert(1)']) {
      const { page, context } = await openPage(browser);
      await page.goto(`${fixture.url}/login?next=${encodeURIComponent(next)}`);
      await page.getByLabel('登录名').fill('member');
      await page.getByLabel('密码').fill(password);
      await page.getByRole('button', { name: '登录', exact: true }).click();
      await page.waitForURL((address) => address.pathname === '/');
      expect(new URL(page.url()).origin, next).to.equal(fixture.url);
      await context.close();
    }
  });

  it('tell somebody whose role a page is not for', async () => {
    const { page } = await openPage(browser);
    await logIn(page, fixture.url, 'member', password);
    await page.waitForURL((address) => address.pathname === '/');
    await page.goto(`${fixture.url}/review`);
    await page.getByRole('heading', { name: '您的账号不能使用这个页面' }).waitFor();
    await expectAccessible(page, 'forbidden');
  });

  it('answer an address that nobody knows with 404 and a way home', async () => {
    const { page } = await openPage(browser);
    const response = await page.goto(`${fixture.url}/no/such/page`);
    expect(response!.status()).to.equal(404);
    await page.getByRole('heading', { name: '没有这个页面' }).waitFor();
    await expectAccessible(page, 'missing');
  });

  it('fit a phone, and grow with 大字模式 without becoming wider than it', async () => {
    const { page } = await openPage(browser, { viewport: phone });
    for (const path of ['/', '/login', '/search']) {
      await page.goto(fixture.url + path);
      await page.waitForSelector('h1');
      expect(await fitsWidth(page), path).to.equal(true);
      await page.getByRole('button', { name: '显示设置' }).click();
      const large = page.getByRole('menuitem', { name: /大字模式|恢复标准字号/ });
      if ((await large.innerText()) === '大字模式') await large.click();
      else await page.keyboard.press('Escape');
      expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).to.equal('18px');
      expect(await fitsWidth(page), `${path}, large`).to.equal(true);
    }
  });
});
