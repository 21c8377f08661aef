import { setTimeout as sleep } from 'node:timers/promises';
import { QianxianError } from '../../domain/errors.ts';
import type { DomainEvent } from '../../domain/record.ts';
import type { Log } from '../../ports/log.ts';
import type {
  Change,
  CollectionName,
  Collections,
  Following,
  FollowOptions,
  StoredEvent,
} from '../../ports/record-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { openSeal } from './record-seal.ts';
import type { SqlDatabase, SqlStatement } from './sqlite-driver.ts';

type Handler = (changes: readonly Change[]) => Promise<void>;

export interface ChangeFeed {
  follow(consumer: string, options: FollowOptions, handle: Handler): Following;
  /** Says that this process has committed changes. */
  wake(): void;
  /** Forgets a consumer, with the events that are kept for it alone. Answers how many changes waited for it. */
  forget(consumer: string): Promise<number>;
  /** Lets every running batch end and stops all followings. */
  close(): Promise<void>;
}

/** Other processes' writes are looked for so often. */
const pollMs = 200;
const defaultBatch = 200;
/** A call of a handler gets at most about so much, or one document. */
const maxBatchBytes = 16 * 1024 * 1024;
const firstPauseMs = 50;
const longestPauseMs = 30_000;

interface FeedStatements {
  readonly changed: SqlStatement;
  readonly row: SqlStatement;
  readonly count: SqlStatement;
}

/** A place in the order of writes where a document needs the consumer: its newest write, or an older one with events. */
interface Entry {
  readonly sequence: number;
  readonly collection: CollectionName;
  readonly id: string;
}

interface Batch {
  readonly changes: readonly Change[];
  /** Everything up to this sequence is in `changes` or was handled before. */
  readonly end: number;
  readonly empty: boolean;
  /** Documents whose newest write comes after `end`, with its sequence: handled ahead of their turn. */
  readonly ahead: ReadonlyMap<string, number>;
}

/**
 * The changes feed on a change sequence: every write of a document gets the next number, in the order of the commits of
 * all processes. A consumer's checkpoint is a number for each of its collections; what is newer is still to be handled.
 */
