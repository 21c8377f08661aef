import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import type { WholeInvitation } from '../../src/domain/invitation-view.ts';
import { partnershipIdOf } from '../../src/domain/partnership.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { weekOf, weekStart } from '../../src/domain/week.ts';
import { linkToken } from '../../src/steps/consent/new-round.ts';
import { remindExpiry } from '../../src/steps/intake/remind-expiry.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { draftedLetter } from './drafted-letter.ts';
import type { HttpFixture } from './open-http.ts';
import { proofFile, registrationOf } from './registration-form.ts';
import { achievementOf, needOf, organisationOf, type World } from './world.ts';

/** Who asks. `member` and `manager` are of the records' own organisation, `otherMember` of another one. */
export const actors = ['anonymous', 'disabled', 'fresh', 'member', 'otherMember', 'manager', 'staff', 'admin'] as const;
export type Actor = (typeof actors)[number];

export interface Target {
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form. */
  readonly form?: FormData;
}

export interface Stage {
  readonly fixture: HttpFixture;
  readonly world: World;
  /** Another number on every call. */
  next(): number;
}

export interface Expectation {
  /** A request that is in order, made anew for each actor. */
  readonly target: (stage: Stage, actor: Actor) => Promise<Target> | Target;
  readonly statuses: Readonly<Record<Actor, number>>;
}

const row = (...statuses: [number, number, number, number, number, number, number, number]) =>
  Object.fromEntries(actors.map((actor, index) => [actor, statuses[index]])) as Record<Actor, number>;

/** Everybody; but who has a one-time password changes that first. */
const open = row(200, 200, 403, 200, 200, 200, 200, 200);
/** Everybody, whatever his password. */
const always = row(200, 200, 200, 200, 200, 200, 200, 200);
const keepers = row(401, 401, 403, 403, 403, 200, 200, 200);
const bureau = row(401, 401, 403, 403, 403, 403, 200, 200);
const admins = row(401, 401, 403, 403, 403, 403, 403, 200);
/** The record's own people and the bureau; for others it does not exist. */
const owners = row(401, 401, 403, 200, 404, 200, 200, 200);
/** The same for somebody who is not logged in as well: a draft does not exist for him. */
const ownersOfHidden = row(404, 404, 403, 200, 404, 200, 200, 200);
/** The bureau's part of a record's life: its own people see the record but may not do that. */
const bureauOnVisible = row(401, 401, 403, 403, 404, 403, 200, 200);

const at =
  (path: string): Expectation['target'] =>
  () => ({ path });

async function entry(stage: Stage, kind: 'need' | 'achievement', steps: readonly ('submit' | 'publish')[] = []) {
  const { flow } = stage.fixture;
  const title = `权限试验${stage.next()}`;
  const content = kind === 'need' ? needOf(title) : achievementOf(title);
  let view = await flow.createEntry(systemPrincipal, kind, content, { organisationId: stage.world.organisations.own });
  for (const step of steps) view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, step);
  return { id: view.id, version: view.version, content };
}

async function revised(stage: Stage, kind: 'need' | 'achievement') {
  const { id, version, content } = await entry(stage, kind, ['submit', 'publish']);
  const changed = await stage.fixture.flow.editEntry(systemPrincipal, kind, id, version, {
    ...content,
    title: '改过的名称',
  });
  return { id, version: changed.version };
}

/** A published record with an open question of the bureau. */
async function asked(stage: Stage, kind: 'need' | 'achievement') {
  const { id } = await entry(stage, kind, ['submit', 'publish']);
  const records = stage.fixture.ports.store.collection(kind === 'need' ? 'needs' : 'achievements');
  const stored = (await records.get(id))!;
  const { version, createdAt: _, updatedAt: __, ...rest } = stored;
  const question = {
    id: `q${stage.next()}`,
    pairId: 'x~y',
    week: '2026-W48',
    question: '请说明粒度的检测方法',
    askedBy: 'system',
    askedAt: stage.fixture.ports.clock.now().toISOString(),
  };
  // biome-ignore lint/suspicious/noExplicitAny: both kinds alike
  const changed = await (records as any).update(id, version, { ...rest, questions: [question] });
  return { id, version: changed.version as number, questionId: question.id };
}

/** A draft of the own organisation with a file that it wants shown. */
async function withFile(stage: Stage) {
  const owner = await entry(stage, 'need');
  const path = join(stage.fixture.ports.folder, `file-${stage.next()}`);
  await writeFile(path, '检测报告：粒度达标。');
  return stage.fixture.flow.addAttachment(systemPrincipal, {
    owner: { collection: 'needs', id: owner.id },
    file: { name: '检测报告.txt', path },
    offered: true,
  });
}

/** A search that the member keeps. */
async function savedSearch(stage: Stage) {
  const member: Principal = {
    userId: stage.world.users.member,
    role: 'member',
    name: '成员',
    organisationId: stage.world.organisations.own,
  };
  return stage.fixture.flow.saveSearch(member, {
    name: `搜索${stage.next()}`,
    search: { kind: 'need', text: '抛光粉' },
    alert: 'day',
  });
}

/** A file that the member handed in, once it was checked. */
async function checkedImport(stage: Stage): Promise<{ readonly id: string; readonly version: number }> {
  const { flow, ports } = stage.fixture;
  const member: Principal = {
    userId: stage.world.users.member,
    role: 'member',
    name: '成员',
    organisationId: stage.world.organisations.own,
  };
  const number = stage.next();
  const path = join(ports.folder, `import-${number}`);
  const line = { 编号: `z${number}`, 成果名称: '导入的成果', 成果摘要: '够长的摘要，说明成果的内容。' };
  await writeFile(path, `${JSON.stringify(line)}\n`);
  const { id } = await flow.createImportRun(member, {
    kind: 'achievement',
    file: { name: '成果.jsonl', path },
    source: `access-${number}`,
    archive: false,
  });
  await flow.settled();
  await ports.queue.idle();
  return flow.getImportRun(member, id);
}

/** A job whose tries are used up. */
async function failedJob({ fixture, next }: Stage): Promise<string> {
  const id = `failed${next()}`;
  await fixture.ports.store.collection('jobs').insert({
    id,
    name: 'weekly-run',
    key: null,
    data: { week: '2026-W48' },
    state: 'failed',
    attempts: 5,
    runAt: fixture.ports.clock.now().toISOString(),
    reason: '测试',
  });
  return id;
}

/** A change that a consumer failed on. */
async function parkedChange({ fixture, next }: Stage): Promise<string> {
  const id = `parked${next()}`;
  await fixture.ports.store.collection('parkedChanges').insert({
    id,
    consumer: 'audit',
    collection: 'settings',
    recordId: id,
    recordVersion: 1,
    events: [],
    reason: '测试',
    tries: 0,
    parkedAt: fixture.ports.clock.now().toISOString(),
  });
  return id;
}

const until = '2026-12-20';
const callText = '请有相关研究基础的团队应征，企业可提供场地。';

async function campaign(stage: Stage) {
  return stage.fixture.flow.createCampaign(systemPrincipal, {
    title: `需求征集${stage.next()}`,
    text: '面向全区企业征集技术需求。',
    from: '2026-11-23',
    until,
  });
}

/** A call for a need of the other organisation, with the own one on its list. */
async function call(stage: Stage) {
  const { flow } = stage.fixture;
  const { own, other } = stage.world.organisations;
  let need = await flow.createEntry(systemPrincipal, 'need', needOf(`征集试验${stage.next()}`), {
    organisationId: other,
  });
  need = await flow.moveEntry(systemPrincipal, 'need', need.id, need.version, 'submit');
  need = await flow.moveEntry(systemPrincipal, 'need', need.id, need.version, 'publish');
  const drafted = await flow.proposeCall(systemPrincipal, need.id, { until, text: callText });
  const input = { until, text: callText, organisationIds: [own] };
  const { id, version } = await flow.editCall(systemPrincipal, drafted.id, drafted.version, input);
  return { id, version, input, needId: need.id };
}

async function receivedCall(stage: Stage) {
  const { id, version } = await call(stage);
  await stage.fixture.flow.moveCall(systemPrincipal, id, version, 'send');
  await stage.fixture.flow.settled();
  const { replies } = await stage.fixture.flow.getCall(systemPrincipal, id);
  return { requestId: replies[0]!.requestId };
}

