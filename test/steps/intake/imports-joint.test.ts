import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { importFields } from '../../../src/domain/import-fields.ts';
import type { ImportReport } from '../../../src/domain/import-report.ts';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { createOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { type ImportInput, importRecords } from '../../../src/steps/intake/import-records.ts';
import { importTemplate } from '../../../src/steps/intake/import-template.ts';
import { editPartnership, movePartnership } from '../../../src/steps/partnership/partnerships.ts';
import { organisationOf } from '../../http/world.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { refused } from '../refused.ts';

const head =
  '编号,合作名称,需求方,成果方,合作阶段,合同类型,签订日期,成交额,技术交易额,有效期起,有效期止,已支付,履约开始日期,验收意见,验收日期,合作成效,结项日期,终止原因';
const finished =
  '1,抛光粉联合攻关,示例抛光材料有限公司,示例大学,结项,技术开发,2025-03-01,120.5,100,2025-03-01,2026-02-28,120.5,2025-03-05,达到指标,2026-02-20,合格率提高,2026-03-01,';
const outside = '2,海藻提取,外地企业,外省某大学,,,,,,,,,,,,,,';
const ended = '3,电梯部件,外地企业,示例大学,终止,,,,,,,,,,,,,企业转产';

describe('partnerships, agreements and joint bodies of a file', () => {
  let ports: FreshPorts;
  let works: string;
  let university: string;
  let files = 0;
  beforeEach(async () => {
    ports = await freshPorts();
    works = (await createOrganisation(ports, systemPrincipal, organisationOf('示例抛光材料有限公司', 1))).id;
    university = (await createOrganisation(ports, systemPrincipal, organisationOf('示例大学', 2, 'university'))).id;
  });
  afterEach(() => ports.close());

  async function imported(kind: ImportInput['kind'], lines: readonly string[], more: Partial<ImportInput> = {}) {
    const path = join(ports.folder, `joint-${files++}.csv`);
    await writeFile(path, lines.join('\n'));
    const input = { kind, file: { name: 'joint.csv', path }, source: '台账', archive: false, dryRun: false, ...more };
    return importRecords(ports, more.onlyValid === undefined ? systemPrincipal : systemPrincipal, input);
  }
  const figures = ({ created, updated, unchanged, invalid, written }: ImportReport) => ({
    created,
    updated,
    unchanged,
    invalid,
    written,
  });
  const all = async () => (await ports.store.collection('partnerships').find({ limit: 100 })).items;

  describe('numbers of needs and achievements', () => {
    const linked = '编号,合作名称,需求方,成果方,需求编号,成果编号';
    const [firm, school] = ['示例抛光材料有限公司', '示例大学'];
    let needId: string;
    let achievementId: string;
    beforeEach(async () => {
      const organisations = { 台账: works, 别的表: university };
      const lines = {
        need: `{"externalId":"X1","title":"抛光粉粒度控制"}`,
        achievement: `{"externalId":"C9","title":"低温煅烧工艺"}`,
      };
      for (const [kind, source] of [
        ['need', '台账'],
        ['achievement', '别的表'],
      ] as const) {
        const path = join(ports.folder, `${kind}.jsonl`);
        await writeFile(path, lines[kind]);
        const file = { name: `${kind}.jsonl`, path };
        const organisation = organisations[source];
        await importRecords(ports, systemPrincipal, { kind, file, source, organisation, archive: true, dryRun: false });
      }
      needId = (await ports.store.collection('needs').find()).items[0]!.id;
      achievementId = (await ports.store.collection('achievements').find()).items[0]!.id;
    });

    it('link a partnership to them: by id, by the number of this source, or of another that is named', async () => {
      const lines = [
        linked,
        `1,甲项目,${firm},${school},X1,别的表/C9`,
        `2,乙项目,${firm},${school},${needId},${achievementId}`,
        `3,丙项目,${firm},${school},,`,
      ];
      expect(figures(await imported('partnership', lines)).created).to.equal(3);
      const links = new Map((await all()).map((one) => [one.title, [one.needId, one.achievementId]]));
      expect(links.get('甲项目')).to.deep.equal([needId, achievementId]);
      expect(links.get('乙项目')).to.deep.equal([needId, achievementId]);
      expect(links.get('丙项目')).to.deep.equal([null, null]);
      const later = [linked, `3,丙项目,${firm},${school},X1,`];
      expect(figures(await imported('partnership', later, { update: true })).updated).to.equal(1);
      expect((await all()).find(({ title }) => title === '丙项目')).to.include({ needId, achievementId: null });
    });

    it('are refused by row and column where there is no such record, or it is of another side', async () => {
      const lines = [
        linked,
        `1,甲项目,${firm},${school},X2,`,
        `2,乙项目,${firm},${school},,C9`,
        `3,丙项目,外地企业,${school},X1,`,
      ];
      const report = await imported('partnership', lines);
      expect(figures(report)).to.include({ created: 0, invalid: 3, written: false });
      expect(report.rows.map(({ row, issues }) => [row, issues[0]!.label, issues[0]!.reason])).to.deep.equal([
        [2, '需求编号', '没有“X2”这条需求'],
        [3, '成果编号', '没有“C9”这条成果'],
        [4, '需求编号', `《抛光粉粒度控制》属于“${firm}”，不是这一行的需求方`],
      ]);
      for (const { issues } of report.rows) expect(issues[0]!.mend).to.include('留空');
    });
  });

  it('brings partnerships at the stage that the file says, once; a dry run writes nothing', async () => {
    const lines = [head, finished, outside, ended];
    const tried = await imported('partnership', lines, { dryRun: true });
    expect(figures(tried)).to.deep.equal({ created: 3, updated: 0, unchanged: 0, invalid: 0, written: false });
    expect(await all()).to.deep.equal([]);
    expect(figures(await imported('partnership', lines)).created).to.equal(3);
    expect(figures(await imported('partnership', lines))).to.include({ created: 0, unchanged: 3 });
    const byNumber = new Map((await all()).map((one) => [one.provenance!.externalId, one]));
    expect(byNumber.get('1')).to.deep.include({
      state: 'finished',
      origin: 'import',
      needOrganisationId: works,
      achievementOrganisationId: university,
      begunOn: '2025-03-05',
      outcome: { statement: '合格率提高', on: '2026-03-01' },
    });
    expect(byNumber.get('1')!.contract).to.include({ amountFen: 120_500_000, buyer: '示例抛光材料有限公司' });
    expect(byNumber.get('1')!.payments!.map(({ amountFen }) => amountFen)).to.deep.equal([120_500_000]);
    expect(byNumber.get('2')).to.include({
      state: 'contacting',
      needOrganisationId: null,
      needParty: '外地企业',
      achievementParty: '外省某大学',
    });
    expect(byNumber.get('3')!.history[0]).to.include({ action: 'import', to: 'terminated', reason: '企业转产' });
    // The file of the acceptance is no part of a row: what came without it can still be edited.
    const { id, version } = byNumber.get('1')!;
    const edited = await editPartnership(ports, systemPrincipal, id, version, { title: '抛光粉攻关（改）' });
    expect(edited.title).to.equal('抛光粉攻关（改）');
  });

  it('says of each row what its stage demands and it lacks, and writes nothing of a file with faults', async () => {
    const wrong = [
      head,
      '1,没有合同的签约,示例抛光材料有限公司,示例大学,签约,,,,,,,,,,,,,',
      '2,自己和自己,示例大学,示例大学,,,,,,,,,,,,,,',
      '3,付多了,示例抛光材料有限公司,示例大学,签约,技术开发,2026-03-01,10,10,2026-03-01,2027-02-28,11,,,,,,',
      '4,没有原因的终止,示例抛光材料有限公司,示例大学,终止,,,,,,,,,,,,,',
      '5,不知道是谁,A-17,示例大学,,,,,,,,,,,,,,',
      outside.replace('2,', '6,'),
    ];
    const report = await imported('partnership', wrong);
    expect(figures(report)).to.deep.equal({ created: 0, updated: 0, unchanged: 0, invalid: 5, written: false });
    const fields = report.rows.map(({ issues }) => issues.map(({ field }) => field));
    expect(fields[0]).to.include.members(['contract.type', 'contract.amount', 'contract.until']);
    expect(fields.slice(1, 5)).to.deep.equal([
      ['achievementParty'],
      ['contract.amount'],
      ['terminatedFor'],
      ['needParty'],
    ]);
    for (const { issues } of report.rows) for (const { mend } of issues) expect(mend).to.match(/[请只]/);
    expect(await all()).to.deep.equal([]);
  });

  it('changes what is there only when asked, and never the stage, which people move', async () => {
    await imported('partnership', [head, outside]);
    const [one] = await all();
    const changed = [
      head,
      outside.replace('海藻提取', '海藻多糖提取').replace(',,,', ',签约,,').replace('签约', '接洽'),
    ];
    const kept = await imported('partnership', changed);
    expect(figures(kept)).to.include({ unchanged: 1, updated: 0 });
    await movePartnership(ports, systemPrincipal, one!.id, one!.version, 'terminate', { reason: '企业转产' });
    const updated = await imported('partnership', changed, { update: true });
    expect(figures(updated)).to.include({ updated: 1 });
    expect(updated.rows[0]!.issues[0]!.reason).to.match(/仍是“终止”/);
    expect((await all())[0]).to.include({ title: '海藻多糖提取', state: 'terminated' });
    expect(figures(await imported('partnership', changed, { update: true }))).to.include({ unchanged: 1 });
  });

  it('lets what a row does not say stay as people entered it, and says where payments differ', async () => {
    await imported('partnership', [head, finished]);
    const [one] = await all();
    await ports.store.collection('attachments').insert({
      id: 'f1',
      owner: { collection: 'partnerships', id: one!.id },
      place: 1,
      stored: true,
      name: '验收证书.pdf',
      type: 'pdf',
      size: 10,
      sha256: 'a'.repeat(64),
      audience: 'inside',
      addedBy: 'system',
      history: [],
    });
    const { amountFen: _amount, technologyAmountFen: _part, ...contract } = one!.contract!;
    await editPartnership(ports, systemPrincipal, one!.id, one!.version, {
      contract: { ...contract, amount: 120.5, technologyAmount: 100, registrationNumber: '2026320700001234' },
      acceptance: { ...one!.acceptance, attachmentId: 'f1' },
    });
    const before = (await all())[0]!;
    const changed = [head, finished.replace('抛光粉联合攻关', '抛光粉攻关').replace(',100,', ',90.000001,')];
    const same = await imported('partnership', changed, { update: true });
    expect(figures(same)).to.include({ updated: 1, invalid: 0 });
    expect(same.rows[0]?.issues ?? []).to.deep.equal([]);
    const after = (await all())[0]!;
    expect(after.contract).to.deep.equal({ ...before.contract, technologyAmountFen: 90_000_001 });
    expect(after.contract).to.include({ registrationNumber: '2026320700001234', buyer: '示例抛光材料有限公司' });
    expect(after.acceptance).to.deep.equal(before.acceptance);
    expect(after.acceptance!.attachmentId).to.equal('f1');
    const less = changed.map((line) => line.replace('2026-02-28,120.5,', '2026-02-28,100,'));
    const differing = await imported('partnership', less, { update: true });
    expect(differing.rows[0]!.issues.map(({ field }) => field)).to.deep.equal(['paid']);
    expect(differing.rows[0]!.issues[0]!.reason).to.include('100万元').and.to.include('120.5万元');
    expect((await all())[0]!.payments).to.deep.equal(before.payments);
  });

  it('makes the parties buyer and seller also where the contract comes with an update', async () => {
    await imported('partnership', [head, outside]);
    const row = '2,海藻提取,外地企业,外省某大学,,技术服务,2026-03-01,6,6,2026-03-01,2027-02-28,,,,,,,';
    const updated = await imported('partnership', [head, row], { update: true });
    expect(figures(updated)).to.include({ updated: 1, invalid: 0 });
    expect((await all())[0]!.contract).to.include({ amountFen: 6_000_000, buyer: '外地企业', seller: '外省某大学' });
  });

  it('brings agreements and joint bodies with their parties, once', async () => {
    const agreements = [
      '编号,协议名称,各方,协议状态,合作领域,约定内容,签订日期,有效期起,有效期止',
      'X1,区校战略合作协议,示例区人民政府；示例大学,执行中,新材料,共建研究院,2025-01-01,2025-01-01,2028-12-31',
      'X2,没有约定的协议,示例大学；示例区人民政府,执行中,,,,,',
    ];
    const faulty = await imported('agreement', agreements);
    expect(faulty.rows.map(({ outcome }) => outcome)).to.deep.equal(['withheld', 'invalid']);
    await imported('agreement', agreements, { onlyValid: true });
    expect(figures(await imported('agreement', agreements.slice(0, 2)))).to.include({ unchanged: 1 });
    const [agreement] = (await ports.store.collection('agreements').find()).items;
    expect([agreement!.state, agreement!.origin, agreement!.parties]).to.deep.equal([
      'active',
      'import',
      [{ organisationId: null, name: '示例区人民政府' }, { organisationId: university }],
    ]);
    const bodies = [
      '编号,机构名称,类别,各方,共建机构状态,级别,批准部门,批准日期,所在镇街、园区',
      'J1,稀土工程技术研究中心,工程技术研究中心,示例抛光材料有限公司,运行,市级,市科技局,2024-05-01,青口镇',
    ];
    await imported('joint-body', bodies);
    expect(figures(await imported('joint-body', bodies))).to.include({ created: 0, unchanged: 1 });
    const [body] = (await ports.store.collection('jointBodies').find()).items;
    expect(body!.content).to.deep.equal({
      title: '稀土工程技术研究中心',
      kind: 'engineering-centre',
      level: 'city',
      approvedBy: '市科技局',
      approvedOn: '2024-05-01',
      town: '青口镇',
    });
  });

  it('is for the bureau alone, and knows neither archive nor publication', async () => {
    const member = { userId: 'u', role: 'manager', organisationId: works, name: '某人' } as const;
    const path = join(ports.folder, 'members.csv');
    await writeFile(path, [head, outside].join('\n'));
    const input = {
      kind: 'partnership',
      file: { name: 'm.csv', path },
      source: 's',
      archive: false,
      dryRun: false,
    } as const;
    expect((await refused(importRecords(ports, member, input))).code).to.equal('forbidden');
    for (const more of [{ archive: true }, { publish: true }, { organisation: works }]) {
      expect((await refused(importRecords(ports, systemPrincipal, { ...input, ...more }))).code).to.equal('invalid');
    }
  });

  it('has a template for each, that names every field once', async () => {
    for (const kind of ['partnership', 'agreement', 'joint-body'] as const) {
      expect((await importTemplate(kind)).byteLength).to.be.above(5_000);
      const labels = importFields(kind).map(({ label }) => label);
      expect(new Set(labels).size, kind).to.equal(labels.length);
    }
  });
});
