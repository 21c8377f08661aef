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
import type { FeedSignal } from './feed-signal.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { beginMongoSession, type MongoSession } from './mongo-session.ts';
import { fieldOfConsumer, own, type RawRecord } from './record-schemas.ts';
import { eventSeal, openSeal } from './record-seal.ts';

type Handler = (changes: readonly Change[]) => Promise<void>;

export interface ChangeFeed {
  follow(consumer: string, options: FollowOptions, handle: Handler): Following;
  /** Says that this process has written. */
  wake(collection: CollectionName): void;
  /** Forgets a consumer, with the events that are kept for it alone. Answers how many changes waited for it. */
  forget(consumer: string): Promise<number>;
  /** Lets every running batch end and stops all followings. */
  close(): Promise<void>;
}

export interface ChangeFeedOptions {
  readonly connection: MongoConnection;
  readonly models: Readonly<Record<CollectionName, Model<RawRecord>>>;
  readonly consumers: FeedConsumers;
  readonly signal: FeedSignal;
  readonly log: Log;
  readonly leaseMs: number;
  /** How often it is asked whether others have written. */
  readonly pollMs: number;
  /** Resolves when the writes that this process has begun are done. */
  settled(): Promise<void>;
}

const defaultBatch = 200;
/** A call of a handler gets about so much at most, or one document. */
const maxBatchBytes = 16 * 1024 * 1024;
/** Places in the feed that are read at once: who has much before him looks for it seldom. */
const listedAtOnce = 4_000;
/**
 * A following claims as much as it handles in about so long, and no more than so many: claims and acknowledgements of many
 * documents cost little more than those of a few, but others wait for what is claimed, and it is handed over again after a kill.
 */
const shareMs = 1_500;
const mostClaimed = 2_000;
const firstPauseMs = 50;
const longestPauseMs = 30_000;
/** While the database is away it is asked so seldom at most; its own driver knows when it is back. */
const longestAwayPauseMs = 3_000;
/** After so many failures in a row others may try: the fault may be of this machine alone. */
const failuresUntilRelease = 5;
/** Documents of older lists of consumers, and new consumers of other processes, are looked for so often. */
const listEveryMs = 2_000;
/** Who has nothing to do, and hears of nothing, looks for himself after so many polls. */
const pollsUntilLook = 60;
/** Claims of dead processes are looked for among so many of the oldest that wait. */
const oldestLookedAt = 500;
/** Documents from which the marks of a forgotten consumer are taken at once. */
const unmarkedAtOnce = 500;
/** Commands that travel together. */
const mostCommands = 500;
/** `caughtUp` notes so many of those that wait, and asks after so many of them at a time. */
const caughtUpPage = 5_000;
const caughtUpPiece = 1_000;
const caughtUpPauseMs = 20;
const longestCaughtUpPauseMs = 250;

const waiting = `${own}.waiting`;
const at = `${own}.at`;

/** One that waits, by its place in the feed. */
interface Candidate {
  readonly collection: CollectionName;
  readonly id: string;
  readonly at: number;
  readonly bytes: number;
}

interface Claimed {
  readonly collection: CollectionName;
  readonly raw: RawRecord;
}

/** A change of all documents that a filter meets. */
interface ManyChange {
  readonly filter: object;
  readonly update: object;
}

/** What is to be acknowledged of one that was handled. */
interface Handled {
  readonly collection: CollectionName;
  readonly id: string;
  readonly version: number;
  /** Whether nobody else's mark was on it. */
  readonly last: boolean;
  /** Whether events are kept with it. */
  readonly eventful: boolean;
}

