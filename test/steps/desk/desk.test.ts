import { expect } from 'chai';
import { changeDocument } from '../../../src/ports/change-document.ts';
import { assignWork } from '../../../src/steps/desk/assign-work.ts';
import { readDesk } from '../../../src/steps/desk/read-desk.ts';
import { type ConsentWorld, consentWorld, invitation, needId, pair, people, record } from '../consent-world.ts';
import { addAchievement, freeze, outcomeOf, refusal } from '../docket-world.ts';

const { clerk, head, needs } = people;

describe('the desk', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
    for (const { userId, role, name } of [clerk, head]) {
      const given = { passwordHash: 'x', mustChangePassword: false, failures: 0, sessionEpoch: 1 };
      await world.store
        .collection('users')
        .insert({ id: userId, state: 'active', login: userId, name, role, ...given });
    }
  });
  afterEach(() => world.close());

  const figure = async (kind: string) => (await readDesk(world, clerk)).figures.find((one) => one.kind === kind)!;

  it('counts what waits, how long, and what is overdue', async () => {
    for (const { code } of [
      { code: 'need' },
      { code: 'answer' },
      { code: 'invitation' },
      { code: 'pair' },
      { code: 'question' },
    ]) {
      expect(await figure(code)).to.include({ waiting: 0, overdue: 0, oldestDays: 0 });
    }
    const submitted = '2026-11-12T01:00:00.000Z';
    await world.store.collection('needs').insert({
      ...record('n2', 'o-enterprise', { title: '待审需求' }),
      state: 'submitted',
      published: null,
      history: [{ at: submitted, by: 'u-qi', action: 'submit', from: 'draft', to: 'submitted' }],
    });
    await world.store
      .collection('needs')
      .insert({ ...record('n3', 'o-enterprise', { title: '修改待审' }), revision: 'submitted' });
    expect(await figure('need')).to.include({ waiting: 2, overdue: 1, oldestDays: 11, unassigned: 2 });
    await world.decide('accepted');
    expect(await figure('invitation')).to.include({ waiting: 1, overdue: 0 });
    await addAchievement(world, 'a9');
    await freeze(world, outcomeOf('2026-W48', { [needId]: [['a9', 'fair']] }));
    const desk = await readDesk(world, clerk, { limit: 1 });
    expect(desk.lists.need.map(({ recordId }) => recordId)).to.deep.equal(['n2']);
    expect(desk.lists.invitation[0]!.title).to.contain('需求方、成果方未答复');
    expect(desk.lists.pair).to.have.length(1);
    expect(desk.promise).to.deep.equal({ week: '2026-W48', toAnswer: 0, short: 0 });
    expect(desk.warnings.join()).to.contain('没有2027年的节假日安排');
    expect((await refusal(readDesk(world, needs))).code).to.equal('forbidden');
    world.clock.set('2026-12-10T01:00:00.000Z');
    expect(await figure('invitation')).to.include({ waiting: 1, overdue: 1, oldestDays: 17 });
  });

  it('lists the open questions of 请补充, and not those that were answered', async () => {
    const mark = {
      kind: 'ask',
      side: 'need',
      question: '请给出粒度',
      by: 'u-lan',
      byName: '兰',
      at: '2026-11-20T01:00:00.000Z',
    } as const;
    await changeDocument(world.store, 'matches', pair, (match) => ({
      document: { ...match, state: 'questioned' as const, decisions: [{ week: '2026-W47', mark, correction: false }] },
    }));
    const asked = {
      id: 'q1',
      pairId: pair,
      week: '2026-W47',
      question: '请给出粒度',
      askedBy: 'u-lan',
      askedAt: mark.at,
    };
    await changeDocument(world.store, 'needs', needId, (need) => ({ document: { ...need, questions: [asked] } }));
    expect(await figure('question')).to.include({ waiting: 1, oldestDays: 3 });
    const answered = { ...asked, answer: '67%', answeredBy: 'u-qi', answeredAt: mark.at };
    await changeDocument(world.store, 'needs', needId, (need) => ({ document: { ...need, questions: [answered] } }));
    expect(await figure('question')).to.include({ waiting: 0 });
  });

  it('gives work to a clerk, counts it on him, and tells the second who takes it that it is taken', async () => {
    await world.decide('accepted');
    const request = { kind: 'invitation', recordId: invitation } as const;
    const first = await assignWork(world, clerk, { ...request, assigneeId: clerk.userId, version: 0 });
    expect((await figure('invitation')).onWhom).to.deep.equal([{ userId: clerk.userId, waiting: 1 }]);
    expect((await readDesk(world, clerk, { assigneeId: head.userId })).lists.invitation).to.deep.equal([]);
    expect((await readDesk(world, clerk, { assigneeId: clerk.userId })).lists.invitation).to.have.length(1);
    const late = await refusal(assignWork(world, head, { ...request, assigneeId: head.userId, version: 0 }));
    expect([late.code, late.message]).to.deep.equal(['conflict', '这项工作现在由兰科员经办，请刷新后再决定是否接手']);
    const same = await assignWork(world, clerk, { ...request, assigneeId: clerk.userId, version: first.version });
    expect(same.version).to.equal(first.version);
    const taken = await assignWork(world, head, { ...request, assigneeId: head.userId, version: first.version });
    expect(taken.history.map(({ by, from, to }) => [by, from, to])).to.deep.equal([
      [clerk.userId, null, clerk.userId],
      [head.userId, clerk.userId, head.userId],
    ]);
    const back = await assignWork(world, head, { ...request, assigneeId: null, version: taken.version });
    expect(back.assigneeId).to.equal(null);
    expect((await refusal(assignWork(world, head, { ...request, assigneeId: null, version: 1 }))).message).to.contain(
      '刚刚变动过',
    );
    expect(
      (await refusal(assignWork(world, head, { kind: 'need', recordId: 'n9', assigneeId: null, version: 3 }))).message,
    ).to.contain('还没有人经办');
    expect(
      (await refusal(assignWork(world, clerk, { ...request, assigneeId: 'u-qi', version: back.version }))).code,
    ).to.equal('invalid');
    expect((await refusal(assignWork(world, needs, { ...request, assigneeId: null, version: 0 }))).code).to.equal(
      'forbidden',
    );
  });

  it('lets one of two who take the same work at once have it', async () => {
    const request = { kind: 'pair', recordId: pair, version: 0 } as const;
    const results = await Promise.allSettled([
      assignWork(world, clerk, { ...request, assigneeId: clerk.userId }),
      assignWork(world, head, { ...request, assigneeId: head.userId }),
    ]);
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
  });
});