export function createChangeFeed(options: {
  readonly database: SqlDatabase;
  readonly commits: GroupCommit;
  readonly log: Log;
}): ChangeFeed {
  const { database, commits, log } = options;
  const beginRead = database.prepare('BEGIN');
  const endRead = database.prepare('COMMIT');
  const sequence = database.prepare('SELECT value FROM store_sequence');
  const dataVersion = database.prepare('PRAGMA data_version');
  const eventful = database.prepare(
    'SELECT DISTINCT sequence, document_id AS id FROM store_events WHERE collection = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  );
  const eventsOf = database.prepare(
    `SELECT sequence, position, version, event, seal FROM store_events
     WHERE collection = ? AND document_id = ? AND sequence > ? ORDER BY sequence, position`,
  );
  const checkpoints = database.prepare('SELECT collection, sequence FROM store_checkpoints WHERE consumer = ?');
  const register = database.prepare('INSERT OR IGNORE INTO store_checkpoints VALUES (?, ?, 0)');
  const moveOn = database.prepare(
    'UPDATE store_checkpoints SET sequence = ? WHERE consumer = ? AND collection = ? AND sequence < ?',
  );
  const handledBehind = database.prepare(
    'SELECT collection, document_id AS id, sequence FROM store_handled WHERE consumer = ?',
  );
  const forgetHandled = database.prepare('DELETE FROM store_handled WHERE consumer = ? AND sequence <= ?');
  const forget = database.prepare(
    `DELETE FROM store_events WHERE collection = ?1 AND sequence <=
     (SELECT min(sequence) FROM store_checkpoints WHERE collection = ?1)`.replaceAll('?1', '?'),
  );
  const forgetCheckpoints = database.prepare('DELETE FROM store_checkpoints WHERE consumer = ?');
  const forgetHandledBy = database.prepare('DELETE FROM store_handled WHERE consumer = ?');
  const perCollection = new Map<CollectionName, FeedStatements>();
  const statementsOf = (collection: CollectionName): FeedStatements => {
    let made = perCollection.get(collection);
    if (!made) {
      made = {
        changed: database.prepare(
          `SELECT sequence, id FROM "${collection}" WHERE sequence > ? ORDER BY sequence LIMIT ?`,
        ),
        row: database.prepare(`SELECT version, sequence, document, seal FROM "${collection}" WHERE id = ?`),
        count: database.prepare(`SELECT count(*) AS n FROM "${collection}" WHERE sequence > ?`),
      };
      perCollection.set(collection, made);
    }
    return made;
  };
  const newestSequence = (): number => Number(sequence.get()?.value);

  const followings = new Set<{ readonly consumer: string; wake(): void; stop(): Promise<void> }>();
  const wake = (): void => {
    for (const following of followings) following.wake();
  };

  let seenData = Number(dataVersion.get()?.data_version);
  let poll: NodeJS.Timeout | undefined;
  const lookForOthers = (): void => {
    try {
      const data = Number(dataVersion.get()?.data_version);
      if (data === seenData) return;
      seenData = data;
      wake();
    } catch (error) {
      // The followings meet the same trouble as soon as they read, and say so.
      log.debug({ err: error }, 'the store could not be asked for changes of other processes');
    }
  };

  /** What was told of already: each consumer meets it. */
  const aside = new Set<string>();

  /**
   * What `open` reads, undefined where it is not what was written. One broken row must not keep all others from every
   * consumer: it is left out and named in the log, and `verify` names it until the store is restored.
   */
  function unlessDamaged<T>(collection: CollectionName, id: string, open: () => T): T | undefined {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof QianxianError) || error.code !== 'damaged') throw error;
      const message = 'a damaged record is left out of the changes feed: restore the store from a backup';
      if (!aside.has(`${collection}/${id}`)) log.error({ collection, id, err: error }, message);
      aside.add(`${collection}/${id}`);
      return undefined;
    }
  }

  function eventsFor(collection: CollectionName, id: string, after: number): { events: StoredEvent[]; bytes: number } {
    let bytes = 0;
    const events = eventsOf.all(collection, id, after).flatMap((row): StoredEvent[] => {
      bytes += String(row.event).length;
      const event = unlessDamaged(collection, id, () =>
        openSeal<DomainEvent>(`${collection} 的事件`, id, row, row.event),
      );
      return event ? [{ ...event, id: `${collection}/${id}/${row.version}/${row.position}` }] : [];
    });
    return { events, bytes };
  }

  function follow(consumer: string, followOptions: FollowOptions, handle: Handler): Following {
    const { collections, batch: size = defaultBatch, from = 'checkpoint' } = followOptions;
    const durable = from === 'checkpoint';
    const positions = new Map<CollectionName, number>(collections.map((name) => [name, 0]));
    const handledAhead = new Map<string, number>();
    const stopping = new AbortController();
    const stopped = (): boolean => stopping.signal.aborted;
    let waiters: { target: number; resolve(): void; reject(error: unknown): void }[] = [];
    let handledUpTo = -1;
    /** Removals up to here happened before a volatile consumer began: it has nothing to take back. */
    let begunAt = -1;
    let woken = false;
    let rouse: (() => void) | undefined;

    const entriesAfter = (): Entry[] => {
      const entries: Entry[] = [];
      for (const [collection, position] of positions) {
        const rows = statementsOf(collection).changed.all(position, size);
        if (durable) rows.push(...eventful.all(collection, position, size));
        for (const row of rows) entries.push({ sequence: Number(row.sequence), collection, id: String(row.id) });
      }
      return entries.sort((a, b) => a.sequence - b.sequence);
    };

    const readBatch = (): Batch => {
      // One read transaction: without it a write could slip in between two collections and be stepped over.
      beginRead.run();
      try {
        let end = newestSequence();
        const entries = entriesAfter();
        if (entries.length === 0) return { changes: [], end, empty: true, ahead: new Map() };
        const changes: Change[] = [];
        const ahead = new Map<string, number>();
        const seen = new Set<string>();
        const sequences = new Set<number>();
        let bytes = 0;
        for (const entry of entries) {
          const { collection, id } = entry;
          sequences.add(entry.sequence);
          if (sequences.size > size || bytes > maxBatchBytes) break;
          end = entry.sequence;
          const key = `${collection}/${id}`;
          if (seen.has(key)) continue;
          seen.add(key);
          const row = statementsOf(collection).row.get(id);
          // A removal that was forgotten meanwhile had been handled by all.
          if (!row || handledAhead.get(key) === row.sequence) continue;
          const removed = row.document === null;
          if (removed && !durable && Number(row.sequence) <= begunAt) continue;
          const document = unlessDamaged(collection, id, () =>
            openSeal<Collections[CollectionName] | null>(collection, id, row, row.document),
          );
          if (document === undefined) continue;
          // What was handled ahead of its turn brought every event up to its sequence with it.
          const handled = Math.max(positions.get(collection) ?? 0, handledAhead.get(key) ?? 0);
          const found = durable ? eventsFor(collection, id, handled) : { events: [], bytes: 0 };
          bytes += found.bytes + String(row.document ?? '').length;
          ahead.set(key, Number(row.sequence));
          changes.push({
            collection,
            id,
            version: Number(row.version),
            document,
            events: found.events,
          });
        }
        return { changes, end, empty: false, ahead };
      } finally {
        endRead.run();
      }
    };

    const saveCheckpoint = (end: number): Promise<void> =>
      commits.write(() => {
        for (const collection of positions.keys()) {
          moveOn.run(end, consumer, collection, end);
          forget.run(collection, collection);
        }
        forgetHandled.run(consumer, end);
      }, 0);

    const advance = (batch: Batch): void => {
      for (const [collection, position] of positions) positions.set(collection, Math.max(position, batch.end));
      for (const [key, at] of batch.ahead) handledAhead.set(key, at);
      for (const [key, at] of handledAhead) if (at <= batch.end) handledAhead.delete(key);
      handledUpTo = batch.end;
      const ready = waiters.filter((waiter) => waiter.target <= handledUpTo);
      waiters = waiters.filter((waiter) => waiter.target > handledUpTo);
      for (const waiter of ready) waiter.resolve();
    };

    const start = async (): Promise<void> => {
      if (!durable) {
        begunAt = newestSequence();
        return;
      }
      await commits.write(() => {
        for (const collection of collections) register.run(consumer, collection);
      }, 0);
      for (const row of checkpoints.all(consumer)) {
        const collection = row.collection as CollectionName;
        if (positions.has(collection)) positions.set(collection, Number(row.sequence));
      }
      for (const row of handledBehind.all(consumer)) {
        handledAhead.set(`${row.collection}/${row.id}`, Number(row.sequence));
      }
    };

    /** Does `work` until it succeeds, with longer and longer pauses; false where it was stopped before. */
    const persist = async (what: string, work: () => Promise<void>): Promise<boolean> => {
      for (let failures = 0; !stopped(); ) {
        try {
          await work();
          return true;
        } catch (error) {
          failures++;
          const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
          log.error({ consumer, failures, pauseMs, err: error }, `${what} failed and will be tried again`);
          await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
        }
      }
      return false;
    };

    const step = async (): Promise<void> => {
      woken = false;
      const batch = readBatch();
      if (batch.changes.length > 0) await handle(batch.changes);
      if (durable && !batch.empty) await saveCheckpoint(batch.end);
      advance(batch);
      if (batch.empty && !woken && !stopped()) {
        await new Promise<void>((resolve) => {
          rouse = resolve;
        });
        rouse = undefined;
      }
    };

    const started = persist('the start of a consumer', start);
    const running = (async () => {
      if (!(await started)) return;
      while (await persist('a consumer of the changes feed', step));
    })();

    const wakeUp = (): void => {
      woken = true;
      rouse?.();
    };
    const stop = async (): Promise<void> => {
      stopping.abort();
      wakeUp();
      await running;
      followings.delete(entry);
      if (followings.size === 0) {
        clearInterval(poll);
        poll = undefined;
      }
      const error = new QianxianError('unavailable', `变更的接收方 ${consumer} 已经停止，还有变更没有处理`);
      for (const waiter of waiters) waiter.reject(error);
      waiters = [];
    };
    const entry = { consumer, wake: wakeUp, stop };
    followings.add(entry);
    poll ??= setInterval(lookForOthers, pollMs).unref();

    return {
      async caughtUp() {
        await commits.settled();
        if (stopped()) throw new QianxianError('unavailable', `变更的接收方 ${consumer} 已经停止，还有变更没有处理`);
        const target = newestSequence();
        if (handledUpTo >= target) return;
        await new Promise<void>((resolve, reject) => {
          waiters.push({ target, resolve, reject });
          wakeUp();
        });
      },
      async lag() {
        await started;
        let waiting = 0;
        for (const [collection, position] of positions) {
          waiting += Number(statementsOf(collection).count.get(position)?.n);
        }
        return waiting;
      },
      stop,
    };
  }

  return {
    follow,
    wake,
    forget(consumer) {
      if ([...followings].some((following) => following.consumer === consumer)) {
        throw new QianxianError('conflict', `处理项 ${consumer} 还在使用，没有忘掉`);
      }
      return commits.write(() => {
        let waiting = 0;
        const places = checkpoints.all(consumer);
        forgetCheckpoints.run(consumer);
        forgetHandledBy.run(consumer);
        for (const { collection, sequence: place } of places) {
          waiting += Number(statementsOf(collection as CollectionName).count.get(place as number)?.n);
          // Where nobody else follows, events are kept for who comes next, as in a store that nobody has followed yet.
          forget.run(collection as string, collection as string);
        }
        return waiting;
      }, 0);
    },
    async close() {
      await Promise.all([...followings].map((following) => following.stop()));
    },
  };
}
