import type { SavedSearch } from '../domain/saved-search.ts';
import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { type FoundRecord, searchRecords } from '../steps/indexing/search-records.ts';

/** The newest records that have all that a kept search asks for; what has only a part of its words is not what was kept. */
export async function newestOf(
  ports: Ports,
  principal: Principal,
  search: SavedSearch['search'],
  limit: number,
): Promise<readonly FoundRecord[]> {
  const { hits, relaxed } = await searchRecords(ports, principal, { ...search, sort: 'newest', limit });
  return relaxed ? [] : hits;
}
