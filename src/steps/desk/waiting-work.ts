import { silentSides } from '../../domain/consent.ts';
import type { Work, WorkKind } from '../../domain/desk.ts';
import type { DocketItem } from '../../domain/docket.ts';
import type { Entry } from '../../domain/entry.ts';
import { isUndecided, newestDecision } from '../../domain/pair-standing.ts';
import { dateIn } from '../../domain/week.ts';
import { workingDaysAfter } from '../../domain/working-days.ts';
import type { Ports } from '../../ports/ports.ts';

export type DeskPorts = Pick<Ports, 'store' | 'clock'>;

/** Working days within which what was handed in is examined. */
const examinedWithin = 5;

const dueAfter = (at: string) => workingDaysAfter(dateIn(new Date(at)), examinedWithin);

async function* entries({ store }: DeskPorts, kind: 'need' | 'achievement'): AsyncGenerator<Work> {
  const collection = kind === 'need' ? store.collection('needs') : store.collection('achievements');
  const work = (entry: Entry<{ title?: string | undefined }>, action: string): Work => {
    const since = entry.history.findLast((line) => line.action === action)?.at ?? entry.updatedAt;
    return { kind, recordId: entry.id, title: entry.content.title ?? '', since, dueOn: dueAfter(since) };
  };
  for await (const entry of collection.stream({ state: 'submitted' })) yield work(entry, 'submit');
  for await (const entry of collection.stream({ revision: 'submitted', state: 'published' })) {
    yield work(entry, 'revision.submit');
  }
}

async function* registrations({ store }: DeskPorts): AsyncGenerator<Work> {
  for await (const one of store.collection('registrations').stream({ state: 'submitted' })) {
    const since = one.history.at(-1)?.at ?? one.createdAt;
    yield { kind: 'registration', recordId: one.id, title: one.content.name, since, dueOn: dueAfter(since) };
  }
}

const titleOf = (item: DocketItem) => `${item.needTitle} × ${item.achievementTitle}`;

async function* pairs({ store }: DeskPorts): AsyncGenerator<Work> {
  for await (const docket of store.collection('dockets').stream({ state: 'open' })) {
    for (const item of docket.items.filter(isUndecided)) {
      yield { kind: 'pair', recordId: item.pairId, title: titleOf(item), since: docket.createdAt, dueOn: null };
    }
  }
}

async function* answers({ store }: DeskPorts): AsyncGenerator<Work> {
  for await (const one of store.collection('answers').stream({ state: { in: ['drafted', 'approved'] } })) {
    yield { kind: 'answer', recordId: one.id, title: one.subject, since: one.createdAt, dueOn: one.dueOn };
  }
}

async function* invitations({ store }: DeskPorts): AsyncGenerator<Work> {
  for await (const one of store.collection('invitations').stream({ state: 'open' })) {
    const sides = silentSides(one).map((side) => (side === 'need' ? '需求方' : '成果方'));
    const since = one.history.findLast(({ to, from }) => to === 'open' && from !== 'open')?.at ?? one.createdAt;
    const title = `${one.need.title} × ${one.achievement.title}（${sides.join('、')}未答复）`;
    yield { kind: 'invitation', recordId: one.id, title, since, dueOn: one.dueOn };
  }
}

async function* questions({ store }: DeskPorts): AsyncGenerator<Work> {
  for await (const match of store.collection('matches').stream({ state: 'questioned' })) {
    const mark = newestDecision(match)?.mark;
    if (mark?.kind !== 'ask') continue;
    const record =
      mark.side === 'need'
        ? await store.collection('needs').get(match.needId)
        : await store.collection('achievements').get(match.achievementId);
    if (!record?.questions.some((one) => one.pairId === match.id && one.answeredAt === undefined)) continue;
    yield { kind: 'question', recordId: match.id, title: record.content.title ?? '', since: mark.at, dueOn: null };
  }
}

/** What waits of one kind, in no order. */
export function waitingWork(ports: DeskPorts, kind: WorkKind): AsyncGenerator<Work> {
  switch (kind) {
    case 'registration':
      return registrations(ports);
    case 'need':
    case 'achievement':
      return entries(ports, kind);
    case 'pair':
      return pairs(ports);
    case 'answer':
      return answers(ports);
    case 'invitation':
      return invitations(ports);
    case 'question':
      return questions(ports);
  }
}