/** A link that renews an achievement which is about to expire. */
/** What the other organisation says of a need. */
async function interest(stage: Stage) {
  const { world, fixture } = stage;
  const { id } = await entry(stage, 'need', ['submit', 'publish']);
  const principal = {
    userId: world.users.otherMember,
    role: 'member',
    name: '丙',
    organisationId: world.organisations.other,
  } as const;
  return fixture.flow.signalInterest(principal, id, { text: '本单位做过同类项目，可以承担。' });
}

async function renewalLink(stage: Stage) {
  const { ports } = stage.fixture;
  const { id } = await entry(stage, 'achievement', ['submit', 'publish']);
  const { version, createdAt: _, updatedAt: __, ...rest } = (await ports.store.collection('achievements').get(id))!;
  await ports.store.collection('achievements').update(id, version, { ...rest, expiresOn: '2026-12-10' });
  let path = '';
  await remindExpiry(ports, async (_cause, { secretLink, link }) => {
    if (link === `/achievements/${id}`) path = `/api/v1${secretLink!.replace('#', '/')}`;
  });
  return path;
}

/** A member of the own organisation whom nobody else uses. */
async function somebody(stage: Stage) {
  const { user } = await stage.fixture.flow.createUser(systemPrincipal, {
    login: `somebody${stage.next()}`,
    name: '某人',
    role: 'member',
    organisationId: stage.world.organisations.own,
  });
  return user;
}

/** An open invitation of the own organisation, with its token. */
async function invitedByMail(stage: Stage) {
  const { flow } = stage.fixture;
  const invitation = await flow.inviteUser(systemPrincipal, {
    email: `invited${stage.next()}@example.com`,
    role: 'member',
    organisationId: stage.world.organisations.own,
  });
  // Until it is marked as handed over, its version may grow.
  await flow.settled();
  const { version } = (await stage.fixture.ports.store.collection('accountLinks').get(invitation.id))!;
  const token = (await flow.accountInvitationAddress(invitation.id)).split('/').at(-1)!;
  return { id: invitation.id, version, token };
}

/** A registration that waits. */
async function registered(stage: Stage) {
  const client = stage.fixture.client();
  const form = registrationOf(stage.next() + 5000);
  const reply = await client.request('POST', '/api/v1/registrations', { raw: form });
  if (reply.status !== 201) throw new Error(reply.text);
  return { id: reply.body.id as string, version: reply.body.version as number };
}

let lastWeek = '2026-W48';
let answerWeeks = 0;

/** A new docket of the week after the last one, with at least one open pair. */
async function nextDocket({ fixture, world }: Stage, title: string) {
  const { flow } = fixture;
  for (const [kind, content, organisationId] of [
    ['need', needOf(`${title}稀土抛光粉煅烧`), world.organisations.own],
    ['achievement', achievementOf(`${title}稀土抛光粉煅烧工艺`), world.organisations.other],
  ] as const) {
    let view = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
    view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'submit');
    await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'publish');
  }
  lastWeek = weekOf(new Date(weekStart(lastWeek)!.getTime() + 8 * 86_400_000));
  const result = await flow.runWeek({ week: lastWeek });
  await flow.settled();
  if (!result?.docket.items[0]) throw new Error('the docket has no pair');
  const docket = await flow.readDocket(reviewer, lastWeek);
  const item = docket.items.find((one) => one.mark === null && !one.carriedTo && !one.decidedOn && !one.void)!;
  return { week: lastWeek, docket, item };
}

const reviewer: Principal = { userId: 'system', role: 'admin', name: '系统' };

/** One docket for all reads and marks. */
async function sharedDocket(stage: Stage) {
  const existing = shared.get(stage.fixture);
  if (existing) return existing;
  const made = await nextDocket(stage, '共用');
  shared.set(stage.fixture, made);
  return made;
}
const shared = new WeakMap<object, Awaited<ReturnType<typeof nextDocket>>>();

const thirds = new WeakMap<object, Promise<string>>();

/** An organisation that is neither side of the records of the tests. */
function thirdOrganisation({ fixture }: Stage): Promise<string> {
  let made = thirds.get(fixture);
  if (!made) {
    made = fixture.flow
      .createOrganisation(systemPrincipal, organisationOf('示例研究院', 3, 'institute'))
      .then(({ id }) => id);
    thirds.set(fixture, made);
  }
  return made;
}

/** An open invitation: the need is of the own organisation, the achievement of a third one. */
async function invited(stage: Stage) {
  const { flow, ports } = stage.fixture;
  const need = await entry(stage, 'need', ['submit', 'publish']);
  const content = achievementOf(`邀请试验${stage.next()}`);
  const organisationId = await thirdOrganisation(stage);
  let achievement = await flow.createEntry(systemPrincipal, 'achievement', content, { organisationId });
  for (const step of ['submit', 'publish'] as const) {
    achievement = await flow.moveEntry(systemPrincipal, 'achievement', achievement.id, achievement.version, step);
  }
  const at = ports.clock.now().toISOString();
  const history = [{ at, by: 'system', action: 'accept', from: 'suggested', to: 'accepted' }];
  const match = matchOf(need.id, achievement.id, { state: 'accepted', history });
  await ports.store.collection('matches').insert(match);
  await flow.settled();
  const id = invitationIdOf(match.id);
  const token = (side: 'need' | 'achievement') => linkToken(ports, id, 1, side);
  return { id, token };
}

/** The partnership of an invitation to which both said 愿意 on the phone. */
async function partnered(stage: Stage) {
  const { id } = await invited(stage);
  const { flow } = stage.fixture;
  for (const side of ['need', 'achievement'] as const) {
    await flow.recordPhoneAnswer(systemPrincipal, id, { side, answer: { answer: 'willing' }, saidBy: '某人' });
  }
  await flow.settled();
  return partnershipIdOf(id);
}

const signedContract = {
  type: 'development',
  signedOn: '2026-11-20',
  amount: 50,
  technologyAmount: 40,
  from: '2026-11-20',
  until: '2027-11-19',
} as const;

/** A partnership of the own organisation that staff entered. */
async function joint({ fixture, world, next }: Stage) {
  const { id } = await fixture.flow.createPartnership(systemPrincipal, {
    title: `登记的合作${next()}`,
    needOrganisationId: world.organisations.own,
    achievementParty: '外省某研究院',
  });
  return id;
}

/** The same, signed. */
async function signed(stage: Stage) {
  const id = await joint(stage);
  return stage.fixture.flow.movePartnership(systemPrincipal, id, 1, 'sign', { contract: signedContract });
}

