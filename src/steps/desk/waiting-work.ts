import { attachmentOwners } from '../../domain/attachment.ts';
import { silentSides } from '../../domain/consent.ts';
import { endingDays } from '../../domain/cooperation/cooperation.ts';
import { type CooperationKind, cooperationKinds } from '../../domain/cooperation/cooperation-kinds.ts';
import type { Party } from '../../domain/cooperation/party.ts';
import type { Work, WorkKind } from '../../domain/desk.ts';
import type { DocketItem, Side } from '../../domain/docket.ts';
import type { Entry, EntryQuestion } from '../../domain/entry.ts';
import { signalledAt } from '../../domain/interest.ts';
import type { Invitation } from '../../domain/invitation.ts';
import { isUndecided, newestDecision } from '../../domain/pair-standing.ts';
import { contractedStates, type Partnership, type PartnershipState } from '../../domain/partnership.ts';
import { unansweredSides } from '../../domain/partnership-results.ts';
import { dateIn } from '../../domain/week.ts';
import { daysLater, workingDaysAfter } from '../../domain/working-days.ts';
import type { Ports } from '../../ports/ports.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import { isReached } from '../../ports/reached-organisation.ts';
import type { RecordStore } from '../../ports/record-store.ts';

export type DeskPorts = Pick<Ports, 'store' | 'clock'>;

/** Work as it is found: whom it waits on by id, or by name where he is not registered. */
export interface FoundWork extends Work {
  readonly on?: readonly Pick<Party, 'organisationId' | 'name'>[];
}

/** Working days within which what was handed in is examined. */
const examinedWithin = 5;

/** The day by which it is to be examined, by what was handed in at `at`. */
async function dueDays({ store }: DeskPorts): Promise<(at: string) => string> {
  const calendar = await presentCalendar(store);
  return (at) => workingDaysAfter(calendar, dateIn(new Date(at)), examinedWithin);
}
/** The first moment of a day, `YYYY-MM-DD`, in Asia/Shanghai. */
const momentOf = (day: string) => new Date(`${day}T00:00:00+08:00`).toISOString();

type AnyEntry = Entry<{ title?: string | undefined }>;
const ownerOf = ({ organisationId }: Pick<AnyEntry, 'organisationId'>) =>
  organisationId === null ? [] : [{ organisationId }];

async function* entries(ports: DeskPorts, kind: 'need' | 'achievement'): AsyncGenerator<FoundWork> {
  const { store } = ports;
  const dueAfter = await dueDays(ports);
  const name = kind === 'need' ? 'needs' : 'achievements';
  const collection = store.collection<'needs' | 'achievements'>(name);
  const work = (entry: AnyEntry, action: string): FoundWork => {
    const since = entry.history.findLast((line) => line.action === action)?.at ?? entry.updatedAt;
    const { id } = entry;
    const place = { collection: name, id } as const;
    return { kind, recordId: id, title: entry.content.title ?? '', place, since, dueOn: dueAfter(since) };
  };
  for await (const entry of collection.stream({ state: 'submitted' })) yield work(entry, 'submit');
  for await (const entry of collection.stream({ revision: 'submitted', state: 'published' })) {
    yield work(entry, 'revision.submit');
  }
}

async function* registrations(ports: DeskPorts): AsyncGenerator<FoundWork> {
  const { store } = ports;
  const dueAfter = await dueDays(ports);
  for await (const { id, history, createdAt, content } of store
    .collection('registrations')
    .stream({ state: 'submitted' })) {
    const since = history.at(-1)?.at ?? createdAt;
    const place = { collection: 'registrations', id } as const;
    yield { kind: 'registration', recordId: id, title: content.name, place, since, dueOn: dueAfter(since) };
  }
}

const titleOf = (item: DocketItem) => `${item.needTitle} × ${item.achievementTitle}`;

async function* pairs({ store }: DeskPorts): AsyncGenerator<FoundWork> {
  for await (const docket of store.collection('dockets').stream({ state: 'open' })) {
    for (const item of docket.items.filter(isUndecided)) {
      const place = { collection: 'matches', id: item.pairId } as const;
      const since = docket.createdAt;
      yield { kind: 'pair', recordId: item.pairId, title: titleOf(item), place, since, dueOn: null };
    }
  }
}

async function* answers({ store }: DeskPorts): AsyncGenerator<FoundWork> {
  for await (const { id, subject, createdAt, dueOn } of store
    .collection('answers')
    .stream({ state: { in: ['drafted', 'approved'] } })) {
    const place = { collection: 'answers', id } as const;
    yield { kind: 'answer', recordId: id, title: subject, place, since: createdAt, dueOn };
  }
}

async function areReached(store: RecordStore, asked: readonly Side[], invitation: Invitation): Promise<boolean> {
  for (const side of asked) if (!(await isReached(store, invitation[side].organisationId))) return false;
  return true;
}

