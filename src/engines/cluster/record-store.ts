import { trusted } from 'mongoose';
import { QianxianError } from '../../domain/errors.ts';
import type { Stored } from '../../domain/record.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { checkConsumer } from '../../ports/record-input.ts';
import type { MovableStore } from '../../ports/record-moving.ts';
import {
  type Collection,
  type CollectionKeys,
  type CollectionName,
  type Collections,
  collectionKeys,
} from '../../ports/record-store.ts';
import { createChangeFeed } from './change-feed.ts';
import { createFeedConsumers } from './feed-consumers.ts';
import { createFeedSignal } from './feed-signal.ts';
import { connectMongo, type MongoConnection } from './mongo-connection.ts';
import { atStart } from './mongo-fault.ts';
import { prepareDatabase } from './mongo-migrations.ts';
import { createSessionBroom } from './mongo-session.ts';
import { backUp } from './record-backup.ts';
import { createRecordCollection } from './record-collection.ts';
import { createRecordMoving } from './record-moving.ts';
import { own, recordModels } from './record-schemas.ts';
import { damageIn } from './record-verify.ts';

export interface RecordStoreOptions {
  /** `MONGODB_URI`. */
  readonly uri: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether missing collections and indexes are made; else `open` refuses a database that is not ready. */
  readonly migrate?: boolean;
  /** Opens for a move of records, also where one was cut off: nothing is swept then. */
  readonly forMoving?: boolean;
  /** Keys and indexes; without it, those of the port. */
  readonly keys?: Readonly<Partial<Record<CollectionName, CollectionKeys>>>;
  /** Another database than the address names, for tests. */
  readonly database?: string;
  /** How long one call may take (default 2,000 ms). */
  readonly limitMs?: number;
  /** After how long another process takes over what a dead one was at work on (default 15,000 ms). */
  readonly leaseMs?: number;
  /** How often other processes' writes are looked for (default 500 ms). */
  readonly pollMs?: number;
}

const defaultLeaseMs = 15_000;
const defaultPollMs = 500;
const migrationPatienceMs = 15 * 60_000;
const dayMs = 24 * 3_600_000;
const sweepMs = 3_600_000;
const refreshMs = 60_000;

/**
 * Opens the records in MongoDB, beside any number of other processes. Throws `misconfigured` for an address, a login or a
 * server that cannot work or a database that is not ready, `unavailable` where nobody answers, `unsupported` where a newer
 * program was at work.
 */
export async function openRecordStore(options: RecordStoreOptions): Promise<MovableStore> {
  const { log, keys = collectionKeys, migrate = false, forMoving = false, leaseMs = defaultLeaseMs } = options;
  const connection = await connectMongo(options);
  try {
    if (!migrate) await prepareDatabase(connection, { keys, migrate, forMoving, leaseMs, log });
    else {
      const patient = await connectMongo({ ...options, patienceMs: migrationPatienceMs, connections: 4 });
      try {
        await prepareDatabase(patient, { keys, migrate, forMoving, leaseMs, log });
      } finally {
        await patient.close();
      }
    }
    return await storeOn(connection, options);
  } catch (error) {
    await connection.close();
    throw atStart(error);
  }
}

