import { isInsider, maySeeEntry, visibleOrganisation } from '../../domain/access.ts';
import type { EntryKind, EntryState } from '../../domain/entry.ts';
import type { DraftOf, EntryOf } from '../../domain/entry-life.ts';
import { QianxianError } from '../../domain/errors.ts';
import { profileText } from '../../domain/matching/match-profile.ts';
import { recallFieldWeights } from '../../domain/matching/recall-query.ts';
import { isTermWord } from '../../domain/matching/term-word.ts';
import { type Likeness, likenessOf, textPrint } from '../../domain/near-duplicate.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { entriesOf } from './entry-store.ts';

type SimilarPorts = Pick<Ports, 'store' | 'index' | 'segmenter' | 'log'>;

/** A record that says the same as what is being written, as the asker may know of it. */
export interface SimilarEntry extends Likeness {
  readonly kind: EntryKind;
  readonly id: string;
  readonly title: string;
  readonly state: EntryState;
  readonly organisationId: string | null;
}

/** Records that the index finds, newest ones of the own organisation, and newest ones that wait for the bureau. */
const recalled = 60;
const newest = 200;
/** Words of the text that the index is asked for. */
const mostTerms = 120;
const mostShown = 10;

/**
 * Records that say nearly the same as what is being written, likest first: of those that the asker may see, his own
 * organisation's in whatever state. Of what he may not see nothing is said, not even that it is there.
 * `except` is the record that is being written. Null where the index is away: nobody is kept from writing by that.
 */
export async function similarEntries<K extends EntryKind>(
  ports: SimilarPorts,
  principal: Principal,
  kind: K,
  content: DraftOf<K>,
  except?: string,
): Promise<SimilarEntry[] | null> {
  const written = textPrint(kind, content);
  const candidates = new Map<string, EntryOf<K>>();
  try {
    for (const entry of await recalledEntries(ports, kind, content)) candidates.set(entry.id, entry);
  } catch (error) {
    if (!(error instanceof QianxianError) || error.code !== 'unavailable') throw error;
    ports.log.warn({ err: error }, 'similar records cannot be looked for, the index is away');
    return null;
  }
  for (const entry of await unindexedEntries(ports, principal, kind)) candidates.set(entry.id, entry);

  const found: SimilarEntry[] = [];
  for (const entry of candidates.values()) {
    if (entry.id === except || entry.state === 'withdrawn' || !maySeeEntry(principal, entry)) continue;
    // Another reader compares with what he is shown, never with the change that is under way.
    const shown = isInsider(principal, entry) ? entry.content : entry.published!.content;
    const likeness = likenessOf(written, textPrint(kind, shown));
    if (!likeness) continue;
    found.push({
      ...likeness,
      kind,
      id: entry.id,
      title: (shown as { readonly title?: string }).title ?? '',
      state: entry.state,
      organisationId: visibleOrganisation(principal, entry),
    });
  }
  return found.sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1)).slice(0, mostShown);
}

/** What the index knows: published and archived records that share the words. */
async function recalledEntries<K extends EntryKind>(
  ports: SimilarPorts,
  kind: K,
  content: DraftOf<K>,
): Promise<EntryOf<K>[]> {
  const texts = profileText(kind, content);
  const words = await ports.segmenter.segment(
    texts.map(({ text }) => text),
    'search',
  );
  const weights = new Map<string, number>();
  for (const [place, { field }] of texts.entries()) {
    for (const word of new Set(words[place])) {
      if (isTermWord(word)) weights.set(word, (weights.get(word) ?? 0) + (recallFieldWeights[kind][field] ?? 0));
    }
  }
  const terms = [...weights]
    .map(([word, weight]) => ({ word, weight }))
    .sort((a, b) => b.weight * b.word.length - a.weight * a.word.length || (a.word < b.word ? -1 : 1))
    .slice(0, mostTerms);
  if (terms.length === 0) return [];
  const [hits = []] = await ports.index.recall(kind, [{ terms, k: recalled }]);
  return entriesOf(ports, kind).getMany(hits.map(({ id }) => id));
}

/** What no index holds: drafts and the like of the own organisation; for the bureau what waits for it. */
async function unindexedEntries<K extends EntryKind>(
  { store }: SimilarPorts,
  principal: Principal,
  kind: K,
): Promise<readonly EntryOf<K>[]> {
  const order = { by: 'updatedAt', direction: 'desc' } as const;
  const entries = entriesOf({ store }, kind);
  if (!isBureau(principal)) {
    if (principal.organisationId === undefined) return [];
    const where = { organisationId: principal.organisationId };
    return (await entries.find({ where, order, limit: newest })).items;
  }
  const pages = await Promise.all(
    (['submitted', 'draft', 'returned'] as const).map((state) =>
      entries.find({ where: { state }, order, limit: newest }),
    ),
  );
  return pages.flatMap(({ items }) => items);
}
