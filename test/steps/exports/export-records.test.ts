import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import excel from 'exceljs';
import { QianxianError } from '../../../src/domain/errors.ts';
import { type ExportFormat, type ExportKind, exportKinds } from '../../../src/domain/exports/export-rows.ts';
import { safeCell } from '../../../src/domain/exports/safe-cell.ts';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { exportRecords } from '../../../src/steps/exports/export-records.ts';
import { xlsxOf } from '../../../src/steps/exports/xlsx-rows.ts';
import { createEntry } from '../../../src/steps/intake/entries.ts';
import { needOf } from '../../http/world.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { organisation } from '../notices/notice-world.ts';

/** What spreadsheets have been seen to run, or to turn into something to click on. */
const formulas = [
  '=1+1',
  "=cmd|' /C calc'!A0",
  '+1+1',
  '-1+1',
  '@SUM(1)',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '  =HYPERLINK("http://example.com")',
  '\u00a0=1+1',
  '\u200b=1+1',
  '\ufeff=1+1',
  '　＝1+1',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(1)',
  '−1',
  '=DDE("cmd";"/C calc";"x")',
];

describe('cells that are safe in a spreadsheet', () => {
  for (const formula of formulas) {
    it(`${JSON.stringify(formula)} begins with an apostrophe`, () => {
      expect(safeCell(formula).startsWith("'")).to.equal(true);
    });
  }
  it('leave other texts as they are, and cut what no cell holds between characters', () => {
    for (const text of ['稀土抛光粉', 'a=b', '1-2', '（=）', '', '℃以上', '100%'])
      expect(safeCell(text)).to.equal(text);
    const long = safeCell(`${'长'.repeat(32_765)}😀😀`);
    expect(long.length).to.be.at.most(32_767);
    expect(long).to.match(/长…$/);
  });
});