/**
 * Invitations that somebody should telephone about: once a reminder went out unanswered, or at once where no letter reaches a
 * side. What was only just sent waits on nobody.
 */
async function* invitations({ store }: DeskPorts): AsyncGenerator<FoundWork> {
  for await (const one of store.collection('invitations').stream({ state: 'open' })) {
    const silent = silentSides(one);
    const begun = one.history.findLastIndex(({ from, to }) => to === 'open' && from !== 'open');
    const reminded = one.reminded.length > 0 || one.history.slice(begun + 1).some(({ action }) => action === 'remind');
    if (!reminded && (await areReached(store, silent, one))) continue;
    const sides = silent.map((side) => (side === 'need' ? '需求方' : '成果方'));
    const since = one.history.findLast(({ to, from }) => to === 'open' && from !== 'open')?.at ?? one.createdAt;
    yield {
      kind: 'invitation',
      recordId: one.id,
      title: `${one.need.title} × ${one.achievement.title}（${sides.join('、')}未答复）`,
      place: { collection: 'invitations', id: one.id },
      since,
      dueOn: one.dueOn,
      on: silent.map((side) => ({ organisationId: one[side].organisationId })),
    };
  }
}

/** 请补充 of a docket: the pair waits until the side that was asked has answered. */
async function* questions({ store }: DeskPorts): AsyncGenerator<FoundWork> {
  for await (const match of store.collection('matches').stream({ state: 'questioned' })) {
    const mark = newestDecision(match)?.mark;
    if (mark?.kind !== 'ask') continue;
    const name = mark.side === 'need' ? 'needs' : 'achievements';
    const id = mark.side === 'need' ? match.needId : match.achievementId;
    const record = await store.collection<'needs' | 'achievements'>(name).get(id);
    if (!record?.questions.some((one) => one.pairId === match.id && one.answeredAt === undefined)) continue;
    yield {
      kind: 'question',
      recordId: match.id,
      title: record.content.title ?? '',
      place: { collection: name, id },
      since: mark.at,
      dueOn: null,
      on: ownerOf(record),
    };
  }
}

/** 请补充 outside a docket: what the record's people have not answered, or nobody of the bureau has looked at since they have. */
async function* recordQuestions(
  { store }: DeskPorts,
  kind: 'record-question' | 'record-answer',
): AsyncGenerator<FoundWork> {
  const answered = kind === 'record-answer';
  const waits = ({ pairId, answeredAt, notedAt }: EntryQuestion) =>
    pairId === undefined && notedAt === undefined && (answeredAt !== undefined) === answered;
  for (const name of ['needs', 'achievements'] as const) {
    const records = store.collection<'needs' | 'achievements'>(name);
    // A record with an open question may have answers as well.
    const asked = answered ? { asked: { in: ['open', 'answered'] } } : { asked: 'open' };
    for await (const record of records.stream(asked)) {
      const waiting = record.questions.filter(waits);
      const [first] = waiting;
      if (!first || record.state === 'withdrawn') continue;
      const moments = waiting.map((one) => (answered ? one.answeredAt! : one.askedAt)).sort();
      const more = waiting.length > 1 ? `等${waiting.length}问` : '';
      yield {
        kind,
        recordId: record.id,
        title: `${record.content.title ?? ''}（${first.question}${more}）`,
        place: { collection: name, id: record.id },
        since: moments[0]!,
        dueOn: null,
        ...(answered ? {} : { on: ownerOf(record) }),
      };
    }
  }
}

/** Files that their owners want shown with the record. */
async function* files(ports: DeskPorts): AsyncGenerator<FoundWork> {
  const { store } = ports;
  const dueAfter = await dueDays(ports);
  for await (const { id, name, owner, offeredAt, updatedAt } of store
    .collection('attachments')
    .stream({ audience: 'offered', stored: true })) {
    // Of other records nothing can be shown to others.
    if (owner.collection !== 'needs' && owner.collection !== 'achievements') continue;
    const record = await store.collection<'needs' | 'achievements'>(owner.collection).get(owner.id);
    if (!record) continue;
    const since = offeredAt ?? updatedAt;
    const title = `${name}（${attachmentOwners[owner.collection].label}《${record.content.title ?? ''}》）`;
    yield { kind: 'file', recordId: id, title, place: owner as Work['place'], since, dueOn: dueAfter(since) };
  }
}

function sidesOf(partnership: Partnership, sides: readonly Side[]): NonNullable<FoundWork['on']> {
  return sides.flatMap((side) => {
    const organisationId = partnership[`${side}OrganisationId`];
    const name = partnership[`${side}Party`];
    return organisationId === null && name === undefined
      ? []
      : [{ organisationId, ...(name === undefined ? {} : { name }) }];
  });
}

const both: readonly Side[] = ['need', 'achievement'];
const underWay: readonly PartnershipState[] = ['contacting', 'signed', 'performing', 'accepting'];

