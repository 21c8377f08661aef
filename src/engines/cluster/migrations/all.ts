import { ownCollections } from './0001-own-collections.ts';
import type { Migration } from './migration.ts';

/** In the order in which they run. Indexes of the collections follow `collectionKeys` by a step of their own. */
export const migrations: readonly Migration[] = [ownCollections];
