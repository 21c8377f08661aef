import { addressOfOrganisation } from '../domain/notices/notice-address.ts';
import type { RecordStore } from './record-store.ts';
import { survivingOrganisation } from './surviving-organisation.ts';

/**
 * Whether anybody gets what is sent to an organisation: a person with an account, or, where it never had one, its address. Of one
 * that was merged its people are where it was merged into. False for none.
 */
export async function isReached(store: RecordStore, named: string | null): Promise<boolean> {
  if (named === null) return false;
  const organisationId = await survivingOrganisation(store, named);
  const organisation = await store.collection('organisations').get(organisationId);
  if (!organisation || organisation.state === 'disabled') return false;
  const users = store.collection('users');
  if ((await users.count({ organisationId, state: 'active' })) > 0) return true;
  // Where all accounts were disabled nobody is written to, not even at the organisation's address.
  const closed = (await users.count({ organisationId })) > 0;
  return !closed && addressOfOrganisation(organisation.content).email !== undefined;
}
