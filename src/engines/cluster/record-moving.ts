import type { Model } from 'mongoose';
import { trusted } from 'mongoose';
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
import { type CollectionName, collectionKeys } from '../../ports/record-store.ts';
import { consumersCollection, type FeedConsumers } from './feed-consumers.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { takenIndexOf } from './mongo-fault.ts';
import { moveMark, moveMarks } from './mongo-migrations.ts';
import { keysOf, uniqueKeyOf } from './record-keys.ts';
import { fieldOfConsumer, own, type RawRecord } from './record-schemas.ts';
import { eventSeal, openSeal, sealOf } from './record-seal.ts';
import { rawRecords } from './record-verify.ts';

const mostAtOnce = 200;
const mostBytes = 4 * 1024 * 1024;

/**
 * Moves on the marks in the documents: what a consumer has handled stands in each document already, so that putting one is
 * writing it as it was, marked for those that it waits for.
 */
export function createRecordMoving(options: {
  readonly connection: MongoConnection;
  readonly models: Readonly<Record<CollectionName, Model<RawRecord>>>;
  readonly consumers: FeedConsumers;
  nextAt(): number;
}): RecordMoving {
  const { connection, models, consumers: lists, nextAt } = options;
  const { gate, limitMs } = connection;
  const names = Object.keys(models) as CollectionName[];
  const marks = moveMarks(connection);
  const followers = connection.mongo.db!.collection<{ _id: string }>(consumersCollection);

  const recordOf = (
    collection: CollectionName,
    raw: RawRecord,
    consumers: readonly string[],
  ): MovedRecord & { readonly place: number } => {
    const facts = raw[own];
    const document = openSeal<Stored>(collection, raw);
    const kept = facts.events ?? [];
    const waiting: Record<string, number> = {};
    for (const consumer of consumers) {
      const first = firstWaiting(raw.version, facts.handled?.[fieldOfConsumer(consumer)] ?? 0, kept);
      if (first !== undefined) waiting[consumer] = first;
    }
    return {
      id: raw._id,
      version: raw.version,
      document,
      ...(facts.removedAt ? { removedAt: facts.removedAt.toISOString() } : {}),
      place: facts.at,
      waiting,
      events: movedEvents(kept, waiting, consumers).map(({ version, position, event, seal }) => {
        if (seal !== eventSeal(collection, raw._id, version, position, event)) {
          throw new QianxianError(
            'damaged',
            `集合 ${collection} 中编号为 ${raw._id} 的记录的事件与保存时的校验值不符；请用最近的备份恢复`,
          );
        }
        return { version, position, event: JSON.parse(event) as DomainEvent };
      }),
    };
  };

  const rawOf = (collection: CollectionName, record: MovedRecord): RawRecord => {
    const { id, version, document, removedAt, waiting, events } = record;
    const { id: _id, ...content } = (document ?? {}) as { id?: string };
    const { names: consumers, generation } = lists.known(collection);
    const uniqueKeys = document && keysOf(collectionKeys[collection], document);
    const handled = consumers.map((name) => [fieldOfConsumer(name), (waiting[name] ?? version + 1) - 1] as const);
    const waits = consumers.filter((name) => waiting[name] !== undefined);
    return {
      ...content,
      _id: id,
      version,
      [own]: {
        ...(document ? { live: true } : { removedAt: new Date(removedAt ?? 0) }),
        seal: sealOf(collection, id, version, document),
        at: nextAt(),
        bytes: document ? JSON.stringify(document).length : 0,
        listed: generation,
        ...(uniqueKeys ? { keys: uniqueKeys } : {}),
        ...(waits.length > 0 ? { waiting: waits } : {}),
        ...(handled.length > 0 ? { handled: Object.fromEntries(handled.filter(([, upTo]) => upTo > 0)) } : {}),
        ...(events.length > 0
          ? {
              events: events.map(({ version: of, position, event }) => {
                const text = JSON.stringify(event);
                return { version: of, position, event: text, seal: eventSeal(collection, id, of, position, text) };
              }),
            }
          : {}),
      },
    };
  };

  const insert = async (collection: CollectionName, some: readonly RawRecord[]): Promise<void> => {
    await gate.run(() =>
      models[collection].collection.insertMany(some as never, { ordered: false }).catch((error: unknown) => {
        const index = takenIndexOf(error);
        throw index === undefined ? error : new Duplicate(uniqueKeyOf(index), undefined, { cause: new Error(index) });
      }),
    );
  };

  const beingFilled = async (): Promise<void> => {
    if ((await marks.read())?.ended === false) return;
    throw new QianxianError('conflict', '没有正在进行的迁移，没有写入；请重新运行 npx qianxian migrate-store');
  };

  return {
    async consumers() {
      await lists.refresh();
      const found: Partial<Record<CollectionName, readonly string[]>> = {};
      for (const name of names) {
        const { names: consumers } = lists.known(name);
        if (consumers.length > 0) found[name] = [...consumers].sort();
      }
      return found;
    },
    async *walk(collection, consumers) {
      const known = lists.known(collection).names.filter((name) => consumers.includes(name));
      for await (const raw of rawRecords(connection, models[collection])) yield recordOf(collection, raw, known);
    },
    async read(collection, ids, consumers) {
      const known = lists.known(collection).names.filter((name) => consumers.includes(name));
      const found: MovedRecord[] = [];
      for (let first = 0; first < ids.length; first += mostAtOnce) {
        const rows = await gate.run(() =>
          models[collection]
            .find({ _id: trusted({ $in: ids.slice(first, first + mostAtOnce) }) })
            .maxTimeMS(limitMs)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) found.push(recordOf(collection, raw, known));
      }
      return found;
    },
    async state(): Promise<MoveState> {
      const mark = await marks.read();
      if (mark) return { kind: mark.ended ? 'moved' : 'begun', source: mark.source };
      for (const name of names) {
        if (await gate.run(() => models[name].findOne({}, { _id: 1 }).lean())) return { kind: 'records' };
      }
      return { kind: 'empty' };
    },
    async begin(source, consumers: ConsumersOf) {
      await marks.write({ _id: moveMark, source, ended: false });
      await gate.run(() => followers.deleteMany({}));
      const rows = Object.entries(consumers).map(([collection, those]) => ({
        _id: collection,
        generation: 1,
        consumers: those.map((name) => ({ name, since: 1 })),
      }));
      if (rows.length > 0) await gate.run(() => followers.insertMany(rows));
      await lists.refresh();
    },
    async put(collection, records) {
      await beingFilled();
      let batch: RawRecord[] = [];
      let bytes = 0;
      for (const record of records) {
        const raw = rawOf(collection, record);
        const size = raw[own].bytes;
        if (batch.length > 0 && (batch.length >= mostAtOnce || bytes + size > mostBytes)) {
          await insert(collection, batch);
          batch = [];
          bytes = 0;
        }
        batch.push(raw);
        bytes += size;
      }
      if (batch.length > 0) await insert(collection, batch);
    },
    async forget(collection, ids) {
      await beingFilled();
      for (let first = 0; first < ids.length; first += mostAtOnce) {
        await gate.run(() =>
          models[collection].deleteMany({ _id: trusted({ $in: ids.slice(first, first + mostAtOnce) }) }),
        );
      }
    },
    async end() {
      await beingFilled();
      const mark = await marks.read();
      await marks.write({ _id: moveMark, source: mark!.source, ended: true });
    },
  };
}
