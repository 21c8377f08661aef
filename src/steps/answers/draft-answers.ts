import {
  type Answer,
  type AnswerFacts,
  type AnswerSubject,
  answerIdOf,
  type ExaminedPair,
} from '../../domain/answer.ts';
import { type AnswerWrite, newAnswer, saysThis, withFacts } from '../../domain/answer-life.ts';
import type { Docket, Side } from '../../domain/docket.ts';
import { type EntryKind, visibleContent } from '../../domain/entry.ts';
import type { AnyDraft, EntryOf } from '../../domain/entry-life.ts';
import { Conflict, Duplicate } from '../../domain/errors.ts';
import { helpfulFields } from '../../domain/helpful-fields.ts';
import { effectiveMark, isLive } from '../../domain/pair-standing.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import type { Change, StoredEvent } from '../../ports/record-store.ts';
import type { AnswerPorts } from './answer-ports.ts';

type AnswerStore = Pick<AnswerPorts, 'store' | 'clock'>;

async function entryOf({ store }: AnswerStore, kind: EntryKind, id: string): Promise<EntryOf<EntryKind> | undefined> {
  return kind === 'need' ? store.collection('needs').get(id) : store.collection('achievements').get(id);
}

/** The last answer of a subject: part 0, or the correction that followed last. */
async function lastAnswer({ store }: AnswerStore, subject: AnswerSubject): Promise<Answer | undefined> {
  let last: Answer | undefined;
  for (let part = 0; ; part += 1) {
    const next = await store.collection('answers').get(answerIdOf(subject, part));
    if (!next) return last;
    last = next;
  }
}

/** What must be written so that the party gets this answer, or null where nothing must. `pairs` null: nothing to answer. */
async function wantedWrite(
  ports: AnswerStore,
  subject: AnswerSubject,
  pairs: readonly ExaminedPair[] | null,
  causedAt: Date,
): Promise<{ readonly write: AnswerWrite; readonly of: Answer | undefined } | null> {
  const last = await lastAnswer(ports, subject);
  if (!last && pairs === null) return null;
  const entry = await entryOf(ports, subject.recordKind, subject.recordId);
  if (!entry) return null;
  const content = (visibleContent(entry) ?? entry.published?.content ?? entry.content) as AnyDraft;
  const facts: AnswerFacts = {
    title: content.title ?? '（未填写名称）',
    pairs: pairs ?? [],
    missing: helpfulFields(subject.recordKind, content),
    expiresOn: entry.state === 'published' ? (entry.expiresOn ?? null) : null,
  };
  const { organisationId } = entry;
  const draft = async (part: number, since: Date) =>
    newAnswer(subject, part, organisationId, facts, since, await presentCalendar(ports.store));
  if (!last) return { write: await draft(0, causedAt), of: undefined };
  if (last.state === 'sent') {
    if (saysThis(last, facts)) return null;
    return { write: await draft(last.part + 1, ports.clock.now()), of: undefined };
  }
  // A correction that itself is corrected before it was sent says at least that: it is never dropped by the clock.
  const write = withFacts(last, pairs === null && last.part === 0 ? null : facts, ports.clock.now());
  return write && { write, of: last };
}

/** Brings the answer of a subject to what was decided. Looks again after each write. */
async function settleAnswer(
  ports: AnswerStore,
  subject: AnswerSubject,
  decided: () => Promise<{ readonly pairs: readonly ExaminedPair[] | null; readonly causedAt: Date } | null>,
): Promise<void> {
  const answers = ports.store.collection('answers');
  for (;;) {
    const now = await decided();
    if (!now) return;
    const wanted = await wantedWrite(ports, subject, now.pairs, now.causedAt);
    if (!wanted) return;
    const { write, of } = wanted;
    try {
      if (of) await answers.update(of.id, of.version, write.document, write.events);
      else await answers.insert(write.document, write.events);
    } catch (error) {
      // Somebody edits it, or another process follows the same docket.
      if (!(error instanceof Conflict) && !(error instanceof Duplicate)) throw error;
    }
  }
}

const idOf = { need: 'needId', achievement: 'achievementId' } as const;

/** What a closed docket decided about one record without recommending it; empty where it decided nothing of the kind. */
function examinedPairs(docket: Docket, side: Side, recordId: string): ExaminedPair[] {
  return docket.items.flatMap((item): ExaminedPair[] => {
    const mark = isLive(item) && item[idOf[side]] === recordId ? effectiveMark(docket, item) : null;
    if (mark?.kind === 'reject') return [{ pairId: item.pairId, mark: 'reject', reason: mark.reason }];
    if (mark?.kind === 'defer') return [{ pairId: item.pairId, mark: 'defer', until: mark.until }];
    return [];
  });
}

/** Drafts an answer to each party of a closed docket's pairs that were 不通过 or 暂缓: one for each record. */
async function answerDocket(ports: AnswerStore, week: string): Promise<void> {
  const dockets = ports.store.collection('dockets');
  const docket = await dockets.get(week);
  if (docket?.state !== 'closed') return;
  for (const side of ['need', 'achievement'] as const) {
    for (const recordId of new Set(docket.items.map((item) => item[idOf[side]]))) {
      await settleAnswer(ports, { kind: 'reviewed', recordKind: side, recordId, week }, async () => {
        const newest = await dockets.get(week);
        if (newest?.state !== 'closed') return null;
        const pairs = examinedPairs(newest, side, recordId);
        return { pairs: pairs.length > 0 ? pairs : null, causedAt: new Date(newest.closed!.at) };
      });
    }
  }
}

/** Tells the party of a record what an event says, unless it is told; answers whether anybody is. */
export type Told = (change: Change, event: StoredEvent) => Promise<boolean>;

/** Drafts what follows from one event of a record: that it was published for the first time where nobody was told so, or answered 暂无合适成果. */
async function answerEvent(ports: AnswerStore, told: Told, change: Change, event: StoredEvent): Promise<void> {
  const recordId = change.id;
  const causedAt = new Date(event.at);
  const once = async () => ({ pairs: [], causedAt });
  if (event.type === 'need.answered') {
    const week = String(event.data?.week);
    await settleAnswer(ports, { kind: 'no-match', recordKind: 'need', recordId, week }, once);
  }
  // Whoever imports a thousand old records owes nobody a thousand letters.
  const isFirst = event.data?.revision === 1 && event.data.source === undefined;
  for (const recordKind of ['need', 'achievement'] as const) {
    // The notice of a publication is its answer; a letter is owed only to who got none.
    if (event.type === `${recordKind}.published` && isFirst && !(await told(change, event))) {
      await settleAnswer(ports, { kind: 'published', recordKind, recordId, week: null }, once);
    }
  }
}

/**
 * Consumer of changes on `dockets`, `candidateLists`, `needs` and `achievements`: drafts what each party is answered, one
 * answer for each record and cause. Idempotent: what a correction changes is drafted anew until it was sent, and a
 * correction of its own after that.
 */
export function draftAnswers(ports: AnswerStore, told: Told): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if (change.collection === 'dockets') await answerDocket(ports, change.id);
      else for (const event of change.events) await answerEvent(ports, told, change, event);
    }
  };
}
