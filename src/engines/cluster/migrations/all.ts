import { feed } from './0001-feed.ts';
import type { Migration } from './migration.ts';

/** In the order in which they run. Indexes of the collections follow `collectionKeys` by a step of their own. */
export const migrations: readonly Migration[] = [feed];
