// Makes a picture of every page (desktop, phone, print, dark) in the git-ignored folder `screenshots`, on fresh demo data.
//   npm run screenshots
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { readConfig } from '../src/config.ts';
import { packageRoot } from '../src/package-root.ts';
import { serve } from '../src/serve.ts';
import { desktop, logIn, noBrowser, openBrowser, openPage, phone } from '../test/web/web-browser.ts';
// @ts-expect-error plain JavaScript, because it runs before anything is installed
import { ensurePagesBuilt } from './prepare.mjs';

ensurePagesBuilt();
if (noBrowser.startsWith('no browser')) throw new Error(noBrowser);

/** A page: where it is, what tells that it stands, who looks at it. */
interface Picture {
  readonly name: string;
  readonly path: string;
  readonly ready: string;
  readonly login?: string;
  /** What is done before the picture is taken. */
  readonly before?: (page: Page) => Promise<unknown>;
}

/** Lets the first pair of the week pass where none has, and shows the invitation that follows from it. */
async function openInvitation(page: Page): Promise<void> {
  const first = () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/v1/invitations');
      return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id;
    });
  if (!(await first())) {
    await page.goto(new URL('/review', page.url()).href);
    await page.waitForSelector('.pair-columns');
    await page.keyboard.press('1');
    await page.waitForFunction(() => document.querySelector('.saving')?.textContent === '已保存');
    await page.getByRole('button', { name: '关闭本周清单' }).first().click();
    await page.getByRole('button', { name: '关闭清单，标记生效' }).click();
    await page.getByText('标记已生效').waitFor();
    while (!(await first())) await page.waitForTimeout(300);
  }
  await page.goto(new URL(`/invitations/${await first()}`, page.url()).href);
  await page.waitForSelector('.invitation-sides');
}

/** Both sides of that invitation say 愿意 on the phone, where they have not yet, and the partnership is shown. */
async function openPartnership(page: Page): Promise<void> {
  await openInvitation(page);
  for (const side of ['需求方', '成果方']) {
    const record = page.getByRole('button', { name: `记录${side}的电话答复……` });
    if (!(await record.isVisible())) continue;
    await record.click();
    await page.getByLabel('答复人').fill('办公室李主任');
    await page.getByLabel('愿意', { exact: true }).check();
    await page.getByRole('button', { name: '记录答复' }).click();
    await record.waitFor({ state: 'detached' });
    await page.getByText('答复人 办公室李主任').first().waitFor();
  }
  await page.getByRole('link', { name: '查看合作' }).click();
  while (!(await page.locator('.partnership-way').isVisible())) {
    await page.waitForTimeout(500);
    await page.reload();
    await page.waitForSelector('h1');
  }
}

/** The minutes of the week, with some pairs marked where none is. */
async function openMinutes(page: Page): Promise<void> {
  if (await page.getByText('本周 0/').isVisible()) {
    for (const key of ['1', '1', '2', '1', '2', '4', '3', '2', '1', '1', '2', '2']) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector('.saving')?.textContent === '已保存');
  }
  await page.getByRole('link', { name: '会议纪要' }).click();
  await page.waitForSelector('.minutes');
  if (!(await page.getByLabel('地点').isVisible())) return;
  await page.getByLabel('地点').fill('区科技局三楼会议室');
  await page.getByLabel('主持人').fill('兰科长');
  await page.getByLabel('记录人').fill('竹科员');
  await page.getByLabel('参会人员').fill('兰科长、竹科员、松科员、区高新技术企业服务中心梅主任');
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByRole('button', { name: '改会议信息' }).waitFor();
}

