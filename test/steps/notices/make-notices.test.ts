import { expect } from 'chai';
import { type Principal, systemPrincipal } from '../../../src/domain/user.ts';
import type { Change, Following } from '../../../src/ports/record-store.ts';
import { moveEntry } from '../../../src/steps/intake/entries.ts';
import { makeNotices, tell } from '../../../src/steps/notices/make-notices.ts';
import { sendNotices } from '../../../src/steps/notices/send-notices.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { disable, mailsOf, noticesOf, organisation, person, submitted } from './notice-world.ts';

const clerk: Principal = { ...systemPrincipal, userId: 'clerk', role: 'staff' };

describe('notices that follow from events', () => {
  let ports: FreshPorts;
  let own: string;
  let ming: Principal;
  let staff: Principal;
  let following: Following | undefined;
  /** Every delivery is made so many times. */
  let deliveries = 1;

  beforeEach(async () => {
    ports = await freshPorts();
    own = await organisation(ports, '示例抛光材料有限公司', 1);
    ming = await person(ports, 'ming@example.com', 'member', own);
    staff = await person(ports, 'staff@example.com', 'staff');
    deliveries = 1;
  });
  afterEach(async () => {
    await following?.stop();
    following = undefined;
    await ports.close();
  });

  async function settled(): Promise<void> {
    const handler = makeNotices(ports);
    following ??= ports.store.follow(
      'notices',
      { collections: ['needs', 'achievements', 'matches', 'candidateLists'] },
      async (changes: readonly Change[]) => {
        for (let times = 0; times < deliveries; times++) await handler(changes);
      },
    );
    await following.caughtUp();
  }

  const toldTo = async (userId: string) =>
    (await noticesOf(ports)).filter((one) => one.userId === userId).map((one) => one.subject);

  it('tell the people of the record, never whoever did it, and nobody twice', async () => {
    deliveries = 3;
    const lan = await person(ports, 'lan@example.com', 'manager', own);
    const stranger = await person(ports, 'stranger@example.com', 'member', await organisation(ports, '示例大学', 2));
    const need = await submitted(ports, own, '稀土抛光粉分级', ming);
    const published = await moveEntry(ports, clerk, 'need', need.id, need.version, 'publish');
    await moveEntry(ports, ming, 'need', need.id, published.version, 'withdraw', '不再需要');
    await settled();
    expect(await toldTo(ming.userId)).to.deep.equal(['需求《稀土抛光粉分级》已发布']);
    expect((await toldTo(lan.userId)).sort()).to.deep.equal([
      '需求《稀土抛光粉分级》已发布',
      '需求《稀土抛光粉分级》已撤回',
    ]);
    expect(await toldTo(stranger.userId)).to.deep.equal([]);
    const notice = (await noticesOf(ports)).find((one) => one.userId === ming.userId)!;
    expect(notice).to.include({ kind: 'record-review', organisationId: own, link: `/needs/${need.id}`, readAt: null });
    expect(notice.mail).to.include({ state: 'pending', tries: 0 });
  });

  it('say why a record was returned', async () => {
    const need = await submitted(ports, own, '抛光废液回收', ming);
    await moveEntry(ports, clerk, 'need', need.id, need.version, 'return', '请写明水质指标');
    await settled();
    const [notice] = (await noticesOf(ports)).filter((one) => one.userId === ming.userId);
    expect(notice?.text).to.include('原因：请写明水质指标').and.include('修改后重新提交');
  });

  it('tell staff of submissions together, by the hour, exactly', async () => {
    deliveries = 2;
    for (const title of ['甲需求', '乙需求', '丙需求']) await submitted(ports, own, title, ming);
    await settled();
    const batches = async () => (await noticesOf(ports)).filter((one) => one.userId === staff.userId);
    const [batch, ...more] = await batches();
    expect(more).to.deep.equal([]);
    expect(batch).to.include({ subject: '有 3 项新提交待审核', kind: 'desk' });
    expect(batch!.text.split('\n').sort()).to.deep.equal(['需求《丙需求》', '需求《乙需求》', '需求《甲需求》'].sort());

    // Read, then one more within the hour: unread again and counted; then an hour later: another one.
    const { version, createdAt: _, updatedAt: __, ...rest } = batch!;
    await ports.store.collection('notices').update(batch!.id, version, { ...rest, readAt: '2026-11-23T01:10:00.000Z' });
    await submitted(ports, own, '丁需求', ming);
    await settled();
    expect((await batches())[0]).to.include({ subject: '有 4 项新提交待审核', readAt: null });
    ports.clock.set('2026-11-23T02:00:00.000Z');
    await submitted(ports, own, '戊需求', ming);
    await settled();
    expect((await batches()).map(({ subject }) => subject).sort()).to.deep.equal([
      '有 1 项新提交待审核',
      '有 4 项新提交待审核',
    ]);
  });

  it('reach an organisation without accounts at its own address, and nobody where its accounts are disabled', async () => {
    const silent = await organisation(ports, '示例陶瓷厂', 3);
    const need = await submitted(ports, silent, '釉料配方', systemPrincipal);
    await moveEntry(ports, clerk, 'need', need.id, need.version, 'publish');
    await disable(ports, ming.userId);
    const other = await submitted(ports, own, '稀土抛光粉分级', systemPrincipal);
    await moveEntry(ports, clerk, 'need', other.id, other.version, 'publish');
    await settled();
    await sendNotices(ports);
    const told = (await noticesOf(ports)).filter(({ kind }) => kind === 'record-review');
    expect(told.map(({ userId, organisationId }) => ({ userId, organisationId }))).to.deep.equal([
      { userId: null, organisationId: silent },
    ]);
    expect((await mailsOf(ports)).map(({ to }) => to)).to.deep.equal(['contact3@example.com']);
  });

  it('ask the side that a question is for, and end the question when the pair is void', async () => {
    const need = await submitted(ports, own, '稀土抛光粉分级', ming);
    await moveEntry(ports, clerk, 'need', need.id, need.version, 'publish');
    const needs = ports.store.collection('needs');
    const { version, createdAt: _, updatedAt: __, ...rest } = (await needs.get(need.id))!;
    const question = {
      id: 'q1',
      pairId: `${need.id}~a1`,
      week: '2026-W48',
      question: '请说明粒度的检测方法',
      askedBy: staff.userId,
      askedAt: ports.clock.now().toISOString(),
    };
    await needs.update(need.id, version, { ...rest, questions: [question] }, [
      {
        type: 'need.questioned',
        at: question.askedAt,
        by: staff.userId,
        data: { week: '2026-W48', pairId: question.pairId },
      },
    ]);
    await settled();
    const asked = (await noticesOf(ports)).find(({ kind }) => kind === 'record-question')!;
    expect(asked).to.include({ userId: ming.userId, subject: '请补充需求《稀土抛光粉分级》' });
    expect(asked.text).to.include('请说明粒度的检测方法');
  });

  it('leave imports alone', async () => {
    const { importRecords } = await import('../../../src/steps/intake/import-records.ts');
    const { writeFile } = await import('node:fs/promises');
    const { needOf } = await import('../../http/world.ts');
    const path = `${ports.folder}/in.jsonl`;
    const { fields, solutionModes, contact: _, ...content } = needOf('导入的需求');
    await writeFile(path, JSON.stringify({ externalId: '1', ...content, fields, solutionModes }));
    const report = await importRecords(ports, systemPrincipal, {
      kind: 'need',
      file: { name: 'in.jsonl', path },
      source: 's',
      archive: false,
      dryRun: false,
      signal: new AbortController().signal,
      organisation: own,
      publish: true,
    });
    expect(report.created, JSON.stringify(report)).to.equal(1);
    await settled();
    expect(await noticesOf(ports)).to.deep.equal([]);
  });

  it('tell somebody directly, with a link that is in the mail alone and gone after it', async () => {
    const telling = {
      kind: 'account',
      to: { to: 'address', address: { email: 'new@example.com' }, organisationId: own },
      subject: '请设置密码',
      text: '请打开下面的链接。',
      secretLink: '/invitations/s3cret-token',
    } as const;
    await tell(ports, 'invited/1', telling);
    await tell(ports, 'invited/1', telling);
    expect((await noticesOf(ports))[0]?.secretLink)
      .to.be.a('string')
      .and.not.include('s3cret');
    await sendNotices(ports);
    await tell(ports, 'invited/1', telling);
    const [mail, ...rest] = await mailsOf(ports);
    expect(rest).to.deep.equal([]);
    expect(mail?.text).to.include('http://127.0.0.1:3000/invitations/s3cret-token');
    expect(JSON.stringify(await noticesOf(ports)))
      .not.to.include('s3cret')
      .and.not.include('new@example.com');
    expect((await noticesOf(ports))[0]?.mail?.to).to.equal('n***@example.com');
  });
});
