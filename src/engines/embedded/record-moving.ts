import { setImmediate as nextTurn } from 'node:timers/promises';
import { Duplicate, QianxianError } from '../../domain/errors.ts';
import type { DomainEvent, Stored } from '../../domain/record.ts';
import {
  type ConsumersOf,
  firstWaiting,
  type MovedRecord,
  type MoveState,
  movedEvents,
  type RecordMoving,
} from '../../ports/record-moving.ts';
import type { CollectionName } from '../../ports/record-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { uniqueKeyOf } from './record-schema.ts';
import { openSeal, sealOf } from './record-seal.ts';
import type { SqlDatabase, SqlRow } from './sqlite-driver.ts';
import { faultOf, uniqueIndexOf } from './sqlite-fault.ts';

const walkRows = 500;
const walkBytes = 4 * 1024 * 1024;

/** What `store_meta` says of a move into this store. */
interface MoveMark {
  readonly source: string;
  readonly consumers: ConsumersOf;
  readonly ended: boolean;
}

const readMark = `SELECT value FROM store_meta WHERE name = 'move'`;

/** Throws `damaged` where a move into this store has not ended. */
export function refuseHalfMoved(database: SqlDatabase, file: string): void {
  const value = database.prepare(readMark).get()?.value;
  if (value === undefined || (JSON.parse(String(value)) as MoveMark).ended) return;
  throw new QianxianError(
    'damaged',
    `数据库 ${file} 里的数据迁移到一半就中断了，不能使用；请再运行一次同样的 npx qianxian migrate-store，它会接着做完`,
  );
}

/**
 * Moves on the change sequence. What is put gets the next numbers, one for each version with an event; a document of which
 * something waits notes in `store_handled` how far each consumer is, and `end` makes checkpoints of that.
 */
