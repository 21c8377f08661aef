import { setTimeout as sleep } from 'node:timers/promises';
import { type Model, trusted } from 'mongoose';
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
import type { FeedConsumers } from './feed-consumers.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { beginMongoSession, type MongoSession } from './mongo-session.ts';
import { fieldOfConsumer, own, type RawRecord } from './record-schemas.ts';
import { eventSeal, openSeal } from './record-seal.ts';

type Handler = (changes: readonly Change[]) => Promise<void>;

export interface ChangeFeed {
  follow(consumer: string, options: FollowOptions, handle: Handler): Following;
  /** Says that this process has written. */
  wake(): void;
  /** Lets every running batch end and stops all followings. */
  close(): Promise<void>;
}

export interface ChangeFeedOptions {
  readonly connection: MongoConnection;
  readonly models: Readonly<Record<CollectionName, Model<RawRecord>>>;
  readonly consumers: FeedConsumers;
  readonly log: Log;
  readonly leaseMs: number;
  readonly pollMs: number;
  /** Resolves when the writes that this process has begun are done. */
  settled(): Promise<void>;
}

const defaultBatch = 200;
/** A call of a handler gets about so much at most, or one document. */
const maxBatchBytes = 16 * 1024 * 1024;
const firstPauseMs = 50;
const longestPauseMs = 30_000;
/** While the database is away it is asked so seldom at most; its own driver knows when it is back. */
const longestAwayPauseMs = 3_000;
/** After so many failures in a row others may try: the fault may be of this machine alone. */
const failuresUntilRelease = 5;
/** Documents of older lists of consumers, and new consumers of other processes, are looked for so often. */
const listEveryMs = 2_000;
/** Claims of dead processes are looked for among so many of the oldest that wait. */
const oldestLookedAt = 500;
/** Commands that travel together. */
const mostCommands = 500;
/** `caughtUp` notes so many of those that wait, and asks after so many of them at a time. */
const caughtUpPage = 5_000;
const caughtUpPiece = 200;
const caughtUpPauseMs = 20;
const longestCaughtUpPauseMs = 250;

const waiting = `${own}.waiting`;
const at = `${own}.at`;

/** One that waits, by its place in the feed. */
interface Candidate {
  readonly id: string;
  readonly at: number;
  readonly bytes: number;
}

interface Claimed {
  readonly collection: CollectionName;
  readonly raw: RawRecord;
}

