import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { answerStates } from '../../src/domain/answer.ts';
import { refusalReasons } from '../../src/domain/codes/consent-codes.ts';
import { rejectionReasons } from '../../src/domain/codes/review-codes.ts';
import { defaultDocketSettings, docketStates, type MarkInput, type Side } from '../../src/domain/docket.ts';
import { entryStates, revisionStates } from '../../src/domain/entry.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { pairId } from '../../src/domain/ids.ts';
import {
  bothSides,
  type ConsentInput,
  type Invitation,
  invitationIdOf,
  invitationStates,
} from '../../src/domain/invitation.ts';
import { matchStates } from '../../src/domain/match.ts';
import {
  contractedStates,
  type PartnershipAction,
  partnershipIdOf,
  partnershipStates,
} from '../../src/domain/partnership.ts';
import type { HistoryEntry } from '../../src/domain/record.ts';
import { seededRandom } from '../../src/domain/seeded-random.ts';
import type { StateTable } from '../../src/domain/state-table.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { weekOf, weekStart, yearIn } from '../../src/domain/week.ts';
import { rounds } from '../../src/flow/rounds.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import type { CollectionName } from '../../src/ports/record-store.ts';
import { linkToken } from '../../src/steps/consent/new-round.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';
import { freeze, outcomeOf, plainSettings } from '../steps/docket-world.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { doubledFeed } from './doubled-feed.ts';

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
  contactsShown: number;
  mails: number;
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
  contactsShown: 0,
  mails: 0,
  auditEntries: 0,
});

const secret = { need: '13811112222', achievement: '13933334444' } as const;
const tables: Readonly<Partial<Record<CollectionName, StateTable<string, string>>>> = {
  needs: entryStates,
  achievements: entryStates,
  matches: matchStates,
  dockets: docketStates,
  invitations: invitationStates,
  answers: answerStates,
  partnerships: partnershipStates,
};

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

/**
 * Opens a world with all consumers running, every batch delivered twice. Staff, both organisations, a stranger and somebody
 * who is disabled now and then act at random on needs, achievements, dockets, invitations, answers and partnerships.
 */
