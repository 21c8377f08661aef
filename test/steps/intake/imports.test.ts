import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import type { ImportReport } from '../../../src/domain/import-report.ts';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { mergeOrganisation } from '../../../src/steps/accounts/merge-organisations.ts';
import { editEntry, getEntry } from '../../../src/steps/intake/entries.ts';
import { codeOf, eventsOf, failureOf, fieldsOf } from '../accounts/account-fixtures.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import {
  admin,
  emptied,
  fileOf,
  imported as importedAs,
  jsonl,
  memberOf,
  organisation,
  staff,
} from './intake-fixtures.ts';

const row = {
  编号: 'N-1',
  所属机构: '甲机械厂',
  需求名称: '低温脱硝催化剂',
  需求起始年: 2026,
  需求截止年: 2027,
  主要问题: '烟气补热能耗高',
  技术关键: '160 ℃脱硝率不低于85%',
  预期目标: '年节煤1.5万吨',
  关键字: '脱硝、低温',
  解决方式: '合作研发',
  科技活动类型: '试验发展',
  需求技术所属领域: '资源与环境',
  应用行业: '制造业',
};
const rows = (count: number, extra: object = {}) =>
  Array.from({ length: count }, (_, index) => ({
    ...row,
    编号: `N-${index + 1}`,
    需求名称: `需求之${index + 1}`,
    ...extra,
  }));

const counts = ({ total, created, incomplete, updated, unchanged, invalid, withheld }: ImportReport) => ({
  total,
  created,
  incomplete,
  updated,
  unchanged,
  invalid,
  withheld,
});
const none = { total: 0, created: 0, incomplete: 0, updated: 0, unchanged: 0, invalid: 0, withheld: 0 };

