import { expect } from 'chai';
import fc from 'fast-check';
import { addresseeStates, type CallRequest, callRequestId, callStates } from '../../src/domain/call.ts';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import { endCalls } from '../../src/steps/calls/end-calls.ts';
import { followCalls } from '../../src/steps/calls/follow-calls.ts';
import { tellCampaigns } from '../../src/steps/calls/tell-campaigns.ts';
import { organisationsFor } from '../../src/steps/policies/policy-audience.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { memberOf, staff } from '../steps/intake/intake-fixtures.ts';

async function failureOf(work: Promise<unknown>): Promise<QianxianError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, 'something was let through').to.be.instanceOf(QianxianError);
  return error as QianxianError;
}

const until = '2026-12-20';
const text = '请有相关研究基础的团队踊跃应征，企业可提供试验场地。';

describe('campaigns and calls', () => {
  let ports: FreshPorts;
  let flow: Flow;
  let works: string;
  let materials: string;
  let marine: string;
  let numbers = 500;

  beforeEach(async () => {
    ports = await freshPorts();
    flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
    await flow.startReading();
    await flow.startEffects();
    works = await organisation('抛光粉厂', 'enterprise');
    materials = await organisation('材料大学', 'university');
    marine = await organisation('海洋大学', 'university');
  });
  afterEach(async () => {
    await ports.queue.close();
    await flow.stop();
    await ports.close();
  });

  async function organisation(name: string, type: 'enterprise' | 'university') {
    return (await flow.createOrganisation(systemPrincipal, organisationOf(name, numbers++, type))).id;
  }
  async function published(kind: 'need' | 'achievement', content: unknown, organisationId: string) {
    let view = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
    view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'submit');
    view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'publish');
    return view.id;
  }
  /** A need that the achievements of one university come near to. */
  async function world(visibility: 'public' | 'members' | 'bureau' = 'members') {
    const needId = await published('need', needOf('稀土抛光粉的低温煅烧', { visibility }), works);
    await published('achievement', achievementOf('氧化铈抛光粉煅烧工艺', { team: '稀土课题组' }), materials);
    await published('achievement', achievementOf('抛光浆料分散稳定', { team: '浆料课题组' }), materials);
    await published(
      'achievement',
      {
        title: '海藻多糖的提取',
        abstract: '用酶解和膜分离从海带中提取褐藻多糖，得率高，废水少。',
        fields: ['marine'],
        visibility: 'public',
      },
      marine,
    );
    await flow.settled();
    return needId;
  }
  const propose = (needId: string, more: { until?: string; text?: string } = {}) =>
    flow.proposeCall(staff, needId, { until, text, ...more });
  async function sent(needId: string) {
    const call = await propose(needId);
    const open = await flow.moveCall(staff, call.id, call.version, 'send');
    await flow.settled();
    return open;
  }
  const requestOf = async (callId: string, organisationId: string) =>
    (await ports.store.collection('callRequests').get(callRequestId(callId, organisationId)))!;

  it('proposes those whose achievements come near, with reasons; staff edit the list, and only these get it', async () => {
    const needId = await world();
    const call = await propose(needId);
    expect(call.addressees.map(({ organisationName }) => organisationName)[0]).to.equal('材料大学');
    expect(call.addressees.some(({ organisationId }) => organisationId === works)).to.equal(false);
    expect(call.addressees[0]!.teams).to.have.members(['稀土课题组', '浆料课题组']);
    expect(call.addressees[0]!.reasons[0]).to.match(/有2项相近的成果.*《氧化铈抛光粉煅烧工艺》/);
    expect(call.addressees[0]!.reasons[1]).to.match(/技术领域相同：新材料及应用（2项成果）/);
    expect((await propose(needId)).id).to.equal(call.id);
    expect((await failureOf(propose(needId, { until: '2026-12-21' }))).message).to.match(/已有一次征集在拟定/);

    const edit = (organisationIds: string[], seen = call.version) =>
      flow.editCall(staff, call.id, seen, { until, text, organisationIds });
    expect((await failureOf(edit([works]))).issues[0]!.reason).to.match(/提出单位/);
    expect((await failureOf(edit(['nowhere']))).issues[0]!.field).to.equal('organisationIds.0');
    const none = await edit([]);
    expect((await failureOf(flow.moveCall(staff, call.id, none.version, 'send'))).message).to.match(/名单上还没有/);
    const both = await edit([materials, marine], none.version);
    await flow.moveCall(staff, call.id, both.version, 'send');
    await flow.settled();
    const view = await flow.getCall(staff, call.id);
    expect(view.replies.map(({ organisationId, state }) => [organisationId, state])).to.deep.equal([
      [materials, 'sent'],
      [marine, 'sent'],
    ]);
    expect((await flow.listCallRequests(memberOf(marine), {})).items).to.have.length(1);
    expect((await flow.listCallRequests(memberOf(works), {})).items).to.have.length(0);
  });

  it('refuses deadlines that are past or far off, too long a list, and what is over', async () => {
    const needId = await world();
    for (const wrong of ['2026-11-23', '2028-01-01', '2026-13-01']) {
      expect((await failureOf(propose(needId, { until: wrong }))).issues[0]!.field, wrong).to.equal('until');
    }
    expect((await failureOf(propose(needId, { text: '短' }))).issues[0]!.field).to.equal('text');
    const twins = await Promise.allSettled([
      propose(needId),
      flow.proposeCall(systemPrincipal, needId, { until, text }),
    ]);
    const refused = twins.flatMap((one) => (one.status === 'rejected' ? [one.reason as QianxianError] : []));
    expect(refused.map(({ code }) => code)).to.deep.equal(['conflict']);
    const call = (await flow.listCalls(staff, { needId })).items[0]!;
    const many = await Promise.all(
      Array.from({ length: 101 }, (_, place) => organisation(`高校${place}`, 'university')),
    );
    const edit = (organisationIds: string[]) =>
      flow.editCall(staff, call.id, call.version, { until, text, organisationIds });
    expect((await failureOf(edit(many))).issues[0]).to.include({ field: 'organisationIds' });
    expect((await failureOf(flow.editCall(staff, call.id, 99, { until, text, organisationIds: [] }))).code).to.equal(
      'conflict',
    );
    expect((await failureOf(flow.moveCall(staff, call.id, 99, 'send'))).code).to.equal('conflict');
    const gone = await flow.moveCall(staff, call.id, call.version, 'cancel', '企业已自行解决');
    const late = { until, text, organisationIds: [materials] };
    expect((await failureOf(flow.editCall(staff, call.id, gone.version, late))).message).to.match(/已取消.*另发一次/);
    expect((await failureOf(flow.getCall(staff, 'nowhere'))).code).to.equal('not_found');
  });

  it('takes at most twenty achievements of one organisation', async () => {
    const call = await sent(await world());
    const request = await requestOf(call.id, materials);
    for (let place = 0; place < 20; place++) {
      await flow.createEntry(memberOf(materials), 'achievement', achievementOf(`工艺${place}`), {
        id: `many-${place}`,
        callId: call.id,
      });
    }
    await flow.settled();
    expect((await requestOf(call.id, materials)).achievementIds).to.have.length(20);
    const more = await flow.createEntry(memberOf(materials), 'achievement', achievementOf('第二十一项'));
    const refused = await failureOf(flow.answerCall(memberOf(materials), request.id, { achievementId: more.id }, 'x'));
    expect(refused.message).to.match(/最多用20项/);
    const fresh = flow.answerCall(memberOf(materials), request.id, { content: achievementOf('又一项') }, 'fresh');
    expect((await failureOf(fresh)).message).to.match(/最多用20项/);
    expect(await ports.store.collection('achievements').get('fresh')).to.equal(undefined);
    // One that names the call all the same is left alone, and nobody behind it waits.
    await flow.createEntry(memberOf(materials), 'achievement', achievementOf('多出的一项'), { callId: call.id });
    await flow.settled();
    expect((await requestOf(call.id, materials)).achievementIds).to.have.length(20);
  });

  it('shows an addressee the need as it is published, without contact; nobody else sees what he received', async () => {
    const needId = await world();
    const call = await sent(needId);
    const request = await requestOf(call.id, materials);
    const view = await flow.getCallRequest(memberOf(materials), request.id);
    expect(view.need!.content.title).to.equal('稀土抛光粉的低温煅烧');
    expect(JSON.stringify(view)).to.not.match(/王机密|13800000000|history":\[\{"at".*create.*draft/);
    expect(view.need).to.not.have.any.keys('history', 'questions', 'published', 'clarity', 'missing');
    for (const stranger of [memberOf(works), memberOf(marine)]) {
      expect((await failureOf(flow.getCallRequest(stranger, request.id))).code).to.equal('not_found');
      expect((await failureOf(flow.declineCall(stranger, request.id, 1, '不'))).code).to.equal('not_found');
      expect((await failureOf(flow.answerCall(stranger, request.id, { content: {} }, 'x'))).code).to.equal('not_found');
    }
    expect((await failureOf(flow.getCall(memberOf(materials), call.id))).code).to.equal('forbidden');
    expect((await flow.getCallRequest(staff, request.id)).need!.content).to.not.have.property('contact');
  });

  it('takes a new achievement as answer, which is matched with the need once it is published', async () => {
    const needId = await world();
    const call = await sent(needId);
    const request = await requestOf(call.id, materials);
    const people = memberOf(materials);
    const content = achievementOf('稀土抛光粉低温煅烧助剂与工艺');
    const answered = await flow.answerCall(people, request.id, { content }, 'answer-1');
    expect(answered.answers).to.deep.equal([{ achievementId: 'answer-1', title: content.title, state: 'draft' }]);
    const again = await flow.answerCall(people, request.id, { content }, 'answer-1');
    expect(again.version).to.equal(answered.version);
    const draft = await flow.getEntry(people, 'achievement', 'answer-1');
    expect(draft).to.include({ callId: call.id, organisationId: materials, state: 'draft' });
    const submitted = await flow.moveEntry(people, 'achievement', draft.id, draft.version, 'submit');
    await flow.moveEntry(systemPrincipal, 'achievement', draft.id, submitted.version, 'publish');
    await flow.settled();
    const view = await flow.getCall(staff, call.id);
    expect(view.replies[0]).to.deep.include({ organisationId: materials, state: 'answered' });
    expect(view.replies[0]!.answers).to.deep.equal([
      { achievementId: 'answer-1', title: content.title, state: 'published' },
    ]);
    await flow.runWeek({ week: '2026-W48' });
    const { candidates } = await flow.candidatesOf(staff, needId);
    expect(candidates.map(({ achievementId }) => achievementId)).to.include('answer-1');
  });

  it('takes an achievement that is there, and refuses that of others, a withdrawn one, and what comes too late', async () => {
    const needId = await world();
    const call = await sent(needId);
    const request = await requestOf(call.id, materials);
    const people = memberOf(materials);
    const own = (await flow.listEntries(people, 'achievement', { organisationId: materials })).items[0]!;
    const foreign = (await flow.listEntries(people, 'achievement', {})).items.find(
      ({ organisationId }) => organisationId === marine,
    )!;
    const answer = (achievementId: string, by: Principal = people) =>
      flow.answerCall(by, request.id, { achievementId }, 'x');
    expect((await failureOf(answer(foreign.id))).code).to.equal('not_found');
    expect((await failureOf(answer(foreign.id, staff))).code).to.equal('forbidden');
    expect((await failureOf(answer('nowhere'))).code).to.equal('not_found');
    expect((await answer(own.id)).state).to.equal('answered');
    expect((await answer(own.id)).answers).to.have.length(1);
    const gone = await flow.createEntry(people, 'achievement', achievementOf('已撤回的工艺'));
    const { version } = await flow.moveEntry(people, 'achievement', gone.id, gone.version, 'withdraw', '不再提供');
    expect(version).to.equal(2);
    expect((await failureOf(answer(gone.id))).message).to.match(/已撤回/);
    ports.clock.set('2026-12-21T01:00:00.000Z');
    const late = await flow.createEntry(people, 'achievement', achievementOf('来晚的工艺'));
    expect((await failureOf(answer(late.id))).message).to.match(/已于2026-12-20截止.*照常提交/);
    expect((await failureOf(flow.answerCall(people, request.id, { content: {} }, 'late'))).code).to.equal('conflict');
    expect(await ports.store.collection('achievements').get('late')).to.equal(undefined);
  });

  it('is declined with a reason, once', async () => {
    const call = await sent(await world());
    const request = await requestOf(call.id, materials);
    const decline = (reason?: string, seen = request.version) =>
      flow.declineCall(memberOf(materials), request.id, seen, reason);
    expect((await failureOf(decline())).issues[0]!.field).to.equal('reason');
    expect((await failureOf(decline('没有相关团队', 9))).code).to.equal('conflict');
    const declined = await decline('没有相关团队');
    expect(declined).to.include({ state: 'declined', declineReason: '没有相关团队' });
    expect((await failureOf(decline('再说一次', declined.version))).message).to.match(/已谢绝/);
    expect(
      (await failureOf(flow.answerCall(memberOf(materials), request.id, { content: achievementOf('改主意') }, 'x')))
        .code,
    ).to.equal('conflict');
    expect((await flow.getCall(staff, call.id)).replies[0]!.declineReason).to.equal('没有相关团队');
  });

  it('is answered all the same where whoever entered the achievement died before it was linked', async () => {
    const call = await sent(await world());
    const dead = await flow.createEntry(memberOf(materials), 'achievement', achievementOf('留下的草稿'), {
      callId: call.id,
    });
    await flow.settled();
    const request = await requestOf(call.id, materials);
    expect(request).to.deep.include({ state: 'answered', achievementIds: [dead.id] });
    // One that names a call which was never sent to its organisation is nobody's answer.
    await flow.createEntry(memberOf(works), 'achievement', achievementOf('冒名的草稿'), { callId: call.id });
    await flow.settled();
    expect((await flow.getCall(staff, call.id)).replies.flatMap(({ answers }) => answers)).to.have.length(1);
  });

  it('is not made for a need that others may not see, or that is not published; ends with the need', async () => {
    const hidden = await world('bureau');
    expect((await failureOf(propose(hidden))).message).to.match(/仅科技局可见.*公开范围/);
    expect((await failureOf(propose('nowhere'))).code).to.equal('not_found');
    const needId = await published('need', needOf('抛光粉回收'), works);
    await flow.settled();
    const call = await sent(needId);
    expect((await failureOf(propose(needId))).message).to.match(/正在征集/);
    const { version } = await flow.getEntry(staff, 'need', needId);
    await flow.moveEntry(staff, 'need', needId, version, 'withdraw', '企业已自行解决');
    await flow.settled();
    await flow.settled();
    const view = await flow.getCall(staff, call.id);
    expect(view.state).to.equal('cancelled');
    expect(view.replies.every(({ state }) => state === 'void')).to.equal(true);
    expect((await failureOf(propose(needId))).message).to.match(/没有发布/);
    const request = (await flow.listCallRequests(memberOf(materials), {})).items[0]!;
    expect((await flow.getCallRequest(memberOf(materials), request.id)).need).to.equal(null);
  });

  it('is neither drawn up nor sent for a need that is under contract', async () => {
    const needId = await world();
    const call = await propose(needId);
    const { id } = await flow.createPartnership(systemPrincipal, {
      title: '已签约的合作',
      needId,
      achievementParty: '某大学',
    });
    const today = '2026-11-23';
    const contract = {
      type: 'development',
      signedOn: today,
      amount: 50,
      technologyAmount: 40,
      from: today,
      until: '2027-11-22',
    } as const;
    await flow.movePartnership(systemPrincipal, id, 1, 'sign', { contract });
    await flow.settled();
    const newest = await flow.getCall(staff, call.id);
    if (newest.state === 'draft') {
      expect((await failureOf(flow.moveCall(staff, call.id, newest.version, 'send'))).message).to.match(/已经签约/);
      await flow.moveCall(staff, call.id, newest.version, 'cancel', '已签约');
    }
    expect((await failureOf(propose(needId))).message).to.match(/已经签约/);
  });

  it('reminds once before the deadline, which may be put off, and then closes; the next call is another round', async () => {
    const needId = await world();
    const call = await sent(needId);
    const round = async (now: string) => {
      ports.clock.set(now);
      const done = await endCalls(ports);
      await flow.settled();
      return done;
    };
    expect((await round('2026-12-16T01:00:00.000Z')).reminded).to.equal(0);
    expect((await round('2026-12-17T01:00:00.000Z')).reminded).to.be.greaterThan(0);
    expect((await round('2026-12-18T01:00:00.000Z')).reminded).to.equal(0);
    const chosen = call.addressees.map(({ organisationId }) => organisationId);
    const edit = (change: object) =>
      flow.editCall(staff, call.id, call.version, { until, text, organisationIds: chosen, ...change });
    expect((await failureOf(edit({ organisationIds: [] }))).message).to.match(/只能把截止日延后/);
    const { id: late } = (await ports.store.collection('organisations').find({ limit: 100 })).items.find(
      ({ id, content }) =>
        content.type !== 'enterprise' && !call.addressees.some(({ organisationId }) => organisationId === id),
    )!;
    const wider = edit({ organisationIds: [...chosen, late], until: '2026-12-27' });
    expect((await failureOf(wider)).message).to.match(/只能把截止日延后/);
    expect((await failureOf(edit({ until: '2026-12-19' }))).code).to.equal('conflict');
    await edit({ until: '2026-12-27' });
    await flow.settled();
    expect((await requestOf(call.id, materials)).until).to.equal('2026-12-27');
    expect((await round('2026-12-24T01:00:00.000Z')).reminded).to.be.greaterThan(0);
    expect((await round('2026-12-27T15:00:00.000Z')).calls).to.equal(0);
    expect((await round('2026-12-27T17:00:00.000Z')).calls).to.equal(1);
    expect((await round('2026-12-28T17:00:00.000Z')).calls).to.equal(0);
    expect(await requestOf(call.id, materials)).to.include({ state: 'lapsed' });
    const next = await propose(needId, { until: '2027-01-20' });
    expect(next).to.include({ round: 2, state: 'draft' });
    expect((await flow.listCalls(staff, { needId })).items.map(({ round: number }) => number).sort()).to.deep.equal([
      1, 2,
    ]);
  });

  it('tells the addressees and the enterprise of the need when a call is over', async () => {
    const needId = await world();
    const call = await flow.proposeCall(staff, needId, { until, text });
    const edited = await flow.editCall(staff, call.id, call.version, {
      until,
      text,
      organisationIds: [materials, marine],
    });
    const sent = await flow.moveCall(staff, call.id, edited.version, 'send');
    await flow.settled();
    await flow.moveCall(staff, call.id, sent.version, 'close');
    await flow.settled();
    const { items } = await ports.store.collection('notices').find({ where: { kind: 'call' }, limit: 100 });
    const ended = items.filter(({ subject }) => /已结束/.test(subject));
    expect(ended.map(({ organisationId }) => organisationId).sort()).to.deep.equal([works, materials, marine].sort());
    expect(JSON.stringify(ended)).to.not.match(/王机密|13800000000/);
  });

  it('lists needs without a good candidate, those that wait longest first', async () => {
    const needId = await published(
      'need',
      {
        ...needOf('电梯导轨校直'),
        problem: '电梯导轨在搬运后弯曲，人工校直费时。',
        keyTechnology: '校直精度每米不大于0.1毫米。',
        goal: '校直效率提高一倍。',
        keywords: ['电梯', '导轨'],
      },
      works,
    );
    await published(
      'achievement',
      { title: '海藻多糖的提取', abstract: '用酶解和膜分离从海带中提取褐藻多糖，得率高。', visibility: 'public' },
      marine,
    );
    await flow.settled();
    expect(await flow.wantingNeeds(staff)).to.deep.equal([]);
    await flow.runWeek({ week: '2026-W48' });
    const [one] = await flow.wantingNeeds(staff);
    expect(one).to.deep.include({ needId, title: '电梯导轨校直', week: '2026-W48', call: null });
    await flow.proposeCall(staff, needId, { until, text });
    expect(await flow.wantingNeeds(staff)).to.deep.equal([]);
    expect((await flow.wantingNeeds(staff, { withOpenCalls: true }))[0]!.call!.state).to.equal('draft');
    expect((await failureOf(flow.wantingNeeds(memberOf(works)))).code).to.equal('forbidden');
  });

  describe('campaigns', () => {
    const content = {
      title: '2027年度新材料技术需求征集',
      text: '面向全区企业征集新材料领域的技术需求。',
      from: '2026-11-23',
      until: '2026-12-10',
      fields: ['materials'],
    };
    const open = async () => {
      const made = await flow.createCampaign(staff, content);
      return flow.moveCampaign(staff, made.id, made.version, 'open');
    };
    const owner = () => memberOf(works);

    it('collects needs until its last day; who comes later is told so', async () => {
      const draft = await flow.createCampaign(staff, content, { id: 'c1' });
      expect((await flow.createCampaign(staff, content, { id: 'c1' })).version).to.equal(draft.version);
      expect(
        (await failureOf(flow.createCampaign(staff, { ...content, title: '另一次征集' }, { id: 'c1' }))).code,
      ).to.equal('conflict');
      for (const reader of [owner(), null])
        expect((await failureOf(flow.getCampaign(reader, 'c1'))).code).to.equal('not_found');
      expect(
        (await failureOf(flow.createEntry(owner(), 'need', needOf('早了'), { campaignId: 'c1' }))).message,
      ).to.match(/没有这次征集/);
      await flow.moveCampaign(staff, 'c1', draft.version, 'open');
      expect((await flow.listCampaigns(null)).items.map(({ id }) => id)).to.deep.equal(['c1']);
      const inTime = await flow.createEntry(owner(), 'need', needOf('按时的'), { campaignId: 'c1' });
      const late = await flow.createEntry(owner(), 'need', needOf('迟到的'), { campaignId: 'c1' });
      const sentIn = await flow.moveEntry(owner(), 'need', inTime.id, inTime.version, 'submit');
      ports.clock.set('2026-12-11T01:00:00.000Z');
      const refused = await failureOf(flow.moveEntry(owner(), 'need', late.id, late.version, 'submit'));
      expect(refused.message).to.match(/征集已于2026-12-10截止.*作为普通需求提交/);
      // Also before the round has closed it; and after it.
      expect((await endCalls(ports)).campaigns).to.equal(1);
      expect((await endCalls(ports)).campaigns).to.equal(0);
      expect((await flow.getCampaign(null, 'c1')).state).to.equal('closed');
      const back = await flow.moveEntry(staff, 'need', inTime.id, sentIn.version, 'return', '请写明指标');
      expect((await flow.moveEntry(owner(), 'need', inTime.id, back.version, 'submit')).state).to.equal('submitted');
      const alone = await flow.chooseCampaign(owner(), late.id, late.version, null);
      expect((await flow.moveEntry(owner(), 'need', late.id, alone.version, 'submit')).state).to.equal('submitted');
      const view = await flow.getCampaign(staff, 'c1');
      expect(view.needs).to.deep.equal({ total: 1, submitted: 1, published: 0 });
      expect((await flow.listEntries(staff, 'need', { campaignId: 'c1' })).items.map(({ id }) => id)).to.deep.equal([
        inTime.id,
      ]);
      expect((await flow.listEntries(memberOf(marine), 'need', { campaignId: 'c1' })).items).to.deep.equal([]);
      expect(await flow.getCampaign(owner(), 'c1')).to.not.have.any.keys('needs', 'createdBy', 'history');
    });

    it('tells enterprises of its fields that it has begun and that it is put off, once each, however often it is delivered', async () => {
      const other = await organisation('海藻食品厂', 'enterprise');
      await published('need', needOf('抛光粉节能'), works);
      await published('need', needOf('海藻糖提取', { fields: ['biotech-pharma'] }), other);
      await published('achievement', achievementOf('抛光粉工艺'), materials);
      const campaign = await open();
      await flow.settled();
      const told = async () =>
        (await ports.store.collection('notices').find({ where: { kind: 'need-campaign' }, limit: 100 })).items
          .map(({ organisationId, subject }) => [organisationId, subject])
          .sort();
      const first = [[works, `需求征集：${content.title}`]];
      expect(await told()).to.deep.equal(first);
      const deliver = async (type: string) => {
        const document = (await ports.store.collection('campaigns').get(campaign.id))!;
        const event = { id: 'e', type, at: '', by: 'u' };
        const change = {
          collection: 'campaigns',
          id: campaign.id,
          version: document.version,
          document,
          events: [event],
        };
        const follow = tellCampaigns(ports, flow.tell, organisationsFor.bind(null, ports));
        await follow([change as never]);
        await follow([change as never]);
      };
      await deliver('campaign.opened');
      expect(await told()).to.deep.equal(first);
      const closed = await flow.moveCampaign(staff, campaign.id, campaign.version, 'close');
      // Closed before it was delivered: nobody is called to what takes no needs.
      await published('need', needOf('抛光粉分级'), await organisation('新来的厂', 'enterprise'));
      await deliver('campaign.opened');
      expect(await told()).to.deep.equal(first);
      await flow.moveCampaign(staff, campaign.id, closed.version, 'reopen', '企业要求');
      await flow.settled();
      await deliver('campaign.reopened');
      expect((await told()).filter(([, subject]) => /延期至 2026-12-10/.test(subject!))).to.have.length(2);
    });

    it('is refused where one of the same title and period is there, by edits and at the same moment as well', async () => {
      const made = await flow.createCampaign(staff, content);
      const twin = await failureOf(flow.createCampaign(staff, { ...content, title: '2027年度 新材料技术需求征集' }));
      expect([twin.code, twin.message]).to.satisfy(
        ([code, message]: string[]) => code === 'conflict' && /已有同名同期的征集/.test(message!),
      );
      const next = await flow.createCampaign(staff, { ...content, until: '2026-12-11' });
      expect((await failureOf(flow.editCampaign(staff, next.id, next.version, content))).message).to.match(/同名同期/);
      await flow.moveCampaign(staff, made.id, made.version, 'cancel', '重复');
      const both = await Promise.allSettled([flow.createCampaign(staff, content), flow.createCampaign(staff, content)]);
      expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    });

    it('is chosen and left before handing in alone, by its own people', async () => {
      const campaign = await open();
      const made = await flow.createEntry(owner(), 'need', needOf('后来加入的'));
      expect(
        (await failureOf(flow.chooseCampaign(memberOf(marine), made.id, made.version, campaign.id))).code,
      ).to.equal('not_found');
      const chosen = await flow.chooseCampaign(owner(), made.id, made.version, campaign.id);
      expect(chosen.campaignId).to.equal(campaign.id);
      expect((await flow.chooseCampaign(owner(), made.id, chosen.version, campaign.id)).version).to.equal(
        chosen.version,
      );
      const submitted = await flow.moveEntry(owner(), 'need', made.id, chosen.version, 'submit');
      expect((await failureOf(flow.chooseCampaign(owner(), made.id, submitted.version, null))).code).to.equal(
        'conflict',
      );
    });

    it('is put off with a reason, and not reopened with a day that is past', async () => {
      const campaign = await open();
      const closed = await flow.moveCampaign(staff, campaign.id, campaign.version, 'close');
      expect(
        (await failureOf(flow.moveCampaign(staff, campaign.id, closed.version, 'reopen'))).issues[0]!.field,
      ).to.equal('reason');
      ports.clock.set('2026-12-12T01:00:00.000Z');
      expect(
        (await failureOf(flow.moveCampaign(staff, campaign.id, closed.version, 'reopen', '企业要求'))).message,
      ).to.match(/已过/);
      const later = await flow.editCampaign(staff, campaign.id, closed.version, { ...content, until: '2026-12-31' });
      const again = await flow.moveCampaign(staff, campaign.id, later.version, 'reopen', '企业要求');
      expect(again.state).to.equal('open');
      expect(
        (await failureOf(flow.editCampaign(staff, campaign.id, again.version, { ...content, until: '2026-12-11' })))
          .issues[0]!.field,
      ).to.equal('content.until');
      expect(
        (await failureOf(flow.createCampaign(staff, { ...content, until: '2026-11-01' }))).issues[0]!.field,
      ).to.equal('until');
      const gone = await flow.moveCampaign(staff, campaign.id, again.version, 'cancel', '并入明年');
      expect((await failureOf(flow.editCampaign(staff, campaign.id, gone.version, content))).message).to.match(
        /已取消/,
      );
      expect((await failureOf(flow.createCampaign(memberOf(works), content))).code).to.equal('forbidden');
    });
  });

  it('holds whatever people and the clock do in whatever order, with every change delivered again', async () => {
    const needId = await world();
    const follow = followCalls(ports);
    const actors: readonly Principal[] = [memberOf(materials), memberOf(marine), memberOf(works), staff];
    const again = async () => {
      const changes = [];
      for (const name of ['calls', 'achievements', 'needs'] as const) {
        for await (const document of ports.store.collection(name).stream()) {
          changes.push({ collection: name, id: document.id, version: document.version, document, events: [] });
        }
      }
      await follow(changes as never);
    };
    let tried = 0;
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            what: fc.constantFrom('send', 'answer', 'answer', 'decline', 'close', 'cancel', 'tomorrow', 'again'),
            who: fc.nat(3),
            which: fc.nat(2),
          }),
          { minLength: 3, maxLength: 12 },
        ),
        async (steps) => {
          ports.clock.set('2026-11-23T01:00:00.000Z');
          const { items } = await flow.listCalls(staff, { needId });
          for (const { id, state, version } of items) {
            if (state === 'draft' || state === 'open') await flow.moveCall(staff, id, version, 'cancel', '重新开始');
          }
          const call = await propose(needId, { until: '2026-11-27' });
          const shown = new Map<string, string>();
          for (const { what, who, which } of steps) {
            const by = actors[who]!;
            const { version } = (await ports.store.collection('calls').get(call.id))!;
            const target = callRequestId(call.id, [materials, marine, works][which]!);
            const request = await ports.store.collection('callRequests').get(target);
            tried++;
            const work = async (): Promise<unknown> => {
              switch (what) {
                case 'send':
                  return flow.moveCall(by, call.id, version, 'send');
                case 'close':
                  return flow.moveCall(by, call.id, version, 'close');
                case 'cancel':
                  return flow.moveCall(by, call.id, version, 'cancel', '不需要了');
                case 'answer':
                  return flow.answerCall(by, target, { content: achievementOf(`应征${tried}`) }, `answer-${tried}`);
                case 'decline':
                  return flow.declineCall(by, target, request?.version ?? 1, '没有团队');
                case 'tomorrow':
                  ports.clock.set(new Date(ports.clock.now().getTime() + 86_400_000));
                  return endCalls(ports);
                default:
                  return again();
              }
            };
            await work().then(
              () => made++,
              (error: unknown) => expect(error).to.be.instanceOf(QianxianError),
            );
            await again();
            const now = (await ports.store.collection('calls').get(call.id))!;
            expect(Object.keys(callStates.states)).to.include(now.state);
            const requests: CallRequest[] = [];
            for await (const one of ports.store.collection('callRequests').stream({ callId: call.id }))
              requests.push(one);
            for (const one of requests) {
              expect(Object.keys(addresseeStates.states)).to.include(one.state);
              if (now.state === 'draft') throw new Error('sent before staff sent it');
              if (one.state === 'answered') expect(one.achievementIds.length).to.be.greaterThan(0);
              if (one.state === 'declined') expect(one.declineReason).to.equal('没有团队');
              // What is over stays over.
              const before = shown.get(one.id);
              if (before === 'declined' || before === 'lapsed' || before === 'void') expect(one.state).to.equal(before);
              shown.set(one.id, one.state);
              for (const id of one.achievementIds) {
                expect((await ports.store.collection('achievements').get(id))!.organisationId).to.equal(
                  one.organisationId,
                );
              }
            }
            expect(requests.filter(({ organisationId }) => organisationId === works)).to.deep.equal([]);
            if (now.state !== 'open') expect(requests.every(({ state }) => state !== 'sent')).to.equal(true);
          }
        },
      ),
      { numRuns: 25 },
    );
    console.log(`      ${tried} actions tried, ${made} taken`);
    expect(made).to.be.greaterThan(20);
  }).timeout(240_000);
});
