import type { Model } from 'mongoose';
import { trusted } from 'mongoose';
import type { CollectionName } from '../../ports/record-store.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { takenIndexOf } from './mongo-fault.ts';
import { own, type RawRecord } from './record-schemas.ts';

/** Who follows a collection. Each consumer that is added makes a new generation of the list. */
interface ConsumerList {
  readonly _id: string;
  readonly generation: number;
  readonly consumers: readonly { readonly name: string; readonly since: number }[];
}

export const consumersCollection = 'store_consumers';
/** Documents are listed anew in pieces of so many. */
const pieceSize = 2_000;

/**
 * Which consumers follow which collections, kept in the database and read again now and then.
 *
 * A writer marks its document for the consumers that it knows, and writes down the generation of the list that it went by.
 * A document of an older generation may lack marks, whoever wrote it and whenever: `bringUpToDate` finds those by an index
 * and adds the marks of the consumers that came after its generation, in one command with the new generation. So it does
 * not matter how long other processes go on writing with an older list.
 */
export interface FeedConsumers {
  /** Consumers of a collection as this process knows them, and the generation to write down. */
  known(collection: CollectionName): { readonly names: readonly string[]; readonly generation: number };
  register(consumer: string, collections: readonly CollectionName[]): Promise<void>;
  refresh(): Promise<void>;
  /** Takes a consumer from the lists: from then on nothing is marked for it by those who have read them again. */
  remove(consumer: string): Promise<void>;
  /** Marks documents that were written by older lists. */
  bringUpToDate(collection: CollectionName): Promise<void>;
  /** Which collections each consumer follows. */
  all(): ReadonlyMap<string, readonly CollectionName[]>;
  /** How many documents still lack the mark of a consumer. */
  unmarked(consumer: string, collection: CollectionName): Promise<number>;
}

export async function createFeedConsumers(
  connection: MongoConnection,
  models: Readonly<Record<string, Model<RawRecord>>>,
): Promise<FeedConsumers> {
  const { mongo, gate } = connection;
  const rows = mongo.db!.collection<ConsumerList>(consumersCollection);
  let lists = new Map<string, ConsumerList>();
  const listOf = (collection: string): ConsumerList =>
    lists.get(collection) ?? { _id: collection, generation: 0, consumers: [] };
  const refresh = async (): Promise<void> => {
    const found = await gate.run(() => rows.find({}).toArray());
    lists = new Map(found.map((list) => [list._id, list]));
  };
  await refresh();

  const add = async (consumer: string, collection: string): Promise<void> => {
    for (;;) {
      const list = await gate.run(() => rows.findOne({ _id: collection }));
      if (list?.consumers.some(({ name }) => name === consumer)) return;
      const generation = (list?.generation ?? 0) + 1;
      const added = { name: consumer, since: generation };
      try {
        if (!list) {
          await gate.run(() => rows.insertOne({ _id: collection, generation, consumers: [added] }));
          return;
        }
        // Added to the list as it is then: one that was taken from it meanwhile must not come back.
        const { matchedCount } = await gate.run(() =>
          rows.updateOne(
            { _id: collection, generation: list.generation },
            { $set: { generation }, $push: { consumers: added } },
          ),
        );
        if (matchedCount === 1) return;
      } catch (error) {
        // Another process was the first to add one.
        if ((error as { code?: unknown }).code !== 'duplicate' && takenIndexOf(error) === undefined) throw error;
      }
    }
  };

  const listing = new Map<CollectionName, Promise<void>>();
  const listAnew = async (collection: CollectionName): Promise<void> => {
    const model = models[collection]!;
    for (;;) {
      const { generation, consumers } = listOf(collection);
      const older = { [`${own}.listed`]: trusted({ $lt: generation }) };
      const oldest = await gate.run(() =>
        model
          .findOne(older, { [`${own}.listed`]: 1 })
          .sort({ [`${own}.listed`]: 1 })
          .lean<RawRecord>(),
      );
      if (!oldest) return;
      const listed = oldest[own].listed;
      const names = consumers.filter(({ since }) => since > listed).map(({ name }) => name);
      for (let after: string | undefined; ; ) {
        const beyond = after === undefined ? {} : { _id: trusted({ $gt: after }) };
        const piece = await gate.run(() =>
          model
            .find({ [`${own}.listed`]: listed, ...beyond }, { _id: 1 })
            .sort({ _id: 1 })
            .limit(pieceSize)
            .lean<RawRecord[]>(),
        );
        const [first, last] = [piece[0], piece.at(-1)];
        if (!first || !last) break;
        await gate.run(() =>
          model.updateMany(
            // One command: a document that is written meanwhile by an older list is of an older generation again.
            { [`${own}.listed`]: listed, _id: trusted({ $gte: first._id, $lte: last._id }) },
            {
              $set: { [`${own}.listed`]: generation },
              ...(names.length > 0 ? { $addToSet: { [`${own}.waiting`]: { $each: names } } } : {}),
            },
          ),
        );
        if (piece.length < pieceSize) break;
        after = last._id;
      }
    }
  };

  return {
    known(collection) {
      const list = listOf(collection);
      return { names: list.consumers.map(({ name }) => name), generation: list.generation };
    },
    async register(consumer, collections) {
      for (const collection of collections) await add(consumer, collection);
      await refresh();
    },
    refresh,
    async remove(consumer) {
      for (const [collection, { consumers }] of lists) {
        if (!consumers.some(({ name }) => name === consumer)) continue;
        await gate.run(() => rows.updateOne({ _id: collection }, { $pull: { consumers: { name: consumer } } }));
      }
      await refresh();
    },
    all() {
      const found = new Map<string, CollectionName[]>();
      for (const { _id, consumers } of lists.values()) {
        for (const { name } of consumers) found.set(name, [...(found.get(name) ?? []), _id as CollectionName]);
      }
      return found;
    },
    async bringUpToDate(collection) {
      // One after the other: two at once would do the same work, and the second may have seen a later write.
      const before = listing.get(collection) ?? Promise.resolve();
      const mine = before.then(() => listAnew(collection));
      listing.set(
        collection,
        mine.catch(() => {}),
      );
      await mine;
    },
    async unmarked(consumer, collection) {
      const since = listOf(collection).consumers.find(({ name }) => name === consumer)?.since ?? 0;
      return gate.run(() => models[collection]!.countDocuments({ [`${own}.listed`]: trusted({ $lt: since }) }));
    },
  };
}
