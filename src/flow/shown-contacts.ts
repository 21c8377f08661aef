import { isBureau, type Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import type { CollectionName } from '../ports/record-store.ts';
import { recordView } from '../steps/audit/record-audit.ts';
import { presentOrigin } from './attributed-store.ts';

/**
 * Hands on what somebody is shown. Where that is a contact of another organisation, it is in the audit before it is shown: who
 * cannot be recorded sees nothing. One's own contact, and what the program itself reads, is no disclosure.
 */
export async function shownWithContact<V extends { readonly id: string; readonly content: object }>(
  ports: Ports,
  principal: Principal | null,
  collection: CollectionName,
  view: V,
): Promise<V> {
  const contact = (view.content as { contact?: unknown }).contact;
  if (principal !== null && isBureau(principal) && principal.userId !== 'system' && contact !== undefined) {
    await recordView(ports, principal, { collection, id: view.id }, presentOrigin() ?? {});
  }
  return view;
}