export async function randomWorld(figures: RandomFigures): Promise<RandomWorld> {
  const ports: FreshPorts = await freshPorts();
  const flow: Flow = createFlow(
    { ...ports, store: doubledFeed(ports.store) },
    { docket: defaultDocketSettings, weekly: null },
  );
  await flow.start();
  const { store, clock } = ports;
  const own = async (name: string, number: number, type: 'enterprise' | 'university') =>
    (await flow.createOrganisation(systemPrincipal, organisationOf(name, number, type))).id;
  const organisations = {
    need: await own('示例抛光材料有限公司', 1, 'enterprise'),
    achievement: await own('示例大学', 2, 'university'),
    other: await own('无关机构', 3, 'enterprise'),
  };
  const person = async (name: string, role: Principal['role'], organisationId?: string) => {
    const { user } = await flow.createUser(systemPrincipal, {
      login: `${name}@example.com`,
      name,
      role,
      ...(organisationId === undefined ? {} : { organisationId }),
    });
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
  ];
  let week = weekOf(clock.now());
  const trace: string[] = [];

  /** As the door does: who is disabled is nobody. */
  async function enter({ id }: Person): Promise<Principal | null> {
    const user = await store.collection('users').get(id);
    return (user && (await flow.principalOf(id, user.sessionEpoch)))?.principal ?? null;
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
          contact: { name: '王机密', mobile: secret.need },
        }),
      achievement: () => achievementOf(`成果${seed}`, { contact: { name: '赵机密', mobile: secret.achievement } }),
    };
    for (const side of bothSides) {
      const organisationId = organisations[side];
      let view = await flow.createEntry(systemPrincipal, side, contents[side](), { organisationId });
      for (const step of ['submit', 'publish'] as const) {
        view = await flow.moveEntry(systemPrincipal, side, view.id, view.version, step);
      }
      records[side].push(view.id);
    }
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
    const itemOf = async () => {
      const docket = await store.collection('dockets').get(week);
      return { docket, item: docket?.items.find((one) => one.pairId === pair) };
    };
    const anAnswer = async () => {
      const { items } = await store
        .collection('answers')
        .find({ where: { recordId: pick([...records.need, ...records.achievement]) } });
      return pick(items)?.id ?? 'none';
    };

    const actions: Readonly<Record<string, (who: Principal) => Promise<unknown>>> = {
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
          ? flow.addMilestone(who, id, { title: '小试完成', dueOn: today })
          : flow.reachMilestone(who, id, pick(milestones).id, { doneOn: today });
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
        clock.set(new Date(clock.now().getTime() + Math.ceil(random() * 6) * 86_400_000));
        await rounds.consent!.work(flow.ports, new AbortController().signal);
        await rounds['expire-entries']!.work(flow.ports, new AbortController().signal);
      },
      disable: async () => {
        const { id } = pick(people);
        const user = (await store.collection('users').get(id))!;
        return flow.moveUser(systemPrincipal, id, user.version, user.state === 'active' ? 'disable' : 'enable');
      },
    };
    // The way from a docket to the answers is long: what leads along it is tried more often.
    const likely = [
      'freeze',
      'mark',
      'mark',
      'close',
      'close',
      'answer',
      'answer',
      'link',
      'phone',
      'contacts',
      'contacts',
      'contacts',
      'moveAnswer',
      'moveAnswer',
      'enterPartnership',
      'agreeContacts',
      'agreeContacts',
      'manualContacts',
      'manualContacts',
      ...Array<string>(9).fill('movePartnership'),
      'writeLog',
      'milestone',
    ];
    const names = [...Object.keys(actions), ...likely];

    /** Who does a thing, where anybody might try but few may. */
    const fitting: Readonly<Record<string, (one: Person) => boolean>> = {
      answer: ({ side }) => side !== undefined,
      manualContacts: ({ side }) => side !== undefined,
      agreeContacts: ({ side, bureau }) => side !== undefined || bureau === true,
      contacts: ({ side, bureau }) => side !== undefined || bureau === true,
      ...Object.fromEntries(
        ['mark', 'close', 'phone', 'moveAnswer', 'enterPartnership', 'movePartnership', 'pay'].map((one) => [
          one,
          (who: Person) => who.bureau === true,
        ]),
      ),
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
    for (let count = 0; count < length; count += 1) {
      const name = pick(names);
      const able = fitting[name];
      const person = able && random() < 0.7 ? pick(people.filter(able)) : pick(people);
      const who = await enter(person);
      if (!who) continue;
      figures.actions += 1;
      if (random() < 0.4) await flow.settled();
      asked = await store.collection('invitations').get(invitation);
      let result: unknown;
      try {
        result = await actions[name]!(who);
        trace.push(`${person.name} ${name}`);
      } catch (error) {
        if (!(error instanceof QianxianError) || error.code === 'damaged' || error.code === 'unavailable') throw error;
        figures.refused += 1;
        trace.push(`${person.name} ${name}: ${error.message}`);
        result = error.message;
      }
      const shown = JSON.stringify(result) ?? '';
      for (const side of bothSides) {
        if (!shown.includes(secret[side]) || person.bureau || person.side === side) continue;
        const entered = (await store.collection('partnerships').get(manual))?.contactAgreements;
        const agreed =
          name === 'manualContacts'
            ? entered?.need !== undefined && entered.achievement !== undefined
            : name === 'contacts' && (await store.collection('invitations').get(invitation))?.state === 'agreed';
        if (!agreed || !person.side) fail(trace, `${person.name} saw the contact of the ${side} side`);
        figures.contactsShown += 1;
      }
      if (/tokenHash|passwordHash/.test(shown)) fail(trace, `${name} showed a hash`);
    }
    for (const { id } of people) {
      const user = (await store.collection('users').get(id))!;
      if (user.state === 'disabled') await flow.moveUser(systemPrincipal, id, user.version, 'enable');
    }
    await flow.settled();
    await checkInvitation(pair, invitation);
    for (const id of partnershipIds) await checkPartnership(id);
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

  /** States that the tables know, reached by moves that they know. */
  function checkHistory(
    name: CollectionName,
    document: { readonly id: string; readonly state: string; readonly history?: readonly HistoryEntry[] },
  ) {
    const table = tables[name]!;
    const where = `${name}/${document.id}`;
    if (!Object.hasOwn(table.states, document.state)) fail(trace, `${where} is ${document.state}`);
    let state = '';
    for (const { action, from, to } of document.history ?? []) {
      const revision = action.startsWith('revision.');
      const known: StateTable<string, string> = revision ? revisionStates : table;
      const verb = action.replace(/^revision\./, '');
      const begins = from === '' && to === table.initial;
      const moves = known.moves.some((move) => move.action === verb && move.from.includes(from) && move.to === to);
      if (!begins && !moves) fail(trace, `${where}: ${action} from ${from} to ${to}`);
      if (!revision && from !== state) fail(trace, `${where}: a move from ${from}, but it was ${state || 'new'}`);
      if (!revision) state = to;
    }
    if (state !== '' && state !== document.state)
      fail(trace, `${where} is ${document.state}, its history ends with ${state}`);
    figures.documents += 1;
  }

  async function check(): Promise<void> {
    await flow.settled();
    await ports.queue.idle();
    for (const name of Object.keys(tables) as (keyof typeof tables & CollectionName)[]) {
      for await (const document of store.collection(name).stream()) {
        checkHistory(
          name,
          name === 'matches' ? { ...(document as { id: string; state: string }), history: [] } : (document as never),
        );
      }
    }
    const sent = new Map<string, number>();
    for await (const fact of store.collection('audit').stream()) {
      figures.auditEntries += 1;
      if (fact.action === 'answer.sent' || fact.action === 'invitation.agreed' || fact.action === 'partnership.begun') {
        const key = `${fact.action} ${fact.subject?.id}`;
        sent.set(key, (sent.get(key) ?? 0) + 1);
        if (fact.action === 'answer.sent') figures.answersSent += 1;
      }
    }
    for (const [key, count] of sent) if (count > 1) fail(trace, `${key} ${count} times`);
    // One mail for each notice that went by mail, and one notice for each cause and reader.
    const told = new Set<string>();
    let mailed = 0;
    for await (const notice of store.collection('notices').stream()) {
      const key = `${notice.cause} ${notice.kind} ${notice.userId} ${notice.link ?? ''} ${notice.subject}`;
      if (told.has(key)) fail(trace, `told twice: ${key}`);
      told.add(key);
      if (notice.mail?.state === 'sent') mailed += 1;
    }
    const files = (await readdir(join(ports.folder, 'mail')).catch(() => [])).filter((file) => file.endsWith('.eml'));
    if (files.length !== mailed) fail(trace, `${files.length} mails for ${mailed} notices that were sent`);
    figures.mails += files.length;
    const report = await flow.checkAudit(systemPrincipal);
    if (report.findings.length > 0) fail(trace, `the audit chain: ${JSON.stringify(report)}`);
  }

  return {
    run,
    check,
    async close() {
      await ports.queue.close();
      await flow.stop();
      await ports.close();
    },
  };
}
