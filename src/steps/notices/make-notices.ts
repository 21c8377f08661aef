import type { CallRequest } from '../../domain/call.ts';
import { Conflict, Duplicate } from '../../domain/errors.ts';
import {
  type BatchEvent,
  batchId,
  madeNotice,
  type Reader,
  reaches,
  withBatch,
} from '../../domain/notices/made-notice.ts';
import type { Notice } from '../../domain/notices/notice.ts';
import type { BatchTelling, KnownRecords, Telling, WantedRecords } from '../../domain/notices/notice-rule.ts';
import { rulesFor } from '../../domain/notices/notice-rules.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Change, RecordStore } from '../../ports/record-store.ts';
import type { DirectTelling } from '../../ports/tell.ts';
import { linkSeal, type NoticePorts, sendingJob } from './notice-ports.ts';
import { readersOf } from './readers.ts';

async function known(store: RecordStore, wanted: WantedRecords): Promise<KnownRecords> {
  const [need, achievement, organisation] = await Promise.all([
    wanted.need ? store.collection('needs').get(wanted.need) : undefined,
    wanted.achievement ? store.collection('achievements').get(wanted.achievement) : undefined,
    wanted.organisation ? store.collection('organisations').get(wanted.organisation) : undefined,
  ]);
  const requests: CallRequest[] = [];
  if (wanted.requestsOf !== undefined) {
    const asked = store.collection('callRequests').stream({ callId: wanted.requestsOf });
    for await (const request of asked) requests.push(request);
    requests.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
  }
  return {
    ...(wanted.requestsOf === undefined ? {} : { requests }),
    ...(need ? { need } : {}),
    ...(achievement ? { achievement } : {}),
    ...(organisation ? { organisation } : {}),
  };
}

/** Stores a notice unless it is there. Answers whether there is something to send. */
async function keep(ports: Pick<NoticePorts, 'store'>, notice: Unstored<Notice>): Promise<boolean> {
  if (!reaches(notice)) return false;
  try {
    await ports.store.collection('notices').insert(notice);
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
  return notice.dueAt !== null;
}

/** What is due is sent soon; the round of every minute finds whatever this call could not ask for. */
async function wakeSender(ports: Pick<NoticePorts, 'queue'>): Promise<void> {
  await ports.queue.add(sendingJob, {}, { key: sendingJob });
}

/** Tells somebody without an event: see `Tell`. */
export async function tell(ports: NoticePorts, cause: string, telling: DirectTelling): Promise<void> {
  const at = ports.clock.now().toISOString();
  let due = false;
  for (const reader of await readersOf(ports.store)(telling.to)) {
    const { secretLink, ...notice } = madeNotice(cause, telling, reader, at);
    const sealed = secretLink === undefined ? {} : { secretLink: ports.vault.seal(linkSeal, notice.id, secretLink) };
    due = (await keep(ports, { ...notice, ...sealed })) || due;
  }
  if (due) await wakeSender(ports);
}

/** Events of one hour for one reader, collected over one batch of changes. */
interface Gathering {
  readonly telling: BatchTelling;
  readonly reader: Reader;
  readonly at: string;
  readonly events: BatchEvent[];
}

async function keepBatch(ports: Pick<NoticePorts, 'store'>, id: string, gathering: Gathering): Promise<void> {
  const notices = ports.store.collection('notices');
  const { telling, reader, at, events } = gathering;
  for (;;) {
    const there = await notices.get(id);
    const next = withBatch(there, telling, events, reader, at);
    if (!next) return;
    try {
      if (there) await notices.update(id, there.version, next);
      else await notices.insert(next);
      return;
    } catch (error) {
      // Another process, or its reader, was at it: look again.
      if (!(error instanceof Conflict || error instanceof Duplicate)) throw error;
    }
  }
}

/**
 * Makes the notices of one event for single people now, unless they are there: for who must know whether anybody is told.
 * The consumer of the changes then finds them made. Answers whether there is any.
 */
export async function tellEvent(
  ports: NoticePorts,
  { collection, document }: Change,
  event: Change['events'][number],
): Promise<boolean> {
  if (document === null) return false;
  const readers = readersOf(ports.store);
  let any = false;
  let due = false;
  for (const rule of rulesFor(collection, event.type)) {
    const records = rule.wants ? await known(ports.store, rule.wants(document, event)) : {};
    for (const telling of rule.tell(document, event, records)) {
      if ('batch' in telling) continue;
      for (const reader of await readers(telling.to)) {
        if (reader.as === 'user' && reader.userId === event.by && telling.to.to !== 'user') continue;
        const notice = madeNotice(event.id, telling, reader, event.at);
        any ||= reaches(notice);
        due = (await keep(ports, notice)) || due;
      }
    }
  }
  if (due) await wakeSender(ports);
  return any;
}

/**
 * Consumer of the changes that `noticeRules` names: makes one notice for each cause and recipient, whose id follows from
 * both. Delivered twice, killed between any two writes or run by two processes, nobody is told twice and nobody is missed.
 */
export function makeNotices(ports: NoticePorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const readers = readersOf(ports.store);
    const gatherings = new Map<string, Gathering>();
    let due = false;

    const told = async (telling: Telling | BatchTelling, event: Change['events'][number]) => {
      for (const reader of await readers(telling.to)) {
        if (reader.as === 'user' && reader.userId === event.by && telling.to.to !== 'user') continue;
        if (!('batch' in telling)) {
          due = (await keep(ports, madeNotice(event.id, telling, reader, event.at))) || due;
          continue;
        }
        const id = batchId(telling, reader, event.at);
        const gathering = gatherings.get(id) ?? { telling, reader, at: event.at, events: [] };
        gathering.events.push({ cause: event.id, line: telling.line });
        gatherings.set(id, gathering);
      }
    };

    for (const { collection, document, events } of changes) {
      if (document === null) continue;
      for (const event of events) {
        for (const rule of rulesFor(collection, event.type)) {
          const records = rule.wants ? await known(ports.store, rule.wants(document, event)) : {};
          for (const telling of rule.tell(document, event, records)) await told(telling, event);
        }
      }
    }
    for (const [id, gathering] of gatherings) await keepBatch(ports, id, gathering);
    if (due) await wakeSender(ports);
  };
}
