import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld, needOf, organisationOf, type World } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

const hostile = '<img src=x onerror="window.ran=1">';

/** A picture of one grey point. */
function png(): Buffer {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const crc = body.reduce((c, byte) => table[(c ^ byte) & 255]! ^ (c >>> 8), 0xffffffff) ^ 0xffffffff;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc >>> 0);
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.from([0, 128]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describePages('what was handed in, examined in a browser', function () {
  this.timeout(180_000);
  let fixture: HttpFixture;
  let world: World;
  let browser: Browser;
  let proof: string;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    browser = await openBrowser();
    proof = join(fixture.ports.folder, '营业执照.png');
    await writeFile(proof, png());
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  const open = async (login = 'staff') => {
    const opened = await openPage(browser);
    await opened.page.addInitScript(
      "Object.defineProperty(window, 'ran', { set() { throw new Error('a hostile script ran'); } });",
    );
    await logIn(opened.page, fixture.url, login, password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    return opened;
  };
  const register = (name: string, number: number, login: string) =>
    fixture.flow.registerOrganisation(
      {
        organisation: organisationOf(name, number),
        applicant: { login, name: '申请人', email: `${login}@example.com`, password },
      },
      { name: '营业执照.png', path: proof },
    );
  const submitted = async (title: string) => {
    const { flow } = fixture;
    const drafted = await flow.createEntry(systemPrincipal, 'need', needOf(title), {
      organisationId: world.organisations.own,
    });
    await flow.moveEntry(systemPrincipal, 'need', drafted.id, drafted.version, 'submit');
    return drafted.id;
  };
  const stateOf = async (id: string) => (await fixture.flow.getEntry(systemPrincipal, 'need', id)).state;
  const waits = (page: Page) => page.locator('.panes-list li').count();

  it('approves a registration beside its proof, and returns another with a reason', async () => {
    const first = await register(`甲登记有限公司 ${hostile}`, 61, 'first-applicant');
    const second = await register('乙登记有限公司', 62, 'second-applicant');
    const { page, faults } = await open();
    await page.goto(`${fixture.url}/desk`);
    await page.locator('#registration').getByRole('link', { name: '甲登记有限公司' }).click();
    await page.getByRole('heading', { name: '甲登记有限公司' }).waitFor();
    expect(await waits(page)).to.equal(2);
    await page.getByText('first-applicant@example.com').waitFor();
    // The proof is looked at on a click alone: each look is kept.
    expect(await page.locator('.shown-picture').count()).to.equal(0);
    await page.getByRole('button', { name: '看图' }).click();
    await page.waitForFunction(
      () => (document.querySelector('.shown-picture') as HTMLImageElement | null)?.naturalWidth === 1,
    );
    await expectAccessible(page, 'registration');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: '通过', exact: true }).click();
    // What is decided leaves the list, and the next one is there.
    await page.getByRole('heading', { name: '乙登记有限公司' }).waitFor();
    expect((await fixture.ports.store.collection('registrations').get(first.id))!.state).to.equal('approved');
    await page.getByRole('button', { name: '退回……' }).click();
    await page.getByRole('button', { name: '退回', exact: true }).click();
    await page.getByText('请填写退回的原因').waitFor();
    await expectAccessible(page, 'returning a registration');
    await page.getByRole('button', { name: '证明文件看不清' }).click();
    await page.waitForTimeout(700);
    await page.getByRole('button', { name: '退回', exact: true }).click();
    await page.getByText('没有待审核的机构登记。').waitFor();
    const returned = (await fixture.ports.store.collection('registrations').get(second.id))!;
    expect(returned.state).to.equal('returned');
    expect(returned.returnReason).to.include('请重新拍照或扫描后补交');
    expect(await faults()).to.deep.equal([]);
  });

  it('says whose organisation would be claimed, and refuses the clerk who entered it', async () => {
    const { flow } = fixture;
    const staff = { ...systemPrincipal, role: 'staff', userId: world.users.staff } as const;
    await flow.createOrganisation(staff, organisationOf('代填机械厂', 63));
    const { id } = await register('代填机械有限公司', 63, 'claimant');
    const { page } = await open();
    await page.goto(`${fixture.url}/registrations/${id}`);
    await page.waitForURL(/\/intake\/registration\//);
    await page.getByText('这个代码已登记为“代填机械厂”').waitFor();
    await page.getByRole('button', { name: '通过，由申请人认领' }).click();
    await page.getByText('申请人的认领须由另一位工作人员审核').waitFor();
    await expectAccessible(page, 'refused claim');
    const admin = await open('admin');
    await admin.page.goto(`${fixture.url}/intake/registration/${id}`);
    await admin.page.getByRole('button', { name: '通过，由申请人认领' }).dblclick();
    await admin.page.getByText('没有待审核的机构登记。').waitFor();
    expect((await fixture.ports.store.collection('registrations').get(id))!.state).to.equal('approved');
  });

  it('publishes and returns by keys alone', async () => {
    const titles = ['粉体输送防堵', '煅烧窑温度均匀', '抛光液循环过滤'];
    const ids = new Map<string, string>();
    for (const title of titles) ids.set(title, await submitted(title));
    const { page, faults } = await open();
    await page.goto(`${fixture.url}/intake`);
    await page.waitForURL(/\/intake\/need$/);
    await page.locator('.pane-item').first().waitFor();
    const waiting = await page
      .locator('.pane-item')
      .evaluateAll((links) => links.map((link) => link.firstChild?.textContent ?? ''));
    expect(waiting).to.have.members(titles);
    const [first, second, third] = waiting as [string, string, string];
    const shown = (title: string) => page.getByRole('heading', { name: title, exact: true }).waitFor();
    const stored = (title: string) => fixture.flow.getEntry(systemPrincipal, 'need', ids.get(title)!);
    await shown(first);
    await page.getByRole('heading', { name: '核对' }).waitFor();
    await page.locator('main').focus();
    await page.keyboard.press('KeyJ');
    await shown(second);
    await page.keyboard.press('KeyK');
    await shown(first);
    // A second press in the moment in which the next one comes into sight decides nothing.
    await page.evaluate(`(function look() {
      const there = document.querySelector('.panes-one h2')?.textContent === ${JSON.stringify(second)};
      if (!there || !document.querySelector('.staff-actions button')) return void requestAnimationFrame(look);
      document.body.dispatchEvent(new KeyboardEvent('keydown', { code: 'Digit1', bubbles: true }));
      document.documentElement.dataset.pressed = 'twice';
    })()`);
    await page.keyboard.down('1');
    await shown(second);
    await page.waitForSelector('html[data-pressed="twice"]');
    // Nor does a key that is still held down.
    await page.waitForTimeout(800);
    await page.keyboard.down('1');
    await page.keyboard.up('1');
    await page.waitForTimeout(300);
    await shown(second);
    expect((await stored(second)).state).to.equal('submitted');
    await page.keyboard.press('2');
    // In the text the digits are digits.
    await page.keyboard.type('请写明1号窑的温差');
    await page.waitForTimeout(700);
    await page.keyboard.press('Control+Enter');
    await shown(third);
    await expectAccessible(page, 'queue of needs');
    await page.keyboard.press('Shift+Slash');
    await page.getByRole('dialog', { name: '键盘操作' }).waitFor();
    // No key acts behind a dialog.
    await page.keyboard.press('1');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await stored(third)).state).to.equal('submitted');
    expect((await stored(first)).state).to.equal('published');
    const returned = await stored(second);
    expect(returned.state).to.equal('returned');
    expect(returned.returnReason).to.equal('请写明1号窑的温差');
    await page.setViewportSize(phone);
    await page.goto(`${fixture.url}/intake/need`);
    await page.locator('.pane-item').first().click();
    await shown(third);
    expect(await page.locator('.panes-list').isVisible()).to.equal(false);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('link', { name: '返回列表' }).click();
    await page.locator('.panes-list').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('shows what somebody else decided meanwhile instead of deciding twice', async () => {
    const id = await submitted('球磨介质损耗');
    const { page } = await open();
    await page.goto(`${fixture.url}/intake/need/${id}`);
    await page.getByRole('button', { name: '发布', exact: true }).waitFor();
    const { version } = await fixture.flow.getEntry(systemPrincipal, 'need', id);
    await fixture.flow.moveEntry(systemPrincipal, 'need', id, version, 'return', '请补充现有工艺');
    await page.getByRole('button', { name: '发布', exact: true }).click();
    await page.locator('.problem').waitFor();
    expect(await stateOf(id)).to.equal('returned');
  });

  it('opens an offered file or keeps it inside', async () => {
    const { flow, ports } = fixture;
    const files: string[] = [];
    for (const name of ['工艺照片.png', '内部照片.png']) {
      const file = await flow.addAttachment(systemPrincipal, {
        id: `file-${files.length}`,
        owner: { collection: 'achievements', id: world.achievements.published },
        file: { name, path: proof },
        offered: true,
      });
      files.push(file.id);
    }
    const { page, faults } = await open();
    await page.goto(`${fixture.url}/desk/attachments`);
    await page.waitForURL(/\/intake\/file$/);
    await page.getByRole('heading', { name: '工艺照片.png' }).waitFor();
    await expectAccessible(page, 'offered file');
    await page.getByRole('button', { name: '公开', exact: true }).click();
    await page.getByRole('heading', { name: '内部照片.png' }).waitFor();
    await page.locator('.staff-actions').getByRole('button', { name: '不公开，仅内部可见' }).waitFor();
    await page.waitForTimeout(700);
    await page.keyboard.press('2');
    await page.getByText('没有申请公开的附件。').waitFor();
    const audiences = await Promise.all(
      files.map(async (id) => (await ports.store.collection('attachments').get(id))!.audience),
    );
    expect(audiences).to.deep.equal(['open', 'inside']);
    expect(await faults()).to.deep.equal([]);
  });
});
