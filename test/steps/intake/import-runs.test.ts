import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import ExcelJS from 'exceljs';
import { importFileBlob, importFileDays, importReportBlob } from '../../../src/domain/import-run.ts';
import type { Principal } from '../../../src/domain/user.ts';
import {
  createImportRun,
  getImportRun,
  listImportRuns,
  markedImportFile,
  moveImportRun,
  type NewImportRun,
} from '../../../src/steps/intake/import-runs.ts';
import { importTemplate } from '../../../src/steps/intake/import-template.ts';
import { sweepImports } from '../../../src/steps/intake/sweep-imports.ts';
import { workImport } from '../../../src/steps/intake/work-import.ts';
import { codeOf, eventsOf } from '../accounts/account-fixtures.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { emptied, fileOf, imported, jsonl, memberOf, organisation, staff } from './intake-fixtures.ts';

const row = (number: number, more: object = {}) => ({
  编号: `R-${number}`,
  所属机构: '甲机械厂',
  成果名称: `脱硝催化剂之${number}`,
  成果摘要: '在160～400 ℃内保持高活性的脱硝催化剂，已用于两条生产线。',
  ...more,
});

describe('import runs', function () {
  this.timeout(120_000);
  let ports: FreshPorts;
  let tests = 0;
  let source = '';
  before(async () => {
    ports = await freshPorts();
  });
  beforeEach(async () => {
    await emptied(ports);
    source = `表${++tests}`;
    await organisation(ports, '甲');
  });
  after(() => ports.close());

  const runs = () => ports.store.collection('importRuns');
  const blobs = async () => {
    const found: string[] = [];
    for await (const blob of ports.blobs.list()) found.push(blob);
    return found;
  };
  const achievements = () => ports.store.collection('achievements');
  const handIn = async (
    name: string,
    content: string | Uint8Array,
    more: Partial<NewImportRun> & { principal?: Principal; id?: string } = {},
  ) => {
    const { principal = staff, id, ...rest } = more;
    return createImportRun(
      ports,
      principal,
      { kind: 'achievement', file: await fileOf(ports, name, content), source, archive: false, ...rest },
      id === undefined ? {} : { id },
    );
  };
  /** What a worker does with a run as it stands. */
  const work = async (id: string, more: Partial<Parameters<typeof workImport>[2]> = {}, who: Principal = staff) => {
    const { state } = (await runs().get(id))!;
    await workImport(
      ports,
      { id, state: state as 'checking' },
      {
        principalOf: async () => who,
        isLastTry: false,
        signal: new AbortController().signal,
        ...more,
      },
    );
    return getImportRun(ports, who, id);
  };

  it('check a file, write nothing before somebody asks, and then write it once', async () => {
    const handed = await handIn('成果.jsonl', jsonl([row(1), row(2)]));
    expect(handed).to.deep.include({ state: 'checking', fileName: '成果.jsonl', by: 'staff-1', report: null });
    const checked = await work(handed.id);
    expect(checked).to.deep.include({ state: 'checked' });
    expect(checked.checked).to.deep.include({ total: 2, created: 2, invalid: 0 });
    expect(checked.report!.rows.map(({ outcome }) => outcome)).to.deep.equal(['created', 'created']);
    expect(await achievements().count({})).to.equal(0);

    const asked = await moveImportRun(ports, staff, handed.id, checked.version, 'import');
    expect(asked.state).to.equal('importing');
    const done = await work(handed.id);
    expect(done).to.deep.include({ state: 'imported' });
    expect(done.imported).to.deep.include({ created: 2 });
    expect(await achievements().count({})).to.equal(2);
    // A worker that comes late finds it done.
    await workImport(
      ports,
      { id: handed.id, state: 'importing' },
      {
        principalOf: async () => staff,
        isLastTry: false,
        signal: new AbortController().signal,
      },
    );
    expect((await runs().get(handed.id))!.version).to.equal(done.version);
    const types = (await eventsOf(ports, 'importRuns', handed.id)).map(({ type }) => type);
    expect(types).to.deep.equal([
      'import-run.check-asked',
      'import-run.checked',
      'import-run.import-asked',
      'import-run.imported',
    ]);

    const again = await handIn('成果.jsonl', jsonl([row(1), row(2)]));
    expect((await work(again.id)).checked).to.deep.include({ created: 0, unchanged: 2 });
    await moveImportRun(ports, staff, again.id, (await runs().get(again.id))!.version, 'import');
    expect((await work(again.id)).imported).to.deep.include({ created: 0, unchanged: 2 });
    expect(await achievements().count({})).to.equal(2);
  });

  it('write the sound rows only where that was asked for, else nothing', async () => {
    const handed = await handIn('成果.jsonl', jsonl([row(1), row(2, { 成果摘要: '短' })]));
    const checked = await work(handed.id);
    expect(checked.checked).to.deep.include({ created: 1, invalid: 1 });
    await moveImportRun(ports, staff, handed.id, checked.version, 'import');
    const withheld = await work(handed.id);
    expect(withheld).to.deep.include({ state: 'checked' });
    expect(withheld.checked).to.deep.include({ created: 0, withheld: 1, invalid: 1 });
    expect(withheld.imported).to.equal(undefined);
    expect(await achievements().count({})).to.equal(0);
    await moveImportRun(ports, staff, handed.id, withheld.version, 'import', { onlyValid: true });
    expect((await work(handed.id)).imported).to.deep.include({ created: 1, invalid: 1 });
    expect(await achievements().count({})).to.equal(1);
  });

  it('refuse a file by what it is before it is kept, and say what is wrong inside it', async () => {
    expect(await codeOf(handIn('成果.pdf', '%PDF-1.7'))).to.equal('unsupported');
    expect(await codeOf(handIn('成果.xlsx', '编号,成果名称'))).to.equal('unsupported');
    expect(await codeOf(handIn('成果.csv', ''))).to.equal('malformed');
    expect(await codeOf(handIn('成果.jsonl', jsonl([row(1)]), { mapping: '{' }))).to.equal('malformed');
    const before = await runs().count({});
    expect(await codeOf(handIn('成果.jsonl', jsonl([row(1)]), { principal: memberOf('甲'), archive: true }))).to.equal(
      'forbidden',
    );
    expect(await runs().count({})).to.equal(before);
    const handed = await handIn('成果.csv', '不认识的列,另一列\n1,2\n');
    const failed = await work(handed.id);
    expect(failed.state).to.equal('failed');
    expect(failed.failure!.reason).to.include('没有认出');
    expect(failed.failure!.issues).to.have.length(1);
    // After the mend of what was around it, the same file is checked again.
    const again = await moveImportRun(ports, staff, handed.id, failed.version, 'check');
    expect(again.state).to.equal('checking');
    expect(again.failure).to.equal(undefined);
    expect(await codeOf(moveImportRun(ports, staff, handed.id, again.version, 'import'))).to.equal('conflict');
  });

  it('take what passes up again, and give up with a word where nothing passes any more', async () => {
    const handed = await handIn('成果.jsonl', jsonl([row(1)]));
    const away = new AbortController();
    away.abort();
    expect(await codeOf(work(handed.id, { signal: away.signal }))).to.equal('unavailable');
    expect((await runs().get(handed.id))!.state).to.equal('checking');
    // The file is gone: no try will find it.
    await ports.blobs.remove(importFileBlob(handed.id));
    expect((await work(handed.id)).state).to.equal('failed');
    const other = await handIn('成果.jsonl', jsonl([row(2)]));
    const left = await work(other.id, { principalOf: async () => undefined });
    expect(left.failure!.reason).to.include('已停用');
  });

  it('stop when asked, with what was written told', async () => {
    const handed = await handIn('成果.jsonl', jsonl(Array.from({ length: 1200 }, (_, index) => row(index))));
    const checked = await work(handed.id);
    await moveImportRun(ports, staff, handed.id, checked.version, 'import', { onlyValid: true });
    // Also with a version that progress has made old.
    const stopping = await moveImportRun(ports, staff, handed.id, 1, 'stop');
    expect(stopping).to.deep.include({ state: 'importing', stopAsked: true });
    const stored = (await runs().get(handed.id))!;
    expect((await moveImportRun(ports, staff, handed.id, 1, 'stop')).version).to.equal(stored.version);
    const { version, createdAt: _, updatedAt: __, ...rest } = stored;
    // A beat comes each second: the work is slowed until one has come.
    const slow = {
      ...ports,
      store: {
        ...ports.store,
        collection: ((name: 'achievements') => {
          const collection = ports.store.collection(name);
          if (name !== 'achievements') return collection;
          return {
            ...collection,
            getMany: async (ids: readonly string[]) => {
              await new Promise((resolve) => setTimeout(resolve, 700));
              return collection.getMany(ids);
            },
          };
        }) as typeof ports.store.collection,
      },
    };
    await workImport(
      slow,
      { id: handed.id, state: 'importing' },
      {
        principalOf: async () => staff,
        isLastTry: false,
        signal: new AbortController().signal,
      },
    );
    const stopped = await getImportRun(ports, staff, handed.id);
    expect(stopped.state).to.equal('stopped');
    expect(stopped.stopAsked).to.equal(undefined);
    expect(stopped.imported!.created).to.be.greaterThan(0).and.lessThan(1200);
    expect(await achievements().count({})).to.equal(stopped.imported!.created);
    expect(stopped.report!.notes.join()).to.include('不会重复');
    expect(version).to.be.greaterThan(1);
    expect(rest.stopAsked).to.equal(true);
    expect(await codeOf(moveImportRun(ports, staff, handed.id, stopped.version, 'stop'))).to.equal('conflict');
  });

  it('show members what their own organisation handed in, and the bureau everything, with names', async () => {
    const member = memberOf('甲');
    const own = await handIn('成果.jsonl', jsonl([row(1)]), { principal: member });
    expect((await work(own.id, {}, member)).checked).to.deep.include({ created: 1 });
    const theirs = await handIn('成果.jsonl', jsonl([row(2)]));
    expect((await listImportRuns(ports, member)).items.map(({ id }) => id)).to.deep.equal([own.id]);
    const all = (await listImportRuns(ports, staff, { limit: 100 })).items.map(({ id }) => id);
    expect(all).to.include.members([own.id, theirs.id]);
    const first = await listImportRuns(ports, staff, { limit: 1 });
    const second = await listImportRuns(ports, staff, { limit: 1, cursor: first.next! });
    expect([first.items[0]!.id, second.items[0]!.id]).to.deep.equal(all.slice(0, 2));
    expect(await codeOf(getImportRun(ports, member, theirs.id))).to.equal('not_found');
    expect(await codeOf(getImportRun(ports, memberOf('乙'), own.id))).to.equal('not_found');
    expect(await codeOf(getImportRun(ports, { ...staff, role: 'member' }, own.id))).to.equal('not_found');
    expect(await codeOf(getImportRun(ports, staff, 'x'.repeat(3000)))).to.equal('not_found');
    expect(await codeOf(markedImportFile(ports, staff, theirs.id))).to.equal('not_found');
    const stale = (await getImportRun(ports, staff, own.id)).version - 1;
    expect(await codeOf(moveImportRun(ports, staff, own.id, stale, 'import'))).to.equal('conflict');
  });

  it('make one run of a request that is sent twice, and none of two files under one key', async () => {
    const first = await handIn('成果.jsonl', jsonl([row(1)]), { id: `twice-${source.length}-${tests}` });
    const second = await handIn('成果.jsonl', jsonl([row(1)]), { id: first.id });
    expect(second.version).to.equal(first.version);
    expect(await codeOf(handIn('成果.jsonl', jsonl([row(2)]), { id: first.id }))).to.equal('conflict');
    // One that was cut off after its record is gone on with.
    const { createdAt: _c, updatedAt: _u, version: _v, ...rest } = (await runs().get(first.id))!;
    await runs().insert({ ...rest, id: `${first.id}b`, state: 'receiving' });
    expect((await handIn('成果.jsonl', jsonl([row(1)]), { id: `${first.id}b` })).state).to.equal('checking');
  });

  it('are emptied after their days, and the record stays', async () => {
    const kept = await handIn('成果.jsonl', jsonl([row(1)]));
    await work(kept.id);
    const { createdAt: _c, updatedAt: _u, version: _v, ...rest } = (await runs().get(kept.id))!;
    await runs().insert({ ...rest, id: `cut-off-${tests}`, state: 'receiving' });
    await ports.blobs.put(importReportBlob('nobodys'), new Uint8Array([1]));
    expect(await sweepImports(ports)).to.equal(0);
    expect(await ports.blobs.get(importFileBlob(kept.id))).to.have.length.greaterThan(10);
    let found = await blobs();
    expect(found).to.not.include(importReportBlob('nobodys'));
    ports.clock.set(new Date(ports.clock.now().getTime() + (importFileDays + 1) * 86_400_000));
    await sweepImports(ports);
    expect(await runs().get(`cut-off-${tests}`)).to.equal(undefined);
    const emptiedRun = await getImportRun(ports, staff, kept.id);
    expect(emptiedRun).to.deep.include({ state: 'checked', emptied: true, report: null });
    expect(emptiedRun.checked).to.deep.include({ created: 1 });
    found = await blobs();
    expect(found).to.not.include(importFileBlob(kept.id));
    expect(await codeOf(moveImportRun(ports, staff, kept.id, emptiedRun.version, 'check'))).to.equal('conflict');
    expect(await codeOf(markedImportFile(ports, staff, kept.id))).to.equal('not_found');
  });

  describe('hand the file back', () => {
    const read = async (bytes: Uint8Array) => {
      const book = new ExcelJS.Workbook();
      await book.xlsx.load(bytes.buffer as ArrayBuffer);
      return book;
    };
    const noteOf = (cell: ExcelJS.Cell) =>
      typeof cell.note === 'string' ? cell.note : (cell.note?.texts ?? []).map(({ text }) => text).join('');
    const fillOf = (cell: ExcelJS.Cell) => (cell.fill as ExcelJS.FillPattern | undefined)?.fgColor?.argb;
    const columnOf = (sheet: ExcelJS.Worksheet, heading: string) =>
      (sheet.getRow(2).values as unknown[]).findIndex((value) => String(value ?? '').replace('*', '') === heading);

    /** Our template, filled in with a sound row, one with two faults and one without a number. */
    const filled = async () => {
      const book = await read(await importTemplate('achievement'));
      const sheet = book.worksheets[0]!;
      const put = (line: number, values: Readonly<Record<string, string | number>>) => {
        for (const [heading, value] of Object.entries(values)) {
          sheet.getCell(line, columnOf(sheet, heading)).value = value;
        }
      };
      put(4, row(1));
      put(5, row(2, { 成果摘要: '短', '技术成熟度（TRL）': 12 }));
      const { 编号: _, ...numberless } = row(3);
      put(6, numberless);
      sheet.getCell(4, 3).font = { bold: true, color: { argb: 'FF112233' } };
      sheet.getRow(5).height = 33;
      return new Uint8Array(await book.xlsx.writeBuffer());
    };

    it('as it was written, with the cells at fault coloured and noted', async () => {
      const handed = await handIn('成果 表.xlsx', await filled());
      const checked = await work(handed.id);
      expect(checked.checked).to.deep.include({ total: 3, created: 2, invalid: 1 });
      const { bytes, fileName } = await markedImportFile(ports, staff, handed.id);
      expect(fileName).to.equal('成果 表（检查结果）.xlsx');
      const sheet = (await read(bytes)).worksheets[0]!;
      const abstract = sheet.getCell(5, columnOf(sheet, '成果摘要'));
      expect(abstract.value).to.equal('短');
      expect(fillOf(abstract)).to.equal('FFFFC7CE');
      expect(noteOf(abstract)).to.match(/10.*字/s);
      const result = columnOf(sheet, '导入结果');
      expect(result).to.be.greaterThan(10);
      expect(String(sheet.getCell(5, result).value)).to.match(/^有误\n/);
      expect(sheet.getCell(4, result).value).to.equal('可以导入');
      // What the person wrote and how it looked is as it was: neighbours of a marked cell have not taken its colour.
      expect(sheet.getCell(4, 3).font).to.deep.include({ bold: true });
      expect(fillOf(sheet.getCell(4, columnOf(sheet, '成果摘要')))).to.equal(undefined);
      expect(fillOf(sheet.getCell(5, columnOf(sheet, '成果名称')))).to.equal(undefined);
      expect(sheet.getRow(5).height).to.equal(33);
      expect(sheet.getCell(4, columnOf(sheet, '成果类型')).dataValidation).to.deep.include({ type: 'list' });
    });

    it('so that it can be mended and handed in again: nothing doubled, old marks gone', async () => {
      const handed = await handIn('成果.xlsx', await filled());
      const checked = await work(handed.id);
      await moveImportRun(ports, staff, handed.id, checked.version, 'import', { onlyValid: true });
      await work(handed.id);
      expect(await achievements().count({})).to.equal(2);
      const book = await read((await markedImportFile(ports, staff, handed.id)).bytes);
      const sheet = book.worksheets[0]!;
      sheet.getCell(5, columnOf(sheet, '成果摘要')).value = '在160～400 ℃内保持高活性的脱硝催化剂。';
      const mended = await handIn('成果（改）.xlsx', new Uint8Array(await book.xlsx.writeBuffer()));
      const second = await work(mended.id);
      // The row without a number is still the same one: what we wrote beside it is no part of it.
      expect(second.checked).to.deep.include({ created: 0, unchanged: 2, invalid: 1 });
      expect(second.report!.ignoredColumns).to.deep.equal([]);
      const marked = (await read((await markedImportFile(ports, staff, mended.id)).bytes)).worksheets[0]!;
      const abstract = marked.getCell(5, columnOf(marked, '成果摘要'));
      expect(fillOf(abstract)).to.equal(undefined);
      expect(noteOf(abstract)).to.equal('');
      expect(fillOf(marked.getCell(5, columnOf(marked, '技术成熟度（TRL）')))).to.equal('FFFFC7CE');
      const headings = (marked.getRow(2).values as unknown[]).filter((value) => value === '导入结果');
      expect(headings).to.have.length(1);
    });

    it('made of a CSV or JSONL, texts as texts', async () => {
      const text =
        '编号,所属机构,成果名称,成果摘要\n0012345678901234567,甲机械厂,=1+1,短\n2,甲机械厂,催化剂,在160～400 ℃内保持高活性的脱硝催化剂。\n';
      const handed = await handIn('成果.csv', text);
      expect((await work(handed.id)).checked).to.deep.include({ invalid: 1, created: 1 });
      const sheet = (await read((await markedImportFile(ports, staff, handed.id)).bytes)).worksheets[0]!;
      expect(sheet.getCell('A2').value).to.equal('0012345678901234567');
      expect(sheet.getCell('C2').value).to.equal('=1+1');
      expect(fillOf(sheet.getCell('D2'))).to.equal('FFFFC7CE');
      expect(sheet.getCell('E1').value).to.equal('导入结果');
      expect(sheet.getCell('E3').value).to.equal('可以导入');
      const lines = await handIn('成果.jsonl', jsonl([row(1, { 成果摘要: '短', 关键字: ['甲', '乙'] })]));
      await work(lines.id);
      const other = (await read((await markedImportFile(ports, staff, lines.id)).bytes)).worksheets[0]!;
      expect(other.getCell('E2').value).to.equal('甲；乙');
    });

    it('without its dropdowns where they are more than memory holds', async () => {
      const book = new ExcelJS.Workbook();
      const sheet = book.addWorksheet('成果');
      sheet.addRow(['编号', '所属机构', '成果名称', '成果摘要', '成果类型']);
      sheet.addRow(['1', '甲机械厂', '催化剂', '短', '']);
      const bytes = new Uint8Array(await book.xlsx.writeBuffer());
      const path = join(ports.folder, 'plain.xlsx');
      await writeFile(path, bytes);
      const { markWorkbook } = await import('../../../src/steps/intake/xlsx-marks.ts');
      const output = join(ports.folder, 'plain-marked.xlsx');
      const mark = {
        row: 2,
        fault: true,
        text: '有误',
        cells: [{ column: '成果摘要', fault: true, text: '少于10个字' }],
      };
      await markWorkbook({ input: path, output, sheet: '没有这个名字', rows: [mark], plain: true });
      const marked = new ExcelJS.Workbook();
      await marked.xlsx.readFile(output);
      expect(fillOf(marked.worksheets[0]!.getCell('D2'))).to.equal('FFFFC7CE');
      expect(marked.worksheets[0]!.getCell('F2').value).to.equal('有误');
    });
  });

  it('leave the way over the command line as it was', async () => {
    const report = await imported(
      ports,
      [
        '成果.csv',
        '编号,所属机构,成果名称,成果摘要,导入结果\n1,甲机械厂,催化剂,在160～400 ℃内保持高活性的脱硝催化剂。,有误\n,,,,只有我们写的\n',
      ],
      {
        kind: 'achievement',
        source,
      },
    );
    expect(report).to.deep.include({ total: 1, created: 1, ignoredColumns: [] });
  });
});
