import type { Migration } from './migration.ts';

/** The collections of the changes feed: who follows what, and which processes are alive. */
export const feed: Migration = {
  name: '0001-feed',
  async up({ mongo }) {
    const present = new Set(
      (await mongo.db!.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
    );
    for (const name of ['store_consumers', 'store_sessions']) {
      if (!present.has(name)) await mongo.db!.createCollection(name);
    }
  },
};
