import type { Connection, mongo } from 'mongoose';
import { QianxianError } from '../../domain/errors.ts';
import type { CollectionKeys } from '../../ports/record-store.ts';
import { explained, takenIndexOf } from './mongo-fault.ts';
import { keysOf, uniqueKeyOf, wantedIndexes } from './record-keys.ts';
import { own, type RawRecord } from './record-schemas.ts';
import { documentOf } from './record-seal.ts';

type Database = NonNullable<Connection['db']>;
type KeyTable = Readonly<Record<string, CollectionKeys>>;
/** Paths of the unique keys of each collection. */
export type UniqueKeys = Readonly<Record<string, CollectionKeys['unique']>>;

/** So many documents get new values of their unique keys in one command. */
const mostAtOnce = 500;

/** What of an index tells whether it is the one that is wanted. */
export function shapeOf(index: {
  readonly key?: unknown;
  readonly unique?: unknown;
  readonly sparse?: unknown;
  /** An index over a part of the documents finds nothing of the others. */
  readonly partialFilterExpression?: unknown;
}): string {
  return JSON.stringify([
    index.key,
    Boolean(index.unique),
    Boolean(index.sparse),
    index.partialFilterExpression ?? null,
  ]);
}

/** The unique keys of a table. */
export function uniqueKeysOf(keys: KeyTable): UniqueKeys {
  return Object.fromEntries(Object.entries(keys).map(([name, { unique }]) => [name, unique]));
}

/**
 * Makes the collections and indexes that the table of keys wants, and drops indexes that it does not want any more.
 * Documents carry the values of their unique keys: where those of a collection are not the ones that were `followed`
 * before, documents that are there get the values that the table wants.
 */
export async function followKeys(db: Database, keys: KeyTable, followed: UniqueKeys | undefined): Promise<void> {
  const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const [name, ownKeys] of Object.entries(keys)) {
    if (!present.has(name)) await db.createCollection(name);
    const collection = db.collection<RawRecord>(name);
    const rekey =
      present.has(name) && !sameKeys(followed?.[name], ownKeys.unique) && (await isStale(collection, ownKeys));
    const wanted = new Map(wantedIndexes(ownKeys).map((index) => [index.name, index]));
    for (const index of await collection.listIndexes().toArray()) {
      const same = wanted.get(String(index.name));
      // An index over values that are about to change would refuse what only looks equal half-way.
      if (same && shapeOf(same) === shapeOf(index) && !(rekey && same.unique)) wanted.delete(same.name);
      else if (index.name !== '_id_') await collection.dropIndex(String(index.name));
    }
    try {
      if (rekey) await renewKeys(collection, ownKeys);
      if (wanted.size > 0) await collection.createIndexes([...wanted.values()].map((index) => ({ ...index })));
    } catch (error) {
      const index = takenIndexOf(error);
      if (index === undefined) throw explained(error);
      throw new QianxianError(
        'damaged',
        `集合 ${name} 里有重复的记录，不能建立唯一键 ${uniqueKeyOf(index)}，没有启动；请换回原来的版本，去掉重复的记录后再升级`,
        { cause: new Error(index) },
      );
    }
  }
}

/** Indexes of the table that are not there as it wants them, as `collection.index`. */
export async function missingIndexes(db: Database, keys: KeyTable): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, ownKeys] of Object.entries(keys)) {
    // A collection that is gone has no indexes; MongoDB answers that with an error.
    const present = await db
      .collection(name)
      .listIndexes()
      .toArray()
      .catch((error: { readonly code?: unknown }) => {
        if (error.code === 26) return [];
        throw error;
      });
    const shapes = new Map(present.map((index) => [String(index.name), shapeOf(index)]));
    for (const index of wantedIndexes(ownKeys)) {
      if (shapes.get(index.name) !== shapeOf(index)) missing.push(`${name}.${index.name}`);
    }
  }
  return missing;
}

function sameKeys(followed: CollectionKeys['unique'] | undefined, wanted: CollectionKeys['unique']): boolean {
  return JSON.stringify(followed) === JSON.stringify(wanted);
}

/** The documents whose values of their unique keys are not those that the table wants, with these. */
async function* staleKeys(
  collection: mongo.Collection<RawRecord>,
  keys: CollectionKeys,
): AsyncIterable<{ readonly raw: RawRecord; readonly wanted: Record<string, string> | undefined }> {
  const paths = [...new Set(Object.values(keys.unique).flat())];
  const shown = Object.fromEntries([...paths, 'version', `${own}.live`, `${own}.keys`].map((path) => [path, 1]));
  for await (const found of collection.find({ [`${own}.live`]: true }, { projection: shown }).sort({ _id: 1 })) {
    const raw = found as RawRecord;
    const wanted = keysOf(keys, documentOf(raw) ?? {});
    if (JSON.stringify(raw[own].keys) !== JSON.stringify(wanted)) yield { raw, wanted };
  }
}

async function isStale(collection: mongo.Collection<RawRecord>, keys: CollectionKeys): Promise<boolean> {
  for await (const _ of staleKeys(collection, keys)) return true;
  return false;
}

/** Gives every document the values of the unique keys that the table wants; killed half-way, it is done again. */
async function renewKeys(collection: mongo.Collection<RawRecord>, keys: CollectionKeys): Promise<void> {
  const field = `${own}.keys`;
  let commands: mongo.AnyBulkWriteOperation<RawRecord>[] = [];
  const send = async (): Promise<void> => {
    if (commands.length > 0) await collection.bulkWrite(commands, { ordered: false });
    commands = [];
  };
  for await (const { raw, wanted } of staleKeys(collection, keys)) {
    commands.push({
      updateOne: {
        // A document that was written meanwhile has got its values by that.
        filter: { _id: raw._id, version: raw.version },
        update: (wanted ? { $set: { [field]: wanted } } : { $unset: { [field]: 1 } }) as never,
      },
    });
    if (commands.length >= mostAtOnce) await send();
  }
  await send();
}
