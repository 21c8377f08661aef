import { isStorableId } from '../domain/storable.ts';
import type { CollectionName } from '../ports/record-store.ts';
import type { Route } from './route.ts';

/** Where the records lie that an address tells of by its first part. Those of links are left out: their addresses hold a token. */
const collectionOf: Readonly<Record<string, CollectionName>> = {
  users: 'users',
  organisations: 'organisations',
  registrations: 'registrations',
  'account-invitations': 'accountLinks',
  needs: 'needs',
  achievements: 'achievements',
  attachments: 'attachments',
  campaigns: 'campaigns',
  calls: 'calls',
  'call-requests': 'callRequests',
  interests: 'interests',
  pairs: 'matches',
  dockets: 'dockets',
  invitations: 'invitations',
  answers: 'answers',
  partnerships: 'partnerships',
  agreements: 'agreements',
  'joint-bodies': 'jointBodies',
  policies: 'policies',
  notices: 'notices',
  'sent-notices': 'notices',
  webhooks: 'webhooks',
};

/** The record that a request was about, as the audit names it; null where its address names none. */
export function refusedSubject(
  route: Pick<Route, 'path'>,
  params: Readonly<Record<string, unknown>>,
): { readonly collection: CollectionName; readonly id: string } | null {
  const [, family = '', name = ''] = /^\/api\/v1\/([\w-]+)\/\{(\w+)\}/.exec(route.path) ?? [];
  const collection = Object.hasOwn(collectionOf, family) ? collectionOf[family] : undefined;
  const id = params[name];
  return collection !== undefined && typeof id === 'string' && isStorableId(id) ? { collection, id } : null;
}
