import type { Behalf, EntryContent, EntryKind } from '../../parts/entry-calls.ts';

/** A creation that was sent and not answered: sent again as it was, it makes nothing twice. */
export interface PendingCreation {
  readonly key: string;
  readonly content: EntryContent;
  readonly behalf?: Behalf;
}

/** What somebody wrote and the service has not taken yet, kept by the browser for when the tab dies. */
export interface LocalCopy {
  readonly content: EntryContent;
  /** ISO time of the last key. */
  readonly at: string;
  readonly pending?: PendingCreation;
  /** The version that was written on, and what stood in it; absent before the service has the draft. */
  readonly version?: number;
  readonly base?: EntryContent;
}

/** A copy that was found, and where it lies. */
export interface FoundCopy extends LocalCopy {
  readonly slot: string;
}

const prefix = 'qianxian.draft.';
const placeOf = (userId: string, kind: EntryKind, id: string | null) => `${prefix}${userId}.${kind}.${id ?? 'new'}`;

/** What stands for the id of a record that the service does not have yet: those for one organisation are no other's. */
export const newPlace = (behalf?: Pick<Behalf, 'organisationId'>): string | null =>
  behalf ? `new-for-${behalf.organisationId}` : null;

/** Where one writer (one form in one tab) keeps its copy: two tabs never write into the same place. */
export const copySlot = (userId: string, kind: EntryKind, id: string | null, writer: string): string =>
  `${placeOf(userId, kind, id)}.${writer}`;

/** What was left for this form by any tab, the newest first. */
export function findLocalCopies(userId: string, kind: EntryKind, id: string | null): readonly FoundCopy[] {
  const place = placeOf(userId, kind, id);
  const found: FoundCopy[] = [];
  try {
    for (const slot of Object.keys(localStorage)) {
      if (slot !== place && !slot.startsWith(`${place}.`)) continue;
      const copy = parsed(localStorage.getItem(slot));
      if (copy) found.push({ ...copy, slot });
    }
  } catch {
    // A browser that keeps nothing has nothing to restore.
  }
  return found.sort((a, b) => (a.at < b.at ? 1 : -1));
}

function parsed(text: string | null): LocalCopy | null {
  try {
    return JSON.parse(text ?? 'null') as LocalCopy | null;
  } catch {
    return null;
  }
}

export function writeLocalCopy(slot: string, copy: LocalCopy | null): void {
  try {
    if (copy === null) localStorage.removeItem(slot);
    else localStorage.setItem(slot, JSON.stringify(copy));
  } catch {
    // Without room in the browser the draft on the service is the only one.
  }
}