describe('imports', () => {
  let ports: FreshPorts;
  // Versions grow on where a removed id comes back: each test has a source, and with it ids, of its own.
  let source = '';
  let tests = 0;
  const imported = (
    where: FreshPorts,
    file: Parameters<typeof importedAs>[1],
    options: Parameters<typeof importedAs>[2] = {},
  ) => importedAs(where, file, { source, ...options });
  const needs = () => ports.store.collection('needs');
  before(async () => {
    ports = await freshPorts();
  });
  beforeEach(async () => {
    await emptied(ports);
    source = `旧表${++tests}`;
    await organisation(ports, '甲');
  });
  after(() => ports.close());

  describe('of complete needs', () => {
    it('makes them as if they had been submitted, with where they came from', async () => {
      const report = await imported(ports, ['需求.jsonl', jsonl([row])]);
      expect(counts(report)).to.deep.equal({ ...none, total: 1, created: 1 });
      expect(report).to.deep.include({ written: true, dryRun: false, stopped: false, ignoredColumns: [] });
      const entry = (await needs().get(report.rows[0]!.id!))!;
      expect(entry).to.deep.include({ state: 'submitted', organisationId: '甲', enteredBy: 'system', version: 1 });
      expect(entry.provenance).to.deep.equal({ source, externalId: 'N-1' });
      expect(entry.content).to.deep.include({ title: '低温脱硝催化剂', keywords: ['脱硝', '低温'], industry: 'C' });
      expect((await eventsOf(ports, 'needs', entry.id)).map((event) => event.type)).to.deep.equal([
        'need.imported',
        'need.submitted',
      ]);
    });

    it('publishes them at once where that is asked', async () => {
      const report = await imported(ports, ['需求.jsonl', jsonl([row])], { publish: true });
      const view = await getEntry(ports, staff, 'need', report.rows[0]!.id!);
      expect(view).to.deep.include({ state: 'published', publishedRevision: 1, expiresOn: '2028-01-01' });
      const types = (await eventsOf(ports, 'needs', view.id)).map((event) => event.type);
      expect(types).to.deep.equal(['need.imported', 'need.submitted', 'need.published']);
    });

    it('publishes nothing of an organisation that is not approved or is disabled', async () => {
      await organisation(ports, '新', { state: 'registered' });
      await organisation(ports, '停', { state: 'disabled' });
      const file = jsonl([
        { ...row, 所属机构: '新机械厂' },
        { ...row, 编号: 'N-2', 所属机构: '停机械厂' },
      ]);
      const report = await imported(ports, ['a.jsonl', file], { publish: true });
      expect(report.rows.map((one) => one.issues[0]?.field)).to.deep.equal(['organisation', 'organisation']);
      expect(counts(await imported(ports, ['a.jsonl', file], { onlyValid: true }))).to.deep.include({
        created: 1,
        invalid: 1,
      });
    });

    it('tells the organisation’s fault with the others, so that one round of mending is enough', async () => {
      const file = jsonl([
        { ...row, 所属机构: '没有这家', 需求名称: '' },
        { ...row, 编号: 'N-2', 所属机构: '', 需求名称: '' },
        { ...row, 编号: 'N-3', 需求名称: '' },
      ]);
      const report = await imported(ports, ['a.jsonl', file]);
      expect(report.rows.map((one) => one.issues.map(({ field, reason }) => [field, reason]))).to.deep.equal([
        [
          ['title', '没有填写'],
          ['organisation', '没有“没有这家”这个机构'],
        ],
        [
          ['title', '没有填写'],
          ['organisation', '没有填写'],
        ],
        [['title', '没有填写']],
      ]);
    });

    it('holds new ones to the year rule', async () => {
      const report = await imported(ports, ['a.jsonl', jsonl([{ ...row, 需求起始年: 2025 }])]);
      expect(report.rows[0]?.issues.map((issue) => issue.field)).to.deep.equal(['startYear']);
    });
  });

  describe('all or nothing', () => {
    const broken = [row, { ...row, 编号: 'N-2', 科技活动类型: '炼金' }, { ...row, 编号: 'N-3', 需求名称: '另一条' }];

    it('writes nothing of a file with a row at fault, and names the row, the field, the reason and the mend', async () => {
      const told: string[] = [];
      const report = await imported(ports, ['a.jsonl', jsonl(broken)], { onRow: (one) => told.push(one.outcome) });
      expect(counts(report)).to.deep.equal({ ...none, total: 3, invalid: 1, withheld: 2 });
      expect(report.written).to.equal(false);
      expect(report.notes[0]).to.contain('没有写入');
      const fault = report.rows.find((one) => one.outcome === 'invalid')!;
      expect(fault).to.deep.include({ row: 2, externalId: 'N-2', id: null });
      expect(fault.issues[0]).to.deep.include({ field: 'activityType', label: '科技活动类型' });
      expect(fault.issues[0]?.mend).to.contain('试验发展');
      expect(told).to.deep.equal(['withheld', 'invalid', 'withheld']);
      expect(await needs().count()).to.equal(0);
    });

    it('writes the sound rows where that is asked', async () => {
      const report = await imported(ports, ['a.jsonl', jsonl(broken)], { onlyValid: true });
      expect(counts(report)).to.deep.equal({ ...none, total: 3, created: 2, invalid: 1 });
      expect(await needs().count()).to.equal(2);
    });

    it('of a file all of whose rows are broken lines tells each', async () => {
      const text = `${JSON.stringify(row)}\n{"编号": \n[1]\n{"__proto__": {"x": 1}}\n{"$where": 1}\n"text"\n\n`;
      const report = await imported(ports, ['a.jsonl', text], { onlyValid: true });
      expect(counts(report)).to.deep.include({ total: 6, created: 1, invalid: 5 });
      expect(report.rows.filter((one) => one.outcome === 'invalid').map((one) => one.row)).to.deep.equal([
        2, 3, 4, 5, 6,
      ]);
      expect(({} as Record<string, unknown>).x).to.equal(undefined);
    });

    it('refuses NUL and half characters in a row, by field', async () => {
      const file = jsonl([
        { ...row, 需求名称: 'a\u0000b' },
        { ...row, 编号: 'N-2', 预期目标: 'a\ud800' },
      ]);
      const report = await imported(ports, ['a.jsonl', file]);
      expect(report.rows.map((one) => one.issues.map((issue) => issue.field))).to.deep.equal([['title'], ['goal']]);
    });

    it('keeps bounded detail and exact counts', async () => {
      const bad = rows(1203, { 科技活动类型: '炼金' });
      const report = await imported(ports, ['a.jsonl', jsonl([...bad, { ...row, 编号: 'last' }])], { onlyValid: true });
      expect(counts(report)).to.deep.include({ total: 1204, invalid: 1203, created: 1 });
      expect(report.rows).to.have.length(1001);
      expect(report.rowsOmitted).to.equal(203);
      expect(report.remarks[0]).to.deep.include({ field: 'activityType', count: 1203 });
    });
  });

  describe('again', () => {
    it('changes nothing, in one run or in several at once', async () => {
      const file = jsonl(rows(600));
      const several = await Promise.all([1, 2, 3].map(() => imported(ports, ['a.jsonl', file])));
      expect(several.reduce((sum, report) => sum + report.created, 0)).to.equal(600);
      for (const report of several) expect(counts(report)).to.deep.include({ total: 600, invalid: 0 });
      expect(await needs().count()).to.equal(600);
      const again = await imported(ports, ['a.jsonl', file]);
      expect(counts(again)).to.deep.equal({ ...none, total: 600, unchanged: 600 });
      const page = await needs().find({ limit: 200 });
      expect(page.items.every((entry) => entry.version === 1)).to.equal(true);
    });

    it('takes up what was told to stop in the middle', async () => {
      const stop = new AbortController();
      const file = jsonl(rows(1000));
      const report = await imported(ports, ['a.jsonl', file], {
        onlyValid: true,
        signal: stop.signal,
        onProgress: (done) => {
          if (done >= 500) stop.abort();
        },
      });
      expect(report.stopped).to.equal(true);
      expect(counts(report)).to.deep.equal({ ...none, total: 500, created: 500 });
      expect(await needs().count()).to.equal(500);
      expect(report.notes.join('')).to.contain('500');
      const rest = await imported(ports, ['a.jsonl', file]);
      expect(counts(rest)).to.deep.equal({ ...none, total: 1000, created: 500, unchanged: 500 });
    });

    it('writes nothing where it was stopped while it only looked', async () => {
      const stop = new AbortController();
      const report = await imported(ports, ['a.jsonl', jsonl(rows(1000))], {
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      expect(report).to.deep.include({ stopped: true, written: false, created: 0 });
      expect(await needs().count()).to.equal(0);
    });

    it('with other content leaves the record and says so; with update edits it', async () => {
      const id = (await imported(ports, ['a.jsonl', jsonl([row])])).rows[0]!.id!;
      const changed = jsonl([{ ...row, 预期目标: '年节煤2万吨' }]);
      const left = await imported(ports, ['a.jsonl', changed]);
      expect(left.rows[0]).to.deep.include({ outcome: 'unchanged', id });
      expect(left.rows[0]?.issues[0]?.reason).to.equal('内容不同，未更新');
      // What waits for review is not changed by anybody.
      const waiting = await imported(ports, ['a.jsonl', changed], { update: true });
      expect(waiting.rows[0]).to.deep.include({ outcome: 'unchanged' });
      expect(waiting.rows[0]?.issues[0]?.mend).to.contain('等待审核');
      expect((await needs().get(id))?.version).to.equal(1);
    });

    it('with update begins a revision of a published record', async () => {
      const id = (await imported(ports, ['a.jsonl', jsonl([row])], { publish: true })).rows[0]!.id!;
      const changed = jsonl([{ ...row, 预期目标: '年节煤2万吨' }]);
      const dry = await imported(ports, ['a.jsonl', changed], { update: true, dryRun: true });
      expect(counts(dry)).to.deep.include({ updated: 1 });
      const report = await imported(ports, ['a.jsonl', changed], { update: true });
      expect(counts(report)).to.deep.equal({ ...none, total: 1, updated: 1 });
      expect(report.rows[0]?.issues[0]?.mend).to.contain('修改稿');
      const entry = (await needs().get(id))!;
      expect(entry).to.deep.include({ state: 'published', revision: 'draft', version: 2 });
      expect(entry.published?.content.goal).to.equal('年节煤1.5万吨');
      expect(entry.content.goal).to.equal('年节煤2万吨');
      expect(counts(await imported(ports, ['a.jsonl', changed], { update: true }))).to.deep.include({ unchanged: 1 });
    });

    it('does not undo what people have changed since', async () => {
      const file = jsonl([{ ...row, 需求名称: '旧名称' }]);
      const id = (await imported(ports, ['a.jsonl', file], { archive: true })).rows[0]!.id!;
      await editEntry(ports, staff, 'need', id, 1, { title: '人工改的名称' });
      expect(counts(await imported(ports, ['a.jsonl', file], { archive: true, update: true }))).to.deep.include({
        unchanged: 1,
      });
      expect((await needs().get(id))?.content.title).to.equal('人工改的名称');
    });

    it('knows a row without number by its content, and doubles within a file', async () => {
      const { 编号: _, ...bare } = row;
      const report = await imported(ports, ['a.jsonl', jsonl([bare, bare, row, row, { ...row, 预期目标: '另写' }])], {
        onlyValid: true,
      });
      expect(report.rows.map((one) => one.outcome)).to.deep.equal([
        'created',
        'unchanged',
        'created',
        'unchanged',
        'invalid',
      ]);
      expect(report.rows[1]?.issues[0]?.reason).to.equal('与第1行相同');
      expect(report.rows[4]?.issues[0]).to.deep.include({ field: 'externalId', reason: '与第3行的编号相同，内容不同' });
      expect(counts(await imported(ports, ['a.jsonl', jsonl([bare])]))).to.deep.include({ unchanged: 1 });
    });

    it('of another source is another record', async () => {
      await imported(ports, ['a.jsonl', jsonl([row])]);
      expect(counts(await imported(ports, ['a.jsonl', jsonl([row])], { source: '新表' }))).to.deep.include({
        created: 1,
      });
    });
  });

  describe('a dry run', () => {
    it('says what would happen row by row, and writes nothing', async () => {
      await imported(ports, ['a.jsonl', jsonl([row])]);
      const file = jsonl([row, { ...row, 编号: 'N-2' }, { ...row, 编号: 'N-3', 所属机构: '没有的厂' }]);
      const report = await imported(ports, ['a.jsonl', file], { dryRun: true });
      expect(report.rows.map((one) => one.outcome)).to.deep.equal(['unchanged', 'created', 'invalid']);
      expect(report).to.deep.include({ dryRun: true, written: false });
      expect(await needs().count()).to.equal(1);
    });

    it('of an archive makes no organisations, and tells the same as the import does', async () => {
      const file = jsonl([
        { 编号: 'X', 需求名称: '旧需求', 所属机构: '老式机床厂' },
        { 编号: 'Y', 主要问题: '' },
      ]);
      const options = { archive: true };
      const dry = await imported(ports, ['a.jsonl', file], { ...options, dryRun: true });
      expect(await ports.store.collection('organisations').count()).to.equal(1);
      const real = await imported(ports, ['a.jsonl', file], options);
      expect(counts(dry)).to.deep.equal(counts(real));
      expect(dry.organisationsCreated).to.equal(1);
      expect(dry.rows).to.deep.equal(real.rows);
    });
  });

  describe('of an archive', () => {
    it('takes incomplete records, lists what is missing, and publishes none', async () => {
      const file = jsonl([
        { 编号: '1', 需求名称: '只有名称' },
        { 编号: '2', 主要问题: '长'.repeat(501), 拟投入资金: '约五百万' },
        { 编号: '3', 关键字: '没有正文' },
      ]);
      const report = await imported(ports, ['a.jsonl', file], { archive: true });
      expect(counts(report)).to.deep.equal({ ...none, total: 3, created: 2, incomplete: 2, invalid: 1 });
      const [first, second] = await Promise.all(report.rows.slice(0, 2).map((one) => needs().get(one.id!)));
      expect(first).to.deep.include({ state: 'archived', organisationId: null, published: null });
      expect(first?.missing).to.include('problem');
      expect(second?.content.description).to.contain('约五百万').and.to.contain('长'.repeat(501));
      expect(await codeOf(getEntry(ports, null, 'need', first!.id))).to.equal('not_found');
    });

    it('makes an unknown organisation by its name once, and fills it in when its row comes', async () => {
      const file = jsonl([
        { 编号: '1', 需求名称: '旧需求一', 所属机构: '老式机床（集团）厂' },
        { 编号: '2', 需求名称: '旧需求二', 所属机构: '老式机床(集团)厂' },
        { 编号: '3', 需求名称: '旧需求三', 所属机构: '320799' },
      ]);
      const report = await imported(ports, ['a.jsonl', file], { archive: true });
      expect(report.organisationsCreated).to.equal(1);
      const ids = await Promise.all(report.rows.map(async (one) => (await needs().get(one.id!))?.organisationId));
      expect(ids[0]).to.be.a('string');
      expect(ids[1]).to.equal(ids[0]);
      expect(ids[2]).to.equal(null);
      const stub = await ports.store.collection('organisations').get(ids[0]!);
      expect(stub).to.deep.include({ state: 'registered', content: { name: '老式机床（集团）厂' } });
      const filled = await imported(
        ports,
        ['b.jsonl', jsonl([{ 编号: 'E1', 机构全称: '老式机床（集团）厂', 所在地域: '东区' }])],
        {
          kind: 'organisation',
          archive: true,
        },
      );
      expect(counts(filled)).to.deep.include({ updated: 1, created: 0 });
      expect((await ports.store.collection('organisations').get(ids[0]!))?.content.region).to.equal('东区');
    });

    it('cannot be published at once, and is the bureau’s alone', async () => {
      expect(
        await fieldsOf(imported(ports, ['a.jsonl', jsonl([row])], { archive: true, publish: true })),
      ).to.deep.equal(['publish']);
    });
  });

  describe('of organisations', () => {
    const complete = {
      externalId: 'E-1',
      name: '沐澜特钢有限公司',
      type: '企业',
      creditCode: '91320799MA9A00117J',
      address: '钢城大道18号',
      region: '临港产业园',
      email: 'jishu@mulan-steel.example.com',
      legalRepresentative: '演示',
      contact: { name: '联系人', phone: '0518-00000001' },
      profile: '短流程特钢企业。',
    };
    const bring = (content: readonly object[], options = {}) =>
      imported(ports, ['机构.jsonl', jsonl(content)], { kind: 'organisation', ...options });

    it('approves complete ones, and finds them by number, code and name', async () => {
      expect(counts(await bring([complete]))).to.deep.include({ created: 1, incomplete: 0 });
      const file = jsonl(
        ['E-1', '９１３２０７９９ma9a00117j', '沐澜特钢有限公司'].map((name, index) => ({
          ...row,
          编号: `N-${index}`,
          所属机构: name,
        })),
      );
      const report = await imported(ports, ['a.jsonl', file]);
      const owners = await Promise.all(report.rows.map(async (one) => (await needs().get(one.id!))?.organisationId));
      expect(new Set(owners).size).to.equal(1);
      expect(owners[0]).to.be.a('string');
    });

    it('adds no second one under a known code or name, from whatever source', async () => {
      await bring([complete]);
      const same = await bring([{ ...complete, externalId: 'Z-9', region: '别处' }], { source: '另一表' });
      expect(same.rows[0]).to.deep.include({ outcome: 'unchanged' });
      expect(same.rows[0]?.issues[0]?.field).to.equal('creditCode');
      const named = await bring([{ externalId: 'Z-10', name: '甲机械厂', region: '东区' }], { archive: true });
      expect(named.rows[0]?.issues[0]?.field).to.equal('name');
      expect(await ports.store.collection('organisations').count()).to.equal(2);
      // From now on the other source's number means the same organisation.
      const report = await imported(ports, ['a.jsonl', jsonl([{ ...row, 所属机构: 'Z-9' }])], { source: '另一表' });
      expect(counts(report)).to.deep.include({ created: 1 });
    });

    it('changes a known one with update only, and keeps credit codes unique', async () => {
      await bring([complete]);
      const changed = { ...complete, region: '新区' };
      expect(counts(await bring([changed]))).to.deep.include({ unchanged: 1 });
      expect(counts(await bring([changed], { update: true, dryRun: true }))).to.deep.include({ updated: 1 });
      const report = await bring([changed], { update: true });
      expect(counts(report)).to.deep.include({ updated: 1 });
      const found = await ports.store.collection('organisations').get(report.rows[0]!.id!);
      expect(found).to.deep.include({ version: 2, state: 'approved' });
      expect(found?.content.region).to.equal('新区');
      await bring([{ externalId: 'E-2', name: '另一厂' }], { archive: true });
      const clash = await bring([{ ...complete, externalId: 'E-2', name: '另一厂' }], { update: true });
      expect(clash.invalid + clash.unchanged + clash.updated).to.equal(1);
      expect(
        await ports.store.collection('organisations').count({ 'content.creditCode': complete.creditCode }),
      ).to.equal(1);
    });

    it('tells doubles within a file', async () => {
      const report = await bring(
        [complete, { ...complete, externalId: 'E-2', name: '别名' }, { externalId: 'E-3', name: '沐澜特钢有限公司' }],
        { archive: true },
      );
      expect(report.rows.map((one) => [one.outcome, one.issues[0]?.field])).to.deep.equal([
        ['created', undefined],
        ['invalid', 'creditCode'],
        ['invalid', 'name'],
      ]);
    });

    it('imported several times at once are one each', async () => {
      const file = [complete, { externalId: 'E-2', name: '乙机械厂' }];
      const reports = await Promise.all([1, 2, 3].map(() => bring(file, { archive: true })));
      expect(reports.map((one) => one.invalid)).to.deep.equal([0, 0, 0]);
      expect(await ports.store.collection('organisations').count()).to.equal(3);
    });

    it('by a name that two bear is asked for the code', async () => {
      await organisation(ports, '丁', { name: '同名厂' });
      await organisation(ports, '戊', { name: '同名厂', creditCode: '91320799MA9A00117J' });
      const report = await imported(ports, ['a.jsonl', jsonl([{ ...row, 所属机构: '同名厂' }])]);
      expect(report.rows[0]?.issues[0]?.mend).to.contain('统一社会信用代码');
      const old = await imported(ports, ['a.jsonl', jsonl([{ ...row, 所属机构: '同名厂' }])], { archive: true });
      expect(counts(old)).to.deep.include({ created: 1 });
    });
  });

  describe('of an organisation that was merged into another', () => {
    const organisations = () => ports.store.collection('organisations');
    /** Two of one name, each brought by a row of its own; the second is merged into the first. */
    async function twice(name = '并厂') {
      await organisation(ports, '留', { name: '并厂', creditCode: '91320799MA9A00117J' });
      const report = await imported(ports, ['a.jsonl', jsonl([{ externalId: 'E-9', name: '并厂分部' }])], {
        kind: 'organisation',
        archive: true,
      });
      const { id } = report.rows[0]!;
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await organisations().get(id!))!;
      await organisations().update(id!, version, { ...rest, content: { name } });
      await mergeOrganisation(ports, admin, id!, version + 1, { into: '留', reason: '重复登记' });
      return id!;
    }
    const owner = async (reference: string, options = {}) => {
      const report = await imported(ports, ['b.jsonl', jsonl([{ ...row, 所属机构: reference }])], options);
      expect(report.rows[0]?.issues).to.deep.equal([]);
      return (await needs().get(report.rows[0]!.id!))!.organisationId;
    };

    it('gives its rows to the one that stays, by name', async () => {
      await twice();
      expect(await owner('并厂')).to.equal('留');
    });

    it('by a name that only the merged one had, and by its number, published at once too', async () => {
      await twice('并厂分部');
      expect(await owner('并厂分部')).to.equal('留');
      await emptied(ports);
      await twice();
      expect(await owner('E-9', { publish: true })).to.equal('留');
    });

    it('writes its own row into the one that stays, which keeps its name and code', async () => {
      const merged = await twice();
      const before = (await organisations().get(merged))!;
      const line = {
        externalId: 'E-9',
        name: '并厂分部',
        address: '新址1号',
        contact: { name: '丁', phone: '0518-1234567' },
      };
      const again = { kind: 'organisation', archive: true } as const;
      const bring = (options: object) => imported(ports, ['a.jsonl', jsonl([line])], { ...again, ...options });
      expect((await bring({ update: true })).rows[0]).to.include({ outcome: 'updated', id: '留' });
      expect((await organisations().get(merged))!).to.deep.equal(before);
      expect((await organisations().get('留'))!.content).to.deep.equal({
        name: '并厂',
        creditCode: '91320799MA9A00117J',
        address: '新址1号',
        contact: { name: '丁', phone: '0518-1234567' },
      });
      expect(counts(await bring({ update: true }))).to.deep.include({ unchanged: 1 });
    });
  });

  describe('rights', () => {
    it('let members import complete records for their own organisation only', async () => {
      const member = memberOf('甲');
      const { 所属机构: _, ...own } = row;
      const report = await imported(ports, ['a.jsonl', jsonl([own, { ...row, 编号: 'N-2', 所属机构: '别的厂' }])], {
        principal: member,
        onlyValid: true,
      });
      expect(report.rows.map((one) => [one.outcome, one.issues[0]?.field])).to.deep.equal([
        ['created', undefined],
        ['invalid', 'organisation'],
      ]);
      const entry = await needs().get(report.rows[0]!.id!);
      expect(entry).to.deep.include({ organisationId: '甲', state: 'submitted' });
      expect(entry).to.not.have.property('enteredBy');
      const attempt = (options: object) =>
        codeOf(imported(ports, ['a.jsonl', jsonl([own])], { principal: member, ...options }));
      expect(await attempt({ archive: true })).to.equal('forbidden');
      expect(await attempt({ publish: true })).to.equal('forbidden');
      expect(await attempt({ organisation: '乙' })).to.equal('forbidden');
      expect(await attempt({ kind: 'organisation' })).to.equal('forbidden');
      const { organisationId: _none, ...nobody } = member;
      expect(await codeOf(imported(ports, ['a.jsonl', jsonl([own])], { principal: nobody }))).to.equal('forbidden');
    });

    it('do not let a member touch another organisation’s record under the same source and number', async () => {
      await organisation(ports, '乙');
      const { 所属机构: _, ...own } = row;
      const mine = await imported(ports, ['a.jsonl', jsonl([own])], { principal: memberOf('甲') });
      const theirs = await imported(ports, ['a.jsonl', jsonl([{ ...own, 预期目标: '改成别的' }])], {
        principal: memberOf('乙'),
        update: true,
      });
      const entry = (await needs().get(mine.rows[0]!.id!))!;
      expect(entry).to.deep.include({ organisationId: '甲', version: 1 });
      expect(entry.content.goal).to.equal('年节煤1.5万吨');
      expect(theirs.rows[0]?.outcome).to.equal('created');
      expect(theirs.source).to.equal(source);
      expect((await needs().get(theirs.rows[0]!.id!))?.organisationId).to.equal('乙');
      // Not even where somebody of the bureau gave a source the very name under which 乙's is kept.
      const kept = (await needs().get(theirs.rows[0]!.id!))!.provenance!.source;
      await imported(ports, ['a.jsonl', jsonl([{ ...row, 编号: 'N-9' }])], { source: kept });
      const taken = await imported(ports, ['a.jsonl', jsonl([{ ...own, 编号: 'N-9', 预期目标: '改成别的' }])], {
        principal: memberOf('乙'),
        update: true,
      });
      expect(taken.rows[0]?.issues[0]?.field).to.equal('externalId');
    });

    it('let staff import for one organisation', async () => {
      const { 所属机构: _, ...own } = row;
      const report = await imported(ports, ['a.jsonl', jsonl([own])], { organisation: '甲', principal: staff });
      expect(await needs().get(report.rows[0]!.id!)).to.deep.include({ organisationId: '甲', enteredBy: staff.userId });
      expect(await fieldsOf(imported(ports, ['a.jsonl', jsonl([own])], { organisation: '丙' }))).to.deep.equal([
        'organisationId',
      ]);
    });

    it('refuse what an import cannot mean', async () => {
      const attempt = (options: object) => fieldsOf(imported(ports, ['a.jsonl', jsonl([row])], options));
      expect(await attempt({ kind: 'user' })).to.deep.equal(['kind']);
      expect(await attempt({ kind: 'organisation', organisation: '甲' })).to.deep.equal(['organisation']);
      for (const source of ['', '  ', 'x'.repeat(101), 'a\u0000']) expect(await attempt({ source })).to.have.length(1);
    });
  });

  describe('with a mapping', () => {
    it('reads foreign columns', async () => {
      const mapping = JSON.parse(await readFile('mappings/example-needs.json', 'utf8'));
      const csv =
        '序号,填报单位,技术难题名称,填报日期,期望完成时间,难题描述,技术指标要求,预期效益,关键词,预算（元）,合作方式,领域,行业,联系人,联系电话\n' +
        '7,甲机械厂,难题甲,2026-05-01,2028年底,<p>能耗 高</p>,指标,效益,脱硝 低温,"1,500,000",产学研合作,新材料,制造业,王工,13900000001\n';
      const report = await imported(ports, ['征集表.csv', csv], { mapping });
      expect(report.rows[0]?.issues).to.deep.equal([]);
      expect((await needs().get(report.rows[0]!.id!))?.content).to.deep.include({
        startYear: 2026,
        endYear: 2028,
        problem: '能耗 高',
        budgetWan: 150,
        solutionModes: ['cooperative'],
        contact: { name: '王工', mobile: '13900000001' },
      });
    });

    it('that names unknown fields or columns is refused before anything is read', async () => {
      const attempt = (fields: object) =>
        failureOf(imported(ports, ['a.jsonl', jsonl([row])], { mapping: { fields } as never }));
      expect((await attempt({ titel: '需求名称' })).issues[0]?.field).to.equal('fields.titel');
      expect((await attempt({ title: '没有的列' })).issues[0]?.mend).to.contain('需求名称');
      expect((await attempt({ title: { column: '需求名称', transform: ['eval'] } })).issues[0]?.field).to.contain(
        'transform',
      );
      expect(await needs().count()).to.equal(0);
    });

    it('takes the real kinds of old files as archives', async () => {
      const mapping = async (name: string) => JSON.parse(await readFile(join('mappings', name), 'utf8'));
      const old = jsonl([{ id: 'R1', title: '旧需求', description: '<p>说明&nbsp;文字</p>' }]);
      const one = await imported(ports, ['needs.jsonl', old], {
        archive: true,
        mapping: await mapping('relevance-needs.json'),
      });
      expect((await needs().get(one.rows[0]!.id!))?.content.description).to.equal('说明 文字');
      const papers = jsonl([
        {
          id: 'P1',
          abstract: '采用修正的Rodrigues参数建立了姿态控制系统的数学模型。',
          discipline: '电子/通信与自动控制',
        },
        { id: 'P2', abstract: ' ', keywords: ['控制'] },
        { id: 'P3', abstract: '摘要略' },
      ]);
      const two = await imported(ports, ['papers.jsonl', papers], {
        kind: 'achievement',
        archive: true,
        mapping: await mapping('papers.json'),
      });
      expect(two.rows.map((each) => each.outcome)).to.deep.equal(['incomplete', 'invalid', 'incomplete']);
      expect(two.rows[0]?.issues[0]?.field).to.equal('disciplines');
      const known = await imported(
        ports,
        [
          'papers.jsonl',
          jsonl([{ id: 'P4', abstract: '研究情报检索与文献组织的方法。', discipline: '图书馆、情报与档案管理' }]),
        ],
        { kind: 'achievement', archive: true, mapping: await mapping('papers.json') },
      );
      const achievements = ports.store.collection('achievements');
      expect(known.rows[0]?.issues).to.deep.equal([]);
      expect((await achievements.get(known.rows[0]!.id!))?.content.disciplines).to.deep.equal(['870']);

      const titles = jsonl([{ id: 'T1', title: '料车系统', terms: ['料车', '系统'] }]);
      const three = await imported(ports, ['achievements.jsonl', titles], {
        kind: 'achievement',
        archive: true,
        mapping: await mapping('relevance-achievements.json'),
      });
      expect(three.rows[0]).to.deep.include({ outcome: 'incomplete', issues: [] });
      const kept = await achievements.get(three.rows[0]!.id!);
      expect(kept?.content).to.deep.equal({ title: '料车系统', keywords: ['料车', '系统'] });
    });
  });

  it('take the demo data with the default mapping, complete and published', async () => {
    await emptied(ports);
    for (const kind of ['organisation', 'need', 'achievement'] as const) {
      for (const part of ['a', 'b']) {
        const name = `${kind}s-${part}.jsonl`;
        const report = await imported(
          ports,
          { name, path: join('scripts/demo-data', name) },
          { kind, publish: kind !== 'organisation', principal: systemPrincipal },
        );
        expect(report.invalid, name).to.equal(0);
        expect(report.created, name).to.equal(report.total);
        expect(report.ignoredColumns, name).to.deep.equal([]);
      }
    }
  });

  it('say how far they came where the store fails in the middle, and go on when repeated', async () => {
    const file = await fileOf(ports, 'a.jsonl', jsonl(rows(600)));
    let writes = 0;
    const collection = ports.store.collection.bind(ports.store);
    const failing = {
      ...ports,
      store: {
        ...ports.store,
        collection(name: 'needs') {
          const real = collection(name);
          if (name !== 'needs') return real;
          return {
            ...real,
            insert: (...args: Parameters<typeof real.insert>) =>
              ++writes > 300 ? Promise.reject(new QianxianError('unavailable', '磁盘已满')) : real.insert(...args),
          };
        },
      },
    } as unknown as FreshPorts;
    let failure: unknown;
    try {
      await imported(failing, file, { onlyValid: true });
    } catch (error) {
      failure = error;
    }
    expect((failure as QianxianError).code).to.equal('unavailable');
    expect((failure as QianxianError).message)
      .to.contain('磁盘已满')
      .and.to.contain('已写入300条');
    expect(await needs().count()).to.equal(300);
    expect(counts(await imported(ports, file))).to.deep.equal({ ...none, total: 600, created: 300, unchanged: 300 });
  });
});
