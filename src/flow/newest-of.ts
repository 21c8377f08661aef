import { firstPublishedAt } from '../domain/entry.ts';
import type { SavedSearch } from '../domain/saved-search.ts';
import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { searchRecords } from '../steps/indexing/search-records.ts';
import type { Newest } from '../steps/searches/alert-searches.ts';

const collections = { need: 'needs', achievement: 'achievements' } as const;

/**
 * The newest published records that have all that a kept search asks for, each with the time of its first publication: an
 * approved change makes an old record no new one. What has only a part of the words is not what was kept.
 */
export async function newestOf(
  ports: Ports,
  principal: Principal,
  search: SavedSearch['search'],
  limit: number,
): Promise<Newest> {
  const { hits, relaxed, next } = await searchRecords(ports, principal, { ...search, sort: 'newest', limit });
  if (relaxed) return { records: [], back: null };
  const ids = hits.filter(({ publishedAt }) => publishedAt !== null).map(({ id }) => id);
  const entries = await ports.store.collection(collections[search.kind]).getMany(ids);
  const times = new Map(entries.map((entry) => [entry.id, firstPublishedAt(entry)]));
  return {
    records: hits.flatMap(({ id, title, organisationId }) => {
      const at = times.get(id) ?? null;
      return at === null ? [] : [{ id, title, organisationId, at }];
    }),
    back: next === undefined ? null : (hits.at(-1)?.publishedAt ?? null),
  };
}
