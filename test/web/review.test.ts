import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { readConfig } from '../../src/config.ts';
import { type Served, serve } from '../../src/serve.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const password = '海州湾-对接-2468-清单';

interface Shown {
  readonly state: string;
  readonly items: readonly { readonly pairId: string; readonly mark: { readonly kind: string } | null }[];
}

describePages('the weekly review in a browser', function () {
  this.timeout(240_000);
  let folder: string;
  let served: Served;
  let browser: Browser;
  let url: string;
  let page: Page;
  const faults: (() => Promise<readonly string[]>)[] = [];

  /** Logs in for the first time: with the one-time password, then a password of one's own. */
  async function reviewer(login: string, viewport?: { width: number; height: number }): Promise<Page> {
    const opened = await openPage(browser, viewport ? { viewport } : {});
    faults.push(opened.faults);
    const account = served.demo!.accounts.find((one) => one.login === login)!;
    await logIn(opened.page, url, login, account.oneTimePassword);
    await opened.page.getByLabel('现在的密码').fill(account.oneTimePassword);
    await opened.page.getByLabel('新密码', { exact: true }).fill(password);
    await opened.page.getByLabel('再写一遍新密码').fill(password);
    await opened.page.getByRole('button', { name: '设置新密码' }).click();
    await opened.page.waitForURL(/\/desk$/);
    await opened.page.getByRole('link', { name: '每周审核' }).first().click();
    await opened.page.waitForSelector('.pair-columns');
    return opened.page;
  }
  const docketOf = (who: Page): Promise<Shown> =>
    who.evaluate(async () => (await fetch('/api/v1/dockets/current')).json() as Promise<Shown>);
  const progress = (who: Page) => who.locator('.review-progress').innerText();
  const saved = async (who: Page) => {
    await who.waitForTimeout(50);
    await who.waitForFunction(() => document.querySelector('.saving')?.textContent === '已保存');
  };
  const isAt = (who: Page, place: number) => who.locator('.pair-place').getByText(`第 ${place} 对，`).waitFor();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-web-'));
    served = await serve(
      readConfig({ QIANXIAN_DATA: folder, PORT: '0', METRICS_PORT: '0', QIANXIAN_WEEKLY: 'off', NODE_ENV: 'test' }),
      { log: silent },
    );
    url = served.url!;
    browser = await openBrowser();
    page = await reviewer('staff');
  });
  after(async () => {
    await browser?.close();
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('opens on the newest docket and shows one pair with its evidence on both sides', async () => {
    expect(new URL(page.url()).pathname).to.match(/^\/review\/\d{4}-W\d{2}\/.+/);
    expect(await progress(page)).to.match(/本周 0\/40/);
    for (const side of ['need', 'achievement']) {
      expect(await page.locator(`.${side} mark.ev-term`).count(), side).to.be.greaterThan(0);
    }
    // Every mark is told by its underline too, not by colour alone.
    const edges = await page.$$eval('mark.ev', (marks) =>
      marks.filter((one) => {
        const style = getComputedStyle(one);
        return style.textDecorationLine !== 'underline' && Number.parseFloat(style.borderBottomWidth) === 0;
      }),
    );
    expect(edges).to.have.length(0);
    expect(await page.locator('.indicators tbody tr').count()).to.be.greaterThan(0);
  });

  it('has no fault against WCAG 2.2 AA, its panels and dialogs included', async () => {
    await expectAccessible(page, 'review');
    for (const key of ['2', '3', '4']) {
      await page.keyboard.press(key);
      await page.waitForSelector('.mark-panel');
      await expectAccessible(page, `panel ${key}`);
      await page.keyboard.press('Escape');
      await page.waitForSelector('.mark-panel', { state: 'detached' });
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page, 'key help');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('moves with J, K and the arrows, and keeps the pair in the address over a reload', async () => {
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await isAt(page, 3);
    await page.keyboard.press('k');
    await isAt(page, 2);
    await page.reload();
    await page.waitForSelector('.pair-columns');
    await isAt(page, 2);
    await page.keyboard.press('ArrowUp');
    await isAt(page, 1);
  });

  it('shows both marks where two people marked one pair, and lets the second one choose', async () => {
    const other = await reviewer('staff2');
    await page.waitForURL(/\/review\/[^/]+\/.+/);
    const address = page.url();
    await other.goto(address);
    await other.waitForSelector('.pair-columns');
    // Each is told that the other looks at the same pair; nobody is told of himself.
    await other.locator('.watchers').getByText('科技局工作人员甲 也在看这一对').waitFor();
    await page.locator('.watchers').getByText('科技局工作人员乙 也在看这一对').waitFor();
    expect(await page.locator('.docket-item .watched').count()).to.equal(1);
    expect(await page.locator('.watchers').innerText()).to.not.include('工作人员甲');
    await page.keyboard.press('1');
    await saved(page);
    await other.keyboard.press('2');
    await other.locator('.choice').first().waitFor();
    await other.keyboard.press('1');
    const dialog = other.getByRole('dialog');
    await dialog.waitFor();
    const words = await dialog.innerText();
    expect(words).to.include('科技局工作人员甲').and.to.include('通过').and.to.include('不通过：技术不对口');
    await dialog.getByRole('button', { name: '改为我的标记' }).click();
    await saved(other);
    const [first] = (await docketOf(other)).items;
    expect(first!.mark!.kind).to.equal('reject');
    await other.keyboard.press('j');
    await page.locator('.watchers').getByText('也在看').waitFor({ state: 'detached' });
    await other.context().close();

    // Back to nothing marked: the first reviewer still sees his own mark and is told of the other one.
    await page.goto(address);
    await page.waitForSelector('.mark-now:has-text("不通过")');
    await page.keyboard.press('u');
    await saved(page);
    expect((await docketOf(page)).items[0]!.mark).to.equal(null);
  });

  it('asks to log in again where the session ended, and goes on with what was wanted', async () => {
    await page.context().clearCookies();
    await page.keyboard.press('1');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('密码').fill(password);
    await dialog.getByRole('button', { name: '登录', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await saved(page);
    expect((await docketOf(page)).items[0]!.mark!.kind).to.equal('accept');
    await page.keyboard.press('u');
    await page.locator('.review-progress').getByText('本周 0/40').waitFor();
    // Who looks at the pair is told of without anybody asking: that must not ask for a login.
    await page.context().clearCookies();
    const told = page.waitForResponse((response) => response.url().endsWith('/watching') && response.status() === 401);
    await page.keyboard.press('j');
    await told;
    await page.waitForTimeout(500);
    expect(await page.getByRole('dialog').count()).to.equal(0);
    await page.keyboard.press('1');
    await page.getByRole('dialog').getByLabel('密码').fill(password);
    await page.getByRole('dialog').getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('.review-progress').getByText('本周 1/40').waitFor();
    await page.keyboard.press('u');
    await page.locator('.review-progress').getByText('本周 0/40').waitFor();
    await page.locator('.docket-item').first().click();
    await isAt(page, 1);
  });

  it('marks several pairs at once: selected by key, range and kind, looked at first, taken back on the server', async () => {
    const marks = async () =>
      (await docketOf(page)).items.map(({ mark }) => mark?.kind ?? '-').reduce((all, one) => all + one[0], '');
    await isAt(page, 1);
    await page.keyboard.press('x');
    await page
      .locator('.docket-item')
      .nth(4)
      .click({ modifiers: ['Shift'] });
    await page.getByText('已选 5 对').waitFor();
    await page.getByRole('checkbox', { name: '选择第 2 对' }).uncheck();
    await page.keyboard.press('b');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('批量标记 4 对').waitFor();
    await dialog.getByText('请选择不通过的原因').waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') !== null);
    await dialog.getByRole('combobox', { name: '不通过的原因' }).click();
    await page.getByTitle('成熟度不够').click();
    await dialog.getByText('将把 4 对标记为“不通过：成熟度不够”').waitFor();
    expect(await dialog.locator('.batch-pairs li').count()).to.equal(4);
    await expectAccessible(page, 'batch dialog');
    await dialog.getByRole('button', { name: '把这 4 对标记为“不通过：成熟度不够”' }).dblclick();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('把 4 对批量标记为“不通过”').waitFor();
    expect(await marks()).to.equal(`r-rrr${'-'.repeat(35)}`);
    await isAt(page, 6);
    expect(await progress(page)).to.match(/本周 4\/40/);
    await page.keyboard.press('u');
    await page.getByText('已撤销批量标记 4 对').waitFor();
    expect(await marks()).to.equal('-'.repeat(40));

    // All of a kind by the menu, and back by the button, also after a reload.
    await page.getByRole('button', { name: '选择', exact: true }).click();
    await page.getByRole('menuitem', { name: '全部没有标记的（40）' }).click();
    await page.getByRole('button', { name: '批量标记……' }).click();
    await dialog.getByRole('radio', { name: '通过', exact: true }).check();
    await dialog.getByRole('button', { name: '把这 40 对标记为“通过”' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await marks()).to.equal('a'.repeat(40));
    await page.reload();
    await page.getByRole('button', { name: '撤销这一批' }).click();
    await page.getByText('已撤销批量标记 40 对').waitFor();
    expect(await marks()).to.equal('-'.repeat(40));
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelector('.review-progress')?.textContent?.includes('本周 0/40'));
  });

  it('reviews a docket of 40 with the keyboard alone, in less than two key presses a pair', async () => {
    await page.locator('.docket-item').first().click();
    await isAt(page, 1);
    let presses = 0;
    const press = async (key: string) => {
      presses += 1;
      await page.keyboard.press(key);
    };
    for (let pair = 0; pair < 40; pair++) {
      if (pair % 2 === 0) await press('1');
      else if (pair % 8 === 7) {
        await press('3');
        await press(String(1 + (pair % 4)));
      } else {
        await press('2');
        await press(String(pair % 10));
      }
    }
    await saved(page);
    expect(await progress(page)).to.match(/本周 40\/40/);
    const { items } = await docketOf(page);
    const count = (kind: string) => items.filter(({ mark }) => mark?.kind === kind).length;
    expect([count('accept'), count('reject'), count('defer')]).to.deep.equal([20, 15, 5]);
    console.log(`      40 pairs: ${presses} key presses, ${(presses / 40).toFixed(2)} a pair`);
    expect(presses / 40).to.be.at.most(2);

    await page.keyboard.press('u');
    await saved(page);
    expect(await progress(page)).to.match(/本周 39\/40/);
    await isAt(page, 40);
    await page.keyboard.press('3');
    await page.keyboard.press('2');
    await saved(page);
  });

  it('leaves keys alone while somebody writes or composes', async () => {
    const before = JSON.stringify((await docketOf(page)).items.map(({ mark }) => mark?.kind));
    await page.keyboard.press('2');
    await page.getByLabel('备注').fill('');
    await page.keyboard.type('1u3j');
    expect(await page.getByLabel('备注').inputValue()).to.equal('1u3j');
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      for (const key of ['1', 'u']) {
        const code = key === '1' ? 'Digit1' : 'KeyU';
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, isComposing: true, bubbles: true }));
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, ctrlKey: true, bubbles: true }));
      }
    });
    await saved(page);
    expect(JSON.stringify((await docketOf(page)).items.map(({ mark }) => mark?.kind))).to.equal(before);
  });

  it('is usable on a phone: nothing is wider than the screen, and a pair is marked by touch', async () => {
    await page.setViewportSize(phone);
    await page.waitForTimeout(300);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '清单', exact: true }).click();
    await page.getByRole('dialog').locator('.docket-item').first().click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: '请补充' }).click();
    await page.getByLabel('要补充的内容').fill('请补充中试规模和单位成本');
    await page.getByRole('button', { name: '标记为请补充' }).click();
    await saved(page);
    expect((await docketOf(page)).items[0]!.mark!.kind).to.equal('ask');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('says in figures what closing will do, and closes once', async () => {
    await page.getByRole('button', { name: '关闭本周清单' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.closing').waitFor();
    const figures = await dialog.locator('.closing tr').allInnerTexts();
    const shown = Object.fromEntries(figures.map((row) => row.split(/\s+/).slice(0, 2) as [string, string]));
    expect(shown).to.include({ 通过: '19', 不通过: '15', 暂缓: '5', 请补充: '1', 没有标记: '0' });
    await expectAccessible(page, 'closing');
    await dialog.getByRole('button', { name: '关闭清单，标记生效' }).dblclick();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText(/已由科技局工作人员甲于 .* 关闭/).waitFor();
    expect((await docketOf(page)).state).to.equal('closed');
    expect(await page.locator('.mark-bar').count()).to.equal(0);
  });

  it('has the minutes of the week: written, read, printed and taken as a Word file with the same figures', async () => {
    await page.getByRole('link', { name: '会议纪要' }).click();
    await page.getByRole('heading', { name: '技术需求与科技成果对接周审核会议纪要' }).waitFor();
    const paper = page.locator('.minutes');
    expect(await paper.innerText()).to.include('本周共审40对：通过19对、不通过15对、暂缓5对、请补充1对。');
    expect(await paper.locator('.minutes-stamp').count(), 'closed, so no draft').to.equal(0);
    for (const [name, pairs] of [
      ['通过的对', 19],
      ['暂缓的对', 5],
      ['请补充的对', 1],
    ] as const) {
      expect(await page.getByRole('region', { name }).locator('tbody').count(), name).to.equal(pairs);
    }
    await page.getByLabel('地点').fill('三楼会议室');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByText('请填写主持人').waitFor();
    await page.getByLabel('主持人').fill('梅科长');
    await page.getByLabel('记录人').fill('兰科员');
    await page.getByLabel('参会人员').fill('梅科长、兰科员 13812345678');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByText('会议纪要不写联系方式').waitFor();
    await expectAccessible(page, 'the form of the minutes');
    await page.getByLabel('参会人员').fill('梅科长、兰科员');
    await page.getByRole('button', { name: '保存', exact: true }).dblclick();
    await paper.getByText('梅科长、兰科员').waitFor();
    await page.getByText('填写了开会的日期、地点、主持人、参会人员、记录人').waitFor();
    await expectAccessible(page, 'minutes');
    await page.reload();
    await paper.getByText('三楼会议室').waitFor();

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: '下载 Word' }).click(),
    ]);
    expect(file.suggestedFilename()).to.match(/^技术需求与科技成果对接周审核会议纪要〔\d{4}〕第\d+期\.docx$/);
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: '打印' }).isVisible()).to.equal(false);
    await page.emulateMedia({ media: 'screen' });
  });

  it('keeps what two people write into the minutes, and lets the second one choose', async () => {
    const other = await openPage(browser);
    faults.push(other.faults);
    await logIn(other.page, url, 'staff2', password);
    await other.page.waitForURL(/\/desk$/);
    await other.page.goto(page.url());
    await other.page.getByRole('button', { name: '改会议信息' }).click();
    await page.getByRole('button', { name: '改会议信息' }).click();
    await page.getByLabel('地点').fill('二楼会议室');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.locator('.minutes').getByText('二楼会议室').waitFor();
    await other.page.getByLabel('地点').fill('一楼会议室');
    await other.page.getByRole('button', { name: '保存', exact: true }).click();
    await other.page.getByText('别人写的与您不同的地方').waitFor();
    expect(await other.page.locator('.minutes-theirs').innerText()).to.include('二楼会议室');
    await expectAccessible(other.page, 'minutes in conflict');
    await other.page.getByRole('button', { name: '用我写的' }).click();
    await other.page.locator('.minutes').getByText('一楼会议室').waitFor();
    await other.context.close();
  });

  it('corrects a decision of the closed docket: what follows is told first, then it is done, once', async () => {
    await page.goto(`${url}/review/current?show=all`);
    await page.waitForSelector('.pair-columns');
    await page.locator('.docket-item').nth(2).click();
    await isAt(page, 3);
    const bar = page.locator('.closed-decision');
    await bar.getByText('通过').waitFor();
    const title = await page.locator('.docket-item').nth(2).locator('.need-title').innerText();
    const offered = await page.locator('.docket-item').nth(2).locator('.achievement-title').innerText();
    const invitation = () =>
      page.evaluate(
        async ([needTitle, achievementTitle]) => {
          const { items } = await (await fetch('/api/v1/invitations?limit=100')).json();
          return (items as { needTitle: string; achievementTitle: string; state: string }[]).find(
            (one) => one.needTitle === needTitle && one.achievementTitle === achievementTitle,
          )?.state;
        },
        [title, offered],
      );
    for (let tries = 0; tries < 100 && (await invitation()) !== 'open'; tries++) await page.waitForTimeout(100);
    expect(await invitation(), 'both sides are asked').to.equal('open');

    await bar.getByRole('button', { name: '更正……' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: '不通过' }).check();
    await dialog.getByText('请选择不通过的原因').waitFor();
    await dialog.getByRole('combobox', { name: '不通过的原因' }).click();
    await page.getByTitle('技术不对口').click();
    await dialog.getByText(/正在征询的邀请（期限 .*）随即取消/).waitFor();
    await dialog.getByText('会议纪要随即按更正后的决定写').waitFor();
    const done = dialog.getByRole('button', { name: '更正为“不通过：技术不对口”' });
    expect(await done.isDisabled(), 'without a reason').to.equal(true);
    await dialog.getByLabel('更正原因').fill('看错了技术方向');
    await expectAccessible(page, 'correction');
    await page.setViewportSize(phone);
    await page.waitForTimeout(300);
    expect(await fitsWidth(page)).to.equal(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await done.dblclick();
    await dialog.waitFor({ state: 'hidden' });
    await bar.getByText('更正后的决定').waitFor();
    expect(await bar.innerText())
      .to.include('不通过：技术不对口')
      .and.to.include('原因：看错了技术方向');
    expect(await page.locator('.docket-item').nth(2).innerText()).to.include('不通过：技术不对口');
    for (let tries = 0; tries < 100 && (await invitation()) !== 'cancelled'; tries++) await page.waitForTimeout(100);
    expect(await invitation()).to.equal('cancelled');
    await page.locator('.pair-history summary').click();
    await page.locator('.pair-history').getByText('更正为“不通过：技术不对口”，原因：看错了技术方向').waitFor();

    // What cannot be corrected is told in the dialog, before anything is sent.
    await bar.getByRole('button', { name: '更正……' }).click();
    await dialog.getByRole('radio', { name: '不通过' }).check();
    await dialog.getByRole('combobox', { name: '不通过的原因' }).click();
    await page.locator('.ant-select-item-option').getByText('技术不对口').last().click();
    await dialog.getByText('与现在的决定相同').first().waitFor();
    await dialog.getByRole('button', { name: '不更正' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('ran without a failing script and without anything that the policy refused', async () => {
    for (const told of faults) expect(await told()).to.deep.equal([]);
  });
});
