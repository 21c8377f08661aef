import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Composed, compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { refusalReasons } from '../../src/domain/codes/consent-codes.ts';
import { rejectionReasons } from '../../src/domain/codes/review-codes.ts';
import { defaultDocketSettings, type MarkInput, type Side } from '../../src/domain/docket.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { exportKinds } from '../../src/domain/exports/export-kinds.ts';
import { pairId } from '../../src/domain/ids.ts';
import { bothSides, type ConsentInput, type Invitation, invitationIdOf } from '../../src/domain/invitation.ts';
import { holdMs } from '../../src/domain/notices/notice-delivery.ts';
import { contractedStates, type PartnershipAction, partnershipIdOf } from '../../src/domain/partnership.ts';
import { seededRandom } from '../../src/domain/seeded-random.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { weekOf, weekStart, yearIn } from '../../src/domain/week.ts';
import { rounds } from '../../src/flow/rounds.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import { routes } from '../../src/http/routes.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { type CollectionName, collectionKeys } from '../../src/ports/record-store.ts';
import { linkToken } from '../../src/steps/consent/new-round.ts';
import { isBuilt, runCommand } from '../cli/run-command.ts';
import { draftedLetter } from '../http/drafted-letter.ts';
import { type Client, httpClient } from '../http/http-client.ts';
import { generousLimits, testSecret } from '../http/open-http.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';
import { freeze, outcomeOf, plainSettings } from '../steps/docket-world.ts';
import { setClock } from '../steps/fresh-ports.ts';
import { doubledFeed } from './doubled-feed.ts';
import { statesIn } from './known-states.ts';
import { type Mortal, mortalPorts } from './mortal-ports.ts';
import { intakeActions, likelyIntake, unrelated } from './random-intake.ts';
import { watchSending } from './watched-sending.ts';

/** What was tried and seen. */
export interface RandomFigures {
  sequences: number;
  actions: number;
  refused: number;
  /** Documents whose states and histories were checked. */
  documents: number;
  invitations: number;
  agreed: number;
  /** Moves of partnerships that were made, and partnerships that came to an end. */
  partnershipMoves: number;
  partnershipsEnded: number;
  answersSent: number;
  /** Calls that were sent and what they were answered with, registrations that were approved, claims among them. */
  callsSent: number;
  callAnswers: number;
  registrationsApproved: number;
  claims: number;
  contactsShown: number;
  /** Pages that somebody looked at over HTTP, and what the command line was asked for. */
  looks: number;
  /** Operations that were looked at with success. */
  readonly pages: Set<string>;
  commands: number;
  /** Mails and short messages that left the service. */
  mails: number;
  messages: number;
  kills: number;
  auditEntries: number;
}

export const noFigures = (): RandomFigures => ({
  sequences: 0,
  actions: 0,
  refused: 0,
  documents: 0,
  invitations: 0,
  agreed: 0,
  partnershipMoves: 0,
  partnershipsEnded: 0,
  answersSent: 0,
  callsSent: 0,
  callAnswers: 0,
  registrationsApproved: 0,
  claims: 0,
  contactsShown: 0,
  looks: 0,
  pages: new Set(),
  commands: 0,
  mails: 0,
  messages: 0,
  kills: 0,
  auditEntries: 0,
});

const secret = {
  need: { name: '王机密', mobile: '13811112222' },
  achievement: { name: '赵机密', mobile: '13933334444' },
} as const;
/** The clock leaps by days: who is logged in stays so. */
const endlessSessions = { idleBureau: 100_000_000, idle: 100_000_000, hours: 10_000_000 };

/** Of how many sequences one is cut by a kill. */
const killShare = 0.2;

/** Pages that tell of the service and not of records, and one that takes seconds. */
const otherPages = [
  'getDocs',
  'getDocsAsset',
  'getOpenApi',
  'getCodes',
  'getHealth',
  'getReadiness',
  'getTemplate',
  'checkAudit',
];
const pages = routes.filter(({ method, operationId }) => method === 'get' && !otherPages.includes(operationId));

/** What a clerk lists at the command line. */
const commandLines: readonly (readonly string[])[] = [
  ['record', 'list', '--state', 'published', '--json'],
  ['invitation', 'list', '--json'],
  ['partnership', 'list', '--json'],
  ['answer', 'list', '--json'],
  ['notice', 'list', '--json'],
  ['audit', 'list', '--json'],
  ['desk', '--json'],
  ['docket', 'show', '--json'],
];
const password = 'Haizao-gongyi.7731-jianding';

interface Person {
  readonly name: string;
  readonly id: string;
  readonly side?: Side;
  readonly bureau?: true;
}

/** A store with its people, in which sequences of random actions run one after the other. */
export interface RandomWorld {
  run(seed: string): Promise<void>;
  /** What must hold once everything has been handled. */
  check(): Promise<void>;
  close(): Promise<void>;
}

function fail(trace: readonly string[], what: string): never {
  throw new Error(`${what}\n${trace.slice(-40).join('\n')}`);
}

/** One life of the process: until it is killed, or the world ends. */
interface Life {
  readonly composed: Composed;
  readonly mortal: Mortal;
  readonly flow: Flow;
  readonly server: HttpServer;
  readonly url: string;
}

/** Whether a text shows somebody's contact. */
const shows = (text: string, side: Side) => text.includes(secret[side].mobile) || text.includes(secret[side].name);

