import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { cleanedText } from '../../src/web/parts/cleaned-paste.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { achievementOf, makeWorld, needOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describe('what is pasted', () => {
  it('is made plain: no control, invisible or symbol-font characters, line breaks of one kind', () => {
    expect(
      cleanedText('\uf0b7\t粒度\u00a0≥\u200b67%\u000b下一行\r\n\r\n\r\n\r\n第\u00ad二段  \r完\u0001\ufeff'),
    ).to.equal('· 粒度 ≥67%\n下一行\n\n第二段\n完');
    expect(cleanedText('原样\n不动：𠮷、≤5 μm')).to.equal('原样\n不动：𠮷、≤5 μm');
  });
});

describePages('the forms of needs and achievements', function () {
  this.timeout(240_000);
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

  const field = (page: Page, name: string) => page.locator(`[data-field="${name}"]`);
  const write = (page: Page, name: string, text: string) =>
    field(page, name).locator('input, textarea').first().fill(text);
  const phase = (page: Page, wanted: string) =>
    page.waitForSelector(`.draft-status[data-phase="${wanted}"]`, { timeout: 20_000 });
  const saved = (page: Page) =>
    page
      .locator('.draft-status')
      .filter({ hasText: /已保存 \d\d:\d\d/ })
      .waitFor();
  async function choose(page: Page, name: string, option: string): Promise<void> {
    await field(page, name).locator('.ant-select').click();
    await page.locator('.ant-select-dropdown:visible').getByTitle(option).click();
    await page.keyboard.press('Escape');
  }
  async function opened(path: string, login = 'manager') {
    const watched = await openPage(browser);
    await logIn(watched.page, fixture.url, login, password);
    await watched.page.waitForURL((address) => address.pathname === '/');
    await watched.page.goto(fixture.url + path);
    await watched.page.locator('form').waitFor();
    return watched;
  }
  const needs = () => fixture.ports.store.collection('needs');
  const titled = async (title: string) =>
    (await needs().find({ limit: 200 })).items.filter(({ content }) => content.title === title);
  const owner = (): Principal => ({
    ...systemPrincipal,
    role: 'manager',
    userId: world.users.manager,
    organisationId: world.organisations.own,
  });

  it('write a need: saved by itself, looked at while it is written, handed in once', async () => {
    const { page, faults } = await opened('/my/needs/new');
    await expectAccessible(page, 'empty need form');
    await page.getByRole('button', { name: '提交审核' }).click();
    await page.waitForFunction(() => document.activeElement?.classList.contains('error-summary'));
    expect(await titled('研磨液循环利用')).to.have.length(0);
    await write(page, 'title', '研磨液循环利用');
    await write(page, 'problem', '现有研磨液用两天就报废，每月报废30吨，处置费用高。');
    await saved(page);
    const [draft] = await titled('研磨液循环利用');
    expect(draft!.state).to.equal('draft');
    expect(new URL(page.url()).pathname).to.equal(`/my/needs/${draft!.id}`);
    await write(page, 'keyTechnology', '要求颗粒回收率≥95%，再生液粒度偏差不大于5%，第12批次编号≥3。');
    const chips = field(page, 'keyTechnology').locator('xpath=following-sibling::*[1]').getByRole('button');
    await page.getByRole('button', { name: '回收率≥95%' }).waitFor();
    await expectAccessible(page, 'need form with indicators');
    const before = await chips.count();
    expect(before).to.be.at.least(2);
    // One that is no indicator is taken out, and matching will not ask for it.
    await chips.first().click();
    expect(await chips.first().getAttribute('aria-pressed')).to.equal('false');
    await page.getByText('写得有多清楚').waitFor();
    const score = async () => Number(await page.locator('.clarity-score').innerText());
    const low = await score();
    // Fields that go by 科技活动类型.
    expect(await field(page, 'disciplines').count()).to.equal(0);
    await page.getByLabel('基础研究', { exact: true }).check();
    await field(page, 'disciplines').getByText('学科分类（最多 3 个）', { exact: true }).waitFor();
    expect(await field(page, 'industry').count()).to.equal(0);
    await page.getByLabel('试验发展', { exact: true }).check();
    // What the text speaks of is suggested, and taken by a press.
    const suggested = field(page, 'fields')
      .locator('xpath=following-sibling::*[1]')
      .getByRole('button', { name: /把握 \d+%/ });
    await suggested.first().waitFor();
    const label = (await suggested.first().innerText()).replace(/^＋\s*|\s*把握.*$/g, '').trim();
    await suggested.first().click();
    expect(await field(page, 'fields').getByLabel(label, { exact: true }).isChecked()).to.equal(true);
    expect(await suggested.filter({ hasText: label }).count()).to.equal(0);
    await choose(page, 'industry', '制造业');
    await write(page, 'goal', '形成循环使用的成套工艺，年节约处置费用200万元以上。');
    await field(page, 'keywords').locator('input').fill('研磨液、循环利用');
    await field(page, 'keywords').locator('input').press('Enter');
    await page.getByLabel('合作研发').check();
    await write(page, 'budgetWan', '80');
    await page.getByText('还差 2 项必填').waitFor();
    expect(await score()).to.be.greaterThan(low);
    await page.locator('.missing-list').getByRole('button', { name: '需求起始年' }).click();
    await page.getByRole('button', { name: '提交审核' }).click();
    await page.locator('.error-summary').getByText('需求起始年：没有填写').waitFor();
    await field(page, 'startYear').getByText('没有填写').waitFor();
    await expectAccessible(page, 'need form with errors');
    const year = fixture.ports.clock.now().getUTCFullYear();
    await choose(page, 'startYear', `${year} 年`);
    await choose(page, 'endYear', `${year + 2} 年`);
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '提交审核' }).dblclick();
    await page.getByText('已提交，科技局审核后发布').waitFor();
    const [sent] = await titled('研磨液循环利用');
    expect(sent!.state).to.equal('submitted');
    expect(sent!.history.filter(({ action }) => action === 'submit')).to.have.length(1);
    expect(sent!.content.notIndicators).to.have.length(1);
    expect(sent!.content).to.deep.include({ budgetWan: 80, industry: 'C', keywords: ['研磨液', '循环利用'] });
    expect(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.includes('draft')))).to.deep.equal(
      [],
    );
    expect(await faults()).to.deep.equal([]);
  });

  it('say what is too long instead of cutting it off, and what says nearly the same', async () => {
    const { page } = await opened('/my/needs/new');
    await write(page, 'title', '稀土抛光粉煅烧节能');
    const published = needOf('稀土抛光粉煅烧节能');
    await write(page, 'problem', published.problem!);
    await write(page, 'keyTechnology', published.keyTechnology!);
    await write(page, 'goal', '长'.repeat(501));
    await field(page, 'goal').getByText('超过500个字（现在501个字）').first().waitFor();
    await phase(page, 'refused');
    expect(await field(page, 'goal').locator('textarea').inputValue()).to.have.length(501);
    await write(page, 'goal', published.goal!);
    await saved(page);
    await page.getByText('已有内容相近的记录').waitFor();
    await page.locator('.similar').getByRole('link', { name: '稀土抛光粉煅烧节能' }).first().waitFor();
  });

  it('restore what a killed tab had not sent, without making the draft twice', async () => {
    const { page, context } = await opened('/my/needs/new');
    // The service makes the draft, and the answer is lost on the way.
    await context.route('**/api/v1/needs', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await write(page, 'title', '断电也不丢的需求');
    await field(page, 'title').locator('input').blur();
    await phase(page, 'failed');
    await write(page, 'problem', '后来又写的一句。');
    await page.close();
    await context.unroute('**/api/v1/needs');
    const again = await context.newPage();
    await again.goto(`${fixture.url}/my/needs/new`);
    await again.getByText('没有存到服务器的内容').waitFor();
    await expectAccessible(again, 'restore prompt');
    await again.getByRole('button', { name: '恢复这些内容' }).click();
    await saved(again);
    expect(await field(again, 'problem').locator('textarea').inputValue()).to.equal('后来又写的一句。');
    const made = await titled('断电也不丢的需求');
    expect(made).to.have.length(1);
    expect(made[0]!.content.problem).to.equal('后来又写的一句。');
    // A second look offers nothing any more.
    await again.reload();
    await again.locator('form').waitFor();
    expect(await again.getByText('没有存到服务器的内容').count()).to.equal(0);
  });

  it('lose nothing while the service is away, and save by themselves when it is back', async () => {
    const { server, localUrl } = await fixture.another();
    const port = Number(new URL(localUrl).port);
    const { page } = await openPage(browser);
    await logIn(page, localUrl, 'manager', password);
    await page.waitForURL((address) => address.pathname === '/');
    await page.goto(`${localUrl}/my/needs/${world.needs.draft}`);
    await page.locator('form').waitFor();
    await server.close(1_000);
    await write(page, 'background', '停机时写的现有基础。');
    await field(page, 'background').locator('textarea').blur();
    await phase(page, 'failed');
    await write(page, 'intendedPartner', '停机时写的意向单位');
    // Whoever wants to leave now is asked first.
    await page.getByRole('link', { name: '我的需求' }).last().click();
    await page.getByRole('dialog', { name: '有内容还没有存到服务器' }).waitFor();
    await expectAccessible(page, 'leave guard');
    await page.getByRole('button', { name: '留下' }).click();
    await fixture.another({ port });
    await saved(page);
    const { content } = (await needs().get(world.needs.draft))!;
    expect(content).to.include({ background: '停机时写的现有基础。', intendedPartner: '停机时写的意向单位' });
  });

  it('go on after a session that ended while they were open', async () => {
    const { page, context } = await opened(`/my/needs/${world.needs.draft}`);
    await context.clearCookies();
    await write(page, 'intendedPartner', '登录过期后写的');
    await field(page, 'intendedPartner').locator('input').blur();
    await page.getByText('登录已过期').first().waitFor();
    await page.getByRole('dialog').getByLabel('密码').fill(password);
    await page.getByRole('dialog').getByRole('button', { name: '登录', exact: true }).click();
    await saved(page);
    expect((await needs().get(world.needs.draft))!.content.intendedPartner).to.equal('登录过期后写的');
  });

  it('show both versions where two changed the same record, and take what is chosen', async () => {
    const { page } = await opened(`/my/needs/${world.needs.draft}`);
    const seen = (await needs().get(world.needs.draft))!;
    await fixture.flow.editEntry(owner(), 'need', seen.id, seen.version, {
      ...seen.content,
      title: '同事改的名称',
      budgetWan: 300,
    });
    await write(page, 'title', '我改的名称');
    await field(page, 'title').locator('input').blur();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('同事改的名称').waitFor();
    await dialog.getByText('我改的名称').waitFor();
    await expectAccessible(page, 'conflict');
    await dialog
      .getByRole('radiogroup', { name: '拟投入资金' })
      .getByLabel(/现在保存着的/)
      .check();
    await dialog.getByRole('button', { name: '按选定的保存' }).click();
    await saved(page);
    expect((await needs().get(seen.id))!.content).to.include({ title: '我改的名称', budgetWan: 300 });
    expect(await field(page, 'budgetWan').locator('input').inputValue()).to.equal('300');
  });

  it('ask which version holds where a restored copy was written on an older one', async () => {
    const { page, context } = await opened(`/my/needs/${world.needs.draft}`);
    await context.route('**/api/v1/needs/*', (route) =>
      route.request().method() === 'PUT' ? route.abort('connectionreset') : route.continue(),
    );
    await write(page, 'title', '断网时改的名称');
    await field(page, 'title').locator('input').blur();
    await phase(page, 'failed');
    await page.close();
    const seen = (await needs().get(world.needs.draft))!;
    await fixture.flow.editEntry(owner(), 'need', seen.id, seen.version, {
      ...seen.content,
      title: '同事后来改的名称',
      budgetWan: 410,
    });
    await context.unroute('**/api/v1/needs/*');
    const again = await context.newPage();
    await again.goto(`${fixture.url}/my/needs/${seen.id}`);
    await again.getByRole('button', { name: '恢复这些内容' }).click();
    const dialog = again.getByRole('dialog');
    await dialog.getByText('同事后来改的名称').waitFor();
    expect((await needs().get(seen.id))!.content.title).to.equal('同事后来改的名称');
    // Of what this side never touched the other's stands, unless it is chosen otherwise.
    await dialog.getByRole('button', { name: '按选定的保存' }).click();
    await saved(again);
    expect((await needs().get(seen.id))!.content).to.include({ title: '断网时改的名称', budgetWan: 410 });
  });

  it('keep what one tab could not send while another tab writes on its own', async () => {
    const { page, context } = await opened('/my/needs/new');
    await context.route('**/api/v1/needs', (route) =>
      route.request().method() === 'POST' ? route.abort('connectionreset') : route.continue(),
    );
    await write(page, 'title', '第一个标签页写的');
    await field(page, 'title').locator('input').blur();
    await phase(page, 'failed');
    await page.close();
    await context.unroute('**/api/v1/needs');
    const other = await context.newPage();
    await other.goto(`${fixture.url}/my/needs/new`);
    await other.getByText('没有存到服务器的内容').waitFor();
    // Nothing is taken away by leaving a field, nor by a draft of the tab's own.
    await field(other, 'problem').locator('textarea').focus();
    await field(other, 'problem').locator('textarea').blur();
    await write(other, 'title', '第二个标签页写的');
    await field(other, 'title').locator('input').blur();
    await saved(other);
    await other.close();
    const third = await context.newPage();
    await third.goto(`${fixture.url}/my/needs/new`);
    await third.getByRole('button', { name: '恢复这些内容' }).click();
    await saved(third);
    expect(await field(third, 'title').locator('input').inputValue()).to.equal('第一个标签页写的');
    expect(await titled('第一个标签页写的')).to.have.length(1);
    expect(await titled('第二个标签页写的')).to.have.length(1);
  });

  it('send what is written before the session is ended, and ask where it cannot be sent', async () => {
    const { page, context } = await opened(`/my/needs/${world.needs.draft}`);
    const leave = async () => {
      await page.getByRole('button', { name: /^我的：/ }).click();
      await page.getByRole('menuitem', { name: '退出登录' }).click();
    };
    await context.route('**/api/v1/needs/*', (route) =>
      route.request().method() === 'PUT' ? route.abort('connectionreset') : route.continue(),
    );
    await write(page, 'intendedPartner', '退出前写的');
    await leave();
    const dialog = page.getByRole('dialog', { name: '还有没保存的内容' });
    await dialog.getByRole('button', { name: '不退出，继续填写' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await field(page, 'intendedPartner').locator('input').inputValue()).to.equal('退出前写的');
    await context.unroute('**/api/v1/needs/*');
    await write(page, 'intendedPartner', '退出前最后写的');
    await leave();
    await page.waitForURL((address) => address.pathname === '/');
    await page.getByRole('link', { name: '登录' }).first().waitFor();
    expect((await needs().get(world.needs.draft))!.content.intendedPartner).to.equal('退出前最后写的');
  });

  it('send nothing for whoever logged in in another tab', async () => {
    const { page, context } = await opened('/my/needs/new');
    await context.clearCookies();
    const other = await context.newPage();
    await logIn(other, fixture.url, 'other-member', password);
    await other.waitForURL((address) => address.pathname === '/');
    await write(page, 'title', '换人以前写的需求');
    await field(page, 'title').locator('input').blur();
    const dialog = page.getByRole('dialog', { name: '这个浏览器已换人登录' });
    await dialog.waitFor();
    await expectAccessible(page, 'another person');
    expect(await titled('换人以前写的需求')).to.deep.equal([]);
    page.once('dialog', (asked) => void asked.accept());
    await dialog.getByRole('button', { name: '重新打开' }).click();
    await page.getByRole('button', { name: /^我的：/ }).waitFor();
    expect(await field(page, 'title').locator('input').inputValue()).to.equal('');
    expect(await titled('换人以前写的需求')).to.deep.equal([]);
    // Whoever wrote it finds it again, even after the other has logged out.
    await page.getByRole('button', { name: /^我的：/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
    await page.waitForURL((address) => address.pathname === '/');
    await page.getByRole('link', { name: '登录' }).first().waitFor();
    await logIn(page, fixture.url, 'manager', password);
    await page.waitForURL((address) => address.pathname === '/');
    await page.goto(`${fixture.url}/my/needs/new`);
    await page.getByRole('button', { name: '恢复这些内容' }).click();
    await saved(page);
    expect(await field(page, 'title').locator('input').inputValue()).to.equal('换人以前写的需求');
  });

  it('clean what is pasted out of Word, and refuse files before and after they travel', async () => {
    const { page } = await opened(`/my/needs/${world.needs.draft}`);
    await field(page, 'background').locator('textarea').fill('');
    await field(page, 'background')
      .locator('textarea')
      .evaluate((area: HTMLTextAreaElement) => {
        area.focus();
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', '\uf0b7\t已有产线\u000b两条\u200b\r\n\r\n\r\n试过水洗');
        area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      });
    expect(await field(page, 'background').locator('textarea').inputValue()).to.equal('· 已有产线\n两条\n\n试过水洗');
    await field(page, 'background').locator('textarea').blur();
    await saved(page);
    const chooser = page
      .locator('#part-files ~ .file-line input[type=file], section:has(#part-files) input[type=file]')
      .first();
    await chooser.setInputFiles({ name: '程序.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') });
    await page.getByText('“程序.exe”的类型不收').waitFor();
    await chooser.setInputFiles({ name: '假的.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no pdf') });
    await page.locator('section:has(#part-files) .problem').waitFor();
    await chooser.setInputFiles({ name: '检测报告.txt', mimeType: 'text/plain', buffer: Buffer.from('粒度达标。') });
    await page.getByRole('link', { name: '检测报告.txt' }).waitFor();
    await page.getByRole('button', { name: '申请公开' }).click();
    await page.getByText('待科技局审核后公开').waitFor();
    await page.getByRole('button', { name: '删除 检测报告.txt' }).click();
    await page.getByRole('button', { name: '删除', exact: true }).last().click();
    await page.getByRole('link', { name: '检测报告.txt' }).waitFor({ state: 'detached' });
  });

  it('change a published record while its published version stays in sight', async () => {
    const { page } = await opened(`/my/needs/${world.needs.published}`);
    await page.getByText('这条记录已经发布').waitFor();
    await write(page, 'title', '稀土抛光粉煅烧节能（改）');
    await saved(page);
    await page.getByRole('button', { name: '提交修改' }).click();
    await page.getByText('修改已提交').waitFor();
    const stored = (await needs().get(world.needs.published))!;
    expect(stored.revision).to.equal('submitted');
    expect(stored.published!.content.title).to.equal('稀土抛光粉煅烧节能');
    // Handed in, it is not written in.
    await page.goto(`${fixture.url}/my/needs/${world.needs.published}`);
    await page.getByRole('heading', { name: '现在不能修改' }).waitFor();
  });

  it('write an achievement with the same care', async () => {
    const { page, faults } = await opened('/my/achievements/new', 'other-member');
    await expectAccessible(page, 'empty achievement form');
    const sample = achievementOf('电解液回收装置');
    await write(page, 'title', sample.title!);
    await write(page, 'abstract', '短');
    await page.getByLabel(/^TRL 7/).check();
    await page.getByLabel('已授权', { exact: true }).check();
    await page.getByRole('button', { name: '加一项专利' }).click();
    await page.getByLabel('第 1 项专利号').fill('ZL202310000000.0');
    await page.locator('.patent-line .ant-select').click();
    await page.locator('.ant-select-dropdown:visible').getByTitle('发明专利').click();
    await page.getByLabel('技术服务', { exact: true }).check();
    await write(page, 'priceMinWan', '50');
    await write(page, 'priceMaxWan', '20');
    await write(page, 'team', '分离工程课题组');
    await saved(page);
    await page.getByRole('button', { name: '提交审核' }).click();
    await page.locator('.error-summary').getByText('成果摘要：少于10个字').waitFor();
    await page.locator('.error-summary').getByText('小于价格下限').waitFor();
    await expectAccessible(page, 'achievement form with errors');
    await write(page, 'abstract', sample.abstract!);
    await write(page, 'priceMaxWan', '120');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '提交审核' }).dblclick();
    await page.getByText('已提交，科技局审核后发布').waitFor();
    const { items } = await fixture.ports.store.collection('achievements').find({ where: { state: 'submitted' } });
    const sent = items.find(({ content }) => content.title === sample.title)!;
    expect(sent.content).to.deep.include({
      trl: 7,
      patents: [{ number: 'ZL202310000000.0', type: 'invention' }],
      priceMinWan: 50,
      priceMaxWan: 120,
      team: '分离工程课题组',
    });
    expect(await faults()).to.deep.equal([]);
  });
});
