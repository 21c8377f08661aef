import { createHash } from 'node:crypto';
import type { CollectionName, RecordStore } from '../../src/ports/record-store.ts';

/** Everything but sessions, kept answers, and the count of refused logins. */
const hashed: readonly CollectionName[] = [
  'organisations',
  'users',
  'needs',
  'achievements',
  'attachments',
  'campaigns',
  'calls',
  'callRequests',
  'interests',
  'expiryReminders',
  'matches',
  'dockets',
  'candidateLists',
  'matchingRuns',
  'judgements',
  'jobs',
];

/** One hash of all that is stored. */
export async function hashOf(store: RecordStore): Promise<string> {
  const hash = createHash('sha256');
  for (const name of hashed) {
    for await (const document of store.collection(name).stream()) hash.update(`${name} ${JSON.stringify(document)}\n`);
  }
  return hash.digest('hex');
}
