import { audiencesOf, maySeeEntry, type VisibleFields } from '../../domain/access.ts';
import { type Entry, type EntryKind, visibleContent } from '../../domain/entry.ts';
import { type SuggestInput, suggestInput } from '../../domain/search-input.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import { collectionOf, entryKindsOf } from './index-entries.ts';

export interface SuggestedRecord {
  readonly kind: EntryKind;
  readonly id: string;
  readonly title: string;
}

const defaultLimit = 10;

/**
 * Titles of records that the asker may see and that begin, or have a word that begins, with what was written: Chinese,
 * pinyin or its initials. Checked against the store like hits of a search. Throws `invalid`.
 */
export async function suggestRecords(
  ports: Pick<Ports, 'store' | 'index'>,
  principal: Principal | null,
  input: SuggestInput,
): Promise<SuggestedRecord[]> {
  const { text, kinds = entryKindsOf, limit = defaultLimit } = check(suggestInput, input);
  if (text === '') return [];
  const found = await ports.index.suggest(text, {
    kinds,
    audiences: audiencesOf(principal),
    ...(principal?.organisationId === undefined ? {} : { ownOrganisation: principal.organisationId }),
    limit,
  });
  const titles = new Map<string, string>();
  for (const kind of entryKindsOf) {
    const ids = found.filter((one) => one.kind === kind).map(({ id }) => id);
    if (ids.length === 0) continue;
    const entries: readonly Entry<VisibleFields & { readonly title?: string | undefined }>[] = await ports.store
      .collection(collectionOf[kind])
      .getMany(ids);
    for (const entry of entries) {
      const title = maySeeEntry(principal, entry) ? visibleContent(entry)?.title : undefined;
      if (title) titles.set(`${kind}/${entry.id}`, title);
    }
  }
  return found.flatMap(({ kind, id }) => {
    const title = titles.get(`${kind}/${id}`);
    return title === undefined ? [] : [{ kind, id, title }];
  });
}