/**
 * The changes feed on marks in the documents themselves. A write marks its document as waiting for every consumer of its
 * collection. A following claims some that wait, the oldest first, hands their newest version on with the events after the
 * version that its consumer handled last, and acknowledges: the newest version handled is written down, and the mark is
 * taken only where no newer write came meanwhile. A claim names its following, whose process shows signs of life.
 *
 * Every command names many documents: what a consumer that is new to a large collection costs is mostly commands.
 */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const { connection, models, consumers, signal, log, leaseMs, pollMs, settled } = options;
  const { gate, limitMs } = connection;
  const followings = new Set<{
    readonly consumer: string;
    readonly started: Promise<boolean>;
    readonly collections: readonly CollectionName[];
    wake(): void;
    stop(): Promise<void>;
  }>();
  const wake = (written: readonly CollectionName[]): void => {
    for (const following of followings) {
      if (following.collections.some((collection) => written.includes(collection))) following.wake();
    }
  };
  let session: Promise<MongoSession> | undefined;
  let count = 0;

  const sessionOf = (): Promise<MongoSession> => {
    session ??= beginMongoSession(connection, { leaseMs, log }).catch((error: unknown) => {
      session = undefined;
      throw error;
    });
    return session;
  };

  /**
   * Several changes of many documents in one round trip, in their order; answers how many documents they met. They are ours,
   * down to the operators.
   */
  const send = async (collection: CollectionName, commands: readonly ManyChange[]): Promise<number> => {
    let met = 0;
    for (let first = 0; first < commands.length; first += mostCommands) {
      const some = commands.slice(first, first + mostCommands).map((updateMany) => ({ updateMany }));
      const { matchedCount } = await gate.run(() =>
        models[collection].collection.bulkWrite(some as never, { ordered: true }),
      );
      met += matchedCount;
    }
    return met;
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
    // What nobody follows keeps its events for who comes first.
    const handledByAll = (raw: RawRecord): number =>
      names.length === 0 ? 0 : Math.min(...names.map((name) => raw[own].handled?.[name] ?? 0));
    const eventful = rows.filter((raw) => (raw[own].events ?? []).some(({ version }) => version <= handledByAll(raw)));
    const unmarked = rows.filter((raw) => raw[own].waiting?.length === 0);
    await send(collection, [
      ...[...groupsOf(eventful, handledByAll)].map(([version, some]) => ({
        filter: { _id: { $in: some.map(({ _id }) => _id) } },
        update: { $pull: { [`${own}.events`]: { version: { $lte: version } } } },
      })),
      ...(unmarked.length === 0
        ? []
        : [
            {
              filter: { [waiting]: { $size: 0 }, _id: { $in: unmarked.map(({ _id }) => _id) } },
              update: { $unset: { [waiting]: 1 } },
            },
          ]),
    ]);
  };

  /** Takes what is marked, noted and claimed of a consumer from the documents of a collection, a range of ids at a time. */
  const unmark = async (consumer: string, collection: CollectionName): Promise<number> => {
    const field = fieldOfConsumer(consumer);
    const [claimField, handledField] = [`${own}.claims.${field}`, `${own}.handled.${field}`];
    const count = await gate.run(() => models[collection].countDocuments({ [waiting]: consumer }));
    for (let after = ''; ; ) {
      const from = after;
      const piece = await gate.run(() =>
        models[collection]
          .find(from === '' ? {} : { _id: trusted({ $gt: from }) }, {
            [waiting]: 1,
            [handledField]: 1,
            [claimField]: 1,
          })
          .sort({ _id: 1 })
          .limit(unmarkedAtOnce)
          .lean<RawRecord[]>(),
      );
      const marked = piece
        .filter(
          ({ [own]: facts }) =>
            facts.waiting?.includes(consumer) || facts.handled?.[field] !== undefined || facts.claims?.[field],
        )
        .map(({ _id }) => _id);
      if (marked.length > 0) {
        await send(collection, [
          {
            filter: { _id: { $in: marked } },
            update: { $pull: { [waiting]: consumer }, $unset: { [claimField]: 1, [handledField]: 1 } },
          },
        ]);
        await tidy(collection, marked);
      }
      const last = piece.at(-1);
      if (!last || piece.length < unmarkedAtOnce) return count;
      after = last._id;
    }
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
    /** When something was last heard of that may concern this following. */
    let wokenAt = performance.now();
    /** Whether others were at work on something when their claims were looked at. */
    let heldByOthers = false;
    let failuresInRow = 0;
    let woken = false;
    let rouse: (() => void) | undefined;
    /** The oldest that waited when they were looked for, without those that were claimed since. */
    let listed: Candidate[] = [];
    /** How many are claimed at once. */
    let share = size;

    const begin = async (): Promise<void> => {
      me = `${(await sessionOf()).id}/${number}`;
      await consumers.register(consumer, collections);
    };

    const bringUpToDate = async (): Promise<void> => {
      // Consumers that begin together are listed together: every document is marked for all of them at once.
      await Promise.all([...followings].map((following) => following.started));
      const began = performance.now();
      await consumers.refresh();
      for (const collection of collections) await consumers.bringUpToDate(collection);
      listedAt = began;
    };

    /** Claimed by nobody, or by a call of this following whose answer was lost. */
    const free = () => ({ [claimField]: trusted({ $in: [null, me] }) });
    const outOfReachIn = (collection: CollectionName): string[] =>
      [...outOfReach].flatMap((key) => (key.startsWith(`${collection}/`) ? key.slice(collection.length + 1) : []));

    /** The oldest that wait and that nobody else is at work on, in the order of their writes. */
    const oldest = async (): Promise<Candidate[]> => {
      const found: Candidate[] = [];
      for (const collection of collections) {
        const rows = await gate.run(() =>
          models[collection]
            .find(
              { _id: trusted({ $nin: outOfReachIn(collection) }), [waiting]: consumer, ...free() },
              { [at]: 1, [`${own}.bytes`]: 1 },
            )
            .sort({ [at]: 1 })
            .limit(listedAtOnce)
            .maxTimeMS(limitMs)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) found.push({ collection, id: raw._id, at: raw[own].at, bytes: raw[own].bytes });
      }
      // Of a collection that has more, what is newer than its last one is not known: it must not overtake.
      return found.sort((a, b) => a.at - b.at).slice(0, listedAtOnce);
    };

    /** Claims what nobody else has claimed, or written anew, since it was listed; answers those that may be ours now. */
    const claim = async (): Promise<Candidate[]> => {
      if (listed.length === 0) listed = await oldest();
      const chosen = listed.splice(0, share);
      const claimed = new Set<CollectionName>();
      for (const [collection, some] of groupsOf(chosen, (one) => one.collection)) {
        // By their places alone. One that came into the range since is ours as well, and found when the next are listed.
        const { matchedCount } = await gate.run(() =>
          models[collection].updateMany(
            { [at]: trusted({ $gte: some[0]!.at, $lte: some.at(-1)!.at }), [waiting]: consumer, ...free() },
            { $set: { [claimField]: me } },
          ),
        );
        if (matchedCount > 0) claimed.add(collection);
      }
      return chosen.filter(({ collection }) => claimed.has(collection));
    };

    /** The newest versions of those that are ours. */
    const read = async (candidates: readonly Candidate[]): Promise<Claimed[]> => {
      const found: Claimed[] = [];
      for (const [collection, some] of groupsOf(candidates, (one) => one.collection)) {
        const rows = await gate.run(() =>
          models[collection]
            .find({ _id: trusted({ $in: some.map(({ id }) => id) }) })
            .maxTimeMS(limitMs)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) {
          const isOurs = raw[own].claims?.[field] === me && !outOfReach.has(`${collection}/${raw._id}`);
          if (isOurs) found.push({ collection, raw });
        }
      }
      return found.sort((a, b) => a.raw[own].at - b.raw[own].at);
    };

    /** Lets others have what was claimed and not handled. */
    const release = async (candidates: readonly Candidate[]): Promise<void> => {
      for (const [collection, some] of groupsOf(candidates, (one) => one.collection)) {
        await gate.run(() =>
          models[collection].updateMany(
            { [claimField]: me, _id: trusted({ $in: some.map(({ id }) => id) }) },
            { $unset: { [claimField]: 1 } },
          ),
        );
        signal.tell(collection);
      }
    };

    /** At the end others need not wait until this process is taken for dead. */
    const releaseAll = async (): Promise<void> => {
      for (const collection of collections) {
        const { modifiedCount } = await gate.run(() =>
          models[collection].updateMany({ [waiting]: consumer, [claimField]: me }, { $unset: { [claimField]: 1 } }),
        );
        if (modifiedCount > 0) signal.tell(collection);
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

    /**
     * Notes what was handled, of many documents at once. The mark goes only with the version that was handled: a newer write
     * goes on waiting. Twice is as once.
     */
    const acknowledge = async (handled: readonly Handled[]): Promise<void> => {
      for (const [collection, group] of groupsOf(handled, (one) => one.collection)) {
        const mine = (some: readonly Handled[]) => ({ [claimField]: me, _id: { $in: some.map(({ id }) => id) } });
        const noted = (version: number) => ({ $max: { [handledField]: version }, $unset: { [claimField]: 1 } });
        const byVersion = [...groupsOf(group, ({ version }) => version)];
        const taken = await send(
          collection,
          byVersion.flatMap(([version, some]) => {
            const [alone, shared] = [some.filter(({ last }) => last), some.filter(({ last }) => !last)];
            const { $max, $unset } = noted(version);
            return [
              // The list goes with its last mark; where another came meanwhile it stays, and is seen to by the next commands.
              ...(alone.length === 0
                ? []
                : [
                    {
                      filter: { ...mine(alone), version, [waiting]: { $size: 1 } },
                      update: { $max, $unset: { ...$unset, [waiting]: 1 } },
                    },
                  ]),
              ...(shared.length === 0
                ? []
                : [
                    {
                      filter: { ...mine(shared), version },
                      update: { ...noted(version), $pull: { [waiting]: consumer } },
                    },
                  ]),
            ];
          }),
        );
        const changed = taken < group.length;
        if (changed) {
          await send(
            collection,
            byVersion.flatMap(([version, some]) => [
              { filter: { ...mine(some), version }, update: { ...noted(version), $pull: { [waiting]: consumer } } },
              { filter: mine(some), update: noted(version) },
            ]),
          );
        }
        log.debug({ consumer, collection, count: group.length }, 'handled');
        const untidy = group.filter(({ last, eventful }) => changed || !last || eventful);
        if (untidy.length > 0) {
          await tidy(
            collection,
            untidy.map(({ id }) => id),
          );
        }
      }
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
          if (!holder || holder === me) continue;
          const process = holder.split('/')[0]!;
          holders.set(process, (holders.get(process) ?? new Set()).add(holder));
          where.set(holder, (where.get(holder) ?? new Set<CollectionName>()).add(collection));
        }
      }
      heldByOthers = holders.size > 0;
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
      const began = performance.now();
      const candidates = await claim();
      if (candidates.length === 0) {
        // Others were faster with these: there may be more.
        if (listed.length === 0 && !woken && !stopped()) await idle();
        return;
      }
      const { handled, left } = await handAll(candidates);
      // Also when it is stopped meanwhile: what was handled is acknowledged.
      await acknowledge(handled).catch(async (error: unknown) => {
        await pause(1, 'an acknowledgement', error);
        await persist('an acknowledgement', () => acknowledge(handled));
      });
      if (left.length > 0) {
        await release(left).catch((error: unknown) => log.debug({ err: error }, 'claims could not be released'));
        listed = [];
        share = size;
      } else {
        const wanted = performance.now() - began < shareMs ? share * 2 : share / 2;
        share = Math.max(size, Math.min(mostClaimed, Math.round(wanted)));
      }
    };

    /** Hands on what was claimed, in calls of bounded size; what is left was not handled. */
    const handAll = async (
      candidates: readonly Candidate[],
    ): Promise<{ readonly handled: readonly Handled[]; readonly left: readonly Candidate[] }> => {
      const handled: Handled[] = [];
      for (let first = 0; first < candidates.length; ) {
        const some = callOf(candidates.slice(first, first + size));
        const claimed = stopped() ? undefined : await readSurely(some);
        const changes = claimed && changesOf(claimed);
        if (!changes || (changes.length > 0 && !(await handOn(changes)))) {
          return { handled, left: candidates.slice(first) };
        }
        for (const { collection, raw } of claimed) {
          if (outOfReach.has(`${collection}/${raw._id}`)) continue;
          const last = raw[own].waiting?.length === 1;
          const eventful = (raw[own].events?.length ?? 0) > 0;
          handled.push({ collection, id: raw._id, version: raw.version, last, eventful });
        }
        first += some.length;
      }
      return { handled, left: [] };
    };

    /** Reads until it is answered; undefined where it was stopped before. */
    const readSurely = async (candidates: readonly Candidate[]): Promise<Claimed[] | undefined> => {
      let found: Claimed[] | undefined;
      await persist('reading what was claimed', async () => {
        found = await read(candidates);
      });
      return found;
    };

    /**
     * How long there is nothing to look for, unless something is heard of. After every word of a write the lists of consumers
     * and the claims of others are looked at once more; as long as others are at work, whether they are still alive.
     */
    const restMs = (): number => {
      const now = performance.now();
      if (listedAt < wokenAt) return Math.max(0, listedAt + listEveryMs - now);
      if (lookedForDeadAt < wokenAt || heldByOthers) return Math.max(0, lookedForDeadAt + leaseMs / 3 - now);
      return pollMs * pollsUntilLook;
    };

    const idle = async (): Promise<void> => {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        rouse = resolve;
        timer = setTimeout(resolve, restMs()).unref();
      });
      clearTimeout(timer);
      rouse = undefined;
    };

    const started = persist('the start of a consumer', begin);
    const running = (async () => {
      if (!(await started)) return;
      while (await persist('a step of the changes feed', step));
      await releaseAll().catch((error: unknown) => log.debug({ err: error }, 'claims could not be released'));
    })();

    const wakeUp = (): void => {
      woken = true;
      wokenAt = performance.now();
      rouse?.();
    };
    const stoppedError = () => new QianxianError('unavailable', `变更的接收方 ${consumer} 已经停止，还有变更没有处理`);
    const stop = async (): Promise<void> => {
      stopping.abort();
      wakeUp();
      await running;
      followings.delete(entry);
    };
    const entry = { consumer, started, collections, wake: wakeUp, stop };
    followings.add(entry);
    signal.listen(wake);

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
      let pauseMs = caughtUpPauseMs;
      for (let first = 0; first < all.length; first += caughtUpPiece) {
        let left = await unhandledOf(collection, all.slice(first, first + caughtUpPiece), versions);
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
    wake(collection) {
      wake([collection]);
      signal.tell(collection);
    },
    async forget(consumer) {
      if ([...followings].some((following) => following.consumer === consumer)) {
        throw new QianxianError('conflict', `处理项 ${consumer} 还在使用，没有忘掉`);
      }
      await consumers.refresh();
      let count = 0;
      for (const collection of consumers.all().get(consumer) ?? []) {
        count += await consumers.unmarked(consumer, collection);
      }
      await consumers.remove(consumer);
      // Also where no list has it any more: who wrote by an older one may have marked for it since.
      for (const collection of Object.keys(models) as CollectionName[]) count += await unmark(consumer, collection);
      return count;
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

/** As many from the beginning as one call of a handler gets. */
function callOf(candidates: readonly Candidate[]): readonly Candidate[] {
  let bytes = 0;
  const end = candidates.findIndex((one) => {
    const fits = bytes <= maxBatchBytes;
    bytes += one.bytes;
    return !fits;
  });
  return end === -1 ? candidates : candidates.slice(0, end);
}
