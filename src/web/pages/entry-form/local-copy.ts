import type { EntryContent, EntryKind } from '../../parts/entry-calls.ts';

/** A creation that was sent and not answered: sent again as it was, it makes nothing twice. */
export interface PendingCreation {
  readonly key: string;
  readonly content: EntryContent;
}

/** What somebody wrote and the service has not taken yet, kept by the browser for when the tab dies. */
export interface LocalCopy {
  readonly content: EntryContent;
  /** ISO time of the last key. */
  readonly at: string;
  readonly pending?: PendingCreation;
}

const prefix = 'qianxian.draft.';
const placeOf = (userId: string, kind: EntryKind, id: string | null) => `${prefix}${userId}.${kind}.${id ?? 'new'}`;

export function readLocalCopy(userId: string, kind: EntryKind, id: string | null): LocalCopy | null {
  try {
    return JSON.parse(localStorage.getItem(placeOf(userId, kind, id)) ?? 'null') as LocalCopy | null;
  } catch {
    return null;
  }
}

export function writeLocalCopy(userId: string, kind: EntryKind, id: string | null, copy: LocalCopy | null): void {
  try {
    if (copy === null) localStorage.removeItem(placeOf(userId, kind, id));
    else localStorage.setItem(placeOf(userId, kind, id), JSON.stringify(copy));
  } catch {
    // Without room in the browser the draft on the service is the only one.
  }
}