/** An agreement or a joint body of the own organisation, its operations and who may do them. */
function ofCooperations(kind: 'agreement' | 'joint-body', one: string, many: string): Record<string, Expectation> {
  const path = kind === 'agreement' ? '/api/v1/agreements' : '/api/v1/joint-bodies';
  const written = ({ world, next }: Stage) => ({
    content:
      kind === 'agreement'
        ? { title: `战略合作协议${next()}` }
        : { title: `工程技术研究中心${next()}`, kind: 'engineering-centre' },
    parties: [{ organisationId: world.organisations.own, lead: true }, { name: '外省某研究院' }],
  });
  const made = async (stage: Stage) =>
    (await stage.fixture.flow.createCooperation(systemPrincipal, kind, written(stage))).id;
  const step =
    kind === 'agreement'
      ? {
          action: 'sign',
          content: {
            subject: '新材料',
            agreed: '共建平台。',
            signedOn: '2026-11-20',
            from: '2026-11-20',
            until: '2029-11-19',
          },
        }
      : { action: 'approve', content: { level: 'city', approvedBy: '市科技局', approvedOn: '2026-11-20' } };
  return {
    [`list${many}`]: { target: at(path), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
    [`create${one}`]: {
      target: (stage) => ({ path, body: written(stage) }),
      statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
    },
    [`get${one}`]: { target: async (stage) => ({ path: `${path}/${await made(stage)}` }), statuses: owners },
    [`edit${one}`]: {
      target: async (stage) => ({ path: `${path}/${await made(stage)}`, body: { version: 1, ...written(stage) } }),
      statuses: bureau,
    },
    [`move${one}`]: {
      target: async (stage) => ({
        path: `${path}/${await made(stage)}/actions/${step.action}`,
        body: { version: 1, content: step.content },
      }),
      statuses: bureau,
    },
    [`view${one}People`]: {
      target: async (stage) => {
        const id = await made(stage);
        const people = [{ name: '钱联络', mobile: '13812345678' }];
        await stage.fixture.flow.setCooperationPeople(systemPrincipal, kind, id, 1, people);
        return { path: `${path}/${id}/people` };
      },
      statuses: owners,
    },
    [`set${one}People`]: {
      target: async (stage) => ({
        path: `${path}/${await made(stage)}/people`,
        body: { version: 1, people: [{ name: '钱联络', role: '科技副总' }] },
      }),
      statuses: bureau,
    },
  };
}

/** An answer to the own organisation, moved as far as wanted. */
async function answerTo(stage: Stage, steps: readonly ('approve' | 'send')[] = []) {
  const { flow } = stage.fixture;
  const { id: recordId } = await entry(stage, 'need', ['submit', 'publish']);
  await flow.settled();
  const drafted = await draftedLetter(stage.fixture, recordId, stage.world.organisations.own, '新建');
  const { id } = drafted;
  let { version } = drafted;
  for (const step of steps) version = (await flow.moveAnswer(systemPrincipal, id, version, step)).version;
  return { id, version };
}

const willing = { answer: { answer: 'willing' } };
/** The sides and the bureau; for others it does not exist. */
const sidesAndBureau = row(401, 401, 403, 200, 404, 200, 200, 200);

const kinds = { need: 'needs', achievement: 'achievements' } as const;

function ofKind(kind: 'need' | 'achievement', one: string, many: string): Record<string, Expectation> {
  const path = `/api/v1/${kinds[kind]}`;
  const content = (stage: Stage) =>
    kind === 'need' ? needOf(`新建${stage.next()}`) : achievementOf(`新建${stage.next()}`);
  return {
    [`list${many}`]: { target: at(path), statuses: open },
    [`create${one}`]: {
      // The other member enters for an organisation that is not his.
      target: (stage) => ({ path, body: { organisationId: stage.world.organisations.own, content: content(stage) } }),
      statuses: row(401, 401, 403, 201, 403, 201, 201, 201),
    },
    [`check${one}`]: {
      target: (stage) => ({ path: `${path}/check`, body: { content: content(stage) } }),
      statuses: row(401, 401, 403, 200, 200, 200, 200, 200),
    },
    [`get${one}`]: {
      target: async (stage) => ({ path: `${path}/${(await entry(stage, kind)).id}` }),
      statuses: ownersOfHidden,
    },
    [`edit${one}`]: {
      target: async (stage) => {
        const { id, version } = await entry(stage, kind);
        return { path: `${path}/${id}`, body: { version, content: content(stage) } };
      },
      statuses: owners,
    },
    [`move${one}`]: {
      target: async (stage) => {
        const { id, version } = await entry(stage, kind, ['submit']);
        return { path: `${path}/${id}/actions/publish`, body: { version } };
      },
      statuses: bureauOnVisible,
    },
    [`move${one}Revision`]: {
      target: async (stage) => {
        const { id, version } = await revised(stage, kind);
        return { path: `${path}/${id}/revision/submit`, body: { version } };
      },
      // The record itself is published, so others see it; they may not act on it.
      statuses: row(401, 401, 403, 200, 403, 200, 200, 200),
    },
    [`ask${one}`]: {
      target: async (stage) => {
        const { id, version } = await entry(stage, kind, ['submit', 'publish']);
        return { path: `${path}/${id}/questions`, body: { version, question: '请补充检测方法' } };
      },
      statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
    },
    [`unask${one}`]: {
      target: async (stage) => {
        const { id, version } = await entry(stage, kind, ['submit', 'publish']);
        const question = { id: `q${stage.next()}`, question: '请补充检测方法' };
        const asked = await stage.fixture.flow.askEntry(systemPrincipal, kind, id, version, question);
        return { path: `${path}/${id}/questions/${question.id}/withdraw`, body: { version: asked.version } };
      },
      statuses: bureau,
    },
    [`answer${one}Question`]: {
      target: async (stage) => {
        const { id, version, questionId } = await asked(stage, kind);
        return { path: `${path}/${id}/questions/${questionId}/answer`, body: { version, answer: '按国家标准检测' } };
      },
      statuses: row(401, 401, 403, 200, 403, 200, 200, 200),
    },
    [`note${one}Answer`]: {
      target: async (stage) => {
        const { flow } = stage.fixture;
        const { id, version } = await entry(stage, kind, ['submit', 'publish']);
        const question = { id: `q${stage.next()}`, question: '请补充检测方法' };
        const asked = await flow.askEntry(systemPrincipal, kind, id, version, question);
        const { version: answered } = await flow.answerQuestion(
          systemPrincipal,
          kind,
          id,
          asked.version,
          question.id,
          '按国家标准检测',
        );
        return { path: `${path}/${id}/questions/${question.id}/note`, body: { version: answered } };
      },
      statuses: bureau,
    },
  };
}

/** A notice to `member`, whose mail was sent or failed. */
async function notice({ fixture, world, next }: Stage, state: 'sent' | 'failed' = 'sent'): Promise<string> {
  const id = `notice${next()}`;
  await fixture.ports.store.collection('notices').insert({
    id,
    cause: 'test',
    kind: 'record-review',
    userId: world.users.member,
    organisationId: world.organisations.own,
    subject: '需求已发布',
    text: '正文',
    readAt: null,
    mail: { state, tries: 1, dueAt: null },
    sms: null,
    dueAt: null,
  });
  return id;
}

const cancelledWeek = '2026-W02';
const holidaysOf2025 = { notice: '权限试验', holidays: [{ name: '元旦', from: '2025-01-01', to: '2025-01-01' }] };
const policyOf = () => ({ kind: 'policy', title: '研发费用补助', text: '正文', audience: { types: ['enterprise'] } });
const policy = (stage: Stage) => stage.fixture.flow.createPolicy(systemPrincipal, policyOf());

/** A receiver at an address where nobody listens. */
async function webhook({ fixture, next }: Stage, state: 'active' | 'disabled' = 'active'): Promise<string> {
  const id = `webhook${next()}`;
  await fixture.ports.store.collection('webhooks').insert({
    id,
    state,
    content: { name: '办公系统', url: 'http://127.0.0.1:9/', events: ['need.published'] },
    secrets: [],
    history: [],
  });
  return id;
}

/** For every operation of the table: a request in order, and what each actor gets for it. */
export const expectations: Readonly<Record<string, Expectation>> = {
  login: {
    target: () => ({ path: '/api/v1/session', body: { login: 'nobody', password: 'nobody knows this one' } }),
    statuses: row(401, 401, 401, 401, 401, 401, 401, 401),
  },
  getSession: { target: at('/api/v1/session'), statuses: row(401, 401, 200, 200, 200, 200, 200, 200) },
  logout: { target: at('/api/v1/session'), statuses: row(401, 401, 204, 204, 204, 204, 204, 204) },
  changePassword: {
    // A wrong current password: what matters here is that the question is heard.
    target: () => ({ path: '/api/v1/session/password', body: { current: 'wrong', next: 'Haidai-tiqu.9921-chunhua' } }),
    statuses: row(401, 401, 422, 422, 422, 422, 422, 422),
  },

  changeOwnContact: {
    // A wrong current password: what matters here is that the question is heard.
    target: () => ({ path: '/api/v1/session/contact', body: { current: 'wrong', mobile: '13800001111' } }),
    statuses: row(401, 401, 403, 422, 422, 422, 422, 422),
  },
  confirmAddress: {
    target: () => ({ path: '/api/v1/address-confirmations', body: { token: 'made-up' } }),
    statuses: row(404, 404, 404, 404, 404, 404, 404, 404),
  },
  giveSecondFactor: {
    // Nobody has given a password before.
    target: () => ({ path: '/api/v1/session/second-factor', body: { code: '123456' } }),
    statuses: row(401, 401, 401, 401, 401, 401, 401, 401),
  },
  beginTotp: {
    // A wrong password: what matters here is that the question is heard.
    target: () => ({ path: '/api/v1/session/totp', body: { password: 'wrong' } }),
    statuses: row(401, 401, 422, 422, 422, 422, 422, 422),
  },
  confirmTotp: {
    target: () => ({ path: '/api/v1/session/totp/confirmation', body: { code: '123456' } }),
    statuses: row(401, 401, 409, 409, 409, 409, 409, 409),
  },
  removeTotp: {
    target: () => ({ path: '/api/v1/session/totp/removal', body: { code: '123456' } }),
    statuses: row(401, 401, 403, 409, 409, 409, 409, 409),
  },
  listSessions: { target: at('/api/v1/sessions'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  endSession: {
    // Somebody else's, for everybody: it does not exist.
    target: async ({ fixture, world }) => {
      await fixture.as('member');
      const sessions = fixture.ports.store.collection('sessions');
      const [one] = (await sessions.find({ where: { userId: world.users.manager }, limit: 1 })).items;
      return { path: `/api/v1/sessions/${(one?.id ?? 'x'.repeat(20)).slice(0, 20)}y` };
    },
    statuses: row(401, 401, 403, 404, 404, 404, 404, 404),
  },
  endOtherSessions: { target: at('/api/v1/sessions'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },

  listUsers: { target: at('/api/v1/users'), statuses: keepers },
  createUser: {
    target: (stage) => ({
      path: '/api/v1/users',
      body: {
        login: `new${stage.next()}`,
        name: '新成员',
        role: 'member',
        organisationId: stage.world.organisations.own,
      },
    }),
    statuses: row(401, 401, 403, 403, 403, 201, 201, 201),
  },
  getUser: {
    target: async (stage) => ({ path: `/api/v1/users/${(await somebody(stage)).id}` }),
    statuses: row(401, 401, 403, 404, 404, 200, 200, 200),
  },
  disableUser: {
    target: async (stage) => {
      const { id, version } = await somebody(stage);
      return { path: `/api/v1/users/${id}/actions/disable`, body: { version } };
    },
    statuses: row(401, 401, 403, 403, 403, 200, 403, 200),
  },
  enableUser: {
    target: async (stage) => {
      const { id, version } = await somebody(stage);
      const manager = {
        role: 'manager',
        name: '管理员',
        userId: stage.world.users.manager,
        organisationId: stage.world.organisations.own,
      } as const;
      const disabled = await stage.fixture.flow.moveUser(manager, id, version, 'disable');
      return { path: `/api/v1/users/${id}/actions/enable`, body: { version: disabled.version } };
    },
    statuses: row(401, 401, 403, 403, 403, 200, 403, 200),
  },
  resetPassword: {
    target: async (stage) => ({ path: `/api/v1/users/${(await somebody(stage)).id}/actions/reset-password` }),
    statuses: keepers,
  },

  eraseUser: {
    target: async (stage) => {
      const { id, version } = await somebody(stage);
      return { path: `/api/v1/users/${id}/actions/erase`, body: { version } };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 403, 204),
  },
  ...Object.fromEntries(
    (
      [
        ['grantAudit', 'grant-audit'],
        ['revokeAudit', 'revoke-audit'],
      ] as const
    ).map(([operationId, action]) => [
      operationId,
      {
        target: async (stage: Stage) => {
          const { user } = await stage.fixture.flow.createUser(systemPrincipal, {
            login: `clerk${stage.next()}`,
            name: '某工作人员',
            role: 'staff',
          });
          return { path: `/api/v1/users/${user.id}/actions/${action}`, body: { version: user.version } };
        },
        statuses: row(401, 401, 403, 403, 403, 403, 403, 204),
      },
    ]),
  ),
  mergeOrganisation: {
    target: async (stage) => {
      const made = await stage.fixture.flow.createOrganisation(systemPrincipal, { name: `重复登记${stage.next()}` });
      return {
        path: `/api/v1/organisations/${made.id}/merge`,
        body: { version: made.version, into: stage.world.organisations.own, reason: '重复登记' },
      };
    },
    statuses: admins,
  },
  resetTotp: {
    target: async (stage) => {
      const { id } = await somebody(stage);
      const users = stage.fixture.ports.store.collection('users');
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await users.get(id))!;
      await users.update(id, version, { ...rest, totp: { secret: 'sealed', lastStep: 0, recovery: [] } });
      return { path: `/api/v1/users/${id}/actions/reset-totp` };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 204, 204),
  },

  listAccountInvitations: { target: at('/api/v1/account-invitations'), statuses: keepers },
  inviteUser: {
    target: (stage) => ({
      path: '/api/v1/account-invitations',
      body: {
        email: `invited${stage.next()}@example.com`,
        role: 'member',
        organisationId: stage.world.organisations.own,
      },
    }),
    statuses: row(401, 401, 403, 403, 403, 201, 201, 201),
  },
  resendAccountInvitation: {
    target: async (stage) => {
      const { id, version } = await invitedByMail(stage);
      return { path: `/api/v1/account-invitations/${id}/actions/resend`, body: { version } };
    },
    statuses: keepers,
  },
  revokeAccountInvitation: {
    target: async (stage) => {
      const { id, version } = await invitedByMail(stage);
      return { path: `/api/v1/account-invitations/${id}/actions/revoke`, body: { version } };
    },
    statuses: keepers,
  },
  showAccountInvitation: {
    target: async (stage) => ({
      path: '/api/v1/account-invitations/lookup',
      body: { token: (await invitedByMail(stage)).token },
    }),
    statuses: always,
  },
  acceptAccountInvitation: {
    target: async (stage) => ({
      path: '/api/v1/account-invitations/acceptance',
      body: {
        token: (await invitedByMail(stage)).token,
        login: `accepted${stage.next()}`,
        name: '受邀人',
        password: 'Haidai-tiqu.9921-chunhua',
      },
    }),
    statuses: row(201, 201, 201, 201, 201, 201, 201, 201),
  },
  requestPasswordReset: {
    target: () => ({ path: '/api/v1/password-resets', body: { login: 'nobody' } }),
    statuses: row(202, 202, 202, 202, 202, 202, 202, 202),
  },
  // Tokens that nobody was sent: that they are all alike is what matters here.
  showPasswordReset: {
    target: () => ({ path: '/api/v1/password-resets/lookup', body: { token: 'made-up' } }),
    statuses: row(404, 404, 404, 404, 404, 404, 404, 404),
  },
  usePasswordReset: {
    target: () => ({
      path: '/api/v1/password-resets/use',
      body: { token: 'made-up', password: 'Haidai-tiqu.9921-chunhua' },
    }),
    statuses: row(404, 404, 404, 404, 404, 404, 404, 404),
  },

  registerOrganisation: {
    target: (stage) => ({ path: '/api/v1/registrations', form: registrationOf(stage.next() + 4000) }),
    statuses: row(201, 201, 403, 403, 403, 403, 403, 403),
  },
  // Managers whose organisation is approved have no registration; who has one is in the tests of registrations.
  getOwnRegistration: {
    target: at('/api/v1/registrations/own'),
    statuses: row(401, 401, 403, 403, 403, 404, 403, 403),
  },
  resubmitRegistration: {
    target: () => ({ path: '/api/v1/registrations/own', body: { version: 1, content: organisationOf('某机构', 9) } }),
    statuses: row(401, 401, 403, 403, 403, 404, 403, 403),
  },
  addProof: {
    target: () => {
      const form = new FormData();
      form.set('proof', proofFile());
      return { path: '/api/v1/registrations/own/proofs', form };
    },
    statuses: row(401, 401, 403, 403, 403, 404, 403, 403),
  },
  withdrawRegistration: {
    target: () => ({ path: '/api/v1/registrations/own/withdrawal', body: { version: 1 } }),
    statuses: row(401, 401, 403, 403, 403, 404, 403, 403),
  },
  listRegistrations: { target: at('/api/v1/registrations'), statuses: bureau },
  getRegistration: {
    target: async (stage) => ({ path: `/api/v1/registrations/${(await registered(stage)).id}` }),
    statuses: bureau,
  },
  decideRegistration: {
    target: async (stage) => {
      const { id, version } = await registered(stage);
      return { path: `/api/v1/registrations/${id}/actions/approve`, body: { version } };
    },
    statuses: bureau,
  },

  listOrganisations: { target: at('/api/v1/organisations'), statuses: open },
  createOrganisation: {
    target: (stage) => {
      const number = stage.next() + 100;
      return { path: '/api/v1/organisations', body: { content: organisationOf(`新机构${number}`, number) } };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },
  getOrganisation: {
    target: ({ world }) => ({ path: `/api/v1/organisations/${world.organisations.own}` }),
    statuses: open,
  },
  editOrganisation: {
    target: async ({ fixture, world }) => {
      const { version, content } = await fixture.flow.getOrganisation(systemPrincipal, world.organisations.own);
      const changed = { ...content, profile: `第${version}次改的简介。` };
      return { path: `/api/v1/organisations/${world.organisations.own}`, body: { version, content: changed } };
    },
    // An approved organisation is known to everybody, so others are told that they may not.
    statuses: row(401, 401, 403, 200, 403, 200, 200, 200),
  },
  moveOrganisation: {
    target: async (stage) => {
      const number = stage.next() + 2000;
      const made = await stage.fixture.flow.createOrganisation(
        systemPrincipal,
        organisationOf(`待停用${number}`, number),
      );
      return {
        path: `/api/v1/organisations/${made.id}/actions/disable`,
        body: { version: made.version, reason: '已注销' },
      };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 403, 200),
  },

  ...ofKind('need', 'Need', 'Needs'),
  ...ofKind('achievement', 'Achievement', 'Achievements'),

  chooseCampaign: {
    target: async (stage) => {
      const { id, version } = await entry(stage, 'need');
      return { path: `/api/v1/needs/${id}/campaign`, body: { version, campaignId: null } };
    },
    statuses: owners,
  },
  showRenewal: {
    target: async (stage) => ({
      path: '/api/v1/renewal-links/lookup',
      body: { token: (await renewalLink(stage)).split('/').at(-1) },
    }),
    statuses: open,
  },
  useRenewal: {
    target: async (stage) => ({
      path: '/api/v1/renewal-links/use',
      body: { token: (await renewalLink(stage)).split('/').at(-1) },
    }),
    statuses: open,
  },
  openRenewal: { target: async (stage) => ({ path: await renewalLink(stage) }), statuses: open },
  renewByLink: { target: async (stage) => ({ path: await renewalLink(stage) }), statuses: open },

  listCampaigns: { target: at('/api/v1/campaigns'), statuses: open },
  createCampaign: {
    target: (stage) => ({
      path: '/api/v1/campaigns',
      body: {
        content: { title: `需求征集${stage.next()}`, text: '面向全区企业征集技术需求。', from: '2026-11-23', until },
      },
    }),
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },
  getCampaign: {
    // Not begun yet: it exists for the bureau alone.
    target: async (stage) => ({ path: `/api/v1/campaigns/${(await campaign(stage)).id}` }),
    statuses: row(404, 404, 403, 404, 404, 404, 200, 200),
  },
  editCampaign: {
    target: async (stage) => {
      const { id, version, content } = await campaign(stage);
      const title = `改过名称的征集${stage.next()}`;
      return { path: `/api/v1/campaigns/${id}`, body: { version, content: { ...content, title } } };
    },
    statuses: bureau,
  },
  moveCampaign: {
    target: async (stage) => {
      const { id, version } = await campaign(stage);
      return { path: `/api/v1/campaigns/${id}/actions/open`, body: { version } };
    },
    statuses: bureau,
  },
  listWantingNeeds: { target: at('/api/v1/calls/wanting'), statuses: bureau },
  listCalls: { target: at('/api/v1/calls'), statuses: bureau },
  proposeCall: {
    target: async (stage) => ({
      path: '/api/v1/calls',
      body: { needId: (await entry(stage, 'need', ['submit', 'publish'])).id, until, text: callText },
    }),
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },
  getCall: { target: async (stage) => ({ path: `/api/v1/calls/${(await call(stage)).id}` }), statuses: bureau },
  editCall: {
    target: async (stage) => {
      const { id, version, input } = await call(stage);
      return { path: `/api/v1/calls/${id}`, body: { version, ...input, until: '2026-12-24' } };
    },
    statuses: bureau,
  },
  moveCall: {
    target: async (stage) => {
      const { id, version } = await call(stage);
      return { path: `/api/v1/calls/${id}/actions/send`, body: { version } };
    },
    statuses: bureau,
  },
  listInterests: { target: at('/api/v1/interests'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  signalInterest: {
    target: async (stage) => ({
      path: `/api/v1/needs/${(await entry(stage, 'need', ['submit', 'publish'])).id}/interest`,
      body: { text: '本单位做过同类项目，可以承担。' },
    }),
    // The bureau and the need's own people have nothing to signal.
    statuses: row(401, 401, 403, 403, 200, 403, 403, 403),
  },
  moveInterest: {
    target: async (stage) => {
      const { id, version } = await interest(stage);
      return { path: `/api/v1/interests/${id}/actions/note`, body: { version } };
    },
    statuses: row(401, 401, 403, 404, 403, 404, 200, 200),
  },

  listCallRequests: { target: at('/api/v1/call-requests'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  getCallRequest: {
    target: async (stage) => ({ path: `/api/v1/call-requests/${(await receivedCall(stage)).requestId}` }),
    statuses: owners,
  },
  answerCall: {
    target: async (stage) => ({
      path: `/api/v1/call-requests/${(await receivedCall(stage)).requestId}/answer`,
      body: { content: achievementOf(`应征${stage.next()}`) },
    }),
    statuses: owners,
  },
  declineCall: {
    target: async (stage) => ({
      path: `/api/v1/call-requests/${(await receivedCall(stage)).requestId}/decline`,
      body: { version: 1, reason: '没有相关团队' },
    }),
    statuses: owners,
  },

  listAttachments: {
    target: async (stage) => ({
      path: `/api/v1/attachments?collection=needs&id=${(await withFile(stage)).owner.id}`,
    }),
    statuses: ownersOfHidden,
  },
  addAttachment: {
    target: async (stage) => {
      const form = new FormData();
      form.set('collection', 'achievements');
      form.set('id', (await entry(stage, 'achievement')).id);
      form.set('file', new Blob([`第${stage.next()}份检测报告`]), '检测报告.txt');
      return { path: '/api/v1/attachments', form };
    },
    statuses: row(401, 401, 403, 201, 404, 201, 201, 201),
  },
  listOfferedAttachments: { target: at('/api/v1/attachments/offered'), statuses: bureau },
  getAttachmentContent: {
    target: async (stage) => ({ path: `/api/v1/attachments/${(await withFile(stage)).id}/content` }),
    statuses: ownersOfHidden,
  },
  moveAttachment: {
    target: async (stage) => {
      const { id, version } = await withFile(stage);
      return { path: `/api/v1/attachments/${id}/actions/open`, body: { version } };
    },
    statuses: bureauOnVisible,
  },
  removeAttachment: {
    target: async (stage) => ({ path: `/api/v1/attachments/${(await withFile(stage)).id}` }),
    statuses: row(401, 401, 403, 204, 404, 204, 204, 204),
  },

  importRecords: {
    target: (stage) => {
      const form = new FormData();
      form.set('kind', 'achievement');
      form.set('source', 'access-test');
      form.set('dryRun', 'true');
      const line = JSON.stringify({
        externalId: `x${stage.next()}`,
        title: '导入的成果',
        abstract: '够长的摘要，说明成果的内容。',
      });
      form.set('file', new Blob([`${line}\n`]), '成果.jsonl');
      return { path: '/api/v1/imports', form };
    },
    statuses: row(401, 401, 403, 200, 200, 200, 200, 200),
  },
  createImportRun: {
    target: (stage) => {
      const form = new FormData();
      form.set('kind', 'achievement');
      form.set('source', 'access-test');
      form.set(
        'file',
        new Blob([`${JSON.stringify({ 编号: `y${stage.next()}`, 成果名称: '导入的成果' })}\n`]),
        '成果.jsonl',
      );
      return { path: '/api/v1/import-runs', form };
    },
    statuses: row(401, 401, 403, 201, 201, 201, 201, 201),
  },
  listImportRuns: { target: at('/api/v1/import-runs'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  getImportRun: {
    target: async (stage) => ({ path: `/api/v1/import-runs/${(await checkedImport(stage)).id}` }),
    statuses: owners,
  },
  getMarkedImportFile: {
    target: async (stage) => ({ path: `/api/v1/import-runs/${(await checkedImport(stage)).id}/marked-file` }),
    statuses: owners,
  },
  moveImportRun: {
    target: async (stage) => {
      const { id, version } = await checkedImport(stage);
      return { path: `/api/v1/import-runs/${id}/actions/import`, body: { version } };
    },
    statuses: owners,
  },
  exportRecords: { target: at('/api/v1/exports/need?format=csv'), statuses: bureau },
  getTemplate: { target: at('/api/v1/templates/need'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },

  searchRecords: { target: at('/api/v1/search?kind=need&text=%E7%A8%80%E5%9C%9F'), statuses: open },
  suggestRecords: { target: at('/api/v1/suggestions?text=xt'), statuses: open },

  requestRun: {
    target: () => ({ path: '/api/v1/matching-runs', body: {} }),
    statuses: row(401, 401, 403, 403, 403, 403, 202, 202),
  },
  getRun: {
    target: async (stage) => {
      await sharedDocket(stage);
      return { path: '/api/v1/matching-runs/current' };
    },
    statuses: bureau,
  },
  cancelRun: {
    // A week of its own, whose run stands still.
    target: async ({ fixture }) => {
      const { store } = fixture.ports;
      const there = await store.collection('matchingRuns').get(cancelledWeek);
      if (there) await store.collection('matchingRuns').remove(cancelledWeek, there.version);
      await store.collection('matchingRuns').insert({
        id: cancelledWeek,
        week: cancelledWeek,
        plan: 1,
        state: 'running',
        startedAt: '2026-01-05T00:00:00.000Z',
        includesArchive: false,
        newSince: null,
        needs: 1,
        achievements: 1,
        newAchievements: 0,
        done: 0,
        pairsScored: 0,
        model: 'm',
        segmenter: 's',
        parts: [],
      });
      return { path: `/api/v1/matching-runs/${cancelledWeek}/cancel`, body: {} };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 200, 200),
  },
  getCandidates: {
    target: async (stage) => ({ path: `/api/v1/needs/${(await sharedDocket(stage)).item.needId}/candidates` }),
    statuses: bureau,
  },
  explainPair: {
    target: async (stage) => {
      const { needId, achievementId } = (await sharedDocket(stage)).item;
      return { path: `/api/v1/needs/${needId}/explanations/${achievementId}` };
    },
    statuses: bureau,
  },

  listDockets: { target: at('/api/v1/dockets'), statuses: bureau },
  getDocket: {
    target: async (stage) => ({ path: `/api/v1/dockets/${(await sharedDocket(stage)).week}` }),
    statuses: bureau,
  },
  getPair: {
    target: async (stage) => ({ path: `/api/v1/pairs/${(await sharedDocket(stage)).item.pairId}` }),
    statuses: bureau,
  },
  previewClose: {
    target: async (stage) => ({ path: `/api/v1/dockets/${(await sharedDocket(stage)).week}/close-preview` }),
    statuses: bureau,
  },
  markPair: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `标记${stage.next()}`);
      return {
        path: `/api/v1/dockets/${week}/pairs/${item.pairId}/mark`,
        body: { markVersion: item.markVersion, mark: { kind: 'accept' } },
      };
    },
    statuses: bureau,
  },
  unmarkPair: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `撤销${stage.next()}`);
      const marked = await stage.fixture.flow.markPair(reviewer, {
        week,
        pairId: item.pairId,
        markVersion: item.markVersion,
        mark: { kind: 'accept' },
      });
      return {
        path: `/api/v1/dockets/${week}/pairs/${item.pairId}/unmark`,
        body: { markVersion: marked.item.markVersion },
      };
    },
    statuses: bureau,
  },
  agreePair: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `复核${stage.next()}`);
      const { flow, ports } = stage.fixture;
      const dockets = ports.store.collection('dockets');
      const { id, version, createdAt: _c, updatedAt: _u, ...docket } = (await dockets.get(week))!;
      const items = docket.items.map((one) => ({ ...one, reviewTwice: true as const }));
      await dockets.update(id, version, { ...docket, id, items });
      const marked = await flow.markPair(reviewer, {
        week,
        pairId: item.pairId,
        markVersion: item.markVersion,
        mark: { kind: 'accept' },
      });
      return {
        path: `/api/v1/dockets/${week}/pairs/${item.pairId}/agree`,
        body: { markVersion: marked.item.markVersion },
      };
    },
    statuses: bureau,
  },
  watchPair: {
    target: async (stage) => {
      const { week, item } = await sharedDocket(stage);
      return { path: `/api/v1/dockets/${week}/watching`, body: { pairId: item.pairId } };
    },
    statuses: bureau,
  },
  markBatch: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `批量${stage.next()}`);
      return {
        path: `/api/v1/dockets/${week}/batches`,
        body: { pairs: [{ pairId: item.pairId, markVersion: item.markVersion }], mark: { kind: 'accept' } },
      };
    },
    statuses: bureau,
  },
  undoBatch: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `撤销批量${stage.next()}`);
      const { batchId } = await stage.fixture.flow.markBatch(reviewer, {
        week,
        batch: { pairs: [{ pairId: item.pairId, markVersion: item.markVersion }], mark: { kind: 'accept' } },
      });
      return { path: `/api/v1/dockets/${week}/batches/${batchId}/undo` };
    },
    statuses: bureau,
  },
  answerNeed: {
    target: async (stage) => {
      const { id } = await entry(stage, 'need', ['submit', 'publish']);
      const { store } = stage.fixture.ports;
      // An old docket that found nothing for this need.
      answerWeeks++;
      const week = weekOf(new Date(Date.UTC(1975, 0, 6) + answerWeeks * 7 * 86_400_000));
      await store.collection('candidateLists').insert({
        id,
        needId: id,
        week,
        plan: 1,
        model: 'm',
        organisationId: null,
        published: true,
        matchedHash: 'h',
        candidates: [],
        waitingSince: '1974-W01',
        offeredIn: [],
        answeredIn: [],
      });
      const {
        id: _,
        version: __,
        createdAt: ___,
        updatedAt: ____,
        ...model
      } = await store
        .collection('dockets')
        .get((await sharedDocket(stage)).week)
        .then((docket) => docket!);
      const promise = { due: 1, offered: 0, toAnswer: [id], short: 0 };
      await store.collection('dockets').insert({ ...model, id: week, week, items: [], promise });
      return { path: `/api/v1/dockets/${week}/needs/${id}/answer` };
    },
    statuses: bureau,
  },
  closeDocket: {
    target: async (stage) => {
      const { week, docket } = await nextDocket(stage, `关闭${stage.next()}`);
      return { path: `/api/v1/dockets/${week}/close`, body: { version: docket.version } };
    },
    statuses: bureau,
  },
  previewCorrection: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `更正前${stage.next()}`);
      const { flow } = stage.fixture;
      const { pairId, markVersion } = item;
      const marked = await flow.markPair(reviewer, { week, pairId, markVersion, mark: { kind: 'accept' } });
      await flow.closeDocket(reviewer, { week, seen: marked.version });
      return {
        path: `/api/v1/dockets/${week}/corrections/preview`,
        body: { pairId, markVersion: marked.item.markVersion, mark: { kind: 'reject', reason: 'off-topic' } },
      };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 200, 200),
  },
  correctDecision: {
    target: async (stage) => {
      const { week, item } = await nextDocket(stage, `更正${stage.next()}`);
      const { flow } = stage.fixture;
      const marked = await flow.markPair(reviewer, {
        week,
        pairId: item.pairId,
        markVersion: item.markVersion,
        mark: { kind: 'accept' },
      });
      await flow.closeDocket(reviewer, { week, seen: marked.version });
      return {
        path: `/api/v1/dockets/${week}/corrections`,
        body: {
          pairId: item.pairId,
          markVersion: marked.item.markVersion,
          mark: { kind: 'reject', reason: 'off-topic' },
          reason: '看错了技术方向',
        },
      };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },

  getMinutes: {
    target: async (stage) => ({ path: `/api/v1/dockets/${(await sharedDocket(stage)).week}/minutes` }),
    statuses: bureau,
  },
  writeMinutes: {
    target: async (stage) => {
      const { week } = await sharedDocket(stage);
      const { version } = await stage.fixture.flow.readMinutes(reviewer, week);
      return {
        path: `/api/v1/dockets/${week}/minutes`,
        body: {
          version,
          meeting: {
            heldOn: '2026-11-26',
            place: `科技局${stage.next()}号会议室`,
            chair: '梅科长',
            attendees: '梅科长、兰科员',
            recorder: '兰科员',
          },
        },
      };
    },
    statuses: bureau,
  },
  takeMinutes: {
    target: async (stage) => ({ path: `/api/v1/dockets/${(await sharedDocket(stage)).week}/minutes/file` }),
    statuses: bureau,
  },

  listInvitations: { target: at('/api/v1/invitations'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  getInvitation: {
    target: async (stage) => ({ path: `/api/v1/invitations/${(await invited(stage)).id}` }),
    statuses: sidesAndBureau,
  },
  answerInvitation: {
    target: async (stage) => ({ path: `/api/v1/invitations/${(await invited(stage)).id}/answer`, body: willing }),
    statuses: row(401, 401, 403, 200, 404, 200, 403, 403),
  },
  recordPhoneAnswer: {
    target: async (stage) => ({
      path: `/api/v1/invitations/${(await invited(stage)).id}/phone-answer`,
      body: { ...willing, side: 'achievement', saidBy: '赵老师' },
    }),
    statuses: bureau,
  },
  takeBackAnswer: {
    target: async (stage) => {
      const { id } = await invited(stage);
      await stage.fixture.flow.recordPhoneAnswer(systemPrincipal, id, {
        side: 'need',
        answer: { answer: 'willing' },
        saidBy: '王经理',
      });
      return { path: `/api/v1/invitations/${id}/take-back`, body: { side: 'need' } };
    },
    statuses: sidesAndBureau,
  },
  inviteAgain: {
    target: async (stage) => {
      const { id } = await invited(stage);
      const { version } = await stage.fixture.flow.recordPhoneAnswer(systemPrincipal, id, {
        side: 'need',
        answer: { answer: 'unwilling', reason: 'no-capacity' },
        saidBy: '王经理',
      });
      return { path: `/api/v1/invitations/${id}/invite-again`, body: { version } };
    },
    statuses: bureau,
  },
  remindInvited: {
    target: async (stage) => {
      const { id } = await invited(stage);
      const { version } = (await stage.fixture.flow.getInvitation(systemPrincipal, id)) as WholeInvitation;
      return { path: `/api/v1/invitations/${id}/remind`, body: { version } };
    },
    statuses: bureau,
  },
  showInvitationLink: {
    target: async (stage) => ({
      path: '/api/v1/invitation-links/lookup',
      body: { token: (await invited(stage)).token('need') },
    }),
    statuses: always,
  },
  useInvitationLink: {
    target: async (stage) => ({
      path: '/api/v1/invitation-links/answer',
      body: { token: (await invited(stage)).token('achievement'), ...willing },
    }),
    statuses: always,
  },
  openInvitationLink: {
    target: async (stage) => ({
      path: `/api/v1/invitation-links/${(await invited(stage)).token('need')}`,
    }),
    statuses: always,
  },
  answerInvitationLink: {
    target: async (stage) => ({
      path: `/api/v1/invitation-links/${(await invited(stage)).token('achievement')}/answer`,
      body: willing,
    }),
    statuses: always,
  },
  listPartnerships: { target: at('/api/v1/partnerships'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  createPartnership: {
    target: ({ world, next }) => ({
      path: '/api/v1/partnerships',
      body: {
        title: `登记的合作${next()}`,
        needOrganisationId: world.organisations.own,
        achievementParty: '外省某研究院',
      },
    }),
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },
  getPartnership: {
    target: async (stage) => ({ path: `/api/v1/partnerships/${await joint(stage)}` }),
    statuses: owners,
  },
  editPartnership: {
    target: async (stage) => ({
      path: `/api/v1/partnerships/${await joint(stage)}`,
      body: { version: 1, title: '改过名称的合作' },
    }),
    statuses: bureau,
  },
  movePartnership: {
    target: async (stage) => ({
      path: `/api/v1/partnerships/${await joint(stage)}/actions/sign`,
      body: { version: 1, contract: signedContract },
    }),
    statuses: bureau,
  },
  addPayment: {
    target: async (stage) => ({
      path: `/api/v1/partnerships/${(await signed(stage)).id}/payments`,
      body: { on: '2026-11-21', amount: 12.5 },
    }),
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },
  removePayment: {
    target: async (stage) => {
      const { id } = await signed(stage);
      const paid = await stage.fixture.flow.addPayment(systemPrincipal, id, { on: '2026-11-21', amount: 12.5 });
      return {
        path: `/api/v1/partnerships/${id}/payments/${paid.payments[0]!.id}/remove`,
        body: { reason: '登记错了' },
      };
    },
    statuses: bureau,
  },
  addPartnershipLogLine: {
    target: async (stage) => ({
      path: `/api/v1/partnerships/${await joint(stage)}/log`,
      body: { on: '2026-11-21', kind: 'visit', who: '双方技术负责人', what: '看了中试线。' },
    }),
    statuses: row(401, 401, 403, 201, 404, 201, 201, 201),
  },
  addMilestone: {
    target: async (stage) => ({
      path: `/api/v1/partnerships/${await joint(stage)}/milestones`,
      body: { title: '小试完成', dueOn: '2027-03-01' },
    }),
    statuses: row(401, 401, 403, 201, 404, 201, 201, 201),
  },
  reachMilestone: {
    target: async (stage) => {
      const id = await joint(stage);
      const milestone = { title: '小试完成', dueOn: '2026-12-01' };
      const { milestones } = await stage.fixture.flow.addMilestone(systemPrincipal, id, milestone);
      return {
        path: `/api/v1/partnerships/${id}/milestones/${milestones[0]!.id}/done`,
        body: { doneOn: '2026-11-21' },
      };
    },
    statuses: owners,
  },
  changeMilestone: {
    target: async (stage) => {
      const id = await joint(stage);
      const milestone = { title: '小试完成', dueOn: '2026-12-01' };
      const { milestones } = await stage.fixture.flow.addMilestone(systemPrincipal, id, milestone);
      return {
        path: `/api/v1/partnerships/${id}/milestones/${milestones[0]!.id}`,
        body: { dueOn: '2026-12-20', reason: '设备晚到' },
      };
    },
    statuses: owners,
  },
  removeMilestone: {
    target: async (stage) => {
      const id = await joint(stage);
      const milestone = { title: '小试完成', dueOn: '2026-12-01' };
      const { milestones } = await stage.fixture.flow.addMilestone(systemPrincipal, id, milestone);
      return {
        path: `/api/v1/partnerships/${id}/milestones/${milestones[0]!.id}/remove`,
        body: { reason: '并入下一个' },
      };
    },
    statuses: owners,
  },
  setPartnershipPeople: {
    target: async (stage, actor) => ({
      path: `/api/v1/partnerships/${await joint(stage)}/people`,
      body: {
        version: 1,
        people: [{ name: '钱联络', role: '技术负责人', mobile: '13812345678' }],
        ...(actor === 'staff' || actor === 'admin' ? { side: 'need' } : {}),
      },
    }),
    statuses: owners,
  },
  answerResults: {
    target: async (stage, actor) => ({
      path: `/api/v1/partnerships/${(await signed(stage)).id}/results/2026H2`,
      body: {
        sales: 120.5,
        saved: 3,
        patents: 1,
        jobs: 4,
        ...(actor === 'staff' || actor === 'admin' ? { side: 'need' } : {}),
      },
    }),
    statuses: owners,
  },
  ...ofCooperations('agreement', 'Agreement', 'Agreements'),
  ...ofCooperations('joint-body', 'JointBody', 'JointBodies'),
  viewContacts: {
    target: async (stage) => ({ path: `/api/v1/partnerships/${await partnered(stage)}/contacts` }),
    statuses: sidesAndBureau,
  },
  agreeContacts: {
    // It followed from a match: both have agreed, and the bureau is asked which side and why.
    target: async (stage) => ({ path: `/api/v1/partnerships/${await partnered(stage)}/contact-agreement`, body: {} }),
    statuses: row(401, 401, 403, 409, 404, 409, 422, 422),
  },
  listContactViews: {
    target: async (stage) => ({ path: `/api/v1/partnerships/${await partnered(stage)}/contact-views` }),
    statuses: bureau,
  },

  searchAudit: { target: at('/api/v1/audit'), statuses: admins },
  checkAudit: { target: at('/api/v1/audit/check'), statuses: admins },
  listPolicies: { target: at('/api/v1/policies'), statuses: open },
  createPolicy: {
    target: () => ({ path: '/api/v1/policies', body: policyOf() }),
    statuses: row(401, 401, 403, 403, 403, 403, 201, 201),
  },
  getPolicy: {
    // A draft: for everybody but the bureau it does not exist.
    target: async (stage) => ({ path: `/api/v1/policies/${(await policy(stage)).id}` }),
    statuses: row(404, 404, 403, 404, 404, 404, 200, 200),
  },
  editPolicy: {
    target: async (stage) => {
      const { id, version } = await policy(stage);
      return { path: `/api/v1/policies/${id}`, body: { version, content: policyOf() } };
    },
    statuses: bureau,
  },
  movePolicy: {
    target: async (stage) => {
      const { id, version } = await policy(stage);
      return { path: `/api/v1/policies/${id}/actions/publish`, body: { version } };
    },
    statuses: bureau,
  },
  previewAudience: {
    target: async (stage) => ({ path: `/api/v1/policies/${(await policy(stage)).id}/audience` }),
    statuses: bureau,
  },

  listWebhooks: { target: at('/api/v1/webhooks'), statuses: admins },
  createWebhook: {
    target: () => ({
      path: '/api/v1/webhooks',
      body: { name: '办公系统', url: 'http://127.0.0.1:9/', events: ['need.published'] },
    }),
    statuses: row(401, 401, 403, 403, 403, 403, 403, 201),
  },
  getWebhook: { target: async (stage) => ({ path: `/api/v1/webhooks/${await webhook(stage)}` }), statuses: admins },
  editWebhook: {
    target: async (stage) => ({
      path: `/api/v1/webhooks/${await webhook(stage)}`,
      body: { version: 1, name: '办公系统', url: 'http://127.0.0.1:9/', events: ['need.published'] },
    }),
    statuses: admins,
  },
  disableWebhook: {
    target: async (stage) => ({
      path: `/api/v1/webhooks/${await webhook(stage)}/actions/disable`,
      body: { version: 1 },
    }),
    statuses: admins,
  },
  enableWebhook: {
    target: async (stage) => ({
      path: `/api/v1/webhooks/${await webhook(stage, 'disabled')}/actions/enable`,
      body: { version: 1 },
    }),
    statuses: admins,
  },
  rotateWebhookSecret: {
    target: async (stage) => ({ path: `/api/v1/webhooks/${await webhook(stage)}/actions/rotate-secret` }),
    statuses: admins,
  },
  testWebhook: {
    target: async (stage) => ({ path: `/api/v1/webhooks/${await webhook(stage)}/actions/test` }),
    statuses: row(401, 401, 403, 403, 403, 403, 403, 202),
  },
  listWebhookDeliveries: {
    target: async (stage) => ({ path: `/api/v1/webhooks/${await webhook(stage)}/deliveries` }),
    statuses: admins,
  },
  replayWebhookDelivery: {
    target: async (stage) => {
      const id = await webhook(stage);
      await stage.fixture.ports.store.collection('webhookDeliveries').insert({
        id: `d${id}`,
        webhookId: id,
        eventType: 'need.published',
        happenedAt: '2026-11-23T01:00:00.000Z',
        body: '{}',
        state: 'failed',
        tries: 1,
        log: [],
        dueAt: null,
        triedUntil: '2026-11-24T01:00:00.000Z',
      });
      return { path: `/api/v1/webhooks/${id}/deliveries/d${id}/actions/replay` };
    },
    statuses: admins,
  },
  replayWebhook: {
    target: async (stage) => ({
      path: `/api/v1/webhooks/${await webhook(stage)}/actions/replay`,
      body: { since: '2026-11-23T09:00:00+08:00' },
    }),
    statuses: row(401, 401, 403, 403, 403, 403, 403, 202),
  },

  listNotices: { target: at('/api/v1/notices'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  countUnreadNotices: {
    target: at('/api/v1/notices/unread-count'),
    statuses: row(401, 401, 403, 200, 200, 200, 200, 200),
  },
  readNotice: {
    // A notice of `member`: nobody else has it, not even the bureau.
    target: async (stage) => ({ path: `/api/v1/notices/${await notice(stage)}/actions/read` }),
    statuses: row(401, 401, 403, 200, 404, 404, 404, 404),
  },
  readAllNotices: {
    target: () => ({ path: '/api/v1/notices/actions/read-all', body: {} }),
    statuses: row(401, 401, 403, 200, 200, 200, 200, 200),
  },
  listSavedSearches: { target: at('/api/v1/saved-searches'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  saveSearch: {
    target: (stage) => ({
      path: '/api/v1/saved-searches',
      body: { name: `搜索${stage.next()}`, search: { kind: 'need', text: '抛光粉' }, alert: 'day' },
    }),
    statuses: row(401, 401, 403, 201, 201, 201, 201, 201),
  },
  // One of the member's: for everybody else there is none, whatever his role.
  changeSavedSearch: {
    target: async (stage) => {
      const { id, version, ...kept } = await savedSearch(stage);
      const { name, search } = kept;
      return { path: `/api/v1/saved-searches/${id}`, body: { version, name, search, alert: 'off' } };
    },
    statuses: row(401, 401, 403, 200, 404, 404, 404, 404),
  },
  removeSavedSearch: {
    target: async (stage) => ({ path: `/api/v1/saved-searches/${(await savedSearch(stage)).id}` }),
    statuses: row(401, 401, 403, 204, 404, 404, 404, 404),
  },
  getNoticeChoices: {
    target: at('/api/v1/notice-choices'),
    statuses: row(401, 401, 403, 200, 200, 200, 200, 200),
  },
  chooseNotices: {
    target: () => ({ path: '/api/v1/notice-choices', body: { kinds: [{ kind: 'account', sms: true }] } }),
    statuses: row(401, 401, 403, 200, 200, 200, 200, 200),
  },
  listSentNotices: { target: at('/api/v1/sent-notices?state=failed'), statuses: bureau },
  resendNotice: {
    target: async (stage) => ({ path: `/api/v1/sent-notices/${await notice(stage, 'failed')}/actions/resend` }),
    statuses: bureau,
  },

  getDesk: { target: at('/api/v1/desk'), statuses: bureau },
  assignWork: {
    target: (stage) => ({
      path: '/api/v1/desk/assignments',
      body: {
        kind: 'need',
        recordId: `waiting${stage.next()}`,
        assigneeId: stage.world.users.staff,
        assignmentVersion: 0,
      },
    }),
    statuses: bureau,
  },
  listHolidays: { target: at('/api/v1/holidays'), statuses: bureau },
  setHolidays: {
    target: () => ({ path: '/api/v1/holidays/2025', body: { version: 0, ...holidaysOf2025 } }),
    statuses: admins,
  },
  readHolidayNotice: {
    target: () => ({
      path: '/api/v1/holidays/2025/reading',
      body: { text: '一、元旦：1月1日（周三）放假，共1天，不调休。' },
    }),
    statuses: admins,
  },
  removeHolidays: {
    target: async ({ fixture: { flow } }) => {
      const { items } = await flow.listHolidays(systemPrincipal);
      const { version } = items.find(({ year }) => year === 2025)!;
      await flow.setHolidays(systemPrincipal, 2025, version, holidaysOf2025);
      return { path: '/api/v1/holidays/2025' };
    },
    statuses: row(401, 401, 403, 403, 403, 403, 403, 204),
  },
  listAnswers: { target: at('/api/v1/answers'), statuses: row(401, 401, 403, 200, 200, 200, 200, 200) },
  getAnswer: {
    target: async (stage) => ({ path: `/api/v1/answers/${(await answerTo(stage, ['approve', 'send'])).id}` }),
    statuses: sidesAndBureau,
  },
  editAnswer: {
    target: async (stage) => {
      const { id, version } = await answerTo(stage);
      return { path: `/api/v1/answers/${id}`, body: { version, text: '贵单位的需求已发布，欢迎补充指标。' } };
    },
    statuses: bureau,
  },
  moveAnswer: {
    target: async (stage) => {
      const { id, version } = await answerTo(stage);
      return { path: `/api/v1/answers/${id}/actions/approve`, body: { version } };
    },
    statuses: bureau,
  },
  moveAnswers: {
    target: async (stage) => ({ path: '/api/v1/answer-batches/approve', body: { items: [await answerTo(stage)] } }),
    statuses: bureau,
  },

  getCodes: { target: at('/api/v1/codes'), statuses: always },
  listJobs: { target: at('/api/v1/jobs'), statuses: admins },
  retryJob: {
    target: async (stage) => ({ path: `/api/v1/jobs/${await failedJob(stage)}/retry` }),
    statuses: row(401, 401, 403, 403, 403, 403, 403, 204),
  },
  discardJob: {
    target: async (stage) => ({ path: `/api/v1/jobs/${await failedJob(stage)}` }),
    statuses: row(401, 401, 403, 403, 403, 403, 403, 204),
  },
  listParkedChanges: { target: at('/api/v1/parked-changes'), statuses: admins },
  replayParkedChange: {
    target: async (stage) => ({ path: `/api/v1/parked-changes/${await parkedChange(stage)}/replay` }),
    statuses: row(401, 401, 403, 403, 403, 403, 403, 200),
  },
  getOpenApi: { target: at('/api/v1/openapi.json'), statuses: open },
  getDocs: { target: at('/api/docs'), statuses: open },
  getDocsAsset: { target: at('/api/docs/start.js'), statuses: open },
  getHealth: { target: at('/healthz'), statuses: always },
  getReadiness: { target: at('/readyz'), statuses: always },
};

/** In production the interface's description is for the bureau. */
export const productionExpectations: Readonly<Record<string, Readonly<Record<Actor, number>>>> = {
  getOpenApi: bureau,
  getDocs: bureau,
  getDocsAsset: bureau,
};
