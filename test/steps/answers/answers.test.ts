import { expect } from 'chai';
import type { Answer } from '../../../src/domain/answer.ts';
import { answerIdOf } from '../../../src/domain/answer.ts';
import type { MarkInput } from '../../../src/domain/docket.ts';
import type { Principal } from '../../../src/domain/user.ts';
import type { Change } from '../../../src/ports/record-store.ts';
import type { AnswerPorts } from '../../../src/steps/answers/answer-ports.ts';
import { editAnswer, getAnswer, listAnswers, moveAnswer, moveAnswers } from '../../../src/steps/answers/answers.ts';
import { draftAnswers } from '../../../src/steps/answers/draft-answers.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { correctDecision } from '../../../src/steps/review/correct-decision.ts';
import { markPair } from '../../../src/steps/review/mark-pair.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import { addAchievement, addNeed, type FreshStore, freeze, freshStore, outcomeOf, refusal } from '../docket-world.ts';

const week = '2026-W48';
const party: Principal = { userId: 'u-qi', role: 'member', organisationId: 'o-n1', name: '企业甲' };
const stranger: Principal = { userId: 'u-lu', role: 'member', organisationId: 'o-n2', name: '企业乙' };
const marks: Record<string, MarkInput> = {
  'n1~a1': { kind: 'reject', reason: 'indicators-unmet', note: '内部备注' },
  'n1~a2': { kind: 'defer', until: '2026-12-31' },
  'n2~a2': { kind: 'accept' },
  'n2~a3': { kind: 'ask', side: 'need', question: '请给出粒度指标' },
};

