import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import ExcelJS from 'exceljs';
import { ZipFile } from 'yazl';
import type { ImportKind } from '../../../src/domain/import-fields.ts';
import type { ImportRow } from '../../../src/domain/import-row.ts';
import { detectDelimiter } from '../../../src/steps/intake/csv-table.ts';
import { type Table, tableLimits } from '../../../src/steps/intake/table.ts';
import { openTableFile } from '../../../src/steps/intake/table-file.ts';
import { detectEncoding } from '../../../src/steps/intake/text-encoding.ts';
import { openXlsxTable } from '../../../src/steps/intake/xlsx-table.ts';
import { cellValue } from '../../../src/steps/intake/xlsx-workbook.ts';
import { codeOf, failureOf } from '../accounts/account-fixtures.ts';

let folder: string;
let files = 0;

async function put(content: string | Uint8Array): Promise<string> {
  const path = join(folder, `file-${++files}`);
  await writeFile(path, content);
  return path;
}

async function open(name: string, content: string | Uint8Array, kind: ImportKind = 'need'): Promise<Table> {
  return openTableFile({ name, path: await put(content) }, kind);
}

async function rowsOf(table: Table): Promise<ImportRow[]> {
  const rows: ImportRow[] = [];
  for await (const row of table.rows()) rows.push(row);
  await table.close();
  return rows;
}

const cellsOf = (rows: readonly ImportRow[]) => rows.map((row) => ({ ...row.cells }));

async function faultOf(name: string, content: string | Uint8Array, kind: ImportKind = 'need') {
  const failure = await failureOf(open(name, content, kind));
  expect(failure.message).to.match(/\p{Script=Han}/u);
  return failure;
}