const pictures: readonly Picture[] = [
  { name: 'home', path: '/', ready: 'h1' },
  { name: 'imports', path: '/imports', ready: '.file-drop', login: 'staff' },
  { name: 'login', path: '/login', ready: 'form' },
  { name: 'register', path: '/register', ready: 'form' },
  { name: 'search', path: '/search?kind=achievement&text=硅微粉', ready: '.hit', login: 'staff' },
  {
    name: 'record',
    path: '/search?kind=need&text=硅微粉',
    ready: '.hit',
    login: 'staff',
    before: async (page) => {
      await page.locator('.hit a').first().click();
      await page.waitForSelector('.facts');
    },
  },
  { name: 'desk', path: '/desk', ready: '.desk-figures', login: 'staff' },
  { name: 'missing', path: '/no-such-page', ready: 'h1' },
  { name: 'review', path: '/review', ready: '.pair-columns', login: 'staff' },
  {
    name: 'review-reject',
    path: '/review',
    ready: '.pair-columns',
    login: 'staff',
    before: (page) => page.getByRole('button', { name: '不通过' }).click(),
  },
  {
    name: 'review-close',
    path: '/review',
    ready: '.pair-columns',
    login: 'staff',
    before: async (page) => {
      await page.getByRole('button', { name: '关闭本周清单' }).first().click();
      await page.waitForSelector('.closing');
    },
  },
  {
    name: 'minutes',
    path: '/review',
    ready: '.pair-columns',
    login: 'staff',
    before: openMinutes,
  },
  { name: 'invitation', path: '/desk', ready: '.desk-figures', login: 'staff', before: openInvitation },
  { name: 'partnership', path: '/desk', ready: '.desk-figures', login: 'staff', before: openPartnership },
  { name: 'my-needs', path: '/my/needs', ready: '.my-lines, .ant-empty', login: 'enterprise' },
  {
    name: 'need-form',
    path: '/my/needs/new',
    ready: '.entry-bar',
    login: 'enterprise',
    before: async (page) => {
      await page.locator('[data-field="title"] input').fill('石英砂提纯中的铁杂质控制技术');
      await page
        .locator('[data-field="problem"] textarea')
        .fill('现有酸洗工艺处理后，石英砂中铁含量仍在30 ppm左右，做不了高纯石英管，每年约4000吨砂只能低价卖出。');
      await page
        .locator('[data-field="keyTechnology"] textarea')
        .fill('要求铁含量≤5 ppm，二氧化硅纯度≥99.99%，吨砂酸耗下降不低于20%，不改变现有水洗线。');
      await page.getByText('写得有多清楚').waitFor();
      await page.locator('.chip').first().waitFor();
      await page.locator('.draft-status[data-phase="saved"]').waitFor();
    },
  },
  { name: 'my-achievements', path: '/my/achievements', ready: '.my-lines, .ant-empty', login: 'university' },
  { name: 'achievement-form', path: '/my/achievements/new', ready: '.entry-bar', login: 'university' },
  { name: 'account', path: '/account', ready: '.choices', login: 'enterprise' },
  { name: 'my-organisation', path: '/my/organisation', ready: '.facts', login: 'enterprise' },
  { name: 'my-searches', path: '/my/searches', ready: '.account-lines, .ant-empty', login: 'university' },
  { name: 'notices', path: '/notices', ready: '.notices-lines, .ant-empty', login: 'staff' },
  { name: 'invitations', path: '/invitations', ready: '.tabs', login: 'staff' },
  { name: 'answers', path: '/answers', ready: '.tabs', login: 'staff' },
  { name: 'intake', path: '/intake', ready: '.tabs', login: 'staff' },
  { name: 'jobs', path: '/jobs', ready: '.run-tools', login: 'staff' },
  { name: 'holidays', path: '/holidays', ready: '.holiday-table', login: 'staff' },
  { name: 'holidays-form', path: '/holidays?edit=2026', ready: '.holiday-line', login: 'admin' },
  {
    name: 'entering',
    path: '/entering?find=%E5%85%AC%E5%8F%B8',
    ready: '.entering-found',
    login: 'staff',
    before: async (page) => {
      await page
        .getByRole('button', { name: /^选这家/ })
        .first()
        .click();
      await page.getByLabel('告知人').fill('技术部负责人');
    },
  },
  { name: 'partnerships', path: '/partnerships', ready: '.partnership-lines', login: 'staff' },
];

const password = '海州湾-对接-2468-清单';
const wanted = process.argv.slice(2);
const target = join(packageRoot, 'screenshots');
mkdirSync(target, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'qianxian-pictures-'));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const served = await serve(
  readConfig({ QIANXIAN_DATA: folder, PORT: '0', METRICS_PORT: '0', QIANXIAN_WEEKLY: 'off' }),
  { log: silent },
);
const url = served.url!;
const browser = await openBrowser();
try {
  const sessions = new Map<string, Awaited<ReturnType<typeof openPage>>['context']>();
  for (const login of new Set(pictures.flatMap((picture) => picture.login ?? []))) {
    const { page, context } = await openPage(browser);
    const { oneTimePassword } = served.demo!.accounts.find((one) => one.login === login)!;
    await logIn(page, url, login, oneTimePassword);
    await page.getByLabel('现在的密码').fill(oneTimePassword);
    await page.getByLabel('新密码', { exact: true }).fill(password);
    await page.getByLabel('再写一遍新密码').fill(password);
    await page.getByRole('button', { name: '设置新密码' }).click();
    await page.getByText('密码已修改').waitFor();
    sessions.set(login, context);
  }
  for (const { name, path, ready, login, before } of pictures) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const form of ['desktop', 'phone', 'dark', 'print'] as const) {
      const context = login === undefined ? (await openPage(browser)).context : sessions.get(login)!;
      const page = await context.newPage();
      await page.setViewportSize(form === 'phone' ? phone : desktop);
      await page.emulateMedia({ colorScheme: form === 'dark' ? 'dark' : 'light' });
      await page.goto(url + path);
      await page.waitForSelector(ready);
      await before?.(page);
      await page.waitForTimeout(600);
      if (form === 'print')
        await page.pdf({ path: join(target, `${name}-print.pdf`), format: 'A4', printBackground: true });
      else await page.screenshot({ path: join(target, `${name}-${form}.png`), fullPage: form === 'phone' });
      await page.close();
    }
    process.stderr.write(`${name}\n`);
  }
} finally {
  await browser.close();
  await served.close();
  rmSync(folder, { recursive: true, force: true });
}
