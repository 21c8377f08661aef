import type { Migration } from './migration.ts';

/** Collections of the store's own: who follows what, which processes are alive, files and their chunks. */
export const ownCollections: Migration = {
  name: '0001-own-collections',
  async up({ mongo }) {
    const db = mongo.db!;
    const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
    for (const name of ['store_consumers', 'store_sessions', 'store_blobs', 'store_blob_chunks']) {
      if (!present.has(name)) await db.createCollection(name);
    }
    await db.collection('store_blobs').createIndex({ generation: 1 }, { name: 'by_generation' });
  },
};
