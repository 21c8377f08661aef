import type { Connection } from 'mongoose';
import { QianxianError } from '../../domain/errors.ts';
import type { CollectionKeys } from '../../ports/record-store.ts';
import { explained, takenIndexOf } from './mongo-fault.ts';
import { uniqueKeyOf, wantedIndexes } from './record-keys.ts';

type Database = NonNullable<Connection['db']>;

/** What of an index tells whether it is the one that is wanted. */
function shapeOf(index: { readonly key?: unknown; readonly unique?: unknown; readonly sparse?: unknown }): string {
  return JSON.stringify([index.key, Boolean(index.unique), Boolean(index.sparse)]);
}

/** Makes the indexes that the table of keys wants, and drops those that it does not want any more. */
export async function followKeys(db: Database, keys: Readonly<Record<string, CollectionKeys>>): Promise<void> {
  const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const [name, ownKeys] of Object.entries(keys)) {
    if (!present.has(name)) await db.createCollection(name);
    const collection = db.collection(name);
    const wanted = new Map(wantedIndexes(ownKeys).map((index) => [index.name, index]));
    for (const index of await collection.listIndexes().toArray()) {
      const same = wanted.get(String(index.name));
      if (same && shapeOf(same) === shapeOf(index)) wanted.delete(same.name);
      else if (index.name !== '_id_') await collection.dropIndex(String(index.name));
    }
    if (wanted.size === 0) continue;
    try {
      await collection.createIndexes([...wanted.values()].map((index) => ({ ...index })));
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