async function storeOn(connection: MongoConnection, options: RecordStoreOptions): Promise<MovableStore> {
  const { clock, log, keys = collectionKeys, leaseMs = defaultLeaseMs, pollMs = defaultPollMs } = options;
  const models = recordModels(connection.mongo);
  const consumers = await createFeedConsumers(connection, models);
  const writes = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  let closed = false;
  let lastAt = 0;

  const alive = (): void => {
    if (closed) throw new QianxianError('unavailable', '数据库已经关闭', { retryAfter: 5 });
  };
  const settled = async (): Promise<void> => {
    await Promise.allSettled([...writes]);
  };
  const signal = createFeedSignal(connection, { pollMs, log });
  const feed = createChangeFeed({ connection, models, consumers, signal, log, leaseMs, pollMs, settled });
  const write = <R>(collection: CollectionName, work: () => Promise<R>): Promise<R> => {
    alive();
    const writing = work().finally(() => {
      writes.delete(writing);
      feed.wake(collection);
    });
    writing.catch(() => {});
    writes.add(writing);
    return writing;
  };
  const nextAt = (): number => {
    lastAt = Math.max(lastAt + 1, Date.now() * 1_000);
    return lastAt;
  };
  const names = Object.keys(keys) as CollectionName[];
  const collections = new Map<string, Collection<Stored>>(
    names.map((name) => [
      name,
      createRecordCollection({
        name,
        model: models[name],
        keys: keys[name]!,
        connection,
        consumers,
        clock,
        nextAt,
        write: (work) => write(name, work),
      }),
    ]),
  );

  /** Forgets removals in transient collections a day later, once every consumer has heard of them. */
  const sweep = async (): Promise<void> => {
    const before = new Date(clock.now().getTime() - dayMs);
    for (const name of names.filter((one) => keys[one]?.transient)) {
      await connection.gate.run(() =>
        models[name].deleteMany({
          [`${own}.removedAt`]: trusted({ $lt: before }),
          [`${own}.waiting`]: trusted({ $exists: false }),
          [`${own}.listed`]: trusted({ $gte: consumers.known(name).generation }),
        }),
      );
    }
  };
  const refreshing = setInterval(() => {
    // Who only writes hears of consumers that came or went.
    consumers.refresh().catch((error: unknown) => log.debug({ err: error }, 'the consumers could not be read'));
  }, refreshMs).unref();
  const forgetEndedSessions = createSessionBroom(connection);
  const sweepQuietly = (): void => {
    sweep().catch((error: unknown) => log.warn({ err: error }, 'old removals could not be forgotten'));
    forgetEndedSessions().catch((error: unknown) => log.warn({ err: error }, 'ended processes could not be forgotten'));
  };
  const sweeping = options.forMoving ? undefined : setInterval(sweepQuietly, sweepMs).unref();
  if (!options.forMoving) sweepQuietly();

  return {
    capabilities: { volatileConsumers: false, copyOfOneMoment: false },
    moving: createRecordMoving({ connection, models, consumers, nextAt }),
    collection<K extends CollectionName>(name: K): Collection<Collections[K]> {
      const found = collections.get(name);
      if (!found) throw new QianxianError('malformed', `没有名为 ${String(name)} 的集合`);
      return found as unknown as Collection<Collections[K]>;
    },
    follow(consumer, followOptions, handle) {
      alive();
      checkConsumer(consumer, followOptions, (name) => collections.has(name));
      if (followOptions.from === 'beginning') {
        throw new QianxianError('unsupported', '多个进程共用的数据库不能从头跟随变更；请让这个接收方保存自己的进度');
      }
      return feed.follow(consumer, followOptions, handle);
    },
    async lags() {
      alive();
      await consumers.refresh();
      const found: Record<string, number> = {};
      for (const [consumer, collections] of consumers.all()) {
        found[consumer] = 0;
        for (const collection of collections) {
          const waiting = { [`${own}.waiting`]: consumer };
          const count = connection.gate.run(() => models[collection].countDocuments(waiting));
          found[consumer] += (await count) + (await consumers.unmarked(consumer, collection));
        }
      }
      return found;
    },
    async forget(consumer) {
      alive();
      return feed.forget(consumer);
    },
    async backup(path) {
      alive();
      await backUp(connection, models, path);
    },
    async verify() {
      alive();
      return damageIn(connection, models);
    },
    async ping() {
      await connection.ping();
    },
    close() {
      closing ??= (async () => {
        clearInterval(sweeping);
        clearInterval(refreshing);
        // Handlers that still run may read and write until they are done.
        await feed.close();
        closed = true;
        await settled();
        await signal.close();
        await connection.close();
      })();
      return closing;
    },
  };
}