export function createRecordMoving(options: {
  readonly database: SqlDatabase;
  readonly collections: readonly CollectionName[];
  readonly commits: GroupCommit;
  nextSequence(): number;
  newestSequence(): number;
  keepEvent(collection: string, id: string, version: number, sequence: number, position: number, event: string): void;
  read<R>(work: () => R): R;
}): RecordMoving {
  const { database, collections, commits, nextSequence, newestSequence, keepEvent, read } = options;
  const mark = database.prepare(readMark);
  const setMark = database.prepare(
    `INSERT INTO store_meta VALUES ('move', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  );
  const checkpoints = database.prepare('SELECT consumer, collection, sequence FROM store_checkpoints');
  const setCheckpoint = database.prepare('INSERT OR REPLACE INTO store_checkpoints VALUES (?, ?, ?)');
  const clearCheckpoints = database.prepare('DELETE FROM store_checkpoints');
  const eventsOf = database.prepare(
    `SELECT document_id AS id, sequence, position, version, event, seal FROM store_events
     WHERE collection = ? AND document_id = ? ORDER BY sequence, position`,
  );
  const dropEvents = database.prepare('DELETE FROM store_events WHERE collection = ? AND document_id = ?');
  const handledOf = database.prepare(
    'SELECT consumer, sequence FROM store_handled WHERE collection = ? AND document_id = ?',
  );
  const setHandled = database.prepare('INSERT OR REPLACE INTO store_handled VALUES (?, ?, ?, ?)');
  const dropHandled = database.prepare('DELETE FROM store_handled WHERE collection = ? AND document_id = ?');

  const markNow = (): MoveMark | undefined => {
    const value = mark.get()?.value;
    return value === undefined ? undefined : (JSON.parse(String(value)) as MoveMark);
  };

  /** How far each consumer is with a document: a sequence. While a move goes on, whatever waits has a note. */
  const handledFor = (collection: CollectionName, consumers: readonly string[]) => {
    const begun = markNow()?.ended === false;
    const known = new Map<string, number>();
    for (const row of checkpoints.all()) {
      if (row.collection === collection) known.set(String(row.consumer), Number(row.sequence));
    }
    return (id: string, newest: number): Map<string, number> => {
      const notes = new Map(handledOf.all(collection, id).map((row) => [String(row.consumer), Number(row.sequence)]));
      return new Map(
        consumers.flatMap((consumer) => {
          const checkpoint = known.get(consumer);
          if (checkpoint === undefined) return [];
          const note = notes.get(consumer);
          return [[consumer, begun ? (note ?? newest) : Math.max(checkpoint, note ?? 0)] as const];
        }),
      );
    };
  };

  const recordOf = (
    collection: CollectionName,
    row: SqlRow,
    handledBy: (id: string, newest: number) => Map<string, number>,
  ): MovedRecord => {
    const [id, version, newest] = [String(row.id), Number(row.version), Number(row.sequence)];
    const events = eventsOf.all(collection, id).map((one) => ({
      version: Number(one.version),
      position: Number(one.position),
      sequence: Number(one.sequence),
      event: openSeal<DomainEvent>(`${collection} 的事件`, id, one, one.event),
    }));
    const handled = handledBy(id, newest);
    const waiting: Record<string, number> = {};
    for (const [consumer, sequence] of handled) {
      if (sequence >= newest) continue;
      const first = firstWaiting(
        version,
        0,
        events.filter((one) => one.sequence > sequence),
      );
      if (first !== undefined) waiting[consumer] = first;
    }
    const removed = row.removed_at !== null;
    const document = openSeal<Stored | null>(collection, id, row, row.document);
    return {
      id,
      version,
      document,
      ...(removed ? { removedAt: new Date(Number(row.removed_at)).toISOString() } : {}),
      place: newest,
      waiting,
      events: movedEvents(events, waiting, [...handled.keys()]).map(({ version, position, event }) => ({
        version,
        position,
        event,
      })),
    };
  };

  const guarded = (collection: CollectionName, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (faultOf(error) !== 'unique') throw error;
      const index = uniqueIndexOf(error);
      throw new Duplicate(index === undefined ? 'id' : uniqueKeyOf(collection, index), undefined, { cause: error });
    }
  };

  const putOne = (collection: CollectionName, record: MovedRecord, consumers: readonly string[]): void => {
    const { id, version, document, removedAt, waiting, events } = record;
    const sequences = new Map<number, number>();
    for (const event of events) {
      if (event.version !== version && !sequences.has(event.version)) sequences.set(event.version, nextSequence());
    }
    const newest = nextSequence();
    sequences.set(version, newest);
    const text = document === null ? null : JSON.stringify(document);
    const removed = document === null ? Date.parse(removedAt ?? '') || 0 : null;
    guarded(collection, () => {
      database
        .prepare(
          `INSERT INTO "${collection}" (id, version, sequence, document, removed_at, seal) VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .run(id, version, newest, text, removed, sealOf(collection, id, version, newest, text));
    });
    for (const one of events) {
      keepEvent(collection, id, one.version, sequences.get(one.version)!, one.position, JSON.stringify(one.event));
    }
    if (Object.keys(waiting).length === 0) return;
    for (const consumer of consumers) {
      const first = waiting[consumer];
      const before = [...sequences]
        .filter(([one]) => first === undefined || one < first)
        .map(([, sequence]) => sequence);
      setHandled.run(consumer, collection, id, Math.max(0, ...before));
    }
  };

  /** The checkpoint of a consumer lies before the first that waits for it; what it has handled behind that is noted. */
  const endFor = (consumer: string, collection: CollectionName): void => {
    const first = database
      .prepare(
        `SELECT min(coalesce(
           (SELECT min(e.sequence) FROM store_events e
            WHERE e.collection = h.collection AND e.document_id = h.document_id AND e.sequence > h.sequence),
           d.sequence)) AS first
         FROM store_handled h JOIN "${collection}" d ON d.id = h.document_id
         WHERE h.consumer = ? AND h.collection = ? AND h.sequence < d.sequence`,
      )
      .get(consumer, collection)?.first;
    const checkpoint = first === null || first === undefined ? newestSequence() : Number(first) - 1;
    setCheckpoint.run(consumer, collection, checkpoint);
    database
      .prepare(`INSERT OR IGNORE INTO store_handled SELECT ?, ?, id, sequence FROM "${collection}" WHERE sequence > ?`)
      .run(consumer, collection, checkpoint);
    database
      .prepare('DELETE FROM store_handled WHERE consumer = ? AND collection = ? AND sequence <= ?')
      .run(consumer, collection, checkpoint);
  };

  const beingFilled = (): MoveMark => {
    const now = markNow();
    if (now && !now.ended) return now;
    throw new QianxianError('conflict', '没有正在进行的迁移，没有写入；请重新运行 npx qianxian migrate-store');
  };

  return {
    async consumers() {
      const found: Partial<Record<CollectionName, string[]>> = {};
      for (const row of read(() => checkpoints.all())) {
        const collection = row.collection as CollectionName;
        found[collection] = [...(found[collection] ?? []), String(row.consumer)].sort();
      }
      return found;
    },
    async *walk(collection, consumers) {
      const page = database.prepare(
        `SELECT id, version, sequence, document, removed_at, seal FROM "${collection}" WHERE id > ? ORDER BY id LIMIT ${walkRows}`,
      );
      let after = '';
      for (;;) {
        const from = after;
        const some = read(() => {
          const handledBy = handledFor(collection, consumers);
          const rows: SqlRow[] = [];
          let bytes = 0;
          for (const row of page.iterate(from)) {
            rows.push(row);
            bytes += String(row.document).length;
            if (bytes > walkBytes) break;
          }
          return rows.map((row) => recordOf(collection, row, handledBy));
        });
        yield* some;
        const last = some.at(-1);
        if (!last) return;
        after = last.id;
        await nextTurn();
      }
    },
    async read(collection, ids, consumers) {
      return read(() => {
        const handledBy = handledFor(collection, consumers);
        return database
          .prepare(
            `SELECT id, version, sequence, document, removed_at, seal FROM "${collection}"
             WHERE id IN (SELECT value FROM json_each(?))`,
          )
          .all(JSON.stringify(ids))
          .map((row) => recordOf(collection, row, handledBy));
      });
    },
    async state(): Promise<MoveState> {
      return read(() => {
        const now = markNow();
        if (now) return { kind: now.ended ? 'moved' : 'begun', source: now.source };
        const filled = collections.some((name) => database.prepare(`SELECT 1 FROM "${name}" LIMIT 1`).get());
        return { kind: filled ? 'records' : 'empty' };
      });
    },
    begin(source, consumers) {
      return commits.write(() => {
        clearCheckpoints.run();
        for (const [collection, names] of Object.entries(consumers)) {
          for (const name of names) setCheckpoint.run(name, collection, 0);
        }
        setMark.run(JSON.stringify({ source, consumers, ended: false } satisfies MoveMark));
      }, 0);
    },
    async put(collection, records) {
      const consumers = read(beingFilled).consumers[collection] ?? [];
      await Promise.all(
        records.map((record) =>
          commits.write(
            () => putOne(collection, record, consumers),
            JSON.stringify(record.document).length * 2 + record.events.length * 1_000,
          ),
        ),
      );
    },
    async forget(collection, ids) {
      read(beingFilled);
      await Promise.all(
        ids.map((id) =>
          commits.write(() => {
            database.prepare(`DELETE FROM "${collection}" WHERE id = ?`).run(id);
            dropEvents.run(collection, id);
            dropHandled.run(collection, id);
          }, 0),
        ),
      );
    },
    async end() {
      await commits.write(() => {
        const now = beingFilled();
        for (const [collection, names] of Object.entries(now.consumers)) {
          for (const name of names) endFor(name, collection as CollectionName);
        }
        setMark.run(JSON.stringify({ ...now, ended: true } satisfies MoveMark));
      }, 0);
    },
  };
}
