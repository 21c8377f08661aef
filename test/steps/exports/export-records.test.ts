import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import excel from 'exceljs';
import { QianxianError } from '../../../src/domain/errors.ts';
import { type ExportFormat, type ExportKind, exportKinds } from '../../../src/domain/exports/export-kinds.ts';
import { safeCell } from '../../../src/domain/exports/safe-cell.ts';
import { withoutAddresses } from '../../../src/domain/exports/without-addresses.ts';
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

describe('free texts in an export', () => {
  it('show no telephone number and no mail address, however they are written', () => {
    for (const [text, shown] of [
      ['请打138 0000 1234或whole@example.com', '请打138****1234或w***@example.com'],
      ['座机0518-85412345转', '座机051****2345转'],
      ['手机138.1234.5678。', '手机138****5678。'],
      ['微信同号１３８１２３４５６７８', '微信同号138****5678'],
      ['ｗｈｏｌｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'w***@example.com'],
    ] as const) {
      expect(withoutAddresses(text), text).to.equal(shown);
    }
  });

  it('keep figures, dates and numbers of patents as they are', () => {
    for (const text of ['ZL202310000000.0', '2026-11-26 138件', '0.0518 12', '金额13800001234.5元', '全角１２％']) {
      expect(withoutAddresses(text)).to.equal(text);
    }
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

  type Days = { readonly since?: string; readonly until?: string };
  async function exported(kind: ExportKind, format: ExportFormat, state?: string, days: Days = {}): Promise<Buffer> {
    const { pieces } = await exportRecords(
      ports,
      systemPrincipal,
      { kind, format, ...(state === undefined ? {} : { state }), ...days },
      new AbortController().signal,
    );
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }
  const csv = async (kind: ExportKind, state?: string, days?: Days) => {
    const bytes = await exported(kind, 'csv', state, days);
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

  it('calls an organisation 代填 until its own people have taken it over', async () => {
    const like = { state: 'approved' as const, missing: [], history: [], enteredBy: 'u-1' };
    const organisations = ports.store.collection('organisations');
    await organisations.insert({ ...like, id: 'entered', content: { name: '代填的' } });
    await organisations.insert({
      ...like,
      id: 'claimed',
      content: { name: '已认领' },
      claimedAt: '2026-11-20T01:00:00.000Z',
    });
    const found = new Map((await csv('organisation')).map((row) => [row.编号, row.代填]));
    expect([found.get('entered'), found.get('claimed')]).to.deep.equal(['是', '否']);
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

  describe('of people and what they were asked', () => {
    it('shows accounts with masked addresses, logins that are addresses too', async () => {
      const given = { passwordHash: 'x', mustChangePassword: false, failures: 0, sessionEpoch: 1 };
      await ports.store.collection('users').insert({
        ...given,
        id: 'u1',
        state: 'active',
        login: 'wang.li@example.com',
        name: '王丽',
        role: 'manager',
        organisationId: own,
        email: 'wang.li@example.com',
        mobile: '13800001234',
      });
      const row = (await csv('user')).find((one) => one.账号编号 === 'u1')!;
      expect(row).to.include({
        登录名: 'w***@example.com',
        姓名: '王丽',
        角色: '机构管理员',
        机构: "'=示例抛光材料有限公司",
        '电子信箱（部分隐去）': 'w***@example.com',
        '手机（部分隐去）': '138****1234',
      });
      expect(JSON.stringify(row)).not.to.include('wang.li').and.not.include('13800001234');
    });

    it('shows invitations with both answers, and of whoever answered on the phone the first character', async () => {
      const side = { title: '=1+1', tokenHash: 'h1', takenBack: [], answer: null };
      await ports.store.collection('invitations').insert({
        id: 'i1',
        state: 'open',
        pairId: 'p',
        needId: 'n',
        achievementId: 'a',
        round: 1,
        acceptances: 1,
        invitedOn: '2026-11-23',
        dueOn: '2026-12-07',
        reminded: [],
        history: [],
        need: {
          ...side,
          organisationId: own,
          answer: { willing: true, at: '2026-11-24T01:00:00.000Z', way: 'phone', by: 'u-1', saidBy: '赵机密' },
        },
        achievement: { ...side, tokenHash: 'h2', organisationId: null },
      });
      const [row] = await csv('invitation', 'open');
      expect(row).to.include({
        状态: '征询中',
        需求: "'=1+1",
        需求方答复: '愿意',
        '需求方电话里答复的人（部分隐去）': '赵**',
        需求方答复时间: '2026-11-24 09:00',
        成果方答复: '未答复',
        答复期限: '2026-12-07',
      });
      expect(JSON.stringify(row)).not.to.include('赵机密').and.not.include('h1');
    });

    it('shows notices without their texts and whole addresses, the oldest first', async () => {
      const notice = {
        cause: 'c',
        kind: 'record-review' as const,
        userId: null,
        organisationId: own,
        text: '联系人王机密，13800000000',
        address: { email: 'whole@example.com' },
        readAt: null,
        sms: null,
        dueAt: null,
      };
      const mail = { state: 'sent' as const, tries: 1, dueAt: null, sentAt: '2026-11-23T01:00:00.000Z' };
      const notices = ports.store.collection('notices');
      await notices.insert({ ...notice, id: 'z', subject: '先', mail: { ...mail, to: 'w***@example.com' } });
      ports.clock.set('2026-11-24T01:00:00.000Z');
      await notices.insert({ ...notice, id: 'a', subject: '后', mail: null });
      const rows = (await csv('notice')).filter(({ 编号 }) => 编号 === 'z' || 编号 === 'a');
      expect(rows.map(({ 标题 }) => 标题)).to.deep.equal(['先', '后']);
      expect(rows[0]).to.include({ 邮件: '已发送', '邮件地址（部分隐去）': 'w***@example.com', 短信: '不发' });
      expect(JSON.stringify(rows)).not.to.include('王机密').and.not.include('whole@').and.not.include('13800000000');
    });

    it('gives what came of partnerships a line each, of corrected statements the last', async () => {
      const line = { by: 'u-1', at: '2026-11-20T01:00:00.000Z' };
      const result = { ...line, period: '2026H1', side: 'need' as const, savedFen: 0, patents: 2, jobs: 3 };
      await ports.store.collection('partnerships').insert({
        id: 'p1',
        state: 'performing',
        origin: 'manual',
        title: '场外合作',
        needId: null,
        achievementId: null,
        needOrganisationId: own,
        achievementOrganisationId: null,
        achievementParty: '外地大学',
        payments: [
          { ...line, id: 'y', on: '2026-11-19', amountFen: 100_000, note: '请打138 0000 1234或whole@example.com' },
          { ...line, id: 'z', on: '2026-11-19', amountFen: 200_000, at: '2026-12-01T01:00:00.000Z' },
        ],
        milestones: [{ ...line, id: 'm', title: '中试', dueOn: '2026-12-01' }],
        results: [
          { ...result, salesFen: 100_000 },
          { ...result, salesFen: 200_000 },
        ],
        history: [],
      });
      expect((await csv('payment'))[0]).to.include({ 合作名称: '场外合作', '金额（万元）': '0.1', 成果方: '外地大学' });
      expect((await csv('payment'))[0]!.说明).to.equal('请打138****1234或w***@example.com');
      const december = await csv('payment', undefined, { since: '2026-12-01' });
      expect(december.map((row) => row['金额（万元）'])).to.deep.equal(['0.2']);
      expect(await csv('payment', undefined, { until: '2026-11-30' })).to.have.length(1);
      expect((await csv('milestone'))[0]).to.include({ 里程碑: '中试', 期限: '2026-12-01', 完成日期: '' });
      const results = await csv('result');
      expect(results).to.have.length(1);
      expect(results[0]).to.include({ 半年: '2026H1', 填报方: '需求方', '新增销售额（万元）': '0.2' });
      expect(await csv('result', 'contacting')).to.deep.equal([]);
    });

    it('gives the log of partnerships a line each, of whoever took part the first character', async () => {
      const line = { by: 'u-1', at: '2026-11-20T01:00:00.000Z', on: '2026-11-19' } as const;
      await ports.store.collection('partnerships').insert({
        id: 'p1',
        state: 'performing',
        origin: 'manual',
        title: '场外合作',
        needId: null,
        achievementId: null,
        needOrganisationId: own,
        achievementOrganisationId: null,
        achievementParty: '外地大学',
        log: [
          {
            ...line,
            id: 'l1',
            kind: 'visit',
            who: '王机密、李副区长（陪同）',
            what: '=1+1，电话13800001234',
            next: { what: '寄样品', by: '2026-12-01' },
            bureauOnly: true,
          },
          {
            ...line,
            id: 'l2',
            kind: 'phone',
            who: '赵工',
            what: '问进度',
            side: 'need',
            at: '2026-12-02T01:00:00.000Z',
          },
        ],
        history: [],
      });
      const rows = await csv('log');
      expect(rows).to.have.length(2);
      expect(rows[0]).to.include({
        合作名称: '场外合作',
        方式: '走访',
        '参加人（部分隐去）': '王**、李***（陪*）',
        内容: "'=1+1，电话138****1234",
        下一步: '寄样品',
        谁记的: '科技局',
        仅科技局可见: '是',
      });
      expect(rows[1]).to.include({ 谁记的: '需求方', 仅科技局可见: '否' });
      expect(JSON.stringify(rows)).not.to.include('王机密').and.not.include('13800001234');
      expect(await csv('log', undefined, { since: '2026-12-01' })).to.have.length(1);
    });

    it('gives invitations of accounts alone, without token and whole address', async () => {
      const links = ports.store.collection('accountLinks');
      const link = { state: 'open', epoch: 2, sentEpoch: 2, expiresAt: '2026-11-30T01:00:00.000Z' } as const;
      const invited = { ...link, kind: 'invitation', email: 'wang.li@example.com', organisationId: own } as const;
      await links.insert({
        ...invited,
        id: 'i',
        tokenHash: 'secret1',
        name: '=王丽',
        role: 'member',
        invitedBy: 'system',
      });
      await links.insert({ ...link, id: 'r', kind: 'reset', tokenHash: 'secret2', email: 'other@example.com' });
      const rows = await csv('account-invitation');
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include({
        状态: '有效',
        姓名: "'=王丽",
        '电子信箱（部分隐去）': 'w***@example.com',
        角色: '机构成员',
        邀请人: '系统',
        发出次数: '2',
      });
      expect(JSON.stringify(rows)).not.to.include('wang.li').and.not.include('secret');
      expect(await csv('account-invitation', 'used')).to.deep.equal([]);
    });

    it('gives the files that wait to be shown, and no other', async () => {
      const { id: needId } = await createEntry(ports, systemPrincipal, 'need', needOf('带附件的需求'), {
        organisationId: own,
      });
      const file = { type: 'pdf', size: 1234, sha256: 'x', addedBy: 'system', history: [], stored: true } as const;
      const owner = { collection: 'needs', id: needId } as const;
      const files = ports.store.collection('attachments');
      const offered = { audience: 'offered', offeredAt: '2026-11-23T01:00:00.000Z' } as const;
      await files.insert({ ...file, ...offered, id: 'f1', owner, place: 1, name: '=说明.pdf' });
      await files.insert({ ...file, id: 'f2', owner, place: 2, name: '内部.pdf', audience: 'inside' });
      await files.insert({ ...file, ...offered, id: 'f3', owner, place: 3, name: '没传完.pdf', stored: false });
      const rows = await csv('offered-file');
      expect(rows.map((row) => row.附件编号)).to.deep.equal(['f1']);
      expect(rows[0]).to.include({
        文件名: "'=说明.pdf",
        文件种类: 'PDF',
        记录种类: '需求',
        记录名称: '带附件的需求',
        申请公开时间: '2026-11-23 09:00',
      });
    });

    it('gives what other systems were told, and what was put aside, to administrators alone', async () => {
      await ports.store.collection('webhooks').insert({
        id: 'w1',
        state: 'active',
        content: { name: '区政务平台', url: 'https://example.com/hook', events: ['need.published'] },
        secrets: [{ sealed: 'sealed-secret', since: '2026-11-01T00:00:00.000Z' }],
        history: [],
      });
      await ports.store.collection('webhookDeliveries').insert({
        id: 'd1',
        webhookId: 'w1',
        eventType: 'need.published',
        happenedAt: '2026-11-23T01:00:00.000Z',
        body: '{"private":true}',
        state: 'failed',
        tries: 3,
        log: [{ at: '2026-11-23T02:00:00.000Z', status: 500, reason: '对方答复 500' }],
        dueAt: null,
        triedUntil: '2026-11-24T01:00:00.000Z',
      });
      await ports.store.collection('parkedChanges').insert({
        id: 'k1',
        consumer: 'notices',
        collection: 'needs',
        recordId: 'n1',
        recordVersion: 4,
        events: [{ id: 'e', type: 'need.published', at: '2026-11-23T01:00:00.000Z', by: 'u-1' }],
        reason: '=Error: 写不进去',
        tries: 2,
        parkedAt: '2026-11-23T03:00:00.000Z',
      });
      const [delivery] = await csv('webhook-delivery', 'failed');
      expect(delivery).to.include({
        接收方: '区政务平台',
        事件: 'need.published',
        状态: '未送达',
        对方的应答: '500',
        未送达的原因: '对方答复 500',
      });
      expect(JSON.stringify(delivery)).not.to.include('private').and.not.include('sealed');
      const [parked] = await csv('parked-change');
      expect(parked).to.include({
        接收方: 'notices',
        记录编号: 'n1',
        原因: "'=Error: 写不进去",
        搁置时间: '2026-11-23 11:00',
      });
      const clerk = { ...systemPrincipal, userId: 'u-2', role: 'staff' } as const;
      for (const kind of ['webhook-delivery', 'parked-change'] as const) {
        const asked = exportRecords(ports, clerk, { kind, format: 'csv' }, new AbortController().signal);
        expect(await asked.catch((error: unknown) => error)).to.have.property('code', 'forbidden');
      }
    });

    it('gives the audit in its order, with names, to those alone who may audit', async () => {
      const entries = ports.store.collection('audit');
      const fact = {
        kind: 'change' as const,
        action: 'need.submitted',
        from: { ip: '10.0.0.1' },
        facts: { week: '2026-W48' },
      };
      for (const [id, sequence] of [
        ['z', 1],
        ['a', 2],
      ] as const) {
        const at = '2026-11-23T01:00:00.000Z';
        const subject = { collection: 'needs', id: 'n1', version: 2 };
        const changed = { state: ['draft', 'submitted'] as const, 'content.title': null };
        await entries.insert({
          ...fact,
          id,
          sequence,
          at,
          recordedAt: at,
          by: 'system',
          subject,
          changed,
          previous: 'p',
          hash: id,
        });
      }
      const rows = await csv('audit');
      expect(rows.map(({ 序号 }) => 序号)).to.deep.equal(['1', '2']);
      expect(rows[0]).to.include({
        操作人: '系统',
        来自地址: '10.0.0.1',
        事件: '需求：提交',
        事件代码: 'need.submitted',
        记录种类: '需求',
        改动的字段: '状态、需求名称',
        改动前后: '状态：draft → submitted',
        事实: '{"week":"2026-W48"}',
      });
      const clerk = { ...systemPrincipal, userId: 'u-2', role: 'staff' } as const;
      const input = { kind: 'audit', format: 'csv' } as const;
      const { signal } = new AbortController();
      const failure = await exportRecords(ports, clerk, input, signal).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'forbidden');
      await exportRecords(ports, { ...clerk, mayAudit: true }, input, signal);
    });

    it('is narrowed to days, and says in the log to which', async () => {
      ports.clock.set('2026-11-23T15:59:59.999Z');
      await createEntry(ports, systemPrincipal, 'need', needOf('二十三日'), { organisationId: own });
      ports.clock.set('2026-11-23T16:00:00.000Z');
      await createEntry(ports, systemPrincipal, 'need', needOf('二十四日'), { organisationId: own });
      const narrowed = async (days: { since?: string; until?: string }) => {
        const input = { kind: 'need', format: 'csv', ...days } as const;
        const { pieces } = await exportRecords(ports, systemPrincipal, input, new AbortController().signal);
        const all: Uint8Array[] = [];
        for await (const piece of pieces) all.push(piece);
        const rows = parse(Buffer.concat(all), { columns: true, bom: true }) as Record<string, string>[];
        return rows.map((row) => row.需求名称);
      };
      expect(await narrowed({ until: '2026-11-23' })).to.deep.equal(['二十三日']);
      expect(await narrowed({ since: '2026-11-24' })).to.deep.equal(['二十四日']);
      expect(await csv('export')).to.satisfy((rows: Record<string, string>[]) =>
        rows.some((row) => row.截止日 === '2026-11-23' && row.结果 === '完成' && row.行数 === '1'),
      );
      const failure = await narrowed({ since: '2026-11-24', until: '2026-11-23' }).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'invalid');
    });
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
    const count = 150_000;
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
    // The sheet is 150 MB before it is compressed; what is free already is collected late on a busy machine.
    expect(most - before).to.be.lessThan(75e6);
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
