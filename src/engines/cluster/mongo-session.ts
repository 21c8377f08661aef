import { randomId } from '../../domain/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { MongoConnection } from './mongo-connection.ts';

/** So many looks in a row at an unchanged beat mean that its process is gone. */
const missesUntilDead = 3;
/** Who has asked after nobody for so many beats has forgotten what was seen. */
const beatsRemembered = 10;

interface SessionRow {
  readonly _id: string;
  readonly beat: number;
}

/**
 * A sign of life of this process in the database, for the leases that it holds. Nobody's clock counts: a process is taken
 * for gone when another has looked three times, a beat apart, and seen no new beat. While the database is away nobody
 * looks, so an outage ends no lease.
 */
export interface MongoSession {
  readonly id: string;
  /** Those of the given sessions that are gone; looks at most once a beat, however often it is asked. */
  gone(ids: readonly string[]): Promise<readonly string[]>;
  end(): Promise<void>;
}

export const sessionsCollection = 'store_sessions';

/** Begins a session that beats three times in `leaseMs`. */
export async function beginMongoSession(
  connection: MongoConnection,
  { leaseMs, log }: { readonly leaseMs: number; readonly log: Log },
): Promise<MongoSession> {
  const { mongo, gate } = connection;
  const rows = mongo.db!.collection<SessionRow>(sessionsCollection);
  const id = randomId();
  const beatMs = Math.max(50, Math.floor(leaseMs / missesUntilDead));
  let beat = 0;
  const tell = async (): Promise<void> => {
    beat++;
    // A beat that a failover loses is told again at once: it needs no majority.
    await gate.run(() => rows.updateOne({ _id: id }, { $set: { beat } }, { upsert: true, writeConcern: { w: 1 } }));
  };
  await tell();
  let telling: Promise<void> | undefined;
  const timer = setInterval(() => {
    telling ??= tell()
      .catch((error: unknown) => log.debug({ err: error }, 'the sign of life of this process was not taken'))
      .finally(() => {
        telling = undefined;
      });
  }, beatMs).unref();

  const seen = new Map<string, { beat: number | null; misses: number; at: number }>();
  return {
    id,
    async gone(ids) {
      const now = performance.now();
      const due = ids.filter((one) => one !== id && now - (seen.get(one)?.at ?? Number.NEGATIVE_INFINITY) >= beatMs);
      if (due.length > 0) {
        const found = await gate.run(() => rows.find({ _id: { $in: due } }).toArray());
        const beats = new Map(found.map((row) => [row._id, row.beat]));
        for (const one of due) {
          const newest = beats.get(one) ?? null;
          const before = seen.get(one);
          const misses = before && before.beat === newest ? before.misses + 1 : 0;
          seen.set(one, { beat: newest, misses, at: now });
        }
      }
      const dead = ids.filter((one) => one !== id && (seen.get(one)?.misses ?? 0) >= missesUntilDead);
      // Not those that are not asked after this time: every consumer of the feed asks after its own.
      for (const [one, { at }] of seen) if (now - at > beatMs * beatsRemembered) seen.delete(one);
      return dead;
    },
    async end() {
      clearInterval(timer);
      await telling;
      await gate.run(() => rows.deleteOne({ _id: id })).catch(() => {});
    },
  };
}

/**
 * Forgets processes that ended without a word. The function that it answers is to be called now and then, far less often than
 * a process beats: a row whose beat is still the one of the call before goes, unless it beats in that very moment. Nothing is
 * lost with it: who holds a lease and has no row is taken for gone as well, and one that only slept writes its row again.
 */
export function createSessionBroom({ mongo, gate }: MongoConnection): () => Promise<void> {
  const rows = mongo.db!.collection<SessionRow>(sessionsCollection);
  let before = new Map<string, number>();
  return async () => {
    const found = await gate.run(() => rows.find({}).toArray());
    const still = found.filter(({ _id, beat }) => before.get(_id) === beat);
    before = new Map(found.map(({ _id, beat }) => [_id, beat]));
    for (const { _id, beat } of still) await gate.run(() => rows.deleteOne({ _id, beat }));
  };
}
