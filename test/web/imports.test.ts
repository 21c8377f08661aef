import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import ExcelJS from 'exceljs';
import type { Browser, Page } from 'playwright-core';
import { type HttpFixture, openHttp, password } from '../http/open-http.ts';
import { makeWorld } from '../http/world.ts';
import { describePages, expectAccessible, fitsWidth, logIn, openBrowser, openPage, phone } from './web-browser.ts';

describePages('imports in a browser', function () {
  this.timeout(240_000);
  let fixture: HttpFixture;
  let browser: Browser;

  before(async () => {
    fixture = await openHttp();
    await makeWorld(fixture);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await fixture?.close();
  });

  const open = async (login: string) => {
    const opened = await openPage(browser, { acceptDownloads: true });
    await logIn(opened.page, fixture.url, login, password);
    await opened.page.waitForURL((address) => address.pathname !== '/login');
    await opened.page.goto(`${fixture.url}/imports`);
    await opened.page.getByRole('heading', { name: '导入一个文件' }).waitFor();
    return opened;
  };
  const download = async (page: Page, click: () => Promise<unknown>) => {
    const [file] = await Promise.all([page.waitForEvent('download'), click()]);
    const path = join(fixture.ports.folder, file.suggestedFilename());
    await file.saveAs(path);
    return path;
  };
  const choose = (page: Page, path: string) => page.locator('.file-drop input[type=file]').setInputFiles(path);
  const achievements = () => fixture.ports.store.collection('achievements').count({});

  const fill = async (path: string, rows: readonly Readonly<Record<string, string | number>>[]) => {
    const book = new ExcelJS.Workbook();
    await book.xlsx.readFile(path);
    const sheet = book.worksheets[0]!;
    const headings = (sheet.getRow(2).values as unknown[]).map((value) => String(value ?? '').replace('*', ''));
    for (const [index, row] of rows.entries()) {
      for (const [heading, value] of Object.entries(row)) {
        sheet.getCell(4 + index, headings.indexOf(heading)).value = value;
      }
    }
    await book.xlsx.writeFile(path);
    return headings;
  };

  it('goes from the template over the check to the file with its cells marked, and never doubles', async () => {
    const { page, faults } = await open('staff');
    await page.getByText('还没有导入过文件').waitFor();
    await expectAccessible(page, 'imports');
    await page.getByText('科技成果', { exact: true }).click();
    const template = await download(page, () => page.getByRole('link', { name: /下载科技成果导入模板/ }).click());
    const row = {
      所属机构: '示例大学',
      成果名称: '海藻糖的制备',
      成果摘要: '酶法制备海藻糖，转化率达到92%，已经中试。',
    };
    await fill(template, [
      { ...row, 编号: 'A-1' },
      { ...row, 编号: 'A-2', 成果摘要: '短' },
      { ...row, 编号: 'A-3', 成果名称: '<img src=x onerror="window.ran=1">' },
    ]);
    await choose(page, template);
    expect(await page.getByLabel('来源的名称').inputValue()).to.equal('成果导入模板');
    const before = await achievements();
    await page.getByRole('button', { name: '上传并检查' }).dblclick();
    await page.waitForURL(/\/imports\/\w+/);
    await page.getByRole('heading', { name: '检查完了：有 1 行要改' }).waitFor({ timeout: 60_000 });
    expect(await achievements()).to.equal(before);
    const faulty = page.locator('.import-rows > li');
    expect(await faulty.count()).to.equal(1);
    await faulty.getByText('第 5 行').waitFor();
    expect(await faulty.innerText()).to.match(/成果摘要：少于10个字.*请把/s);
    await expectAccessible(page, 'a checked import');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    const marked = await download(page, () => page.getByRole('link', { name: '下载标注过的文件' }).click());
    expect((await readFile(marked)).subarray(0, 2).toString()).to.equal('PK');

    await page.getByRole('button', { name: '只导入无误的 2 行' }).dblclick();
    await page.getByRole('heading', { name: '导入完成' }).waitFor({ timeout: 60_000 });
    expect(await achievements()).to.equal(before + 2);
    await page.reload();
    await page.getByText('有误的 1 行没有写入').waitFor();

    // Mended in the very file that came back.
    const headings = await fill(marked, []);
    const book = new ExcelJS.Workbook();
    await book.xlsx.readFile(marked);
    book.worksheets[0]!.getCell(5, headings.indexOf('成果摘要')).value = row.成果摘要;
    await book.xlsx.writeFile(marked);
    await page.getByRole('link', { name: '换一个文件' }).click();
    await page.getByText('科技成果', { exact: true }).click();
    await choose(page, marked);
    await page.getByLabel('来源的名称').fill('成果导入模板');
    await page.getByRole('button', { name: '上传并检查' }).click();
    await page.getByText('2 行系统里已有（来源和编号相同），不会重复导入').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: '导入 1 行' }).click();
    await page.getByRole('heading', { name: '导入完成' }).waitFor({ timeout: 60_000 });
    expect(await achievements()).to.equal(before + 3);
    await page.goto(`${fixture.url}/imports`);
    await page.getByText('3 行：新增 1，已有而不变 2').waitFor();
    expect(await page.locator('.imports-past .lines li').count()).to.equal(2);
    await page.getByText('测试staff').first().waitFor();
    expect(await page.evaluate(() => (window as { ran?: number }).ran)).to.equal(undefined);
    expect(await faults()).to.deep.equal([]);
  });

  it('refuses a file of a wrong type before it is sent, and says what is wrong inside one', async () => {
    const { page, faults } = await open('member');
    // What members may not import is not offered to them.
    expect(await page.getByText('战略合作协议').count()).to.equal(0);
    expect(await page.getByText('历史存档').count()).to.equal(0);
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().includes('import-runs')) sent += 1;
    });
    await page.getByRole('button', { name: '上传并检查' }).click();
    await page.getByText('请填写来源的名称').waitFor();
    await page.getByLabel('来源的名称').fill('我的表');
    await page.getByRole('button', { name: '上传并检查' }).click();
    await page.getByText('还没有选择文件').waitFor();
    const path = join(fixture.ports.folder, '说明.pdf');
    await writeFile(path, '%PDF-1.7');
    await choose(page, path);
    await page.getByText('“说明.pdf”的类型不收').waitFor();
    expect(sent).to.equal(0);
    const lie = join(fixture.ports.folder, '其实是文字.xlsx');
    await writeFile(lie, '编号,需求名称');
    await choose(page, lie);
    await page.getByRole('button', { name: '上传并检查' }).click();
    await page.locator('.problem').getByText('内容却不是 Excel 工作簿').waitFor();
    expect(sent).to.equal(1);
    const strange = join(fixture.ports.folder, '别的表.csv');
    await writeFile(strange, '甲,乙\n1,2\n');
    await choose(page, strange);
    await page.getByRole('button', { name: '上传并检查' }).click();
    await page.getByRole('heading', { name: '没有做成' }).waitFor({ timeout: 60_000 });
    await page.getByText('没有认出技术需求的任何一列').first().waitFor();
    await expectAccessible(page, 'an import that failed');
    await page.setViewportSize(phone);
    expect(await fitsWidth(page)).to.equal(true);
    await page.getByRole('button', { name: '重新检查' }).click();
    await page.getByText('没有认出技术需求的任何一列').first().waitFor();
    const mine = page.url();
    // Another organisation does not know of it.
    const other = await open('other-member');
    await other.page.getByText('还没有导入过文件').waitFor();
    await other.page.goto(mine);
    await other.page.getByText('没有这个页面').waitFor();
    expect(await faults()).to.deep.equal([]);
  });

  it('takes a file that is dropped, shows how far it is, and stops when asked', async () => {
    const { page, faults } = await open('staff');
    await page.getByText('科技成果', { exact: true }).click();
    const lines = Array.from({ length: 40_000 }, (_, index) =>
      JSON.stringify({
        编号: `B-${index}`,
        所属机构: '示例大学',
        成果名称: `成果之${index}`,
        成果摘要: '酶法制备海藻糖，转化率达到92%，已经中试。',
      }),
    ).join('\n');
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], '很多成果.jsonl'));
      return data;
    }, lines);
    await page.locator('.file-drop').dispatchEvent('drop', { dataTransfer: transfer });
    await page.locator('.file-drop').getByText('很多成果.jsonl').waitFor();
    await page.getByRole('button', { name: '上传并检查' }).click();
    await page.getByRole('heading', { name: '检查完了：没有错误' }).waitFor({ timeout: 120_000 });
    const before = await achievements();
    await page.getByRole('button', { name: '导入 40,000 行' }).click();
    await page.getByText(/第 [\d,]+ 行，共 40,000 行/).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: '停止' }).click();
    await page.getByRole('heading', { name: /已停止|导入完成|没有做成/ }).waitFor({ timeout: 120_000 });
    expect(await page.locator('#import-state').innerText()).to.equal('已停止');
    const stopped = await achievements();
    expect(stopped).to.be.lessThan(before + 40_000);
    await page.getByRole('button', { name: '重新检查' }).click();
    await page.getByRole('heading', { name: '检查完了：没有错误' }).waitFor({ timeout: 120_000 });
    expect(await faults()).to.deep.equal([]);
  });
});
