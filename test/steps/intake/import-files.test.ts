import { createWriteStream } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import ExcelJS from 'exceljs';
import { ZipFile } from 'yazl';
import { QianxianError } from '../../../src/domain/errors.ts';
import { importFields } from '../../../src/domain/import-fields.ts';
import { missingFields } from '../../../src/domain/missing-fields.ts';
import { importTemplate } from '../../../src/steps/intake/import-template.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import {
  achievement,
  admin,
  emptied,
  fileOf,
  imported,
  jsonl,
  memberOf,
  need,
  organisation,
  staff,
} from './intake-fixtures.ts';

/** Bytes of GB 18030 for texts of ASCII and two-byte characters: the decoder turned round. */
function gbk(text: string): Uint8Array {
  const decoder = new TextDecoder('gb18030');
  const bytesOf = new Map<string, [number, number]>();
  for (let high = 0x81; high <= 0xfe; high++) {
    for (let low = 0x40; low <= 0xfe; low++) {
      if (low !== 0x7f) bytesOf.set(decoder.decode(Uint8Array.of(high, low)), [high, low]);
    }
  }
  return Uint8Array.from([...text].flatMap((character) => bytesOf.get(character) ?? [character.codePointAt(0)!]));
}

async function workbook(rows: readonly (readonly ExcelJS.CellValue[])[]): Promise<Uint8Array> {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('成果');
  for (const row of rows) sheet.addRow([...row]);
  return new Uint8Array(await book.xlsx.writeBuffer());
}

async function zip(path: string, parts: Readonly<Record<string, Buffer>>): Promise<void> {
  const file = new ZipFile();
  for (const [name, content] of Object.entries(parts)) file.addBuffer(content, name);
  file.end();
  await pipeline(file.outputStream, createWriteStream(path));
}

