import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { readConfig } from '../../src/config.ts';
import { type Served, serve } from '../../src/serve.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const password = '海州湾-对接-2468-复核';

interface Item {
  readonly pairId: string;
  readonly mark: { readonly kind: string; readonly byName: string } | null;
  readonly agreed?: { readonly byName: string };
}

describePages('a second review in a browser', function () {
  this.timeout(240_000);
  let folder: string;
  let served: Served;
  let browser: Browser;
  const faults: (() => Promise<readonly string[]>)[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-web-'));
    served = await serve(
      readConfig({
        QIANXIAN_DATA: folder,
        PORT: '0',
        METRICS_PORT: '0',
        QIANXIAN_WEEKLY: 'off',
        QIANXIAN_SECOND_REVIEW: '100%',
        NODE_ENV: 'test',
      }),
      { log: silent },
    );
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function reviewer(login: string): Promise<Page> {
    const opened = await openPage(browser);
    faults.push(opened.faults);
    const account = served.demo!.accounts.find((one) => one.login === login)!;
    await logIn(opened.page, served.url!, login, account.oneTimePassword);
    await opened.page.getByLabel('现在的密码').fill(account.oneTimePassword);
    await opened.page.getByLabel('新密码', { exact: true }).fill(password);
    await opened.page.getByLabel('再写一遍新密码').fill(password);
    await opened.page.getByRole('button', { name: '设置新密码' }).click();
    await opened.page.waitForURL(/\/desk$/);
    return opened.page;
  }
  const itemOf = (who: Page, pairId: string): Promise<Item> =>
    who.evaluate(async (id) => {
      const docket = (await (await fetch('/api/v1/dockets/current')).json()) as { items: Item[] };
      return docket.items.find((one) => one.pairId === id)!;
    }, pairId);

  it('counts 通过 once a second person agrees, never who set it, and closes no week before', async () => {
    const first = await reviewer('staff');
    await first.goto(`${served.url}/review`);
    await first.waitForSelector('.pair-columns');
    const address = first.url();
    const pairId = decodeURIComponent(new URL(address).pathname.split('/').at(-1)!);
    await first.getByText('通过须两人审核').waitFor();
    await first.keyboard.press('1');
    await first.waitForFunction(() => document.querySelector('.saving')?.textContent === '已保存');
    await first.goto(address);
    await first.getByText('等待另一位工作人员复核').first().waitFor();
    // The same person says it once more: refused, and nothing changes.
    await first.keyboard.press('1');
    await first.locator('.ant-message').getByText('须由另一位工作人员复核').waitFor();
    expect(await itemOf(first, pairId)).to.not.have.property('agreed');
    await first.getByRole('button', { name: '关闭本周清单' }).first().click();
    await first.getByText('对等待复核，现在不能关闭').waitFor();
    await first.keyboard.press('Escape');

    const second = await reviewer('staff2');
    await second.goto(address);
    await second.getByRole('button', { name: '复核通过' }).waitFor();
    await second.getByText('等待您复核').first().waitFor();
    await expectAccessible(second, 'a pair that waits for a second person');
    await second.setViewportSize(phone);
    expect(await fitsWidth(second), 'on a phone').to.equal(true);
    await second.keyboard.press('1');
    await second.locator('.ant-message').getByText('已复核通过').waitFor();
    const agreed = await itemOf(second, pairId);
    expect(agreed.mark?.kind).to.equal('accept');
    expect(agreed.agreed?.byName).to.be.a('string').and.not.equal(agreed.mark?.byName);
    // The first one learns of it by a reload.
    await first.goto(address);
    await first.getByText(`${agreed.agreed!.byName}已复核`).first().waitFor();
    await expectAccessible(first, 'a pair that two have agreed on');
    for (const of of faults) expect(await of()).to.deep.equal([]);
  });
});