describe('tables of files', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-tables-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  describe('CSV', () => {
    for (const [name, delimiter] of [
      ['comma', ','],
      ['semicolon', ';'],
      ['tab', '\t'],
    ] as const) {
      it(`is parted by ${name}`, async () => {
        const text = `编号,需求名称\n1,"甲,""乙""\n丙"\n\n2,丁\n`.replaceAll(',', delimiter);
        const table = await open('a.csv', text);
        expect(table.columns).to.deep.equal(['编号', '需求名称']);
        expect(table.rowCount).to.equal(2);
        const rows = await rowsOf(table);
        expect(cellsOf(rows)[0]?.需求名称).to.equal(`甲${delimiter}"乙"\n丙`);
        expect(rows.map((row) => row.row)).to.deep.equal([2, 5]);
      });
    }

    it('tells the delimiter by what stands outside quotes, past a title line', () => {
      expect(detectDelimiter('"a;b;c",d\n')).to.equal(',');
      expect(detectDelimiter('标题\na;b;c,d\n')).to.equal(';');
      expect(detectDelimiter('只有一列\n1\n')).to.equal(',');
    });

    it('with quotes astray is refused with the line', async () => {
      expect((await faultOf('a.csv', '编号,需求名称\n1,"没有关\n2,乙\n')).message).to.match(/第\d+行/);
      expect((await faultOf('a.csv', '编号,需求名称\n1,甲"乙"丙\n')).message).to.contain('双引号');
      expect((await faultOf('a.csv', `编号,需求名称\n1,"${'长'.repeat(600_000)}`)).code).to.equal('too_large');
    });

    it('marks rows that do not fit the heading', async () => {
      const rows = await rowsOf(await open('a.csv', '编号,,需求名称\n1,,甲\n2,多,乙\n3,,丙,多\n4\n'));
      expect(rows.map((row) => row.fault?.reason)).to.deep.equal([
        undefined,
        '第2列有内容而没有表头',
        '第4格有内容，而表头只有3列',
        undefined,
      ]);
    });

    it('is refused for doubled or too many headings, or none of anything', async () => {
      expect((await faultOf('a.csv', '编号,需求名称,编号\n1,2,3\n')).issues[0]?.reason).to.contain('第1列和第3列');
      const wide = Array.from({ length: tableLimits.columns + 1 }, (_, index) => `列${index}`).join(',');
      expect((await faultOf('a.csv', `${wide}\n1\n`)).issues[0]?.reason).to.contain('500列');
      expect((await faultOf('a.csv', '\n \n,,\n')).message).to.contain('没有内容');
      expect((await faultOf('a.csv', '编号,需求名称\n')).message).to.contain('只有表头');
    });

    it('of a template knows its kind and version, and passes over its notes', async () => {
      const title = (kind: string, version: number) => `牵线导入模板：${kind} 第${version}版（请保留本行）`;
      const body = '编号,需求名称*\n※选填,※必填\n1,甲\n※不是说明,乙\n';
      const table = await open('a.csv', `${title('技术需求', 1)}\n${body}`);
      expect(cellsOf(await rowsOf(table))).to.deep.equal([
        { 编号: '1', '需求名称*': '甲' },
        { 编号: '※不是说明', '需求名称*': '乙' },
      ]);
      expect((await faultOf('a.csv', `${title('科技成果', 1)}\n${body}`)).message).to.contain('科技成果');
      expect((await faultOf('a.csv', `${title('别的', 1)}\n${body}`)).message).to.contain('其他');
      expect((await faultOf('a.csv', `${title('技术需求', 9)}\n${body}`)).message).to.contain('第9版');
    });
  });

  describe('JSONL', () => {
    it('reaches one level into objects, and counts lines as an editor does', async () => {
      const table = await open('a.jsonl', '\uFEFF{"a": 1, "contact": {"name": "王"}}\r\n\r\n{"b": [1]}');
      expect(table.columns).to.deep.equal(['a', 'contact.name', 'b']);
      const rows = await rowsOf(table);
      expect(rows.map((row) => row.row)).to.deep.equal([1, 3]);
      expect(cellsOf(rows)).to.deep.equal([{ a: 1, 'contact.name': '王' }, { b: [1] }]);
    });

    it('marks lines that are broken, unsafe or too long, and reads on', async () => {
      const long = `{"a": "${'x'.repeat(tableLimits.rowBytes)}"}`;
      const text = ['{"a": 1}', '{', '[]', 'null', '{"__proto__": 1}', '{"b": {"$gt": 1}}', long, '{"a": 2}'].join(
        '\n',
      );
      const rows = await rowsOf(await open('a.jsonl', text));
      expect(rows.map((row) => row.fault !== undefined)).to.deep.equal([
        false,
        true,
        true,
        true,
        true,
        true,
        true,
        false,
      ]);
      expect(rows[5]?.fault?.reason).to.contain('b.$gt');
      const last = await rowsOf(await open('a.jsonl', `{"a": 1}\n${long}`));
      expect(last[1]?.fault?.reason).to.contain('1MB');
    });

    it('is refused without data, or with too many different keys', async () => {
      expect((await faultOf('a.jsonl', '\n \n')).message).to.contain('没有数据');
      expect((await faultOf('a.jsonl', '编号,名称\n1,2\n')).message).to.contain('不是 JSONL');
      const keys = Array.from({ length: 501 }, (_, index) => JSON.stringify({ [`k${index}`]: 1 })).join('\n');
      expect((await faultOf('a.jsonl', keys)).issues[0]?.reason).to.contain('第501行');
    });
  });

  describe('the kind of file', () => {
    it('is told by extension and by the first bytes, which must agree', async () => {
      for (const [name, content, said] of [
        ['a.xls', 'x', '旧版 Excel'],
        ['a.json', '[]', 'JSONL'],
        ['a.docx', 'x', '.docx'],
        ['a', 'x', '没有扩展名'],
        ['a.__proto__', 'x', '不认识'],
        ['a.xlsx', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0), '密码'],
        ['a.csv', '%PDF-1.7', 'PDF'],
        ['a.xlsx', '编号,名称\n', '不是 Excel'],
        ['a.csv', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), '.xlsx'],
      ] as const) {
        const failure = await faultOf(name, content);
        expect(failure.code, name).to.equal('unsupported');
        expect(failure.message, name).to.contain(said);
      }
      expect((await rowsOf(await open('A.TSV', '编号\t名称\n1\t甲\n'))).length).to.equal(1);
    });

    it('must be a file that is there', async () => {
      const at = (path: string) => codeOf(openTableFile({ name: 'a.csv', path }, 'need'));
      expect(await at(join(folder, 'none'))).to.equal('malformed');
      await mkdir(join(folder, 'sub.csv'));
      expect(await at(join(folder, 'sub.csv'))).to.equal('unsupported');
    });
  });

  describe('the encoding of a text', () => {
    const utf8 = (text: string) => Buffer.from(text, 'utf8');
    // 编号,名称 and 需求 in GBK.
    const gbk = Uint8Array.of(
      0xb1,
      0xe0,
      0xba,
      0xc5,
      0x2c,
      0xc3,
      0xfb,
      0xb3,
      0xc6,
      0x0a,
      0x31,
      0x2c,
      0xd0,
      0xe8,
      0xc7,
      0xf3,
      0x0a,
    );

    it('is UTF-8 or GB 18030, found by reading all of it', async () => {
      expect(await detectEncoding(await put('plain'))).to.equal('utf-8');
      expect(await detectEncoding(await put('é €😀 需求'))).to.equal('utf-8');
      expect(await detectEncoding(await put(gbk))).to.equal('gb18030');
      // A four-byte character of GB 18030.
      expect(await detectEncoding(await put(Uint8Array.of(...gbk, 0x95, 0x32, 0x82, 0x36, 0x0a)))).to.equal('gb18030');
      const table = await open('a.csv', gbk);
      expect(cellsOf(await rowsOf(table))).to.deep.equal([{ 编号: '1', 名称: '需求' }]);
    });

    it('that is broken or another is refused with the line and the mend', async () => {
      const refused = async (bytes: Uint8Array) => (await failureOf(detectEncoding(await put(bytes)))).message;
      const long = '需求需求需求需求需求';
      expect(await refused(Uint8Array.of(0xff, 0xfe, 0x31, 0))).to.contain('UTF-16');
      expect(await refused(Uint8Array.of(0xfe, 0xff, 0, 0x31))).to.contain('UTF-16');
      expect(await refused(utf8('a\n\u0000'))).to.contain('第2行');
      expect(await refused(utf8(`${long}\n需求`).subarray(0, -1))).to.contain('没有传完');
      expect(await refused(Buffer.concat([utf8(`${long}\n`), Uint8Array.of(0xff), utf8('完')]))).to.contain(
        '第2行有损坏',
      );
      expect(await refused(Buffer.concat([utf8('\uFEFFa'), Uint8Array.of(0xff, 0x41)]))).to.contain('损坏');
      expect(await refused(Uint8Array.of(0x41, 0xff, 0xff, 0x0a))).to.contain('看不出');
      expect(await refused(Uint8Array.of(0x41, 0x0a, 0xb1))).to.contain('第2行');
      // What UTF-8 forbids: overlong forms, halves of surrogate pairs, beyond the last plane.
      for (const bytes of [
        [0xc0, 0xaf],
        [0xe0, 0x80, 0xaf],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf0, 0x80, 0x80, 0x80],
      ]) {
        expect(await refused(Buffer.concat([utf8(`${long}\n`), Uint8Array.from(bytes)])), String(bytes)).to.contain(
          '第2行',
        );
      }
    });
  });

  describe('XLSX', function () {
    this.timeout(120_000);
    const workbook = async (fill: (book: ExcelJS.Workbook) => void): Promise<Uint8Array> => {
      const book = new ExcelJS.Workbook();
      fill(book);
      return new Uint8Array(await book.xlsx.writeBuffer());
    };
    const filled = (book: ExcelJS.Workbook, name: string, rows: readonly unknown[][]) =>
      book.addWorksheet(name).addRows(rows.map((row) => [...row]));
    const zipped = async (parts: Readonly<Record<string, string>>): Promise<string> => {
      const file = new ZipFile();
      for (const [name, content] of Object.entries(parts)) file.addBuffer(Buffer.from(content), name);
      file.end();
      const path = join(folder, `zip-${++files}`);
      await pipeline(file.outputStream, createWriteStream(path));
      return path;
    };
    const scratchFolders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('qianxian-xlsx-'));

    it('is read from the first sheet that is shown, and names the others', async () => {
      const bytes = await workbook((book) => {
        book.addWorksheet('藏', { state: 'hidden' }).addRow(['不读']);
        filled(book, '数据', [['编号', '名称'], [1, '甲'], [], [2, '乙']]);
        filled(book, '另一张', [['x']]);
      });
      const table = await open('a.xlsx', bytes);
      expect(table.notes[0]).to.contain('另一张').and.to.contain('数据');
      const rows = await rowsOf(table);
      expect(rows.map((row) => row.row)).to.deep.equal([2, 4]);
      expect(cellsOf(rows)).to.deep.equal([
        { 编号: 1, 名称: '甲' },
        { 编号: 2, 名称: '乙' },
      ]);
    });

    it('that holds nothing, or a heading alone, is refused; temporary files are gone', async () => {
      const before = await scratchFolders();
      expect((await faultOf('a.xlsx', await workbook((book) => filled(book, '空', [])))).message).to.contain('是空的');
      const heading = await workbook((book) => filled(book, '数据', [['编号', '名称']]));
      expect((await faultOf('a.xlsx', heading)).message).to.contain('只有表头');
      expect((await scratchFolders()).filter((name) => !before.includes(name))).to.deep.equal([]);
    });

    it('with a row of more than 1 MB is refused with its number', async () => {
      const bytes = await workbook((book) =>
        filled(book, '数据', [['编号', '名称'], Array.from({ length: 40 }, () => '长'.repeat(30_000))]),
      );
      const failure = await faultOf('a.xlsx', bytes);
      expect(failure.code).to.equal('too_large');
      expect(failure.message).to.contain('第2行');
    });

    it('that takes too long or too much memory to parse is stopped', async () => {
      const path = await put(await workbook((book) => filled(book, '数据', [['编号'], [1]])));
      const slow = await failureOf(openXlsxTable(path, 'need', { memoryMb: 1024, timeMs: 1 }));
      expect(slow.code).to.equal('too_large');
      expect(slow.message).to.contain('秒');
      const poor = await failureOf(openXlsxTable(path, 'need', { memoryMb: 1, timeMs: 60_000 }));
      expect(poor.code).to.equal('too_large');
      expect(poor.message).to.contain('内存');
    });

    it('is refused where it is no workbook, or has too many parts', async () => {
      const refusal = async (parts: Readonly<Record<string, string>>) =>
        failureOf(openTableFile({ name: 'a.xlsx', path: await zipped(parts) }, 'need'));
      expect((await refusal({ 'a.txt': 'x' })).message).to.contain('不是 Excel 工作簿');
      const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`p${index}`, 'x']));
      expect((await refusal(many)).code).to.equal('too_large');
      const types = { '[Content_Types].xml': '<Types/>' };
      const sheet = (extra: string) =>
        `<workbook><sheets><sheet name="a&#x4E2D;&amp;&#20013;" sheetId="1" r:id='r1' ${extra}/></sheets></workbook>`;
      const relations = (target: string) => `<Relationships><Relationship Id="r1" Target="${target}"/></Relationships>`;
      const broken: Record<string, string>[] = [
        { 'xl/workbook.xml': '<workbook/>' },
        { 'xl/workbook.xml': sheet('') },
        {
          'xl/workbook.xml': sheet('state="hidden"'),
          'xl/_rels/workbook.xml.rels': relations('worksheets/sheet1.xml'),
        },
        { 'xl/workbook.xml': sheet(''), 'xl/_rels/workbook.xml.rels': relations('worksheets/sheet1.xml') },
        { 'xl/workbook.xml': sheet(''), 'xl/_rels/workbook.xml.rels': relations('../../etc/passwd') },
      ];
      for (const parts of broken) {
        expect((await refusal({ ...types, ...parts })).message).to.contain('没有找到可读的工作表');
      }
      const garbage = {
        ...types,
        'xl/workbook.xml': sheet(''),
        'xl/_rels/workbook.xml.rels': relations('/xl/worksheets/sheet1.xml'),
        'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row r="1"><c r="A1"',
      };
      expect((await refusal(garbage)).code).to.equal('malformed');
      expect((await refusal({ ...types, 'xl/workbook.xml': `<workbook>${' '.repeat(5_000_000)}` })).code).to.equal(
        'malformed',
      );
    });
  });

  it('cells of a workbook become text, numbers or booleans', () => {
    const link = { text: { richText: [{ text: '网' }, { text: '站' }] }, hyperlink: 'javascript:alert(1)' };
    for (const [value, format, expected] of [
      [undefined, undefined, null],
      ['a_x000D_b\r\nc', undefined, 'a\nb\nc'],
      [true, undefined, true],
      [Number.NaN, undefined, '#VALUE!'],
      [new Date('2026-05-01T00:00:00Z'), undefined, '2026-05-01'],
      [new Date('2026-05-01T08:30:00Z'), undefined, '2026-05-01T08:30:00'],
      [new Date(Number.NaN), undefined, '#VALUE!'],
      [Symbol('x'), undefined, '#VALUE!'],
      [{ error: '#REF!' }, undefined, '#REF!'],
      [{ formula: 'A1', result: '值' }, undefined, '值'],
      [{ formula: 'A1', result: { error: '#N/A' } }, undefined, '#N/A'],
      [{ formula: 'A1' }, undefined, '#CALC!'],
      [{ sharedFormula: 'A1', result: 46_143 }, 'yyyy-mm-dd', '2026-05-01'],
      [{ sharedFormula: 'A1', result: 46_143 }, '"day"0', 46_143],
      [{ formula: 'A1', result: 3 }, undefined, 3],
      [link, undefined, '网站'],
      [{ hyperlink: 'x' }, undefined, ''],
      [{ other: 1 }, undefined, '#VALUE!'],
    ] as const) {
      expect(cellValue(value, format), String(JSON.stringify(value))).to.equal(expected);
    }
  });
});
