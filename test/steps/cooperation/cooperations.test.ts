import { expect } from 'chai';
import type { Cooperation } from '../../../src/domain/cooperation/cooperation.ts';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import { webhookBody } from '../../../src/domain/webhooks/webhook-events.ts';
import { applyMerge } from '../../../src/steps/accounts/merge-organisations.ts';
import { clockCooperations } from '../../../src/steps/cooperation/clock-cooperations.ts';
import { cooperationFileRights } from '../../../src/steps/cooperation/cooperation-access.ts';
import { cooperationPeople, setCooperationPeople } from '../../../src/steps/cooperation/cooperation-people.ts';
import {
  createCooperation,
  editCooperation,
  getCooperation,
  listCooperations,
  moveCooperation,
} from '../../../src/steps/cooperation/cooperations.ts';
import { answerResults } from '../../../src/steps/partnership/partnership-results.ts';
import { createPartnership, movePartnership } from '../../../src/steps/partnership/partnerships.ts';
import { achievementId, type ConsentWorld, consentWorld, needId, people } from '../consent-world.ts';
import { fieldsOf, refused } from '../refused.ts';

const { clerk, head, needs, offers, stranger } = people;

const title = '赣榆区—示例大学战略合作协议';
const signed = {
  subject: '海洋生物与新材料',
  agreed: '共建研究院，每年选派科技副总两名。',
  signedOn: '2026-11-20',
  from: '2026-11-20',
  until: '2029-11-19',
};
const parties = [{ name: '示例区人民政府', lead: true }, { organisationId: 'o-university' }];

