import type { Answer } from '../../api/client.ts';

export type KeptSearch = Answer<'GET /api/v1/saved-searches'>['items'][number]['search'];

/** What the address of the search page asks for, as it is kept: without the order. */
export function keptSearchOf(search: URLSearchParams): KeptSearch {
  const text = search.get('text')?.trim();
  const facets: Record<string, string[]> = {};
  const ranges: Record<string, Record<string, number>> = {};
  for (const name of new Set(search.keys())) {
    if (name === 'kind' || name === 'text' || name === 'sort') continue;
    const [of, bound] = name.split('.') as [string, string | undefined];
    if (bound === undefined) facets[name] = search.getAll(name);
    else {
      const limits = ranges[of] ?? {};
      limits[bound] = Number(search.get(name));
      ranges[of] = limits;
    }
  }
  return {
    kind: search.get('kind') === 'achievement' ? 'achievement' : 'need',
    ...(text ? { text } : {}),
    ...(Object.keys(facets).length > 0 ? { facets } : {}),
    ...(Object.keys(ranges).length > 0 ? { ranges } : {}),
  } as KeptSearch;
}

/** The other way: where the search page shows a kept search. */
export function addressOfSearch({ kind, text, facets, ranges }: KeptSearch): string {
  const search = new URLSearchParams({ kind });
  if (text) search.set('text', text);
  for (const [name, values] of Object.entries(facets ?? {})) {
    for (const value of (values as readonly string[] | undefined) ?? []) search.append(name, value);
  }
  for (const [name, limits] of Object.entries(ranges ?? {})) {
    for (const [bound, value] of Object.entries((limits as Record<string, number> | undefined) ?? {})) {
      search.set(`${name}.${bound}`, String(value));
    }
  }
  return `/search?${search}`;
}