describe('importing files', function () {
  this.timeout(120_000);
  let ports: FreshPorts;
  before(async () => {
    ports = await freshPorts();
  });
  beforeEach(async () => {
    await emptied(ports);
    await organisation(ports, 'org-1', { name: '示范脱硝材料厂' });
  });
  after(() => ports.close());

  const count = (name: 'needs' | 'achievements' | 'organisations') => ports.store.collection(name).count();
  async function refusal(run: () => Promise<unknown>): Promise<QianxianError> {
    try {
      await run();
    } catch (error) {
      expect(error).to.be.instanceOf(QianxianError);
      expect((error as Error).message).to.match(/[一-龥]/);
      return error as QianxianError;
    }
    throw new Error('accepted');
  }

  const row = { externalId: '1', organisation: '示范脱硝材料厂', ...achievement };

  describe('in every format', () => {
    const csv = `外部编号,所属机构,成果名称,成果摘要\n1,示范脱硝材料厂,${achievement.title},"${achievement.abstract}"\n`;
    for (const [title, name, content] of [
      ['JSONL', 'a.jsonl', jsonl([row])],
      ['JSONL with a mark of its encoding and Windows line ends', 'a.jsonl', `\uFEFF${JSON.stringify(row)}\r\n\r\n`],
      ['CSV in UTF-8', 'a.csv', csv],
      ['CSV with a mark of its encoding', 'a.csv', `\uFEFF${csv}`],
      ['CSV with semicolons', 'a.csv', csv.replace(/,(?=[^"]*$|[^",]*,)/gm, ';').replace(/,/g, ';')],
      ['CSV in GBK', 'a.csv', gbk(csv)],
    ] as const) {
      it(`reads ${title}`, async () => {
        const report = await imported(ports, [name, content], { kind: 'achievement' });
        expect(report, JSON.stringify(report.rows)).to.include({ total: 1, created: 1, invalid: 0, written: true });
        const { items } = await ports.store.collection('achievements').find();
        expect(items[0]?.content.title).to.equal(achievement.title);
        expect(items[0]?.organisationId).to.equal('org-1');
      });
    }

    it('reads XLSX: formulas by their value, links by their text, numbers as they stand', async () => {
      const content = await workbook([
        ['外部编号', '所属机构', '成果名称', '成果摘要', '技术成熟度（TRL）'],
        [
          7,
          '示范脱硝材料厂',
          { formula: 'A2', result: achievement.title },
          { text: achievement.abstract, hyperlink: 'javascript:alert(1)' },
          6,
        ],
      ]);
      const report = await imported(ports, ['a.xlsx', content], { kind: 'achievement' });
      expect(report, JSON.stringify(report.rows)).to.include({ created: 1, invalid: 0 });
      const { items } = await ports.store.collection('achievements').find();
      expect(items[0]?.content).to.deep.include({ title: achievement.title, abstract: achievement.abstract, trl: 6 });
      expect(items[0]?.provenance?.externalId).to.equal('7');
    });

    for (const kind of ['organisation', 'need', 'achievement'] as const) {
      it(`marks the columns of its template of a ${kind} that a complete one needs`, async () => {
        const book = new ExcelJS.Workbook();
        await book.xlsx.load((await importTemplate(kind)).buffer as ArrayBuffer);
        const headings = Array.from(book.worksheets[0]!.getRow(2).values as ExcelJS.CellValue[], String);
        const marked = headings.filter((heading) => heading.endsWith('*')).map((heading) => heading.slice(0, -1));
        const fields = importFields(kind);
        const needed = missingFields(kind, {}).map((path) => fields.find((field) => field.path === path)!.label);
        // 固定电话 stands for 固定电话 or 手机.
        expect(marked).to.have.members(kind === 'organisation' ? [...needed, '手机'] : needed);
        const guide = book.worksheets[1]!.getSheetValues().flatMap((row) =>
          Array.isArray(row) ? [row.slice(1, 3)] : [],
        );
        const demandOf = (label: string) => guide.find(([name]) => name === label)?.[1];
        expect([demandOf('联系人'), demandOf('固定电话'), demandOf('手机')]).to.deep.equal(
          kind === 'organisation' ? ['必填', '二者填一', '二者填一'] : ['选填', '选填', '选填'],
        );
      });

      it(`reads back its own template of a ${kind}, filled in`, async () => {
        const book = new ExcelJS.Workbook();
        await book.xlsx.load((await importTemplate(kind)).buffer as ArrayBuffer);
        const sheet = book.worksheets[0]!;
        const headings = Array.from(sheet.getRow(2).values as ExcelJS.CellValue[], (value) => String(value ?? ''));
        const written: Record<string, string | number> = {
          编号: 'T1',
          机构全称: '示范再生资源公司',
          所属机构: '示范脱硝材料厂',
          需求名称: need.title,
          需求起始年: need.startYear,
          需求截止年: need.endYear,
          主要问题: need.problem,
          技术关键: need.keyTechnology,
          预期目标: need.goal,
          关键字: '脱硝、低温',
          解决方式: '合作研发',
          科技活动类型: '试验发展',
          需求技术所属领域: '资源与环境',
          应用行业: '制造业',
          成果名称: achievement.title,
          成果摘要: achievement.abstract,
        };
        const target = sheet.getRow(sheet.rowCount + 1);
        for (const [column, heading] of headings.entries()) {
          const value = written[heading.replace(/[*＊\s]/g, '')];
          if (value !== undefined && column > 0) target.getCell(column).value = value;
        }
        const report = await imported(ports, ['t.xlsx', new Uint8Array(await book.xlsx.writeBuffer())], {
          kind,
          archive: kind === 'organisation',
        });
        expect(report, JSON.stringify(report.rows)).to.include({ total: 1, created: 1, invalid: 0 });
      });
    }
  });

  describe('a second time', () => {
    it('changes nothing, also when both run at once', async () => {
      const file = await fileOf(
        ports,
        'a.jsonl',
        jsonl(Array.from({ length: 300 }, (_, index) => ({ ...row, externalId: `${index}` }))),
      );
      const both = await Promise.all([
        imported(ports, file, { kind: 'achievement' }),
        imported(ports, file, { kind: 'achievement' }),
      ]);
      expect(await count('achievements')).to.equal(300);
      expect(both[0]!.created + both[1]!.created).to.equal(300);
      expect(await imported(ports, file, { kind: 'achievement' })).to.include({
        created: 0,
        unchanged: 300,
        updated: 0,
      });
    });

    it('leaves changed rows alone unless it may update', async () => {
      await imported(ports, ['a.jsonl', jsonl([row])], { kind: 'achievement', publish: true });
      const changed = jsonl([{ ...row, abstract: '换了一种载体，脱硝率提高到九成以上。' }]);
      const kept = await imported(ports, ['a.jsonl', changed], { kind: 'achievement', publish: true });
      expect(kept).to.include({ unchanged: 1, updated: 0 });
      expect(JSON.stringify(kept.rows)).to.include('内容不同');
      expect(
        await imported(ports, ['a.jsonl', changed], { kind: 'achievement', update: true, publish: true }),
      ).to.include({
        updated: 1,
      });
      const { items } = await ports.store.collection('achievements').find();
      expect(items[0]?.content.abstract).to.include('九成');
    });

    it('goes on where a stop left it, and nothing is half', async () => {
      const file = await fileOf(
        ports,
        'a.jsonl',
        jsonl(Array.from({ length: 1200 }, (_, index) => ({ ...row, externalId: `${index}` }))),
      );
      const stop = new AbortController();
      const report = await imported(ports, file, {
        kind: 'achievement',
        onlyValid: true,
        signal: stop.signal,
        onProgress: (done) => {
          if (done >= 250) stop.abort();
        },
      });
      expect(report.stopped).to.equal(true);
      expect(await count('achievements')).to.equal(report.created);
      expect(report.created).to.be.within(1, 1199);
      const rest = await imported(ports, file, { kind: 'achievement', onlyValid: true });
      expect(rest.created + report.created).to.equal(1200);
    });
  });

  describe('tried first', () => {
    it('says row by row what would happen, and writes nothing', async () => {
      await imported(ports, ['a.jsonl', jsonl([row])], { kind: 'achievement' });
      const before = await count('achievements');
      const report = await imported(
        ports,
        ['a.jsonl', jsonl([row, { ...row, externalId: '2' }, { externalId: '3', title: '缺摘要' }])],
        { kind: 'achievement', dryRun: true },
      );
      expect(report).to.include({ written: false, created: 1, unchanged: 1, invalid: 1 });
      expect(report.rows.map((one) => one.outcome)).to.deep.equal(['unchanged', 'created', 'invalid']);
      expect(await count('achievements')).to.equal(before);
    });

    it('one wrong row keeps all from being written, or only itself', async () => {
      const rows = jsonl([row, { ...row, externalId: '2', trl: 12 }]);
      const report = await imported(ports, ['a.jsonl', rows], { kind: 'achievement' });
      expect(report).to.include({ written: false, created: 0, invalid: 1, withheld: 1 });
      expect(report.rows.find((one) => one.outcome === 'invalid')).to.deep.include({ row: 2, externalId: '2' });
      expect(await count('achievements')).to.equal(0);
      expect(await imported(ports, ['a.jsonl', rows], { kind: 'achievement', onlyValid: true })).to.include({
        created: 1,
        invalid: 1,
      });
    });
  });

  describe('old records', () => {
    it('are taken incomplete, marked and kept unpublished; an unknown organisation is made by name', async () => {
      const report = await imported(
        ports,
        ['a.jsonl', jsonl([{ externalId: '1', title: '旧需求', organisation: '早已改名的厂' }])],
        {
          archive: true,
        },
      );
      expect(report).to.include({ created: 1, incomplete: 1, organisationsCreated: 1 });
      const { items } = await ports.store.collection('needs').find();
      expect(items[0]).to.deep.include({ state: 'archived', published: null });
      expect(items[0]?.missing).to.include('problem');
    });

    it('keep what fits no field in 原始描述', async () => {
      await imported(ports, ['a.jsonl', jsonl([{ externalId: '1', title: '旧需求', 主要问题: '长'.repeat(900) }])], {
        archive: true,
      });
      const { items } = await ports.store.collection('needs').find();
      expect(items[0]?.content.description).to.include('长'.repeat(900));
    });

    it('without the archive flag an unknown organisation is an error that names it', async () => {
      const report = await imported(ports, ['a.jsonl', jsonl([{ ...row, organisation: '没有这家' }])], {
        kind: 'achievement',
      });
      expect(report.invalid).to.equal(1);
      expect(JSON.stringify(report.rows)).to.include('没有这家');
    });
  });

  describe('complete needs', () => {
    const complete = { externalId: 'N1', organisation: 'org-1', ...need, organisationName: undefined };
    const named = { ...complete, organisation: '示范脱硝材料厂' };
    it('wait for review, or are published at once by the bureau', async () => {
      expect(await imported(ports, ['a.jsonl', jsonl([named])], { principal: staff })).to.include({ created: 1 });
      expect((await ports.store.collection('needs').find()).items[0]?.state).to.equal('submitted');
      await imported(ports, ['b.jsonl', jsonl([{ ...named, externalId: 'N2', title: '另一项脱硝需求' }])], {
        principal: admin,
        publish: true,
      });
      const states = (await ports.store.collection('needs').find()).items.map((one) => one.state);
      expect(states).to.have.members(['submitted', 'published']);
    });
    it('keep the year rule', async () => {
      const report = await imported(ports, ['a.jsonl', jsonl([{ ...named, startYear: 2020 }])]);
      expect(JSON.stringify(report.rows)).to.include('不能早于当年');
    });
  });

  describe('who may', () => {
    it('a member imports for the own organisation only, and neither organisations, archives nor publications', async () => {
      const member = memberOf('org-1');
      const mine = jsonl([{ externalId: '1', ...achievement }]);
      expect(await imported(ports, ['a.jsonl', mine], { kind: 'achievement', principal: member })).to.include({
        created: 1,
      });
      for (const options of [
        { kind: 'organisation' },
        { kind: 'achievement', archive: true },
        { kind: 'achievement', publish: true },
        { kind: 'achievement', organisation: 'other' },
      ] as const) {
        expect(
          (await refusal(() => imported(ports, ['a.jsonl', mine], { ...options, principal: member }))).code,
        ).to.equal('forbidden');
      }
    });
  });

  describe('a broken file is refused with a reason, and nothing is written', () => {
    const whole = () =>
      workbook([
        ['成果名称', '成果摘要'],
        [achievement.title, achievement.abstract],
      ]);
    for (const [title, name, content, codes] of [
      ['empty', 'a.csv', '', ['malformed']],
      ['only a heading', 'a.csv', '成果名称,成果摘要\n', ['malformed']],
      ['headings that are none of ours', 'a.csv', '甲,乙\n1,2\n', ['malformed', 'invalid', 'unsupported']],
      ['text called XLSX', 'a.xlsx', '成果名称', ['unsupported', 'malformed']],
      ['a PDF', 'a.csv', '%PDF-1.7\n', ['unsupported']],
      ['the old Excel', 'a.xls', 'x', ['unsupported']],
      ['plain JSON', 'a.json', '[]', ['unsupported']],
      ['UTF-16', 'a.csv', Buffer.from('\uFEFF成果名称,成果摘要\n一,二\n', 'utf16le'), ['unsupported']],
      ['bytes of no encoding', 'a.csv', Uint8Array.of(0xff, 0xff, 0x0a, 0xfe), ['unsupported', 'malformed']],
      ['NUL in a text', 'a.csv', '成果名称,成果摘要\n一\u0000,二\n', ['malformed', 'unsupported']],
      ['quotes that do not close', 'a.csv', '成果名称,成果摘要\n"一,二\n', ['malformed']],
      ['JSONL without objects', 'a.jsonl', '1\n2\n', ['malformed']],
    ] as const) {
      it(title, async () => {
        const error = await refusal(() => imported(ports, [name, content], { kind: 'achievement' }));
        expect(codes).to.include(error.code);
        expect(await count('achievements')).to.equal(0);
      });
    }

    it('a truncated XLSX', async () => {
      const content = await whole();
      const error = await refusal(() =>
        imported(ports, ['a.xlsx', content.subarray(0, content.length >> 1)], { kind: 'achievement' }),
      );
      expect(error.code).to.equal('malformed');
    });

    it('a zip that is no workbook', async () => {
      const folder = join(ports.folder, 'zips');
      await mkdir(folder, { recursive: true });
      const path = join(folder, 'plain.xlsx');
      await zip(path, { 'readme.txt': Buffer.from('x') });
      expect(
        (await refusal(() => imported(ports, { name: 'plain.xlsx', path }, { kind: 'achievement' }))).code,
      ).to.equal('unsupported');
    });

    it('a zip bomb, before it is unpacked', async () => {
      const folder = join(ports.folder, 'zips');
      await mkdir(folder, { recursive: true });
      const path = join(folder, 'bomb.xlsx');
      await zip(path, {
        '[Content_Types].xml': Buffer.from('<Types/>'),
        'xl/workbook.xml': Buffer.from('<workbook/>'),
        'xl/worksheets/sheet1.xml': Buffer.alloc(320 * 1024 * 1024, ' '),
      });
      const error = await refusal(() => imported(ports, { name: 'bomb.xlsx', path }, { kind: 'achievement' }));
      expect(error.code).to.equal('too_large');
    });

    it('a file above 100 MB, without reading it', async () => {
      const path = join(ports.folder, 'huge.csv');
      await writeFile(path, '成果名称\n');
      await truncate(path, 101 * 1024 * 1024);
      expect((await refusal(() => imported(ports, { name: 'huge.csv', path }, { kind: 'achievement' }))).code).to.equal(
        'too_large',
      );
    });

    it('a broken line among good ones is named by its number', async () => {
      const report = await imported(
        ports,
        ['a.jsonl', `${jsonl([row])}{"externalId": \n${jsonl([{ ...row, externalId: '3' }])}`],
        {
          kind: 'achievement',
          onlyValid: true,
        },
      );
      expect(report).to.include({ created: 2, invalid: 1 });
      expect(report.rows.find((one) => one.outcome === 'invalid')?.row).to.equal(2);
    });

    it('rows with own __proto__, $ keys, lone surrogates or numbers that Excel rounded harm nothing', async () => {
      const lines = [
        '{"externalId":"1","title":"一项成果","abstract":"足够长的摘要，用来通过检查。","__proto__":{"admin":true},"$where":"1"}',
        '{"externalId":"2","title":"半个\\ud800字符","abstract":"足够长的摘要，用来通过检查。"}',
      ].join('\n');
      const report = await imported(ports, ['a.jsonl', `${lines}\n`], {
        kind: 'achievement',
        onlyValid: true,
        organisation: 'org-1',
      });
      expect(({} as { admin?: boolean }).admin).to.equal(undefined);
      expect(report.total).to.equal(2);
      for await (const one of ports.store.collection('achievements').stream())
        expect(JSON.stringify(one)).to.not.match(/\\ud800"|\$where/);
      const rounded = await imported(
        ports,
        [
          'a.xlsx',
          await workbook([
            ['机构全称', '统一社会信用代码'],
            ['示范公司', 9.13501e17],
          ]),
        ],
        { kind: 'organisation' },
      );
      expect(JSON.stringify(rounded.rows)).to.match(/文本|数字/);
    });
  });
});
