import { setTimeout as pause } from 'node:timers/promises';
import { QianxianError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';
import type { Following } from '../ports/record-store.ts';
import { indexChanges } from '../steps/indexing/index-changes.ts';
import { fillIndex } from '../steps/indexing/reindex.ts';
import { tell } from '../steps/notices/make-notices.ts';
import { parking } from '../steps/parking/park-changes.ts';
import { followers, indexConsumer } from './followers.ts';

/** How long after a failed try the index is filled again. */
const fillPauseMs = 5_000;
/** How often it is looked whether another process has filled it. */
const fillLookMs = 500;
/** How long the number of changes that wait on a server is told without counting again. */
const lagKeptMs = 5_000;
/** How often a process that keeps the index looks whether its server still has it. */
const usualWatchMs = 10_000;

/** What this process follows of the store: the index, and the consumers that act on records. */
export function createFeed(ports: Ports, { watchMs = usualWatchMs }: { readonly watchMs?: number } = {}) {
  /** By the name of the consumer. */
  const followings = new Map<string, Following>();
  let indexFollowing: Following | undefined;
  let filling: Promise<void> = Promise.resolve();
  let fillingNow: Promise<void> | undefined;
  const stopping = new AbortController();

  /**
   * Begins to follow the store: the index first, so that searches see what is written. An index in memory gets every
   * record, one that outlives the process what is new to it. A record that it fails on is put aside, as with the others.
   */
  function followIndex(): Following {
    indexFollowing ??= ports.store.follow(
      indexConsumer,
      {
        collections: ['organisations', 'needs', 'achievements'],
        from: ports.index.keeps === 'memory' ? 'beginning' : 'checkpoint',
      },
      parking(ports, indexConsumer, indexChanges(ports), tell.bind(null, ports)),
    );
    followings.set(indexConsumer, indexFollowing);
    return indexFollowing;
  }

  /**
   * An index that outlives the process but was not filled with the words of this segmenter (the first start, a new
   * dictionary, a server that was emptied) is filled now. All who ask in this process wait for one filling, and while
   * another process is at it, for that one: whoever starts first does it for all.
   */
  function filled(): Promise<void> {
    fillingNow ??= fill().finally(() => {
      fillingNow = undefined;
    });
    return fillingNow;
  }

  async function fill(): Promise<void> {
    const { index, segmenter, log } = ports;
    if (index.keeps === 'memory') return;
    for (let told = false; (await index.stamp()) !== (await segmenter.version()); told = true) {
      try {
        const filled = await fillIndex(ports);
        if (filled) log.info(filled, 'the search index was filled');
        return;
      } catch (error) {
        const elsewhere = error instanceof QianxianError && error.code === 'conflict';
        if (!elsewhere || stopping.signal.aborted) throw error;
        if (!told) log.info({}, 'another process fills the search index: waits for it');
        await pause(fillLookMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  /**
   * Fills the index as soon as its server is there, whoever did it last died, or this process stops; and again where the
   * server has lost it since. One that was filled with other words is left alone: a process of another version does that.
   */
  async function keepFilled(): Promise<void> {
    await fillInTime();
    while (!stopping.signal.aborted) {
      await pause(watchMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      if (stopping.signal.aborted) return;
      // What is away is told by others.
      const lost = await ports.index.stamp().then(
        (stamp) => stamp === null,
        () => false,
      );
      if (!lost || stopping.signal.aborted) continue;
      ports.log.warn({}, 'the search server has lost its index: it is filled again');
      await fillInTime();
    }
  }

  async function fillInTime(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await filled();
        return;
      } catch (error) {
        ports.log.warn({ err: error }, 'the search index cannot be filled yet, tries again');
      }
      await pause(fillPauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /**
   * What was written before the call is in the index. Asks for the words and for the index first: where one of them is
   * missing the call ends with that, while the feed would try again for ever.
   */
  async function indexed(): Promise<void> {
    await ports.segmenter.version();
    await ports.index.ping();
    await filled();
    await followIndex().caughtUp();
  }

  function followEffects(): void {
    for (const [name, { collections, handler }] of Object.entries(followers)) {
      const careful = parking(ports, name, handler(ports), tell.bind(null, ports));
      followings.set(name, ports.store.follow(name, { collections }, careful));
    }
  }

  /** What was written before the call is indexed, and its effects have happened. */
  async function settled(): Promise<void> {
    for (const following of followings.values()) await following.caughtUp();
  }

  const lagsKept = new Map<string, { readonly until: number; readonly lag: Promise<number> }>();

  /** On a server each lag is two counts a collection, and anybody may ask for the readiness: it is counted once in a while. */
  async function lagOf(name: string): Promise<number> {
    const following = followings.get(name);
    if (!following) return 0;
    if (ports.index.keeps === 'memory') return following.lag();
    const kept = lagsKept.get(name);
    if (kept && performance.now() < kept.until) return kept.lag;
    const lag = following.lag();
    lagsKept.set(name, { until: performance.now() + lagKeptMs, lag });
    lag.catch(() => lagsKept.delete(name));
    return lag;
  }

  return {
    indexed,
    followEffects,
    settled,

    /** An index in memory is current when this resolves; one on a server that is away is caught up later. */
    async keepIndex(): Promise<void> {
      if (ports.index.keeps === 'memory') await indexed();
      else {
        followIndex();
        filling = keepFilled();
      }
    },

    /** How many changes wait for each consumer of the changes feed, by its name; of an index on a server some seconds old. */
    async lags(): Promise<Record<string, number>> {
      const named = [...followings.keys()].map(async (name) => [name, await lagOf(name)] as const);
      return Object.fromEntries(await Promise.all(named));
    },

    /** How many changes wait for the index; 0 where this process does not follow them. */
    indexLag: (): Promise<number> => lagOf(indexConsumer),

    /** What runs is let end. */
    async stop(): Promise<void> {
      stopping.abort();
      await filling;
      await Promise.all([...followings.values()].map((following) => following.stop()));
    },
  };
}

export type Feed = ReturnType<typeof createFeed>;