/** Partnerships with milestones whose day has passed, one piece of work each. */
async function* milestones({ store, clock }: DeskPorts): AsyncGenerator<FoundWork> {
  const today = dateIn(clock.now());
  for await (const one of store.collection('partnerships').stream({ state: { in: underWay } })) {
    const late = (one.milestones ?? [])
      .filter(({ doneOn, dueOn }) => doneOn === undefined && dueOn < today)
      .sort((a, b) => (a.dueOn < b.dueOn ? -1 : 1));
    const [first] = late;
    if (!first) continue;
    yield {
      kind: 'milestone',
      recordId: one.id,
      title: `${one.title}（${late.map(({ title }) => title).join('、')}）`,
      place: { collection: 'partnerships', id: one.id },
      since: momentOf(daysLater(first.dueOn, 1)),
      dueOn: first.dueOn,
      on: sidesOf(one, both),
    };
  }
}

/** Partnerships with half-years whose day has passed without the answer of a side. */
async function* results({ store, clock }: DeskPorts): AsyncGenerator<FoundWork> {
  const today = dateIn(clock.now());
  for await (const one of store.collection('partnerships').stream({ state: { in: contractedStates } })) {
    const late = (one.resultRequests ?? [])
      .map(({ period, dueOn }) => ({ period, dueOn, sides: unansweredSides(one, period) }))
      .filter(({ dueOn, sides }) => dueOn < today && sides.length > 0)
      .sort((a, b) => (a.dueOn < b.dueOn ? -1 : 1));
    const [first] = late;
    if (!first) continue;
    yield {
      kind: 'results',
      recordId: one.id,
      title: `${one.title}（${late.map(({ period }) => period).join('、')}）`,
      place: { collection: 'partnerships', id: one.id },
      since: momentOf(daysLater(first.dueOn, 1)),
      dueOn: first.dueOn,
      on: sidesOf(
        one,
        both.filter((side) => late.some(({ sides }) => sides.includes(side))),
      ),
    };
  }
}

/** Signals of interest that nobody of the bureau has looked at; of a need that is out of sight nothing is to be done. */
async function* interests({ store }: DeskPorts): AsyncGenerator<FoundWork> {
  for await (const interest of store.collection('interests').stream({ state: 'open' })) {
    const need = await store.collection('needs').get(interest.needId);
    if (need?.state !== 'published' || need.suspended) continue;
    const organisation = await store.collection('organisations').get(interest.organisationId);
    if (organisation?.state === 'disabled') continue;
    yield {
      kind: 'interest',
      recordId: interest.id,
      title: `${need.content.title ?? interest.needTitle}（${organisation?.content.name ?? '机构不详'}）`,
      place: { collection: 'needs', id: need.id },
      since: signalledAt(interest),
      dueOn: null,
    };
  }
}

async function* draftAgreements({ store }: DeskPorts): AsyncGenerator<FoundWork> {
  for await (const { id, content, createdAt, parties } of store.collection('agreements').stream({ state: 'draft' })) {
    const place = { collection: 'agreements', id } as const;
    yield {
      kind: 'agreement-draft',
      recordId: id,
      title: content.title,
      place,
      since: createdAt,
      dueOn: null,
      on: parties,
    };
  }
}

/** Agreements or joint bodies that run, from the day on which their parties are reminded of the end. */
async function* ending({ store, clock }: DeskPorts, of: CooperationKind): AsyncGenerator<FoundWork> {
  const today = dateIn(clock.now());
  const { collection, rules } = cooperationKinds[of];
  const records = store.collection<'agreements' | 'jointBodies'>(collection);
  for await (const { id, content, parties } of records.stream({ state: rules.running })) {
    const { until } = content;
    if (until === undefined || until > daysLater(today, endingDays)) continue;
    yield {
      kind: `${of}-ending`,
      recordId: id,
      title: `${content.title}（${until} 到期）`,
      place: { collection, id },
      since: momentOf(daysLater(until, -endingDays)),
      dueOn: until,
      on: parties,
    };
  }
}

/** What waits of one kind, in no order. */
export function waitingWork(ports: DeskPorts, kind: WorkKind): AsyncGenerator<FoundWork> {
  switch (kind) {
    case 'registration':
      return registrations(ports);
    case 'need':
    case 'achievement':
      return entries(ports, kind);
    case 'file':
      return files(ports);
    case 'pair':
      return pairs(ports);
    case 'answer':
      return answers(ports);
    case 'invitation':
      return invitations(ports);
    case 'question':
      return questions(ports);
    case 'record-question':
    case 'record-answer':
      return recordQuestions(ports, kind);
    case 'milestone':
      return milestones(ports);
    case 'results':
      return results(ports);
    case 'interest':
      return interests(ports);
    case 'agreement-draft':
      return draftAgreements(ports);
    case 'agreement-ending':
      return ending(ports, 'agreement');
    case 'joint-body-ending':
      return ending(ports, 'joint-body');
  }
}
