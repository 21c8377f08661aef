import type { Log } from '../../ports/log.ts';
import type { CollectionName } from '../../ports/record-store.ts';
import type { MongoConnection } from './mongo-connection.ts';

/** How often each collection was written to, as far as its writers have said so. */
interface SignalRow {
  readonly _id: typeof signalId;
  readonly writes: Readonly<Record<string, number>>;
}

export const signalsCollection = 'store_signals';
const signalId = 'writes';
/** Writes of so long are told of together. */
const togetherMs = 100;
const retryMs = 1_000;

/**
 * One small document that says in which collections something was written, so that who has nothing to do need not ask every
 * collection all the time. It is a hint and no more: told after the write, seldom, and lost where its writer dies in between;
 * whoever relies on it looks for himself now and then.
 */
export interface FeedSignal {
  /** Says soon that this process has written. */
  tell(collection: CollectionName): void;
  /** Calls `heard` with the collections that were written to since, by whatever process, as long as this runs. */
  listen(heard: (collections: readonly CollectionName[]) => void): void;
  /** Says what is still to be said, and ends. */
  close(): Promise<void>;
}

export function createFeedSignal(
  { mongo, gate }: MongoConnection,
  { pollMs, log }: { readonly pollMs: number; readonly log: Log },
): FeedSignal {
  const rows = mongo.db!.collection<SignalRow>(signalsCollection);
  let untold = new Set<CollectionName>();
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> = Promise.resolve();
  let polling: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let known: Readonly<Record<string, number>> | undefined;
  let closed = false;

  const say = async (): Promise<void> => {
    timer = undefined;
    const now = untold;
    untold = new Set();
    if (now.size === 0) return;
    const more = Object.fromEntries([...now].map((collection) => [`writes.${collection}`, 1]));
    try {
      // One that a failover loses is no loss: who looks for himself finds what it was about.
      await gate.run(() => rows.updateOne({ _id: signalId }, { $inc: more }, { upsert: true, writeConcern: { w: 1 } }));
    } catch (error) {
      log.debug({ err: error }, 'that something was written could not be told');
      for (const collection of now) untold.add(collection);
      if (!closed) sayIn(retryMs);
    }
  };
  const sayIn = (ms: number): void => {
    timer ??= setTimeout(() => {
      telling = say();
    }, ms).unref();
  };

  const look = async (heard: (collections: readonly CollectionName[]) => void): Promise<void> => {
    const row = await gate.run(() => rows.findOne({ _id: signalId }));
    // What was written before the first look may have been written since the listeners looked for themselves.
    const before = known ?? {};
    known = row?.writes ?? {};
    const written = Object.entries(known).filter(([collection, count]) => before[collection] !== count);
    if (written.length > 0) heard(written.map(([collection]) => collection as CollectionName));
  };

  return {
    tell(collection) {
      untold.add(collection);
      sayIn(togetherMs);
    },
    listen(heard) {
      polling ??= setInterval(() => {
        looking ??= look(heard)
          .catch((error: unknown) => log.debug({ err: error }, 'what was written could not be asked'))
          .finally(() => {
            looking = undefined;
          });
      }, pollMs).unref();
    },
    async close() {
      closed = true;
      clearInterval(polling);
      clearTimeout(timer);
      await telling;
      await say();
      await looking;
    },
  };
}