describe('agreements and joint bodies', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
  });
  afterEach(() => world.close());

  const agree = (content: object = signed, id = 'g1') =>
    createCooperation(world, clerk, 'agreement', { content: { title, ...content }, parties }, { id });
  const move = async (action: Parameters<typeof moveCooperation<'agreement'>>[5], input: object = {}) => {
    const { version } = await getCooperation(world, clerk, 'agreement', 'g1');
    return moveCooperation(world, clerk, 'agreement', 'g1', version, action, input);
  };
  const stored = async () => (await world.store.collection('agreements').get('g1'))!;

  it('an agreement is signed, renewed, ends and is corrected; each step names what it lacks', async () => {
    const made = await agree({});
    expect([made.state, made.origin, made.parties.map(({ name }) => name)]).to.deep.equal([
      'draft',
      'manual',
      ['示例区人民政府', '示例大学'],
    ]);
    expect(fieldsOf(await refused(move('sign')))).to.deep.equal(
      ['subject', 'agreed', 'signedOn', 'from', 'until'].map((field) => `content.${field}`),
    );
    expect(fieldsOf(await refused(move('sign', { content: { ...signed, signedOn: '2026-11-24' } })))).to.deep.equal([
      'content.signedOn',
    ]);
    expect(fieldsOf(await refused(move('sign', { content: { ...signed, until: '2026-11-19' } })))).to.deep.equal([
      'content.until',
    ]);
    expect((await move('sign', { content: signed })).state).to.equal('active');
    expect((await move('correct', { reason: '还没有盖章' })).state).to.equal('draft');
    expect((await refused(move('correct', { reason: '再来' }))).code).to.equal('conflict');
    await move('sign');
    expect((await move('end')).state).to.equal('ended');
    expect(fieldsOf(await refused(move('renew', { content: { until: '2026-11-22' } })))).to.deep.equal([
      'content.until',
    ]);
    expect((await move('renew', { content: { until: '2032-11-19' } })).content.until).to.equal('2032-11-19');
    expect(fieldsOf(await refused(move('terminate')))).to.deep.equal(['reason']);
    await move('terminate', { reason: '合作方调整' });
    // Back to where it stood before, not to the beginning.
    expect((await move('correct', { reason: '误点' })).state).to.equal('active');
  });

  it('needs two parties to be signed, each there and named once', async () => {
    const alone = { content: { title, ...signed }, parties: [{ organisationId: 'o-university' }] };
    await createCooperation(world, clerk, 'agreement', alone, { id: 'g1' });
    expect(fieldsOf(await refused(move('sign')))).to.deep.equal(['parties']);
    const wrong = (list: object[], links = {}) =>
      refused(createCooperation(world, clerk, 'agreement', { content: { title }, parties: list, links }));
    expect(fieldsOf(await wrong([{ organisationId: 'none' }, {}]))).to.deep.equal([
      'parties.0.organisationId',
      'parties.1',
    ]);
    expect(fieldsOf(await wrong([{ organisationId: 'o-university', name: '示例大学' }]))).to.deep.equal([
      'parties.0.name',
    ]);
    expect(fieldsOf(await wrong([{ name: '某 大学' }, { name: '某大学' }]))).to.deep.equal(['parties.1']);
    expect(
      fieldsOf(await wrong(parties, { partnershipIds: ['p9'], achievementIds: [achievementId, 'a9'] })),
    ).to.deep.equal(['links.partnershipIds.0', 'links.achievementIds.1']);
  });

  it('is made once for one request id, and is changed by the bureau alone, on the version that it saw', async () => {
    await agree();
    await agree();
    expect((await refused(agree({ ...signed, subject: '别的' }))).code).to.equal('conflict');
    const written = { content: { title }, parties };
    expect((await refused(createCooperation(world, offers, 'agreement', written))).code).to.equal('forbidden');
    expect((await refused(editCooperation(world, offers, 'agreement', 'g1', 1, written))).code).to.equal('forbidden');
    expect((await refused(editCooperation(world, stranger, 'agreement', 'g1', 1, written))).code).to.equal('not_found');
    expect((await refused(editCooperation(world, clerk, 'agreement', 'g1', 9, written))).code).to.equal('conflict');
    expect((await refused(moveCooperation(world, clerk, 'agreement', 'g1', 9, 'sign'))).code).to.equal('conflict');
    await move('sign');
    // What the state demands must stay.
    expect(fieldsOf(await refused(editCooperation(world, clerk, 'agreement', 'g1', 2, written)))).to.include(
      'content.until',
    );
    const edited = await editCooperation(world, clerk, 'agreement', 'g1', 2, {
      content: { title, ...signed, outcome: '引进团队三个。' },
      parties,
    });
    expect(edited.content.outcome).to.equal('引进团队三个。');
  });

  it('is shown to its parties with what came of it, of which each sees what he may know of', async () => {
    const input = { title: '抛光粉联合攻关', needId, achievementOrganisationId: 'o-university' };
    await createPartnership(world, clerk, input, { id: 'p1' });
    await createPartnership(world, clerk, { title: '外校合作', needId, achievementParty: '外校' }, { id: 'p2' });
    const contract = {
      type: 'development',
      signedOn: '2026-11-20',
      amount: 100,
      technologyAmount: 80,
      from: '2026-11-20',
      until: '2027-11-19',
    } as const;
    await movePartnership(world, clerk, 'p1', 1, 'sign', { contract });
    await answerResults(world, needs, 'p1', '2026H2', { sales: 1, saved: 0, patents: 1, jobs: 4 });
    await answerResults(world, needs, 'p1', '2026H2', { sales: 120.5, saved: 3, patents: 2, jobs: 4 });
    const links = { partnershipIds: ['p1', 'p2'], achievementIds: [achievementId] };
    await createCooperation(world, clerk, 'agreement', { content: { title, ...signed }, parties, links }, { id: 'g1' });
    const body = {
      content: { title: '示例研究院', kind: 'joint-institute', town: '青口镇' },
      parties: [{ organisationId: 'o-university', lead: true }],
      links: { agreementIds: ['g1'], partnershipIds: ['p1'] },
    };
    await createCooperation(world, clerk, 'joint-body', body, { id: 'b1' });
    const whole = await getCooperation(world, clerk, 'agreement', 'g1');
    expect(whole.links.partnerships.map(({ id, state }) => [id, state])).to.deep.equal([
      ['p1', 'signed'],
      ['p2', 'contacting'],
    ]);
    expect(whole.links.jointBodies.map(({ title: name }) => name)).to.deep.equal(['示例研究院']);
    expect(whole.cameOf).to.deep.equal({
      partnerships: 2,
      amount: 100,
      paid: 0,
      sales: 120.5,
      saved: 3,
      patents: 2,
      jobs: 4,
    });
    const own = await getCooperation(world, offers, 'agreement', 'g1');
    expect(own.links.partnerships.map(({ id }) => id)).to.deep.equal(['p1']);
    expect(own.cameOf.partnerships).to.equal(1);
    expect(own.links.achievements.map(({ title: name }) => name)).to.deep.equal(['低温煅烧工艺']);
    expect((await refused(getCooperation(world, needs, 'agreement', 'g1'))).code).to.equal('not_found');
    // A body of the enterprise alone: the agreement that it is linked to is none of its business.
    const workstation = {
      content: { title: '研究生工作站', kind: 'graduate-workstation' },
      parties: [{ organisationId: 'o-enterprise' }],
      links: { agreementIds: ['g1'] },
    };
    await createCooperation(world, clerk, 'joint-body', workstation, { id: 'b2' });
    expect((await getCooperation(world, needs, 'joint-body', 'b2')).links.agreements).to.deep.equal([]);
    expect(
      (await getCooperation(world, offers, 'agreement', 'g1')).links.jointBodies.map(({ id }) => id),
    ).to.deep.equal(['b1']);
  });

  it('is listed for whom it concerns, found by words and by what it is linked to, page by page', async () => {
    for (let place = 1; place <= 5; place++) {
      world.clock.set(`2026-11-23T01:0${place}:00.000Z`);
      const written = {
        content: { title: `工作站${place}`, kind: 'graduate-workstation', town: place === 3 ? '海头镇' : '青口镇' },
        parties: [place % 2 ? { organisationId: 'o-enterprise' } : { name: '某某 公司' }],
      };
      await createCooperation(world, clerk, 'joint-body', written, { id: `b${place}` });
    }
    const ids = async (principal: typeof clerk | typeof needs | typeof head, query: object = {}) =>
      (await listCooperations(world, principal, 'joint-body', query)).items.map(({ id }) => id);
    expect(await ids(clerk)).to.deep.equal(['b5', 'b4', 'b3', 'b2', 'b1']);
    expect(await ids(needs)).to.deep.equal(['b5', 'b3', 'b1']);
    // A member asks for no other organisation than his own.
    expect(await ids(needs, { organisationId: 'o-university' })).to.deep.equal(['b5', 'b3', 'b1']);
    expect(await ids(head, { organisationId: 'o-enterprise', words: '海头' })).to.deep.equal(['b3']);
    expect(await ids(clerk, { words: '抛光 材料' })).to.deep.equal(['b5', 'b3', 'b1']);
    expect(await ids(clerk, { words: '某某公司' })).to.deep.equal(['b4', 'b2']);
    expect(await ids(clerk, { bodyKind: 'other' })).to.deep.equal([]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listCooperations(world, needs, 'joint-body', { limit: 2, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).to.deep.equal(['b5', 'b3', 'b1']);
    expect((await refused(listCooperations(world, needs, 'joint-body', { cursor: '!!' }))).code).to.equal('malformed');
  });

  it('a joint body is approved, suspended, resumed and closed', async () => {
    const written = {
      content: { title: '稀土工程中心', kind: 'engineering-centre' },
      parties: [{ organisationId: 'o-enterprise' }],
    };
    await createCooperation(world, clerk, 'joint-body', written, { id: 'b1' });
    const step = async (action: Parameters<typeof moveCooperation<'joint-body'>>[5], input: object = {}) => {
      const { version } = await getCooperation(world, clerk, 'joint-body', 'b1');
      return (await moveCooperation(world, clerk, 'joint-body', 'b1', version, action, input)).state;
    };
    expect(fieldsOf(await refused(step('approve')))).to.deep.equal([
      'content.level',
      'content.approvedBy',
      'content.approvedOn',
    ]);
    const approval = { level: 'city', approvedBy: '市科技局', approvedOn: '2026-11-20' };
    expect(await step('approve', { content: approval })).to.equal('running');
    expect(await step('suspend', { reason: '场地搬迁' })).to.equal('suspended');
    expect(await step('resume')).to.equal('running');
    expect(await step('close', { reason: '考核不合格' })).to.equal('closed');
    expect(await step('correct', { reason: '复核通过' })).to.equal('running');
  });

  it('is reminded of once for each last day, also by two rounds at once, and ended the day after', async () => {
    await agree();
    await move('sign');
    expect(await clockCooperations(world)).to.deep.equal({ written: 0 });
    world.clock.set('2029-09-20T01:00:00.000Z');
    const rounds = await Promise.all([clockCooperations(world), clockCooperations(world)]);
    expect(rounds.reduce((sum, { written }) => sum + written, 0)).to.equal(1);
    expect(await clockCooperations(world)).to.deep.equal({ written: 0 });
    expect((await stored()).remindedFor).to.equal('2029-11-19');
    await move('renew', { content: { until: '2029-11-30' } });
    expect(await clockCooperations(world)).to.deep.equal({ written: 0 });
    world.clock.set('2029-10-10T01:00:00.000Z');
    expect(await clockCooperations(world)).to.deep.equal({ written: 1 });
    world.clock.set('2029-11-30T15:59:00.000Z');
    expect(await clockCooperations(world)).to.deep.equal({ written: 0 });
    world.clock.set('2029-11-30T16:01:00.000Z');
    expect(await clockCooperations(world)).to.deep.equal({ written: 1 });
    const { state, history } = await stored();
    expect([state, history.at(-1)!.by]).to.deep.equal(['ended', 'system']);
  });

  it('keeps people apart: nobody but its parties and the bureau is shown them, and the record never holds them', async () => {
    await agree();
    const person = { name: '钱联络', role: '科技副总', mobile: '13812345678', organisation: '示例大学' };
    const set = await setCooperationPeople(world, clerk, 'agreement', 'g1', 1, [person]);
    expect(set.people).to.deep.equal([person]);
    expect((await setCooperationPeople(world, clerk, 'agreement', 'g1', 2, [person])).version).to.equal(2);
    expect((await refused(setCooperationPeople(world, clerk, 'agreement', 'g1', 1, []))).code).to.equal('conflict');
    expect((await refused(setCooperationPeople(world, offers, 'agreement', 'g1', 2, []))).code).to.equal('forbidden');
    expect(
      fieldsOf(await refused(setCooperationPeople(world, clerk, 'agreement', 'g1', 2, [{ mobile: '13812345678' }]))),
    ).to.deep.equal(['0.name']);
    expect((await cooperationPeople(world, offers, 'agreement', 'g1')).people).to.have.length(1);
    expect((await refused(cooperationPeople(world, needs, 'agreement', 'g1'))).code).to.equal('not_found');
    const view = await getCooperation(world, clerk, 'agreement', 'g1');
    expect(view.people).to.equal(1);
    expect(JSON.stringify([view, await listCooperations(world, clerk, 'agreement')])).to.not.match(/钱联络|1381234/);
  });

  it('follows an organisation into the one that it was merged with, and names that once', async () => {
    const written = {
      content: { title, ...signed },
      parties: [{ organisationId: 'o-other', lead: true }, { name: '区政府' }, { organisationId: 'o-university' }],
    };
    await createCooperation(world, clerk, 'agreement', written, { id: 'g1' });
    const {
      version,
      createdAt: _c,
      updatedAt: _u,
      ...other
    } = (await world.store.collection('organisations').get('o-other'))!;
    await world.store
      .collection('organisations')
      .update('o-other', version, { ...other, state: 'merged', mergedInto: 'o-university' });
    await applyMerge(world, 'o-other');
    await applyMerge(world, 'o-other');
    expect((await stored()).parties).to.deep.equal([
      { organisationId: 'o-university', lead: true },
      { organisationId: null, name: '区政府' },
    ]);
    expect((await stored()).version).to.equal(2);
  });

  it('lets its parties read its files and the bureau keep them', async () => {
    await agree();
    const rights = cooperationFileRights('agreement');
    expect(await rights(world, clerk, 'g1')).to.deep.equal({ insider: true, actor: 'staff' });
    expect(await rights(world, offers, 'g1')).to.deep.equal({ insider: true });
    expect(await rights(world, stranger, 'g1')).to.equal(undefined);
    expect(await rights(world, null, 'g1')).to.equal(undefined);
  });

  it('tells its parties of its course, staff of what ends, other systems of ids alone', async () => {
    await agree();
    await move('sign');
    const record = (await stored()) as Cooperation;
    const told = (verb: string, of: Cooperation = record) =>
      rulesFor('agreements', `agreement.${verb}`).flatMap((rule) =>
        rule.tell(of, { type: `agreement.${verb}`, at: '', by: 'u', data: {} }, {}),
      );
    expect(told('signed').map(({ to }) => to)).to.deep.equal([{ to: 'organisation', organisationId: 'o-university' }]);
    expect(told('ending').map(({ to }) => to)).to.deep.equal([
      { to: 'organisation', organisationId: 'o-university' },
      { to: 'staff' },
    ]);
    // Terminated before the notice was made: there is nothing to remind of.
    expect(told('ending', { ...record, state: 'terminated' })).to.deep.equal([]);
    const event = { type: 'agreement.signed', at: '2026-11-23T01:00:00.000Z', by: 'u', data: {} };
    expect(JSON.parse(webhookBody('agreements', record, event)!).data).to.deep.equal({
      id: 'g1',
      state: 'active',
      until: '2029-11-19',
    });
  });
});
