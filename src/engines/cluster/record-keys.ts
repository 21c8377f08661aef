import { orderedValue } from '../../ports/record-cursor.ts';
import type { CollectionKeys } from '../../ports/record-store.ts';
import { own } from './record-schemas.ts';

/** An index that a collection should have. */
export interface WantedIndex {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: true;
  readonly sparse?: true;
  readonly partialFilterExpression?: object;
}

const uniquePrefix = 'unique_';

/** The unique key that an index name stands for, or `id`. */
export function uniqueKeyOf(index: string): string {
  return index.startsWith(uniquePrefix) ? index.slice(uniquePrefix.length) : 'id';
}

/**
 * The values of a document's unique keys, each as one text. A key of which a path is null or missing is left out, so that
 * a sparse index skips the document: a partial index on the paths themselves could not tell null from a value of any type.
 */
export function keysOf(keys: CollectionKeys, document: object): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [name, paths] of Object.entries(keys.unique)) {
    const values = paths.map((path) => orderedValue(document, path));
    if (values.every((value) => value !== null)) found[name] = JSON.stringify(values);
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

function named(paths: readonly string[], last: 1 | -1): WantedIndex {
  const key = Object.fromEntries(paths.map((path, place) => [path, place === paths.length - 1 ? last : 1]));
  const name = `by_${paths.join('_').replaceAll('.', '_')}${last === 1 ? '' : '_down'}`;
  // The id at the end makes a page in this order one range of the index, and equal values come by id.
  return { name, key: { ...key, _id: 1 } };
}

/** Every index of a collection beside the one of the id. */
export function wantedIndexes(keys: CollectionKeys): readonly WantedIndex[] {
  const unique = Object.keys(keys.unique).map(
    (name): WantedIndex => ({
      name: `${uniquePrefix}${name}`,
      key: { [`${own}.keys.${name}`]: 1 },
      unique: true,
      sparse: true,
    }),
  );
  const paths = new Map([...Object.values(keys.unique), ...keys.indexes].map((one) => [one.join(), one]));
  return [
    ...unique,
    // Ids always rise within equal values, so that descending pages need an index of their own.
    ...[...paths.values()].flatMap((one) => [named(one, 1), named(one, -1)]),
    {
      name: 'feed_waiting',
      key: { [`${own}.waiting`]: 1, [`${own}.at`]: 1 },
      partialFilterExpression: { [`${own}.waiting`]: { $exists: true } },
    },
    { name: 'feed_listed', key: { [`${own}.listed`]: 1, _id: 1 } },
    {
      name: 'removed',
      key: { [`${own}.removedAt`]: 1 },
      partialFilterExpression: { [`${own}.removedAt`]: { $exists: true } },
    },
  ];
}