describe('answers to the parties', () => {
  let world: FreshStore & AnswerPorts;
  let twoPersons = false;
  /** Whether a publication has told anybody. */
  let told = false;
  const collection = () => world.store.collection('answers');
  const deliver = async (
    name: 'dockets' | 'needs' | 'candidateLists' | 'achievements',
    id: string,
    events: Change['events'] = [],
  ) => {
    const document = (await world.store.collection(name).get(id))!;
    const change = { collection: name, id, version: document.version, document, events } as Change;
    await draftAnswers(world, async () => told)([change, change]);
  };
  const event = (type: string, data: Record<string, unknown>, at = '2026-11-23T02:00:00.000Z') => ({
    id: type,
    type,
    at,
    by: 'u-1',
    data,
  });
  const all = async () => (await collection().find({ limit: 100 })).items;
  const of = async (recordId: string, part = 0): Promise<Answer> => {
    const recordKind = recordId.startsWith('n') ? 'need' : 'achievement';
    return (await collection().get(answerIdOf({ kind: 'reviewed', recordKind, recordId, week }, part)))!;
  };
  const correct = async (pairId: string, mark: MarkInput, markVersion = 1) => {
    const request = { week, pairId, markVersion, mark, reason: '听错了电话' };
    await correctDecision(world, head, request);
    await deliver('dockets', week);
  };
  const walk = async (recordId: string) => {
    const approved = await moveAnswer(world, clerk, (await of(recordId)).id, (await of(recordId)).version, 'approve');
    return moveAnswer(world, clerk, approved.id, approved.version, 'send');
  };

  beforeEach(async () => {
    twoPersons = false;
    told = false;
    const base = await freshStore();
    world = {
      ...base,
      service: {
        publicUrl: '',
        requireTotp: false,
        auditDays: 190,
        folderMailDays: 90,
        get twoPersons() {
          return twoPersons;
        },
      },
    };
    for (const id of ['n1', 'n2']) {
      await addNeed(world, id);
      await world.store.collection('organisations').insert({
        id: `o-${id}`,
        state: 'approved',
        content: { name: `机构${id}`, email: `${id}@example.com` },
        missing: [],
        history: [],
      });
    }
    for (const id of ['a1', 'a2', 'a3']) await addAchievement(world, id);
    await freeze(
      world,
      outcomeOf(week, {
        n1: [
          ['a1', 'fair'],
          ['a2', 'fair'],
        ],
        n2: [
          ['a2', 'fair'],
          ['a3', 'fair'],
        ],
      }),
    );
    for (const [pairId, mark] of Object.entries(marks)) {
      await markPair(world, clerk, { week, pairId, markVersion: 0, mark });
    }
    await deliver('dockets', week);
    expect(await all()).to.deep.equal([]);
    const { version } = (await world.store.collection('dockets').get(week))!;
    await closeDocket(world, head, { week, seen: version });
    await deliver('dockets', week);
  });
  afterEach(() => world.close());

  it('are drafted once for each record with a pair that was 不通过 or 暂缓, and name no other side', async () => {
    expect((await all()).map(({ recordId, state, version }) => [recordId, state, version]).sort()).to.deep.equal([
      ['a1', 'drafted', 1],
      ['a2', 'drafted', 1],
      ['n1', 'drafted', 1],
    ]);
    const { text, subject, dueOn, organisationId } = await of('n1');
    expect(subject).to.equal('需求《需求n1》的审核结果');
    expect(text).to.contain('2026年第48周').and.contain('2 项').and.contain('指标达不到要求').and.contain('2026-12-31');
    expect(text).to.not.match(/成果a|内部备注|o-/);
    expect(dueOn).to.equal('2026-11-30');
    expect(organisationId).to.equal('o-n1');
    expect((await of('a2')).text)
      .to.contain('一项相关的技术需求：暂缓')
      .and.not.contain('需求n');
  });

  it('follow a correction while they are drafts, unless a clerk has changed the text', async () => {
    const mine = await editAnswer(world, clerk, (await of('a1')).id, 1, '我们电话里谈过，改进检测后再议。');
    expect(mine).to.include({ state: 'drafted', editedBy: clerk.userId });
    await correct('n1~a1', { kind: 'reject', reason: 'immature' });
    expect((await of('n1')).text)
      .to.contain('成熟度不够')
      .and.not.contain('指标达不到');
    expect(await of('a1')).to.include({ text: '我们电话里谈过，改进检测后再议。', outdated: true });
    expect((await refusal(moveAnswer(world, head, mine.id, (await of('a1')).version, 'approve'))).message).to.contain(
      '核对',
    );
    const kept = await editAnswer(world, clerk, mine.id, (await of('a1')).version, '我们电话里谈过，改进检测后再议。');
    expect(kept).to.not.have.property('outdated');
    await correct('n1~a1', { kind: 'accept' }, 2);
    expect((await of('n1')).facts.pairs).to.have.length(1);
    expect(await of('a1')).to.include({ state: 'dropped' });
    await correct('n1~a1', { kind: 'reject', reason: 'off-topic' }, 3);
    expect(await of('a1')).to.include({ state: 'drafted', outdated: true });
    const before = await all();
    await deliver('dockets', week);
    expect(await all()).to.deep.equal(before);
  });

  it('are corrected by another answer once they were sent', async () => {
    await walk('n1');
    const before = await all();
    await deliver('dockets', week);
    expect(await all()).to.deep.equal(before);
    await correct('n1~a1', { kind: 'reject', reason: 'too-general' });
    expect((await of('n1')).text).to.contain('指标达不到要求');
    expect(await of('n1', 1)).to.include({ state: 'drafted', subject: '更正：需求《需求n1》的审核结果' });
    expect((await of('n1', 1)).text)
      .to.contain('以本次为准')
      .and.contain('过于笼统');
    await correct('n1~a1', { kind: 'accept' }, 2);
    await correct('n1~a2', { kind: 'accept' });
    expect((await of('n1', 1)).text).to.contain('已经撤销');
    expect(await of('n1', 2)).to.equal(undefined);
  });

  it('are sent once, after approval, to a party that sees them only then', async () => {
    const { id } = await of('n1');
    expect((await refusal(moveAnswer(world, clerk, id, 1, 'send'))).message).to.contain('拟稿');
    for (const who of [party, stranger]) expect((await refusal(getAnswer(world, who, id))).code).to.equal('not_found');
    expect((await listAnswers(world, party)).items).to.deep.equal([]);
    const sent = await walk('n1');
    expect(sent).to.include({ state: 'sent', sentBy: clerk.userId, approvedBy: clerk.userId });
    expect((await refusal(moveAnswer(world, clerk, id, sent.version, 'send'))).code).to.equal('conflict');
    expect((await refusal(moveAnswer(world, clerk, id, 1, 'send'))).code).to.equal('conflict');
    expect(
      (await refusal(editAnswer(world, clerk, id, sent.version, '发出之后还想改一改这段文字。'))).message,
    ).to.contain('已发出');
    const seen = await getAnswer(world, party, id);
    expect(Object.keys(seen).sort()).to.deep.equal([
      'id',
      'kind',
      'recordId',
      'recordKind',
      'sentAt',
      'state',
      'subject',
      'text',
      'version',
      'week',
    ]);
    expect((await listAnswers(world, party)).items).to.deep.equal([seen]);
    expect((await listAnswers(world, party, { state: 'drafted' })).items).to.deep.equal([]);
    expect((await refusal(getAnswer(world, stranger, id))).code).to.equal('not_found');
    expect((await refusal(getAnswer(world, clerk, 'missing'))).code).to.equal('not_found');
    for (const attempt of [
      editAnswer(world, party, id, 1, '改一改这段文字看看。'),
      moveAnswer(world, party, id, 1, 'send'),
      moveAnswers(world, party, 'send', []),
    ]) {
      expect((await refusal(attempt)).code).to.equal('forbidden');
    }
  });

  it('lose an approval when they are edited, and can be sent back or dropped with a reason', async () => {
    const { id } = await of('n1');
    await moveAnswer(world, clerk, id, 1, 'approve');
    const edited = await editAnswer(world, clerk, id, 2, '换一种说法告诉贵单位结果。');
    expect(edited).to.include({ state: 'drafted' }).and.not.have.property('approvedBy');
    expect((await editAnswer(world, clerk, id, 3, '换一种说法告诉贵单位结果。')).version).to.equal(3);
    await moveAnswer(world, clerk, id, 3, 'approve');
    expect(await moveAnswer(world, head, id, 4, 'return')).to.include({ state: 'drafted' });
    expect((await refusal(moveAnswer(world, clerk, id, 5, 'drop'))).code).to.equal('invalid');
    expect(await moveAnswer(world, clerk, id, 5, 'drop', '11月24日电话告知王经理')).to.include({ state: 'dropped' });
    expect((await refusal(editAnswer(world, clerk, id, 5, '旧版本上的修改不能生效。'))).code).to.equal('conflict');
  });

  it('take two persons where the bureau wants it', async () => {
    twoPersons = true;
    const { id } = await of('n1');
    await editAnswer(world, clerk, id, 1, '我们电话里谈过，改进检测后再议。');
    expect((await refusal(moveAnswer(world, clerk, id, 2, 'approve'))).message).to.contain('另一人批准');
    await moveAnswer(world, head, id, 2, 'approve');
    expect((await refusal(moveAnswer(world, head, id, 3, 'send'))).message).to.contain('另一人发出');
    expect(await moveAnswer(world, clerk, id, 3, 'send')).to.include({ state: 'sent' });
  });

  it('are not sent to nobody', async () => {
    const { id } = await of('a1');
    await moveAnswer(world, clerk, id, 1, 'approve');
    expect((await refusal(moveAnswer(world, clerk, id, 2, 'send'))).message).to.contain('发不出去');
  });

  it('are not sent where all accounts were disabled, to which notices do not go either', async () => {
    const { id } = await of('n1');
    await moveAnswer(world, clerk, id, 1, 'approve');
    const given = { passwordHash: 'x', mustChangePassword: false, failures: 0, sessionEpoch: 1 };
    const user = { id: 'u-qi', login: 'qi', name: '齐', role: 'member', organisationId: 'o-n1', ...given } as const;
    await world.store.collection('users').insert({ ...user, state: 'disabled' });
    expect((await refusal(moveAnswer(world, clerk, id, 2, 'send'))).message).to.contain('发不出去');
    await world.store.collection('users').update('u-qi', 1, { ...user, state: 'active' });
    expect(await moveAnswer(world, clerk, id, 2, 'send')).to.include({ state: 'sent' });
  });

  it('are not drafted of a publication that its people were told of', async () => {
    told = true;
    await deliver('needs', 'n2', [event('need.published', { revision: 1 })]);
    expect((await all()).filter(({ kind }) => kind === 'published')).to.deep.equal([]);
  });

  it('are approved and sent by the dozen, each by itself', async () => {
    const items = (await all()).map(({ id, version }) => ({ id, version }));
    const approved = await moveAnswers(world, clerk, 'approve', [...items, { id: 'missing', version: 1 }]);
    expect(approved.map(({ done }) => done)).to.deep.equal([true, true, true, false]);
    const sent = await moveAnswers(
      world,
      clerk,
      'send',
      items.map(({ id }) => ({ id, version: 2 })),
    );
    expect(sent.filter(({ done }) => done)).to.have.length(1);
    expect(sent.find(({ done }) => !done)!.problem).to.contain('发不出去');
  });

  it('are overdue after five working days, the longest first', async () => {
    expect((await listAnswers(world, clerk, { overdue: true })).items).to.deep.equal([]);
    world.clock.set('2026-12-01T01:00:00.000Z');
    const overdue = (await listAnswers(world, clerk, { overdue: true, kind: 'reviewed' })).items;
    expect(overdue.map((one) => one.overdue)).to.deep.equal([true, true, true]);
    await walk('n1');
    expect((await listAnswers(world, clerk, { overdue: true })).items).to.have.length(2);
    expect((await listAnswers(world, clerk, { overdue: true, state: 'sent' })).items).to.deep.equal([]);
    expect((await listAnswers(world, clerk, { recordId: 'n1', state: 'sent' })).items).to.have.length(1);
    expect((await listAnswers(world, { ...party, organisationId: undefined } as never)).items).to.deep.equal([]);
  });

  it('are drafted when nothing fits, and when a record is published for the first time, but not for imports', async () => {
    await deliver('candidateLists', 'n2', [event('need.answered', { week, needId: 'n2' })]);
    await deliver('needs', 'n2', [event('need.published', { revision: 1 })]);
    await deliver('achievements', 'a3', [event('achievement.published', { revision: 1 })]);
    await deliver('needs', 'n1', [event('need.published', { revision: 1, source: '2015' })]);
    await deliver('needs', 'n1', [event('need.published', { revision: 2 })]);
    await draftAnswers(
      world,
      async () => told,
    )([
      {
        collection: 'needs',
        id: 'gone',
        version: 2,
        document: null,
        events: [event('need.published', { revision: 1 })],
      },
    ]);
    const more = (await all()).filter(({ kind }) => kind !== 'reviewed');
    expect(more.map(({ kind, recordId, week: of, version }) => [kind, recordId, of, version]).sort()).to.deep.equal([
      ['no-match', 'n2', week, 1],
      ['published', 'a3', null, 1],
      ['published', 'n2', null, 1],
    ]);
    for (const { text } of more) expect(text.length).to.be.above(60);
    expect(more.find(({ kind }) => kind === 'no-match')!.text)
      .to.contain('暂无合适成果')
      .and.contain('拟投入资金');
  });
});
