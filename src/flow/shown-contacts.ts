import { isBureau, type Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import type { CollectionName } from '../ports/record-store.ts';
import { recordView } from '../steps/audit/record-audit.ts';
import { presentOrigin } from './attributed-store.ts';

/** A record as somebody is shown it; of entries the published version stands beside the working copy. */
interface Shown {
  readonly id: string;
  readonly content: object;
  readonly published?: { readonly content: object } | null;
}

function namesSomebody({ content, published }: Shown): boolean {
  return [content, published?.content ?? {}].some((one) => (one as { contact?: unknown }).contact !== undefined);
}

/**
 * Whether what is handed over leaves the program: the bureau's own people always, the program's own account where somebody
 * asked for it, at the command line for instance.
 */
export function isDisclosure(principal: Principal): boolean {
  return isBureau(principal) && (principal.userId !== 'system' || presentOrigin() !== undefined);
}

/**
 * Hands on what somebody is shown. Where that is a contact of another organisation, it is in the audit before it is shown: who
 * cannot be recorded sees nothing. One's own contact, and what the program itself reads, is no disclosure.
 */
export async function shownWithContact<V extends object>(
  ports: Ports,
  principal: Principal | null,
  collection: CollectionName,
  view: V,
): Promise<V> {
  const shown = view as unknown as Shown;
  if (principal !== null && isDisclosure(principal) && namesSomebody(shown)) {
    await recordView(ports, principal, { collection, id: shown.id }, presentOrigin() ?? {});
  }
  return view;
}

/**
 * What answers with an account whole: how somebody is reached is shown to the bureau, so it is in the audit first. One's own
 * account is no disclosure.
 */
export function showingAccount<
  A extends readonly unknown[],
  V extends { readonly id: string; readonly email: string | null; readonly mobile: string | null },
>(ports: Ports, work: (...args: A) => Promise<V>): (...args: A) => Promise<V> {
  return async (...args) => {
    const view = await work(...args);
    const principal = args[0] as Principal;
    if (isDisclosure(principal) && view.id !== principal.userId && (view.email ?? view.mobile) !== null) {
      await recordView(ports, principal, { collection: 'users', id: view.id }, presentOrigin() ?? {});
    }
    return view;
  };
}

/**
 * What reads or changes a record and answers with the whole of it, so that its answer goes through `shownWithContact`: an
 * answer to a write shows as much as one to a look. `collection` is told by the arguments, of which the first is who asks.
 */
export function showingContact<A extends readonly unknown[], V extends object>(
  ports: Ports,
  collection: (args: readonly unknown[]) => CollectionName,
  work: (...args: A) => Promise<V>,
): (...args: A) => Promise<V> {
  return async (...args) => shownWithContact(ports, args[0] as Principal | null, collection(args), await work(...args));
}