/**
 * The changes feed on marks in the documents themselves. A write marks its document as waiting for every consumer of its
 * collection. A following claims some that wait, the oldest first, hands their newest version on with the events after the
 * version that its consumer handled last, and acknowledges: the newest version handled is written down, and the mark is
 * taken only where no newer write came meanwhile. A claim names its following, whose process shows signs of life.
 */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const { connection, models, consumers, log, leaseMs, pollMs, settled } = options;
  const { gate, limitMs } = connection;
  const followings = new Set<{ wake(): void; stop(): Promise<void> }>();
  let session: Promise<MongoSession> | undefined;
  let count = 0;

  const sessionOf = (): Promise<MongoSession> => {
    session ??= beginMongoSession(connection, { leaseMs, log }).catch((error: unknown) => {
      session = undefined;
      throw error;
    });
    return session;
  };

  function follow(consumer: string, followOptions: FollowOptions, handle: Handler): Following {
    const { collections, batch: size = defaultBatch } = followOptions;
    const field = fieldOfConsumer(consumer);
    const claimField = `${own}.claims.${field}`;
    const handledField = `${own}.handled.${field}`;
    const number = ++count;
    const stopping = new AbortController();
    const stopped = (): boolean => stopping.signal.aborted;
    const outOfReach = new Set<string>();
    let me = '';
    let listedAt = Number.NEGATIVE_INFINITY;
    let lookedForDeadAt = performance.now();
    let failuresInRow = 0;
    let woken = false;
    let rouse: (() => void) | undefined;

    const begin = async (): Promise<void> => {
      me = `${(await sessionOf()).id}/${number}`;
      await consumers.register(consumer, collections);
    };

    const bringUpToDate = async (): Promise<void> => {
      await consumers.refresh();
      for (const collection of collections) await consumers.bringUpToDate(collection);
      listedAt = performance.now();
    };

    /** Claimed by nobody, or by a call of this following whose answer was lost. */
    const free = () => ({ [claimField]: trusted({ $in: [null, me] }) });
    const outOfReachIn = (collection: CollectionName): string[] =>
      [...outOfReach].flatMap((key) => (key.startsWith(`${collection}/`) ? key.slice(collection.length + 1) : []));

    /** The oldest that wait and that nobody else is at work on. */
    const candidates = async (): Promise<Map<CollectionName, Candidate[]>> => {
      const found: (Candidate & { readonly collection: CollectionName })[] = [];
      for (const collection of collections) {
        const rows = await gate.run(() =>
          models[collection]
            .find(
              { _id: trusted({ $nin: outOfReachIn(collection) }), [waiting]: consumer, ...free() },
              { [at]: 1, [`${own}.bytes`]: 1 },
            )
            .sort({ [at]: 1 })
            .limit(size)
            .maxTimeMS(limitMs)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) found.push({ collection, id: raw._id, at: raw[own].at, bytes: raw[own].bytes });
      }
      found.sort((a, b) => a.at - b.at);
      let bytes = 0;
      const chosen = found.slice(0, size).filter((one) => {
        const fits = bytes <= maxBatchBytes;
        bytes += one.bytes;
        return fits;
      });
      return groupsOf(chosen, ({ collection }) => collection);
    };

    const claim = async (): Promise<Claimed[]> => {
      const claimed: Claimed[] = [];
      for (const [collection, chosen] of await candidates()) {
        const model = models[collection];
        const ids = chosen.map(({ id }) => id);
        // What is narrow comes first: a server that walks the documents compares each with a list of ids last.
        const range = { [at]: trusted({ $gte: chosen[0]!.at, $lte: chosen.at(-1)!.at }) };
        await gate.run(() =>
          model.updateMany(
            { ...range, [waiting]: consumer, ...free(), _id: trusted({ $in: ids }) },
            { $set: { [claimField]: me } },
          ),
        );
        const rows = await gate.run(() =>
          model
            .find({ [claimField]: me, _id: trusted({ $in: ids }) })
            .maxTimeMS(limitMs)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) {
          if (!outOfReach.has(`${collection}/${raw._id}`)) claimed.push({ collection, raw });
        }
      }
      return claimed.sort((a, b) => a.raw[own].at - b.raw[own].at);
    };

    /** Lets others have what was claimed and not handled. */
    const release = async (claimed: readonly Claimed[]): Promise<void> => {
      for (const [collection, ids] of idsOf(claimed)) {
        await gate.run(() =>
          models[collection].updateMany(
            { [claimField]: me, _id: trusted({ $in: ids }) },
            { $unset: { [claimField]: 1 } },
          ),
        );
      }
    };

    const changeOf = ({ collection, raw }: Claimed): Change | undefined => {
      const done = raw[own].handled?.[field] ?? 0;
      // Marked again by a list of consumers, with nothing new.
      if (done >= raw.version) return undefined;
      return {
        collection,
        id: raw._id,
        version: raw.version,
        document: openSeal<Collections[CollectionName]>(collection, raw),
        events: eventsAfter(collection, raw, done),
      };
    };

    /** What of the claimed can be handed on. A damaged document stays claimed, so that it holds up nothing else. */
    const changesOf = (claimed: readonly Claimed[]): Change[] =>
      claimed.flatMap((one) => {
        try {
          return changeOf(one) ?? [];
        } catch (error) {
          outOfReach.add(`${one.collection}/${one.raw._id}`);
          log.error(
            { consumer, collection: one.collection, id: one.raw._id, err: error },
            'a damaged record is left out',
          );
          return [];
        }
      });

    const acknowledge = async (claimed: readonly Claimed[]): Promise<void> => {
      const good = claimed.filter(({ collection, raw }) => !outOfReach.has(`${collection}/${raw._id}`));
      for (const [collection, group] of groupsOf(good, (one) => one.collection)) {
        const commands = [...groupsOf(group, ({ raw }) => raw.version)].flatMap(([version, some]) => {
          const mine = { [claimField]: me, _id: { $in: some.map(({ raw }) => raw._id) } };
          const handled = { $max: { [handledField]: version }, $unset: { [claimField]: 1 } };
          return [
            // The mark goes only with the version that was handled: a newer write goes on waiting.
            { updateMany: { filter: { ...mine, version }, update: { ...handled, $pull: { [waiting]: consumer } } } },
            { updateMany: { filter: mine, update: handled } },
          ];
        });
        log.debug({ consumer, collection, count: group.length }, 'handled');
        await send(collection, commands);
        await tidy(
          collection,
          group.map(({ raw }) => raw._id),
        );
      }
    };

    /** Several commands in one round trip, in their order. They are ours, down to the operators. */
    const send = async (collection: CollectionName, commands: readonly object[]): Promise<void> => {
      for (let first = 0; first < commands.length; first += mostCommands) {
        const some = commands.slice(first, first + mostCommands);
        await gate.run(() => models[collection].collection.bulkWrite(some as never, { ordered: true }));
      }
    };

    /** Drops events that all consumers have handled, and empty lists of marks. */
    const tidy = async (collection: CollectionName, ids: readonly string[]): Promise<void> => {
      const names = consumers.known(collection).names.map(fieldOfConsumer);
      const rows = await gate.run(() =>
        models[collection]
          .find(
            { _id: trusted({ $in: [...ids] }) },
            { [`${own}.handled`]: 1, [waiting]: 1, [`${own}.events.version`]: 1 },
          )
          .maxTimeMS(limitMs)
          .lean<RawRecord[]>(),
      );
      const handledByAll = (raw: RawRecord): number => Math.min(...names.map((name) => raw[own].handled?.[name] ?? 0));
      const eventful = rows.filter((raw) =>
        (raw[own].events ?? []).some(({ version }) => version <= handledByAll(raw)),
      );
      const unmarked = rows.filter((raw) => raw[own].waiting?.length === 0);
      await send(collection, [
        ...[...groupsOf(eventful, handledByAll)].map(([version, some]) => ({
          updateMany: {
            filter: { _id: { $in: some.map(({ _id }) => _id) } },
            update: { $pull: { [`${own}.events`]: { version: { $lte: version } } } },
          },
        })),
        ...(unmarked.length === 0
          ? []
          : [
              {
                updateMany: {
                  filter: { [waiting]: { $size: 0 }, _id: { $in: unmarked.map(({ _id }) => _id) } },
                  update: { $unset: { [waiting]: 1 } },
                },
              },
            ]),
      ]);
    };

    /** Frees what processes that are gone had claimed. */
    const freeClaimsOfDead = async (): Promise<void> => {
      if (performance.now() - lookedForDeadAt < leaseMs / 3) return;
      lookedForDeadAt = performance.now();
      const holders = new Map<string, Set<string>>();
      const where = new Map<string, Set<CollectionName>>();
      for (const collection of collections) {
        const rows = await gate.run(() =>
          models[collection]
            .find({ [waiting]: consumer }, { [claimField]: 1 })
            .sort({ [at]: 1 })
            .limit(oldestLookedAt)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) {
          const holder = raw[own].claims?.[field];
          if (!holder) continue;
          const process = holder.split('/')[0]!;
          holders.set(process, (holders.get(process) ?? new Set()).add(holder));
          where.set(holder, (where.get(holder) ?? new Set<CollectionName>()).add(collection));
        }
      }
      for (const process of await (await sessionOf()).gone([...holders.keys()])) {
        for (const holder of holders.get(process) ?? []) {
          for (const collection of where.get(holder) ?? []) {
            const freed = await gate.run(() =>
              models[collection].updateMany(
                { [waiting]: consumer, [claimField]: holder },
                { $unset: { [claimField]: 1 } },
              ),
            );
            log.warn(
              { consumer, collection, count: freed.modifiedCount },
              'a process ended at work; its changes go on here',
            );
          }
        }
      }
    };

    const pause = async (failures: number, what: string, error: unknown): Promise<void> => {
      const away = error instanceof QianxianError && error.code === 'unavailable';
      const most = away ? longestAwayPauseMs : longestPauseMs;
      const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 20), most) * (0.75 + Math.random() / 4);
      // An outage is said once, by the connection, and here at its beginning.
      if (!away || failures === 1) {
        log.error({ consumer, failures, pauseMs, err: error }, `${what} failed and will be tried again`);
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    };

    /** Does `work` until it succeeds; false where it was stopped before. */
    const persist = async (what: string, work: () => Promise<void>): Promise<boolean> => {
      for (let failures = 0; !stopped(); ) {
        try {
          await work();
          return true;
        } catch (error) {
          failures++;
          await pause(failures, what, error);
        }
      }
      return false;
    };

    /** Hands the same changes on until the handler takes them; false where it was stopped, or failed again and again. */
    const handOn = async (changes: readonly Change[]): Promise<boolean> => {
      for (let tries = 0; !stopped() && tries < failuresUntilRelease; tries++) {
        try {
          await handle(changes);
          failuresInRow = 0;
          return true;
        } catch (error) {
          failuresInRow++;
          await pause(failuresInRow, 'a consumer of the changes feed', error);
        }
      }
      return false;
    };

    const step = async (): Promise<void> => {
      woken = false;
      if (performance.now() - listedAt >= listEveryMs) await bringUpToDate();
      await freeClaimsOfDead();
      const claimed = await claim();
      if (claimed.length === 0) {
        if (!woken && !stopped()) await idle();
        return;
      }
      const changes = changesOf(claimed);
      if (changes.length > 0 && !(await handOn(changes))) {
        await release(claimed).catch((error: unknown) => log.debug({ err: error }, 'claims could not be released'));
        return;
      }
      // Also when it is stopped meanwhile: what was handled is acknowledged.
      await acknowledge(claimed).catch(async (error: unknown) => {
        await pause(1, 'an acknowledgement', error);
        await persist('an acknowledgement', () => acknowledge(claimed));
      });
    };

    const idle = async (): Promise<void> => {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        rouse = resolve;
        timer = setTimeout(resolve, pollMs).unref();
      });
      clearTimeout(timer);
      rouse = undefined;
    };

    const started = persist('the start of a consumer', begin);
    const running = (async () => {
      if (!(await started)) return;
      while (await persist('a step of the changes feed', step));
    })();

    const wakeUp = (): void => {
      woken = true;
      rouse?.();
    };
    const stoppedError = () => new QianxianError('unavailable', `变更的接收方 ${consumer} 已经停止，还有变更没有处理`);
    const stop = async (): Promise<void> => {
      stopping.abort();
      wakeUp();
      await running;
      followings.delete(entry);
    };
    const entry = { wake: wakeUp, stop };
    followings.add(entry);

    /** Those of the oldest that wait, with the version in which they wait. */
    const oldestWaiting = async (collection: CollectionName): Promise<Map<string, number>> => {
      const rows = await gate.run(() =>
        models[collection]
          .find({ [waiting]: consumer }, { version: 1 })
          .sort({ [at]: 1 })
          .limit(caughtUpPage)
          .lean<RawRecord[]>(),
      );
      return new Map(rows.map((raw) => [raw._id, raw.version]));
    };

    const unhandledOf = async (
      collection: CollectionName,
      ids: readonly string[],
      versions: ReadonlyMap<string, number>,
    ): Promise<string[]> => {
      const rows = await gate.run(() =>
        models[collection]
          .find({ _id: trusted({ $in: [...ids] }) }, { version: 1, [waiting]: 1, [handledField]: 1 })
          .maxTimeMS(limitMs)
          .lean<RawRecord[]>(),
      );
      return rows
        .filter((raw) => raw[own].waiting?.includes(consumer))
        .filter((raw) => (raw[own].handled?.[field] ?? 0) < versions.get(raw._id)!)
        .map((raw) => raw._id);
    };

    const untilHandled = async (collection: CollectionName, versions: ReadonlyMap<string, number>): Promise<void> => {
      const all = [...versions.keys()];
      for (let first = 0; first < all.length; first += caughtUpPiece) {
        let left = await unhandledOf(collection, all.slice(first, first + caughtUpPiece), versions);
        let pauseMs = caughtUpPauseMs;
        while (left.length > 0) {
          if (stopped()) throw stoppedError();
          await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
          pauseMs = Math.min(pauseMs * 1.5, longestCaughtUpPauseMs);
          // The newest stands for the piece: who waits must not keep the server from the work itself.
          const [newest] = await unhandledOf(collection, left.slice(-1), versions);
          if (newest === undefined) left = await unhandledOf(collection, left, versions);
        }
      }
    };

    return {
      async caughtUp() {
        await settled();
        if (stopped()) throw stoppedError();
        if (!(await started)) throw stoppedError();
        await bringUpToDate();
        wakeUp();
        for (const collection of collections) {
          for (;;) {
            const versions = await oldestWaiting(collection);
            if (versions.size === 0) break;
            await untilHandled(collection, versions);
            // A page that was not full held everything that waited when it was read.
            if (versions.size < caughtUpPage) break;
          }
        }
      },
      async lag() {
        await started;
        let sum = 0;
        for (const collection of collections) {
          sum += await gate.run(() => models[collection].countDocuments({ [waiting]: consumer }).maxTimeMS(limitMs));
          sum += await consumers.unmarked(consumer, collection);
        }
        return sum;
      },
      stop,
    };
  }

  return {
    follow,
    wake() {
      for (const following of followings) following.wake();
    },
    async close() {
      await Promise.all([...followings].map((following) => following.stop()));
      await (await session?.catch(() => undefined))?.end();
    },
  };
}

/** Events of the writes after a version, in order. Throws `damaged` where one is not what was written. */
function eventsAfter(collection: CollectionName, raw: RawRecord, handled: number): StoredEvent[] {
  return (raw[own].events ?? [])
    .filter(({ version }) => version > handled)
    .sort((a, b) => a.version - b.version || a.position - b.position)
    .map(({ version, position, event, seal }) => {
      if (seal !== eventSeal(collection, raw._id, version, position, event)) {
        throw new QianxianError(
          'damaged',
          `集合 ${collection} 中编号为 ${raw._id} 的记录的事件与保存时的校验值不符；请用最近的备份恢复`,
        );
      }
      return { ...(JSON.parse(event) as DomainEvent), id: `${collection}/${raw._id}/${version}/${position}` };
    });
}

function groupsOf<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function idsOf(claimed: readonly Claimed[]): Map<CollectionName, string[]> {
  const groups = groupsOf(claimed, ({ collection }) => collection);
  return new Map([...groups].map(([collection, group]) => [collection, group.map(({ raw }) => raw._id)]));
}