/**
 * Opens a world with all consumers running, every batch delivered twice, and the process killed now and then between two of
 * its effects. Staff, both organisations, a stranger and somebody who is disabled now and then act at random on needs,
 * achievements, dockets, invitations, answers, partnerships, campaigns, calls and policies, register organisations, and look
 * around over HTTP meanwhile.
 */
export async function randomWorld(figures: RandomFigures): Promise<RandomWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-'));
  const clock = setClock('2026-11-23T01:00:00.000Z');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const watch = watchSending();

  async function live(): Promise<Life> {
    const composed = await compose(readConfig({ QIANXIAN_DATA: folder, NODE_ENV: 'test' }), {
      clock,
      log,
      serving: true,
    });
    const mortal = mortalPorts(watch.watched(composed.ports));
    const doubled = { ...mortal.ports, store: doubledFeed(mortal.ports.store) };
    const flow = createFlow(doubled, { docket: defaultDocketSettings, weekly: null });
    await flow.start();
    const server = createHttpServer({
      flow,
      log,
      alone: true,
      settings: {
        version: '0.0.0-test',
        secret: testSecret,
        publicUrl: '',
        production: false,
        proxyHops: 0,
        host: '127.0.0.1',
        port: 0,
        metricsPort: 0,
        limits: generousLimits,
        sessions: endlessSessions,
      },
    });
    const { localUrl: url } = await server.listen();
    server.setReady(true);
    return { composed, mortal, flow, server, url };
  }

  let { composed, mortal, flow, server, url } = await live();
  let { store } = composed.ports;
  let ports = composed.ports;

  async function die(): Promise<void> {
    await server.close(0);
    await flow.stop();
    await composed.ports.queue.close();
    await watch.died(composed.ports.store);
    await composed.close();
  }

  /** What a kill left behind is opened again. */
  async function revive(): Promise<void> {
    figures.kills += 1;
    await die();
    ({ composed, mortal, flow, server, url } = await live());
    ({ store } = composed.ports);
    ports = composed.ports;
    for (const [name, before] of clients) {
      const client = httpClient(url);
      for (const [cookie, value] of before.cookies) client.cookies.set(cookie, value);
      client.csrfToken = before.csrfToken;
      clients.set(name, client);
    }
  }

  const own = async (name: string, number: number, type: 'enterprise' | 'university') =>
    (await flow.createOrganisation(systemPrincipal, organisationOf(name, number, type))).id;
  const organisations = {
    need: await own('示例抛光材料有限公司', 1, 'enterprise'),
    achievement: await own('示例大学', 2, 'university'),
    other: await own('无关机构', 3, 'enterprise'),
    asked: await own('另一所大学', 4, 'university'),
  };
  const clients = new Map<string, Client>();
  const person = async (name: string, role: Principal['role'], organisationId?: string) => {
    const { user, oneTimePassword } = await flow.createUser(systemPrincipal, {
      login: `${name}@example.com`,
      name,
      role,
      mobile: `1380000000${clients.size}`,
      ...(organisationId === undefined ? {} : { organisationId }),
    });
    const { principal } = await flow.authenticate(user.login, oneTimePassword!);
    await flow.changePassword(principal, { current: oneTimePassword!, next: password });
    const client = httpClient(url);
    await client.login(user.login, password);
    clients.set(name, client);
    return user.id;
  };
  const people: readonly Person[] = [
    { name: 'staff', id: await person('staff', 'staff'), bureau: true },
    { name: 'staff2', id: await person('staff2', 'staff'), bureau: true },
    { name: 'admin', id: await person('admin', 'admin'), bureau: true },
    { name: 'enterprise', id: await person('enterprise', 'manager', organisations.need), side: 'need' },
    { name: 'clerk', id: await person('clerk', 'member', organisations.need), side: 'need' },
    { name: 'university', id: await person('university', 'member', organisations.achievement), side: 'achievement' },
    { name: 'stranger', id: await person('stranger', 'manager', organisations.other) },
    // Of neither side, but calls go there.
    { name: 'scholar', id: await person('scholar', 'member', organisations.asked) },
  ];
  let organisationNumber = 100;
  let week = weekOf(clock.now());
  /** Who is disabled, and how much had gone out by then. */
  const barred = new Map<string, number>();
  const addressesOf = (id: string): readonly string[] => {
    const place = people.findIndex((one) => one.id === id);
    return [`${people[place]?.name}@example.com`, `1380000000${place}`];
  };
  /** Of somebody who registered: what his account says, which he does not change. */
  const addressesIn = async (id: string): Promise<readonly string[]> => {
    if (people.some((one) => one.id === id)) return addressesOf(id);
    const email = (await store.collection('users').get(id))?.email;
    return email === undefined ? [] : [email];
  };
  const trace: string[] = [];

  /** As the door does: who is disabled is nobody. */
  async function enter({ id }: Person): Promise<Principal | null> {
    const user = await store.collection('users').get(id);
    const found = async () => (user && (await flow.principalOf(id, user.sessionEpoch)))?.principal ?? null;
    return found().catch(async (error) => {
      // It was killed by what goes on in the background.
      if (!mortal.dead) throw error;
      await revive();
      return found();
    });
  }

  async function run(seed: string): Promise<void> {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
    trace.length = 0;
    trace.push(`seed ${seed}`);
    figures.sequences += 1;
    const records: Record<Side, string[]> = { need: [], achievement: [] };
    const nameOf = { need: 'needs', achievement: 'achievements' } as const;
    const contents = {
      need: () =>
        needOf(`需求${seed}`, {
          startYear: yearIn(clock.now()),
          endYear: yearIn(clock.now()) + 3,
          contact: secret.need,
        }),
      achievement: () => achievementOf(`成果${seed}`, { contact: secret.achievement }),
    };
    for (const side of bothSides) {
      const organisationId = organisations[side];
      let view = await flow.createEntry(systemPrincipal, side, contents[side](), { organisationId });
      for (const step of ['submit', 'publish'] as const) {
        view = await flow.moveEntry(systemPrincipal, side, view.id, view.version, step);
      }
      records[side].push(view.id);
    }
    // The way to a letter by a docket is longer than most sequences: one lies there.
    await draftedLetter({ ports: { store, clock } }, records.need[0]!, organisations.need, `需求${seed}`);
    const pair = pairId(records.need[0]!, records.achievement[0]!);
    const invitation = invitationIdOf(pair);
    let asked: Invitation | undefined;
    // One that follows from the match, once both are willing, and one that a clerk enters by hand.
    const manual = `manual-${seed}`;
    const partnershipIds = [partnershipIdOf(invitation), manual];
    const file = `file-${seed}`;
    for (const [place, owner] of partnershipIds.entries()) {
      await store.collection('attachments').insert({
        id: `${file}-${place}`,
        owner: { collection: 'partnerships', id: owner },
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
    }

    const freezeNext = async () => {
      week = weekOf(new Date(weekStart(week)!.getTime() + 8 * 86_400_000));
      await freeze(
        { ...flow.ports, clock },
        outcomeOf(week, { [records.need[0]!]: [[records.achievement[0]!, 'strong']] }),
        plainSettings,
      );
    };
    const consent = (): ConsentInput =>
      random() < 0.7 ? { answer: 'willing' } : { answer: 'unwilling', reason: pick(refusalReasons).code };
    const mark = (): MarkInput => {
      const draw = random();
      if (draw < 0.6) return { kind: 'accept' };
      if (draw < 0.75) return { kind: 'reject', reason: pick(rejectionReasons).code };
      const until = new Date(clock.now().getTime() + 30 * 86_400_000).toISOString().slice(0, 10);
      if (draw < 0.85) return { kind: 'defer', until };
      return { kind: 'ask', side: pick(bothSides), question: '请补充检测方法' };
    };
    const seen = async (name: CollectionName, id: string): Promise<number> =>
      random() < 0.1 ? 1 : ((await store.collection(name).get(id))?.version ?? 1);
    const intake = intakeActions({
      get flow() {
        return flow;
      },
      get store() {
        return store;
      },
      clock,
      folder,
      seed,
      random,
      pick,
      seen,
      needId: records.need[0]!,
      askable: [organisations.achievement, organisations.asked],
      number: () => {
        organisationNumber += 1;
        return organisationNumber;
      },
      contentOf: (kind, { organisationId }) => {
        if (organisationId === organisations[kind]) return contents[kind]();
        return kind === 'need' ? unrelated.need(seed) : unrelated.achievement(seed);
      },
      entered: (side, id) => records[side].push(id),
    });
    const itemOf = async () => {
      const docket = await store.collection('dockets').get(week);
      return { docket, item: docket?.items.find((one) => one.pairId === pair) };
    };
    const together = [organisations.need, organisations.achievement].map((organisationId) => ({ organisationId }));
    const anAnswer = async () => {
      const found = await Promise.all(
        [...records.need, ...records.achievement].map((recordId) =>
          store.collection('answers').find({ where: { recordId } }),
        ),
      );
      return pick(found.flatMap(({ items }) => items))?.id ?? 'none';
    };

    const actions: Readonly<Record<string, (who: Principal) => Promise<unknown>>> = {
      ...intake.actions,
      moveEntry: async (who) => {
        const side = pick(bothSides);
        const id = pick(records[side]);
        const action = pick(['submit', 'return', 'publish', 'withdraw', 'renew', 'expire', 'complete'] as const);
        if (action === 'withdraw' && random() < 0.7) return undefined;
        return flow.moveEntry(who, side, id, await seen(nameOf[side], id), action, '理由写在这里');
      },
      reviseEntry: async (who) => {
        const side = pick(bothSides);
        const id = pick(records[side]);
        if (random() < 0.5) {
          return flow.editEntry(who, side, id, await seen(nameOf[side], id), {
            ...contents[side](),
            title: `改过的${side}${seed}`,
          });
        }
        const action = pick(['submit', 'return', 'publish', 'discard'] as const);
        return flow.moveRevision(who, side, id, await seen(nameOf[side], id), action, '理由写在这里');
      },
      readEntry: (who) => {
        const side = pick(bothSides);
        return flow.getEntry(who, side, pick(records[side]));
      },
      freeze: async () => freezeNext(),
      mark: async (who) => {
        const { item } = await itemOf();
        return flow.markPair(who, { week, pairId: pair, markVersion: item?.markVersion ?? 0, mark: mark() });
      },
      close: async (who) => flow.closeDocket(who, { week, seen: await seen('dockets', week) }),
      correct: async (who) => {
        const { item } = await itemOf();
        return flow.correctDecision(who, {
          week,
          pairId: pair,
          markVersion: item?.markVersion ?? 0,
          mark: mark(),
          reason: '听错了电话',
        });
      },
      listInvitations: (who) => flow.listInvitations(who, { side: pick(bothSides) }),
      readInvitation: (who) => flow.getInvitation(who, invitation),
      answer: (who) => flow.answerInvitation(who, invitation, consent(), pick([undefined, ...bothSides])),
      phone: (who) =>
        flow.recordPhoneAnswer(who, invitation, { side: pick(bothSides), answer: consent(), saidBy: '某人' }),
      takeBack: (who) => flow.takeBackAnswer(who, invitation, pick([undefined, ...bothSides])),
      inviteAgain: async (who) => flow.inviteAgain(who, invitation, await seen('invitations', invitation)),
      link: async () => {
        const round = (asked?.round ?? 1) - (random() < 0.2 ? 1 : 0);
        const token = linkToken(ports, invitation, round, pick(bothSides));
        return random() < 0.3 ? flow.openInvitationLink(token) : flow.answerByLink(token, consent());
      },
      contacts: (who) => flow.viewContacts(who, partnershipIdOf(invitation)),
      manualContacts: (who) => flow.viewContacts(who, manual),
      agreeContacts: (who) =>
        flow.agreeContacts(who, manual, {
          ...(random() < 0.6 ? { side: pick(bothSides) } : {}),
          ...(who.role === 'staff' || who.role === 'admin' ? { source: '来电同意，双方要约时间面谈' } : {}),
        }),
      enterPartnership: (who) =>
        flow.createPartnership(
          who,
          { title: `合作${seed}`, needId: records.need[0]!, achievementOrganisationId: organisations.achievement },
          { id: manual },
        ),
      movePartnership: async (who) => {
        const id = pick(partnershipIds);
        const state = (await store.collection('partnerships').get(id))?.state ?? 'contacting';
        const next = { contacting: 'sign', signed: 'perform', performing: 'examine', accepting: 'finish' } as const;
        const fitting = (next as Readonly<Record<string, PartnershipAction>>)[state] ?? 'correct';
        const action =
          random() < 0.75 ? fitting : pick(['sign', 'perform', 'examine', 'finish', 'terminate', 'correct'] as const);
        const today = clock.now().toISOString().slice(0, 10);
        const facts = {
          contract: {
            type: 'development',
            signedOn: today,
            amount: 100,
            technologyAmount: 80,
            from: today,
            until: `${yearIn(clock.now()) + 2}-12-31`,
          },
          begunOn: today,
          acceptance: {
            opinion: '达到合同指标，同意验收。',
            on: today,
            attachmentId: `${file}-${partnershipIds.indexOf(id)}`,
          },
          outcome: { statement: '合格率由60%提高到85%。', on: today },
        } as const;
        // Now and then without what the step demands.
        const given = random() < 0.85 ? facts : {};
        const moved = await flow.movePartnership(who, id, await seen('partnerships', id), action, {
          ...(action === 'correct' || action === 'terminate' ? {} : given),
          reason: '情况有变',
        });
        figures.partnershipMoves += 1;
        return moved;
      },
      writeLog: (who) =>
        flow.addLogLine(who, pick(partnershipIds), {
          on: clock.now().toISOString().slice(0, 10),
          kind: 'phone',
          who: '双方',
          what: `进展${Math.floor(random() * 100)}`,
        }),
      milestone: async (who) => {
        const id = pick(partnershipIds);
        const { milestones = [] } = (await store.collection('partnerships').get(id)) ?? {};
        const today = clock.now().toISOString().slice(0, 10);
        return milestones.length === 0 || random() < 0.3
          ? flow.addMilestone(who, id, { title: `小试${milestones.length + 1}`, dueOn: today })
          : flow.reachMilestone(who, id, pick(milestones).id, { doneOn: today });
      },
      replan: async (who) => {
        const id = pick(partnershipIds);
        const { milestones = [] } = (await store.collection('partnerships').get(id)) ?? {};
        const one = milestones.length > 0 ? pick(milestones) : undefined;
        if (random() < 0.3) return flow.removeMilestone(who, id, one?.id ?? 'none', '重复登记');
        const later = new Date(clock.now().getTime() + Math.ceil(random() * 60) * 86_400_000);
        return flow.changeMilestone(who, id, one?.id ?? 'none', {
          ...(random() < 0.4 ? { title: `中试${Math.floor(random() * 100)}` } : {}),
          dueOn: later.toISOString().slice(0, 10),
          reason: '设备晚到',
        });
      },
      unpay: async (who) => {
        const id = pick(partnershipIds);
        const { payments = [] } = (await store.collection('partnerships').get(id)) ?? {};
        return flow.removePayment(who, id, payments.length > 0 ? pick(payments).id : 'none', '重复登记');
      },
      answerResults: (who) => {
        const today = clock.now().toISOString();
        const period = `${today.slice(0, 4)}H${today.slice(5, 7) <= '06' ? 1 : 2}`;
        const result = { sales: Math.floor(random() * 100), saved: 0, patents: 0, jobs: 1 };
        const side = who.role === 'staff' || who.role === 'admin' ? pick(bothSides) : undefined;
        return flow.answerResults(who, pick(partnershipIds), period, result, side);
      },
      setPeople: async (who) => {
        const id = pick(partnershipIds);
        const side = who.role === 'staff' || who.role === 'admin' ? pick(bothSides) : undefined;
        const someone = [{ name: `参与人${Math.floor(random() * 10)}`, role: '技术人员' }];
        return flow.setPartnershipPeople(who, id, await seen('partnerships', id), someone, side);
      },
      editPartnership: async (who) => {
        const id = pick(partnershipIds);
        const title = `合作${seed}改${Math.floor(random() * 10)}`;
        return flow.editPartnership(who, id, await seen('partnerships', id), { title });
      },
      remind: async (who) => flow.remindInvited(who, invitation, await seen('invitations', invitation)),
      question: async (who) => {
        const side = pick(bothSides);
        const id = pick(records[side]);
        const { questions = [] } = (await store.collection(nameOf[side]).get(id)) ?? {};
        const open = questions.find(({ answeredAt }) => answeredAt === undefined);
        const answered = questions.find((one) => one.answeredAt !== undefined && one.notedAt === undefined);
        const version = await seen(nameOf[side], id);
        if (open) return flow.answerQuestion(who, side, id, version, open.id, '年产300吨。');
        if (answered) return flow.noteAnswer(who, side, id, version, answered.id);
        const question = { id: `question-${seed}-${side}-${questions.length}`, question: '请说明现在的产量' };
        return flow.askEntry(who, side, id, version, question);
      },
      agreement: async (who) => {
        const id = `agreement-${seed}`;
        const today = clock.now().toISOString().slice(0, 10);
        const content = {
          ...{ title: `协议${seed}`, subject: '新材料', agreed: '共建研究院' },
          ...{ signedOn: today, from: today, until: `${yearIn(clock.now()) + 3}-12-31` },
        };
        if (!(await store.collection('agreements').get(id))) {
          return flow.createCooperation(who, 'agreement', { content, parties: together }, { id });
        }
        const action = pick(['sign', 'renew', 'end', 'terminate', 'correct'] as const);
        return flow.moveCooperation(who, 'agreement', id, await seen('agreements', id), action, {
          ...(action === 'renew' ? { content } : {}),
          reason: '情况有变',
        });
      },
      jointBody: async (who) => {
        const id = `body-${seed}`;
        const approvedOn = clock.now().toISOString().slice(0, 10);
        const approval = { level: 'city', approvedBy: '市科技局', approvedOn };
        if (!(await store.collection('jointBodies').get(id))) {
          const content = { title: `工作站${seed}`, kind: 'graduate-workstation', ...approval };
          return flow.createCooperation(who, 'joint-body', { content, parties: together }, { id });
        }
        const action = pick(['approve', 'suspend', 'resume', 'close', 'correct'] as const);
        const input = { reason: '情况有变' };
        return flow.moveCooperation(who, 'joint-body', id, await seen('jointBodies', id), action, input);
      },
      pay: (who) =>
        flow.addPayment(who, pick(partnershipIds), { on: clock.now().toISOString().slice(0, 10), amount: 1 }),
      readPartnership: (who) => flow.getPartnership(who, pick(partnershipIds)),
      readAnswer: async (who) => flow.getAnswer(who, await anAnswer()),
      editAnswer: async (who) => {
        const id = await anAnswer();
        return flow.editAnswer(
          who,
          id,
          await seen('answers', id),
          `换一种说法告诉贵单位结果${Math.floor(random() * 10)}。`,
        );
      },
      moveAnswer: async (who) => {
        const id = await anAnswer();
        const state = (await store.collection('answers').get(id))?.state;
        const fitting = state === 'drafted' ? 'approve' : 'send';
        const action = random() < 0.6 ? fitting : pick(['approve', 'send', 'return', 'drop'] as const);
        return flow.moveAnswer(who, id, await seen('answers', id), action, '已电话告知');
      },
      day: async () => {
        // A message that is just going out would seem to be held by a process that died.
        await ports.queue.idle();
        clock.set(new Date(clock.now().getTime() + Math.ceil(random() * 6) * 86_400_000));
        await rounds.consent!.work(flow.ports, new AbortController().signal);
        await rounds['expire-entries']!.work(flow.ports, new AbortController().signal);
        if (random() < 0.5) await intake.actions.morning!(systemPrincipal);
      },
      disable: () => switchAccount(pick(people).id),
    };
    /** Somebody opens a page that he may know the address of: nothing in it may be a contact that is not for him. */
    const look = async (person: Person | null): Promise<void> => {
      const page = pick(pages);
      const kept: Readonly<Record<string, () => readonly string[]>> = {
        needs: () => records.need,
        achievements: () => records.achievement,
        organisations: () => Object.values(organisations),
        users: () => people.map(({ id }) => id),
        dockets: () => [week],
        'matching-runs': () => [week],
        pairs: () => [pair],
        invitations: () => [invitation],
        partnerships: () => partnershipIds,
        exports: () => exportKinds.map(({ code }) => code),
      };
      const [, , , family = ''] = page.path.split('/');
      const chosen = kept[family]?.() ?? (await intake.kept[family]?.()) ?? [];
      const id = family === 'answers' ? await anAnswer() : (pick(chosen) ?? 'none');
      const path = page.path
        .replace('{achievementId}', records.achievement[0]!)
        .replace('{token}', linkToken(ports, invitation, asked?.round ?? 1, pick(bothSides)))
        .replace(/\{\w+\}/, encodeURIComponent(id));
      const query =
        page.operationId === 'exportRecords'
          ? '?format=csv'
          : page.operationId === 'listAttachments'
            ? `?collection=needs&ownerId=${records.need[0]}`
            : ['searchRecords', 'suggestRecords'].includes(page.operationId)
              ? `?kind=need&q=${encodeURIComponent(`需求${seed}`)}`
              : '';
      const client = person ? clients.get(person.name)! : httpClient(url);
      const known = person?.bureau === true ? await lastAudited() : 0;
      const reply = await client.get(path + query);
      if (mortal.dead) return;
      figures.looks += 1;
      if (reply.status >= 500) fail(trace, `${path} answered ${reply.status}: ${reply.text}`);
      if (reply.status < 400) figures.pages.add(page.operationId);
      const who = person?.name ?? 'nobody';
      for (const side of bothSides) {
        if (!shows(reply.text, side)) continue;
        trace.push(`${who} looked at ${path}`);
        // One's own contact on one's own record; the bureau's on a record that is opened by itself, which is written down.
        const single = page.path.includes('{') && page.operationId !== 'exportRecords';
        if (!single) fail(trace, `${who} saw a contact in the list ${path}`);
        if (person?.side === side) continue;
        if (person?.bureau) {
          const audited = await store
            .collection('audit')
            .count({ by: person.id, kind: 'view', sequence: { gt: known } });
          // A look at the contacts of a partnership is a record of its own, which the audit tells of a little later.
          const viewed = await store.collection('contactViews').count({ partnershipId: id, by: person.id });
          if (audited + viewed === 0)
            fail(trace, `${who} saw the contact of the ${side} side at ${path}, which is not in the audit`);
          continue;
        }
        if (!(await mayMeet(page.operationId, id)))
          fail(trace, `${who} saw the contact of the ${side} side at ${path}`);
        if (!person?.side) fail(trace, `${who} of neither side saw the contact of the ${side} side at ${path}`);
        figures.contactsShown += 1;
      }
    };
    const lastAudited = async (): Promise<number> => {
      const { items } = await store
        .collection('audit')
        .find({ order: { by: 'sequence', direction: 'desc' }, limit: 1 });
      return items[0]?.sequence ?? 0;
    };
    /** Whether both sides of this partnership have agreed to be put in touch, and the page is the one that does it. */
    const mayMeet = async (operation: string, id: string): Promise<boolean> => {
      if (operation !== 'viewContacts') return false;
      if (id !== manual) return (await store.collection('invitations').get(invitation))?.state === 'agreed';
      const agreements = (await store.collection('partnerships').get(manual))?.contactAgreements;
      return agreements?.need !== undefined && agreements.achievement !== undefined;
    };
    // The way from a docket to the answers is long: what leads along it is tried more often.
    const likely = [
      'freeze',
      'mark',
      'mark',
      'close',
      'close',
      ...Array<string>(4).fill('answer'),
      'link',
      'link',
      'phone',
      'phone',
      'contacts',
      'contacts',
      'contacts',
      ...Array<string>(8).fill('moveAnswer'),
      'enterPartnership',
      'agreeContacts',
      'agreeContacts',
      'manualContacts',
      'manualContacts',
      ...Array<string>(12).fill('movePartnership'),
      'writeLog',
      'milestone',
      'milestone',
      'replan',
      'pay',
      'pay',
      'unpay',
      'answerResults',
      'setPeople',
      'question',
      'question',
      'agreement',
      'jointBody',
    ];
    // A quarter of the sequences are mostly about what comes before and beside the docket.
    const collecting = random() < 0.25;
    const names: readonly string[] = collecting
      ? [...Object.keys(actions), ...Array<readonly string[]>(6).fill(likelyIntake).flat()]
      : [...Object.keys(actions).filter((name) => intake.actions[name] === undefined), ...likely];

    /** Who does a thing, where anybody might try but few may. */
    const fitting: Readonly<Record<string, (one: Person) => boolean>> = {
      answer: ({ side }) => side !== undefined,
      manualContacts: ({ side }) => side !== undefined,
      agreeContacts: ({ side, bureau }) => side !== undefined || bureau === true,
      contacts: ({ side, bureau }) => side !== undefined || bureau === true,
      ...Object.fromEntries(
        [
          ...['mark', 'close', 'phone', 'moveAnswer', 'enterPartnership', 'movePartnership', 'pay', 'unpay'],
          ...['editPartnership', 'remind', 'agreement', 'jointBody', 'campaign', 'call', 'policy'],
          ...['enterOrganisation', 'decide'],
        ].map((one) => [one, (who: Person) => who.bureau === true]),
      ),
      enterForCampaign: ({ side }) => side === 'need',
      answerCall: ({ name, side }) => side === 'achievement' || name === 'scholar',
      declineCall: ({ name, side }) => side === 'achievement' || name === 'scholar',
    };

    await freezeNext();
    // Most sequences begin where both sides are asked: what comes before is soon tried.
    if (random() < 0.7) {
      const clerk = (await enter(people[0]!))!;
      await flow.markPair(clerk, { week, pairId: pair, markVersion: 0, mark: { kind: 'accept' } });
      const { version } = (await store.collection('dockets').get(week))!;
      await flow.closeDocket(clerk, { week, seen: version });
      await flow.settled();
    }
    // In half of them two work together already: a partnership has a long way to go.
    if (random() < 0.5) await actions.enterPartnership!((await enter(people[0]!))!);
    const length = 12 + Math.floor(random() * 28);
    // In some of them the process is killed at one of its effects, in the middle of somebody's action or of what follows.
    const dies = random() < killShare ? Math.floor(random() * length) : -1;
    for (let count = 0; count < length; count += 1) {
      if (count === dies) mortal.dieAt(1 + Math.floor(random() * 25), random() < 0.5);
      if (random() < 0.15) {
        await look(random() < 0.1 ? null : pick(people));
        if (mortal.dead) await revive();
        continue;
      }
      const name = pick(names);
      const able = fitting[name];
      const person = able && random() < 0.7 ? pick(people.filter(able)) : pick(people);
      const who = await enter(person);
      if (!who) continue;
      figures.actions += 1;
      if (random() < 0.4 && !mortal.dead) await settled();
      asked = await store.collection('invitations').get(invitation);
      let result: unknown;
      try {
        result = await actions[name]!(who);
        trace.push(`${person.name} ${name}`);
      } catch (error) {
        const refusal = error instanceof QianxianError && !['damaged', 'unavailable'].includes(error.code);
        if (!mortal.dead && !refusal) throw error;
        figures.refused += 1;
        const { message } = error as Error;
        trace.push(`${person.name} ${name}: ${message}`);
        result = message;
      }
      const shown = JSON.stringify(result) ?? '';
      for (const side of bothSides) {
        if (!shows(shown, side) || person.bureau || person.side === side) continue;
        const agreed =
          name === 'manualContacts'
            ? await mayMeet('viewContacts', manual)
            : name === 'contacts' && (await mayMeet('viewContacts', invitation));
        if (!agreed || !person.side) fail(trace, `${person.name} saw the contact of the ${side} side`);
        figures.contactsShown += 1;
      }
      if (/tokenHash|passwordHash/.test(shown)) fail(trace, `${name} showed a hash`);
      if (mortal.dead) await revive();
    }
    mortal.spare();
    if (mortal.dead) await revive();
    for (const { id } of people) {
      const user = (await store.collection('users').get(id))!;
      if (user.state === 'disabled') await switchAccount(id);
    }
    await settled();
    if (mortal.dead) {
      await revive();
      await settled();
    }
    await checkInvitation(pair, invitation);
    for (const id of partnershipIds) await checkPartnership(id);
    const fault = await intake.fault();
    if (fault !== undefined) fail(trace, fault);
  }

  /** All effects have happened, unless the process dies at one of them. */
  async function settled(): Promise<void> {
    while (!mortal.dead) {
      const done = await Promise.race([flow.settled().then(() => true), pause(50).then(() => false)]);
      if (done) return;
    }
  }

  /** Disables an account, or lets it in again. Nothing is on its way meanwhile: what goes out to it later is a fault. */
  async function switchAccount(id: string): Promise<unknown> {
    const user = (await store.collection('users').get(id))!;
    if (user.state !== 'active') {
      // Where the process was killed while it disabled him, nothing says how much had gone out by then.
      const since = barred.get(id) ?? watch.sendings.length;
      const late = watch.sendings.slice(since).find(({ to }) => addressesOf(id).includes(to));
      if (late) fail(trace, `${late.channel} ${late.id} went to ${late.to}, who is disabled`);
      const moved = await flow.moveUser(systemPrincipal, id, user.version, 'enable');
      const name = people.find((one) => one.id === id)!.name;
      await clients.get(name)!.login(user.login, password);
      return moved;
    }
    barred.delete(id);
    const moved = await flow.moveUser(systemPrincipal, id, user.version, 'disable');
    await ports.queue.idle();
    barred.set(id, watch.sendings.length);
    return moved;
  }

  async function checkInvitation(pair: string, id: string): Promise<void> {
    const [match, invitation, partnership] = await Promise.all([
      store.collection('matches').get(pair),
      store.collection('invitations').get(id),
      store.collection('partnerships').get(partnershipIdOf(id)),
    ]);
    if (invitation) figures.invitations += 1;
    const agreed = invitation?.state === 'agreed';
    if (agreed) figures.agreed += 1;
    if (agreed !== (partnership !== undefined)) fail(trace, 'a partnership without two 愿意, or the other way round');
    const both = bothSides.every((side) => invitation?.[side].answer?.willing === true);
    if (agreed !== both) fail(trace, 'agreed without two 愿意, or the other way round');
    if (invitation?.state === 'open' && match?.state !== 'accepted') fail(trace, 'asked about a pair that is not 通过');
  }

  /** What holds of a partnership at its end, and that neither side wrote anything after it. */
  async function checkPartnership(id: string): Promise<void> {
    const partnership = await store.collection('partnerships').get(id);
    if (!partnership) return;
    const { state, contract, acceptance, outcome, payments = [], log = [], milestones = [], history } = partnership;
    if (contractedStates.includes(state) && contract?.signedOn === undefined)
      fail(trace, `${id} is ${state} without a contract`);
    if ((state === 'accepting' || state === 'finished') && acceptance === undefined)
      fail(trace, `${id} is ${state} without acceptance`);
    if (state === 'finished' && outcome === undefined) fail(trace, `${id} is finished without an outcome`);
    const paid = payments.reduce((sum, { amountFen }) => sum + amountFen, 0);
    if (paid > (contract?.amountFen ?? 0) && payments.length > 0)
      fail(trace, `${id} was paid more than its contract says`);
    const sides = new Set(people.filter(({ side }) => side !== undefined).map((one) => one.id));
    // The times at which it stood ended: after each end up to the correction that took it back.
    for (const [index, line] of history.entries()) {
      if (line.to !== 'finished' && line.to !== 'terminated') continue;
      const until = history[index + 1]?.at;
      const late = [...log, ...milestones].filter(
        ({ by, at }) => sides.has(by) && at > line.at && (until === undefined || at < until),
      );
      if (late.length > 0) fail(trace, `${id} was written to by a side after its end`);
    }
    const need = partnership.needId === null ? undefined : await store.collection('needs').get(partnership.needId);
    if (contractedStates.includes(state) && need && need.engagedIn === undefined) {
      const others = await store.collection('partnerships').find({ where: { needId: partnership.needId } });
      fail(trace, `${id} is ${state}, but its need is free (${others.items.map((one) => one.state).join(', ')})`);
    }
    if (state === 'finished' || state === 'terminated') figures.partnershipsEnded += 1;
  }

  /** Everything that waits is sent, also what was held by a process that was killed. */
  async function sendAll(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      await flow.settled();
      await ports.queue.idle();
      clock.set(new Date(clock.now().getTime() + 2 * 3600_000));
      await rounds['send-notices']!.work(flow.ports, new AbortController().signal);
    }
    // The clock has brought the hour of the digest, which the queue would make and send when it gets to it.
    await rounds['send-digests']!.work(flow.ports, new AbortController().signal);
    for (let tries = 0; tries < 200; tries += 1) {
      await rounds['send-notices']!.work(flow.ports, new AbortController().signal);
      await ports.queue.idle();
      const due = { dueAt: { lte: new Date(clock.now().getTime() + holdMs).toISOString() } };
      if ((await store.collection('notices').count(due)) === 0) return;
      await pause(50);
    }
  }

  async function check(): Promise<void> {
    await sendAll();
    const { documents, fault } = await statesIn(store);
    if (fault !== undefined) fail(trace, fault);
    figures.documents += documents;
    const sent = new Map<string, number>();
    for await (const fact of store.collection('audit').stream()) {
      figures.auditEntries += 1;
      if (fact.action === 'call.sent') figures.callsSent += 1;
      if (fact.action === 'call-request.answered') figures.callAnswers += 1;
      if (fact.action === 'registration.approved') figures.registrationsApproved += 1;
      if (fact.action === 'organisation.claimed') figures.claims += 1;
      if (fact.action === 'answer.sent' || fact.action === 'invitation.agreed' || fact.action === 'partnership.begun') {
        const key = `${fact.action} ${fact.subject?.id}`;
        sent.set(key, (sent.get(key) ?? 0) + 1);
        if (fact.action === 'answer.sent') figures.answersSent += 1;
      }
    }
    for (const [key, count] of sent) if (count > 1) fail(trace, `${key} ${count} times`);
    await checkSending();
    await checkKept();
    if (isBuilt) await checkCommands();
    const report = await flow.checkAudit(systemPrincipal);
    if (report.findings.length > 0) fail(trace, `the audit chain: ${JSON.stringify(report)}`);
  }

  /** What left the service: each once, to whom it is for, without a contact, and nothing of others to the stranger. */
  async function checkSending(): Promise<void> {
    const fault = await watch.fault(store);
    if (fault !== undefined) fail(trace, fault);
    // Whoever reads two notices of one thing that happened was told twice.
    const told = new Map<string, string>();
    for await (const notice of store.collection('notices').stream()) {
      const reader = notice.userId ?? notice.address?.email ?? notice.organisationId;
      for (const cause of notice.causes ?? [notice.cause]) {
        // Of an event its write: two events of one write are one thing that happened.
        const key = `${reader} of ${cause.replace(/^(\w+\/[^/]+\/\d+)\/\d+(\/\w+)?$/, '$1')}: ${notice.subject}`;
        const before = told.get(key);
        // Two milestones may come near on one day: each is told of.
        const another = notice.subject.startsWith('里程碑') && before !== notice.text;
        if (before !== undefined && !another) fail(trace, `told twice: ${key}: ${before} and ${notice.text}`);
        told.set(key, notice.text);
      }
    }
    for (const { channel, id, to, text } of watch.sendings) {
      const { userId } = (await store.collection('notices').get(id))!;
      if (userId !== null && !(await addressesIn(userId)).includes(to)) fail(trace, `${channel} ${id} went to ${to}`);
      if (bothSides.some((side) => shows(text, side))) fail(trace, `${channel} ${id} to ${to} names a contact`);
      if (to.startsWith('stranger@') && /(需求|成果)\w+-\d/.test(text))
        fail(trace, `${channel} ${id} tells a stranger: ${text}`);
      figures[channel === 'mail' ? 'mails' : 'messages'] += 1;
    }
  }

  /** A contact is kept in its own record and nowhere else. */
  async function checkKept(): Promise<void> {
    for (const name of Object.keys(collectionKeys) as CollectionName[]) {
      if (name === 'needs' || name === 'achievements') continue;
      for await (const document of store.collection(name).stream()) {
        const text = JSON.stringify(document);
        if (bothSides.some((side) => shows(text, side))) fail(trace, `${name}/${document.id} keeps a contact: ${text}`);
      }
    }
  }

  /** What the command line lists and exports names nobody either. */
  async function checkCommands(): Promise<void> {
    for (const command of commandLines) {
      const { code, stdout, stderr } = await runCommand(folder, command);
      if (code !== 0) fail(trace, `${command.join(' ')} ended with ${code}: ${stderr}`);
      figures.commands += 1;
      if (bothSides.some((side) => shows(stdout, side))) fail(trace, `${command.join(' ')} shows a contact`);
    }
  }

  return {
    run,
    check,
    async close() {
      await die();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