describe('the export of lists', () => {
  let ports: FreshPorts;
  let own: string;
  beforeEach(async () => {
    ports = await freshPorts();
    own = await organisation(ports, '=示例抛光材料有限公司', 1);
  });
  afterEach(() => ports.close());

  async function exported(kind: ExportKind, format: ExportFormat, state?: string): Promise<Buffer> {
    const { pieces } = await exportRecords(
      ports,
      systemPrincipal,
      { kind, format, ...(state === undefined ? {} : { state }) },
      new AbortController().signal,
    );
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }
  const csv = async (kind: ExportKind, state?: string) => {
    const bytes = await exported(kind, 'csv', state);
    expect([...bytes.subarray(0, 3)]).to.deep.equal([0xef, 0xbb, 0xbf]);
    return parse(bytes, { columns: true, bom: true }) as Record<string, string>[];
  };

  it('gives needs with labels, names and masked contacts, every text safe', async () => {
    await createEntry(ports, systemPrincipal, 'need', needOf('=1+1', { problem: '@SUM(1)，"引号"\n第二行' }), {
      organisationId: own,
    });
    const [row, ...rest] = await csv('need');
    expect(rest).to.deep.equal([]);
    expect(row).to.include({
      需求名称: "'=1+1",
      所属机构: "'=示例抛光材料有限公司",
      状态: '草稿',
      主要问题: '\'@SUM(1)，"引号"\n第二行',
      关键字: '稀土、抛光粉',
      '联系人（部分隐去）': '王**',
      '手机（部分隐去）': '138****0000',
    });
    expect(Object.values(row!)).to.include('120');
    expect(JSON.stringify(row)).not.to.include('13800000000').and.not.include('王机密');
  });

  it('gives the same cells in a workbook, numbers as numbers', async () => {
    await createEntry(ports, systemPrincipal, 'need', needOf('=1+1'), { organisationId: own });
    const workbook = new excel.Workbook();
    await workbook.xlsx.load((await exported('need', 'xlsx')) as unknown as ArrayBuffer);
    const sheet = workbook.worksheets[0]!;
    const headings = (sheet.getRow(1).values as string[]).slice(1);
    const cell = (heading: string) => sheet.getRow(2).getCell(headings.indexOf(heading) + 1);
    expect(sheet.name).to.equal('需求');
    expect(cell('需求名称').value).to.equal("'=1+1");
    expect(cell('需求名称').formula).to.equal(undefined);
    expect(headings.some((heading) => cell(heading).value === 120)).to.equal(true);
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith('qianxian-export-'));
    expect(left, 'the temporary file is gone').to.deep.equal([]);
  });

  it('never shows the whole contact of an organisation', async () => {
    const [row] = await csv('organisation');
    const text = JSON.stringify(row);
    expect(text).to.include('i***@example.com').and.include('李**');
    expect(text).not.to.include('info1@').and.not.include('contact1@').and.not.include('12345678');
  });

  for (const { code } of exportKinds) {
    it(`gives headings where there is nothing: ${code}`, async () => {
      const rows = parse(await exported(code, 'csv', undefined), { bom: true }) as string[][];
      expect(rows[0]!.length).to.be.greaterThan(8);
      expect(new Set(rows[0]).size, 'each heading once').to.equal(rows[0]!.length);
    });
  }

  it('is narrowed to a state, and refuses one that is none', async () => {
    await createEntry(ports, systemPrincipal, 'need', needOf('草稿一份'), { organisationId: own });
    expect(await csv('need', 'draft')).to.have.length(1);
    expect(await csv('need', 'published')).to.have.length(0);
    const failure = await exported('need', 'csv', 'gone').catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'invalid');
  });

  it('walks long lists in batches, each row once', async () => {
    for (let index = 0; index < 450; index++) {
      await createEntry(ports, systemPrincipal, 'need', { title: `需求${index}` }, { organisationId: own });
    }
    const rows = await csv('need');
    expect(new Set(rows.map((row) => row.需求名称)).size).to.equal(450);
    const [log] = (await ports.store.collection('exports').find()).items;
    expect(log).to.include({ kind: 'need', format: 'csv', state: 'finished', rows: 450, by: 'system' });
  });

  it('is logged before a row leaves, and as broken where nobody took the end', async () => {
    const { pieces } = await exportRecords(
      ports,
      systemPrincipal,
      { kind: 'organisation', format: 'csv' },
      new AbortController().signal,
    );
    const logs = async () => (await ports.store.collection('exports').find()).items.map(({ state }) => state);
    expect(await logs()).to.deep.equal(['begun']);
    const stop = new AbortController();
    const other = await exportRecords(ports, systemPrincipal, { kind: 'organisation', format: 'csv' }, stop.signal);
    stop.abort();
    const failure = await (async () => {
      for await (const _ of other.pieces);
    })().catch((error: unknown) => error);
    expect((failure as Error).name).to.equal('AbortError');
    for await (const _ of pieces) break;
    expect((await logs()).sort()).to.deep.equal(['begun', 'broken']);
  });

  it('keeps no more of a long workbook in memory than a little', async () => {
    const text = '从事稀土抛光材料的研制、生产和销售。'.repeat(15);
    const count = 60_000;
    let most = 0;
    const rows = async function* () {
      for (let index = 0; index < count; index++) {
        if (index % 1000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield [index, text];
      }
    };
    const before = process.memoryUsage().arrayBuffers;
    let bytes = 0;
    for await (const piece of xlsxOf(rows(), '长表')) bytes += piece.length;
    expect(bytes).to.be.greaterThan(100_000);
    // The sheet is 60 MB before it is compressed.
    expect(most - before).to.be.lessThan(30e6);
  });

  it('is for the bureau alone', async () => {
    const member = { ...systemPrincipal, role: 'member', organisationId: own } as const;
    const failure = await exportRecords(
      ports,
      member,
      { kind: 'need', format: 'csv' },
      AbortSignal.timeout(1000),
    ).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'forbidden');
    expect(await ports.store.collection('exports').count()).to.equal(0);
  });
});
