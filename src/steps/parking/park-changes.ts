import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import { type ParkedChange, parkedChangeId } from '../../domain/parked-change.ts';
import type { Unstored } from '../../domain/record.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change, CollectionName } from '../../ports/record-store.ts';
import type { Tell } from '../../ports/tell.ts';

export type ParkingPorts = Pick<Ports, 'store' | 'clock' | 'log'>;
type Handler = (changes: readonly Change[]) => Promise<void>;

/** Failures in a row, about twelve seconds with the pauses between them, after which the changes are tried one by one. */
export const triesTogether = 8;
/** Where so many of one consumer are put aside, it is the consumer that is broken: then it waits, rather than let all pass. */
export const mostParked = 200;
const longestReason = 500;

/** What is away, or set up wrongly, is no fault of a record: it is waited for. */
function isAway(error: unknown): boolean {
  return error instanceof QianxianError && (error.code === 'unavailable' || error.code === 'misconfigured');
}

/** Names of records and errors only: no content of a record gets into a reason that people outside of it read. */
export function reasonOf(error: unknown): string {
  const text =
    error instanceof QianxianError
      ? error.message
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error);
  return [...text].slice(0, longestReason).join('');
}

/**
 * A handler that one failing record does not stop. After `triesTogether` failures in a row the changes are handled one by
 * one, and what fails alone is put aside with its events; what comes to such a record later is put behind it, or handled
 * together with it where that goes well by then.
 */
export function parking(ports: ParkingPorts, consumer: string, handler: Handler, tell: Tell): Handler {
  const { store, log } = ports;
  let failures = 0;

  async function parkedOf(changes: readonly Change[]): Promise<Map<string, ParkedChange>> {
    const { items } = await store.collection('parkedChanges').find({ where: { consumer }, limit: 1 });
    if (items.length === 0) return new Map();
    const ids = changes.map(({ collection, id }) => parkedChangeId(consumer, collection, id));
    const found = await store.collection('parkedChanges').getMany(ids);
    return new Map(found.map((one) => [one.id, one]));
  }

  return async (changes) => {
    const parked = await parkedOf(changes);
    const idOf = ({ collection, id }: Change) => parkedChangeId(consumer, collection, id);
    for (const change of changes) {
      if (!parked.has(idOf(change))) continue;
      await putAside(ports, consumer, change);
      await replay(ports, handler, idOf(change));
    }
    const free = changes.filter((change) => !parked.has(idOf(change)));
    if (free.length === 0) return;
    if (failures < triesTogether) {
      try {
        await handler(free);
        failures = 0;
        return;
      } catch (error) {
        if (!isAway(error)) failures += 1;
        throw error;
      }
    }
    let aside = await store.collection('parkedChanges').count({ consumer });
    for (const change of free) {
      try {
        await handler([change]);
      } catch (error) {
        if (isAway(error) || aside >= mostParked) throw error;
        aside += 1;
        log.error(
          { consumer, collection: change.collection, id: change.id, err: error },
          'a change is put aside: its consumer failed on it again and again',
        );
        const { parkedAt } = await putAside(ports, consumer, change, error);
        await warn(ports, tell, consumer, parkedAt);
      }
    }
    failures = 0;
  };
}

/** Keeps a change with all events that were not handled; delivered twice it is kept once. */
async function putAside(
  ports: ParkingPorts,
  consumer: string,
  { collection, id: recordId, version, events }: Change,
  error?: unknown,
): Promise<ParkedChange> {
  const id = parkedChangeId(consumer, collection, recordId);
  const parked = ports.store.collection('parkedChanges');
  for (;;) {
    const there = await parked.get(id);
    const known = new Set(there?.events.map((event) => event.id));
    const next: Unstored<ParkedChange> = {
      id,
      consumer,
      collection,
      recordId,
      recordVersion: Math.max(version, there?.recordVersion ?? 0),
      events: [...(there?.events ?? []), ...events.filter((event) => !known.has(event.id))],
      reason: error === undefined ? (there?.reason ?? '') : reasonOf(error),
      tries: there?.tries ?? 0,
      parkedAt: there?.parkedAt ?? ports.clock.now().toISOString(),
    };
    try {
      return there ? await parked.update(id, there.version, next) : await parked.insert(next);
    } catch (failure) {
      if (!(failure instanceof Conflict || failure instanceof Duplicate || failure instanceof NotFound)) throw failure;
    }
  }
}

/** Administrators are told once a day and consumer; that this fails is no reason to stop. */
async function warn(ports: ParkingPorts, tell: Tell, consumer: string, parkedAt: string): Promise<void> {
  try {
    await tell(`parked/${consumer}/${parkedAt.slice(0, 10)}`, {
      kind: 'system',
      to: { to: 'admins' },
      subject: '有变更处理不了，已搁置',
      text: `后台处理“${consumer}”时有记录反复出错，已搁置，其余照常进行。请用 npx qianxian parked list 查看原因，处理后用 npx qianxian parked replay 编号 重新处理。每小时也会自动再试。`,
    });
  } catch (error) {
    ports.log.warn({ err: error }, 'administrators could not be told of a change that was put aside');
  }
}

/**
 * Handles what was put aside, with the record as it is now, and takes it off the list where that goes well. Answers whether
 * it did; `not_found` where it is not on the list (any more).
 */
export async function replay(ports: ParkingPorts, handler: Handler, id: string): Promise<boolean> {
  const parked = ports.store.collection('parkedChanges');
  for (;;) {
    const there = await parked.get(id);
    if (!there) throw new NotFound('没有找到这条搁置的变更，可能已经处理好了');
    const collection = there.collection as CollectionName;
    const document = (await ports.store.collection(collection).get(there.recordId)) ?? null;
    const change = {
      collection,
      id: there.recordId,
      version: Math.max(document?.version ?? 0, there.recordVersion),
      document,
      events: there.events,
    } as Change;
    try {
      await handler([change]);
    } catch (error) {
      if (isAway(error)) throw error;
      await changeDocument(ports.store, 'parkedChanges', id, (newest) => {
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
        return { document: { ...rest, reason: reasonOf(error), tries: newest.tries + 1 } };
      }).catch((failure: unknown) => {
        if (!(failure instanceof NotFound)) throw failure;
      });
      return false;
    }
    try {
      await parked.remove(id, there.version);
      return true;
    } catch (error) {
      if (error instanceof NotFound) return true;
      // More came behind it meanwhile: that is handled as well.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
