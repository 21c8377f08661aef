import { expect } from 'chai';
import type { Invitation } from '../../../src/domain/invitation.ts';
import { changeDocument } from '../../../src/ports/change-document.ts';
import { assignWork } from '../../../src/steps/desk/assign-work.ts';
import { readDesk } from '../../../src/steps/desk/read-desk.ts';
import { answerQuestion, askEntry, moveEntry, noteAnswer, unaskEntry } from '../../../src/steps/intake/entries.ts';
import { fillAsked } from '../../../src/steps/intake/fill-asked.ts';
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
    // Letters reach both sides.
    for (const id of ['o-enterprise', 'o-university']) {
      await changeDocument(world.store, 'organisations', id, (one) => ({
        document: { ...one, content: { ...one.content, email: 'office@example.com' } },
      }));
    }
  });
  afterEach(() => world.close());

  /** The first reminder of the clock went out, and nobody answered. */
  const reminded = () =>
    changeDocument(world.store, 'invitations', invitation, (one) => ({
      document: { ...one, reminded: [5] },
      events: [],
    }));
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
    expect(await figure('invitation'), 'only just sent').to.include({ waiting: 0 });
    await reminded();
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

  it('lists questions outside a docket until they are answered, and answers until somebody has looked at them', async () => {
    const { version } = await askEntry(world, clerk, 'need', needId, 1, { id: 'q1', question: '请补充检测方法' });
    expect(await figure('record-question')).to.include({ waiting: 1, oldestDays: 0, unassigned: 1, on: 'parties' });
    world.clock.set('2026-11-25T01:00:00.000Z');
    const desk = await readDesk(world, clerk);
    expect(desk.lists['record-question'][0]).to.deep.include({
      recordId: needId,
      title: '抛光粉粒度控制（请补充检测方法）',
      place: { collection: 'needs', id: needId },
      waitsOn: ['示例抛光材料有限公司'],
    });
    expect(desk.figures.find(({ kind }) => kind === 'record-question')!.oldestDays).to.equal(2);
    expect(desk.lists['record-answer']).to.deep.equal([]);
    const refused = await refusal(noteAnswer(world, clerk, 'need', needId, version, 'q1'));
    expect(refused.message).to.contain('还没有答复');
    const answered = await answerQuestion(world, needs, 'need', needId, version, 'q1', '激光衍射法');
    expect(await figure('record-question')).to.include({ waiting: 0 });
    world.clock.set('2026-11-28T01:00:00.000Z');
    expect(await figure('record-answer')).to.include({ waiting: 1, oldestDays: 3, on: 'bureau' });
    expect((await refusal(noteAnswer(world, needs, 'need', needId, answered.version, 'q1'))).code).to.equal(
      'forbidden',
    );
    const noted = await noteAnswer(world, clerk, 'need', needId, answered.version, 'q1');
    expect(await figure('record-answer')).to.include({ waiting: 0 });
    expect(noted.questions![0]).to.include({ notedBy: clerk.userId });
    expect((await noteAnswer(world, clerk, 'need', needId, 1, 'q1')).version).to.equal(noted.version);
    await askEntry(world, clerk, 'need', needId, noted.version, { id: 'q2', question: '请补充粒度' });
    expect(await figure('record-question')).to.include({ waiting: 1 });
    expect(await figure('record-answer')).to.include({ waiting: 0 });
  });

  it('finds questions of records from before it was kept that they wait, after one round', async () => {
    await askEntry(world, clerk, 'need', needId, 1, { id: 'q1', question: '请补充检测方法' });
    await addAchievement(world, 'a9');
    await world.store.collection('achievements').insert(record('a2', 'o-university', { title: '低温煅烧工艺' }));
    await askEntry(world, clerk, 'achievement', 'a2', 1, { id: 'q2', question: '请补充检测报告' });
    await answerQuestion(world, people.offers, 'achievement', 'a2', 2, 'q2', '已上传');
    const needs = world.store.collection('needs');
    const achievements = world.store.collection('achievements');
    for (const collection of [needs, achievements] as unknown as [typeof needs]) {
      for await (const old of collection.stream({})) {
        const { version, createdAt: _createdAt, updatedAt: _updatedAt, asked: _asked, ...rest } = old;
        await collection.update(old.id, version, rest);
      }
    }
    expect(await figure('record-question')).to.include({ waiting: 0 });
    const { version: untouched } = (await achievements.get('a9'))!;
    expect(await fillAsked(world)).to.equal(2);
    expect(await figure('record-question')).to.include({ waiting: 1 });
    expect(await figure('record-answer')).to.include({ waiting: 1 });
    expect((await achievements.get('a9'))!.version).to.equal(untouched);
    const { version } = (await needs.get(needId))!;
    expect(await fillAsked(world)).to.equal(0);
    expect((await needs.get(needId))!.version).to.equal(version);
  });

  it('takes answers for looked at where the record is decided about, and forgets questions that are taken back', async () => {
    const content = { title: '低温煅烧工艺' };
    await world.store
      .collection('achievements')
      .insert({ ...record('a2', 'o-university', content), state: 'submitted', published: null });
    let { version } = await askEntry(world, clerk, 'achievement', 'a2', 1, { id: 'q1', question: '请补充检测方法' });
    ({ version } = await askEntry(world, clerk, 'achievement', 'a2', version, { id: 'q2', question: '请补充专利号' }));
    ({ version } = await answerQuestion(world, people.offers, 'achievement', 'a2', version, 'q1', '激光衍射法'));
    expect((await readDesk(world, clerk)).lists['record-question'][0]!.title).to.contain('请补充专利号');
    expect(await figure('record-answer')).to.include({ waiting: 1 });
    ({ version } = await unaskEntry(world, clerk, 'achievement', 'a2', version, 'q2'));
    expect(await figure('record-question')).to.include({ waiting: 0 });
    const service = { publicUrl: '', requireTotp: false, auditDays: 190, folderMailDays: 90, twoPersons: false };
    await moveEntry({ ...world, service }, clerk, 'achievement', 'a2', version, 'return', '请补充摘要');
    expect(await figure('record-answer')).to.include({ waiting: 0 });
    expect((await world.store.collection('achievements').get('a2'))!.asked).to.equal(undefined);
  });

  it('lists files that wait to be shown', async () => {
    const file = {
      owner: { collection: 'needs' as const, id: needId },
      stored: true,
      type: 'pdf' as const,
      size: 9,
      sha256: 'x',
      addedBy: needs.userId,
      history: [],
    };
    const files = world.store.collection('attachments');
    await files.insert({ ...file, id: 'f1', place: 1, name: '检测报告.pdf', audience: 'inside' });
    const offeredAt = '2026-11-13T01:00:00.000Z';
    await files.insert({ ...file, id: 'f2', place: 2, name: '照片.pdf', audience: 'offered', offeredAt });
    await files.insert({ ...file, id: 'f3', place: 3, name: '半截.pdf', audience: 'offered', stored: false });
    expect(await figure('file')).to.include({ waiting: 1, overdue: 1, oldestDays: 10 });
    expect((await readDesk(world, clerk)).lists.file[0]).to.deep.include({
      recordId: 'f2',
      title: '照片.pdf（需求《抛光粉粒度控制》）',
      place: { collection: 'needs', id: needId },
      dueOn: '2026-11-20',
      waitsOn: [],
    });
  });

  it('lists partnerships whose milestones or results are late, and on whom they wait', async () => {
    const base = {
      origin: 'manual' as const,
      title: '抛光粉粒度控制',
      needId,
      achievementId: null,
      needOrganisationId: 'o-enterprise',
      achievementOrganisationId: null,
      achievementParty: '外地大学',
      history: [],
    };
    const line = { by: 'u-lan', at: '2026-03-01T01:00:00.000Z' };
    const partnerships = world.store.collection('partnerships');
    const results = { salesFen: 0, savedFen: 0, patents: 0, jobs: 0 };
    const asked = { resultRequests: [{ period: '2026H1', askedAt: '2026-07-01T00:40:00.000Z', dueOn: '2026-07-31' }] };
    await partnerships.insert({
      ...base,
      ...asked,
      id: 'p1',
      state: 'performing',
      milestones: [
        { ...line, id: 'm1', title: '中试', dueOn: '2026-11-20' },
        { ...line, id: 'm2', title: '方案', dueOn: '2026-10-20', doneOn: '2026-10-19' },
        { ...line, id: 'm3', title: '验收', dueOn: '2026-11-23' },
      ],
      results: [{ ...line, ...results, period: '2026H1', side: 'need' }],
    });
    await partnerships.insert({
      ...base,
      ...asked,
      id: 'p2',
      state: 'terminated',
      milestones: [{ ...line, id: 'm1', title: '中试', dueOn: '2026-11-20' }],
    });
    const desk = await readDesk(world, clerk);
    expect(desk.lists.milestone.map(({ recordId }) => recordId)).to.deep.equal(['p1']);
    expect(desk.lists.milestone[0]).to.deep.include({
      title: '抛光粉粒度控制（中试）',
      dueOn: '2026-11-20',
      waitsOn: ['示例抛光材料有限公司', '外地大学'],
    });
    expect(desk.lists.results.map(({ recordId, title, waitsOn }) => [recordId, title, waitsOn])).to.deep.equal([
      ['p1', '抛光粉粒度控制（2026H1）', ['外地大学']],
    ]);
    expect(await figure('milestone')).to.include({ waiting: 1, overdue: 1, oldestDays: 2 });
    expect(await figure('results')).to.include({ waiting: 1, overdue: 1, oldestDays: 114 });
  });

  it('lists agreements that are not signed yet, and what ends within sixty days', async () => {
    const base = {
      origin: 'manual' as const,
      parties: [{ organisationId: 'o-university' }, { organisationId: null, name: '开发区管委会' }],
      links: {},
      createdBy: 'u-lan',
      madeFrom: 'x',
      history: [],
    };
    const agreements = world.store.collection('agreements');
    await agreements.insert({ ...base, id: 'g1', state: 'draft', content: { title: '待签' } });
    await agreements.insert({ ...base, id: 'g2', state: 'active', content: { title: '将到期', until: '2027-01-22' } });
    await agreements.insert({ ...base, id: 'g3', state: 'active', content: { title: '还早', until: '2027-01-23' } });
    await world.store.collection('jointBodies').insert({
      ...base,
      id: 'j1',
      state: 'running',
      content: { title: '研究生工作站', kind: 'graduate-workstation', until: '2026-11-22' },
    });
    const { lists } = await readDesk(world, clerk);
    const listed = (kind: keyof typeof lists) => lists[kind].map(({ recordId }) => recordId);
    expect(listed('agreement-draft')).to.deep.equal(['g1']);
    expect(lists['agreement-draft'][0]!.waitsOn).to.deep.equal(['示例大学', '开发区管委会']);
    expect(listed('agreement-ending')).to.deep.equal(['g2']);
    expect(listed('joint-body-ending')).to.deep.equal(['j1']);
    expect(await figure('agreement-ending')).to.include({ overdue: 0, oldestDays: 0 });
    expect(await figure('joint-body-ending')).to.include({ overdue: 1, oldestDays: 61 });
  });

  it('has an invitation at once that no letter reaches, and one that staff reminded of', async () => {
    await world.decide('accepted');
    const change = (given: (one: Invitation) => Invitation) =>
      changeDocument(world.store, 'invitations', invitation, (one) => ({ document: given(one), events: [] }));
    await change((one) => ({ ...one, need: { ...one.need, organisationId: null } }));
    expect(await figure('invitation')).to.include({ waiting: 1 });
    await change((one) => ({ ...one, need: { ...one.need, organisationId: 'o-enterprise' } }));
    expect(await figure('invitation')).to.include({ waiting: 0 });
    const line = { at: '2026-11-24T01:00:00.000Z', by: clerk.userId, action: 'remind', from: 'open', to: 'open' };
    await change((one) => ({ ...one, history: [...one.history, line] }));
    expect(await figure('invitation')).to.include({ waiting: 1 });
  });

  it('counts as free what is on somebody who works here no more', async () => {
    await world.decide('accepted');
    await reminded();
    const request = { kind: 'invitation', recordId: invitation } as const;
    await assignWork(world, clerk, { ...request, assigneeId: head.userId, version: 0 });
    expect(await figure('invitation')).to.include({ unassigned: 0 });
    const left = (await world.store.collection('users').get(head.userId))!;
    await world.store.collection('users').update(left.id, left.version, { ...left, state: 'disabled' });
    const free = await figure('invitation');
    expect([free.unassigned, free.onWhom]).to.deep.equal([1, []]);
    // Whoever takes it over does so by the version that he sees.
    const [seen] = (await readDesk(world, clerk)).lists.invitation;
    const taken = await assignWork(world, clerk, {
      ...request,
      assigneeId: clerk.userId,
      version: seen!.assignmentVersion,
    });
    expect(taken.assigneeId).to.equal(clerk.userId);
  });

  it('gives work to a clerk, counts it on him, and tells the second who takes it that it is taken', async () => {
    await world.decide('accepted');
    await reminded();
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
