import type { estypes } from '@elastic/elasticsearch';
import { inverseDocumentFrequency } from '../../domain/bm25.ts';
import {
  type Audience,
  mostFacetCounts,
  type Recalled,
  type RecallQuery,
  type SearchHit,
  type SearchQuery,
  type SearchResult,
} from '../../ports/search-index.ts';
import type { MappedNames } from './search-document.ts';
import { wordToken } from './search-word.ts';

type Clause = estypes.QueryDslQueryContainer;
type Body = estypes.SearchRequest;
type SortValue = string | number;

/** How many documents there are and how many of them hold a word: what makes a word rare. */
export interface WordStatistics {
  readonly documents: number;
  /** By word; a word that none holds may be missing. */
  readonly frequencies: ReadonlyMap<string, number>;
}

/** Sort values of the last hit of the page before. */
export type PageEnd = readonly SortValue[];

/** Words that are counted in one request. */
export const mostCounted = 2_000;
/** Clauses that one query may have: Elasticsearch counts them, and its smallest heaps allow 1,024. */
const mostClauses = 1000;
/** Stands for a number that a document does not have: beyond all that mean something, and exact in JSON. */
const noNumber = { asc: Number.MAX_SAFE_INTEGER, desc: Number.MIN_SAFE_INTEGER } as const;

const nothing: Clause = { match_none: {} };

/** The word's share of a BM25F score: rarity by the statistics, the rest as the document's impact. */
function wordClause(word: string, weight: number, statistics: WordStatistics): Clause {
  const idf = inverseDocumentFrequency(statistics.frequencies.get(word) ?? 0, statistics.documents);
  return { term: { impacts: { value: wordToken(word), boost: weight * idf } } };
}

const isHeld = (word: string, statistics: WordStatistics): boolean => (statistics.frequencies.get(word) ?? 0) > 0;

/** Facet filters by name; no document has a value of an unknown facet. */
function facetClauses(facets: SearchQuery['facets'], names: MappedNames): { name: string; clause: Clause }[] {
  return Object.entries(facets ?? {}).map(([name, values]) => ({
    name,
    clause: names.facets.has(name) ? { terms: { [`facets.${name}`]: [...values] } } : nothing,
  }));
}

function rangeClauses(ranges: SearchQuery['ranges'], names: MappedNames): Clause[] {
  return Object.entries(ranges ?? {}).map(([name, { gte, lte }]) => {
    if (!names.numbers.has(name)) return nothing;
    const ends = {
      ...(gte === undefined || gte === Number.NEGATIVE_INFINITY ? {} : { gte }),
      ...(lte === undefined || lte === Number.POSITIVE_INFINITY ? {} : { lte }),
    };
    const field = `numbers.${name}`;
    return Object.keys(ends).length > 0 ? { range: { [field]: ends } } : { exists: { field } };
  });
}

/** What the asker may know of: the audiences, and what is of the asker's organisation. Never a tombstone. */
function askerClauses(asker: {
  readonly audiences: readonly Audience[];
  readonly ownOrganisation?: string | undefined;
}): Clause[] {
  const may: Clause[] = [{ terms: { audience: [...asker.audiences] } }];
  if (asker.ownOrganisation !== undefined) may.push({ term: { 'facets.organisation': asker.ownOrganisation } });
  return [{ term: { removed: false } }, { bool: { should: may, minimum_should_match: 1 } }];
}

/** The distinct words of a query that count. */
const wordsOf = (query: SearchQuery): string[] => [...new Set(query.words)].slice(0, mostClauses);

const holds = (word: string): Clause => ({ term: { words: wordToken(word) } });

/**
 * Counts documents, and those that hold each word (`mostCounted` words at most). Replaced and removed ones are left out:
 * the frequencies in Elasticsearch's own term statistics count those until they are merged away, up to a third of an index.
 * With a query it also counts what the asker would find with every word, so that nobody has to search in vain first.
 */
export function statisticsBody(words: readonly string[], query?: SearchQuery): Body {
  return {
    size: 0,
    track_total_hits: false,
    // Tombstones have no words. Without a narrower query each count is a look at the term alone.
    query: { match_all: {} },
    aggregations: {
      live: { filter: { term: { removed: false } } },
      holding: { filters: { filters: words.map(holds) } },
      ...(query && { all: { filter: { bool: { filter: [...wordsOf(query).map(holds), ...askerClauses(query)] } } } }),
    },
    filter_path: [
      'aggregations.live.doc_count',
      'aggregations.holding.buckets.doc_count',
      'aggregations.all.doc_count',
    ],
  };
}

interface Counted {
  readonly doc_count: number;
}

/** What an answer to `statisticsBody` says, or undefined where it says nothing; `all` where a query was given. */
export function readStatistics(
  response: Pick<estypes.SearchResponseBody, 'aggregations'>,
  words: readonly string[],
): (WordStatistics & { readonly all?: number }) | undefined {
  const { live, holding, all } = (response.aggregations ?? {}) as {
    readonly live?: Counted;
    readonly holding?: { readonly buckets?: readonly Counted[] };
    readonly all?: Counted;
  };
  const buckets = holding?.buckets ?? [];
  if (!live || buckets.length !== words.length) return undefined;
  const frequencies = new Map<string, number>();
  for (const [place, word] of words.entries()) {
    const count = buckets[place]!.doc_count;
    if (count > 0) frequencies.set(word, count);
  }
  return { documents: live.doc_count, frequencies, ...(all ? { all: all.doc_count } : {}) };
}

function wordsQuery(query: SearchQuery, mode: 'all' | 'any', statistics: WordStatistics): Clause {
  const filter = askerClauses(query);
  const words = wordsOf(query);
  if (words.length === 0) return { bool: { filter } };
  const held = words.filter((word) => isHeld(word, statistics));
  if (held.length === 0 || (mode === 'all' && held.length < words.length)) return nothing;
  const clauses = held.map((word) => wordClause(word, 1, statistics));
  return { bool: mode === 'all' ? { filter, must: clauses } : { filter, should: clauses, minimum_should_match: 1 } };
}

/** Order of hits: each entry has a value in `PageEnd`. Ties go by id. */
function sortOf(sort: SearchQuery['sort'], names: MappedNames): estypes.SortCombinations[] {
  const byId = { id: 'asc' } as const;
  if (sort === undefined || sort === 'relevance') return [{ _score: { order: 'desc' } }, byId];
  if (!names.numbers.has(sort.by)) return [byId];
  const { by, direction } = sort;
  return [{ [`numbers.${by}`]: { order: direction, missing: noNumber[direction] } }, byId];
}

/**
 * One page of a search as Elasticsearch takes it.
 *
 * Words and audience are the query. Facets and ranges come after it (`post_filter`), so that `known` counts what the words
 * alone find, which decides about falling back to `any`, and each facet's counts leave its own filter out. One hit more
 * than the page holds tells whether there is a next page.
 */
export function searchBody(
  query: SearchQuery,
  mode: 'all' | 'any',
  names: MappedNames,
  statistics: WordStatistics,
  after?: PageEnd,
): Body {
  const chosen = Object.entries(query.facets ?? {}).filter(([, values]) => values.length > 0);
  const facets = facetClauses(Object.fromEntries(chosen), names);
  const ranges = rangeClauses(query.ranges, names);
  const filters = [...ranges, ...facets.map(({ clause }) => clause)];
  const aggregations: Record<string, estypes.AggregationsAggregationContainer> = {
    known: { filter: { match_all: {} } },
  };
  for (const [place, name] of (query.count ?? []).entries()) {
    if (!names.facets.has(name)) continue;
    const others = facets.filter((facet) => facet.name !== name).map(({ clause }) => clause);
    aggregations[`count${place}`] = {
      filter: { bool: { filter: [...ranges, ...others] } },
      aggregations: {
        values: {
          terms: { field: `facets.${name}`, size: mostFacetCounts, order: [{ _count: 'desc' }, { _key: 'asc' }] },
        },
      },
    };
  }
  return {
    query: wordsQuery(query, mode, statistics),
    ...(filters.length > 0 ? { post_filter: { bool: { filter: filters } } } : {}),
    aggregations,
    sort: sortOf(query.sort, names),
    ...(after ? { search_after: [...after] } : {}),
    size: query.limit + 1,
    track_total_hits: true,
    track_scores: true,
    _source: false,
    docvalue_fields: ['id', 'version'],
  };
}

/** What an answer to `searchBody` says. */
export interface FoundPage {
  readonly hits: readonly SearchHit[];
  readonly total: number;
  readonly counts: SearchResult['counts'];
  /** Documents that the words alone find. */
  readonly known: number;
  /** Where the page ends; absent where nothing follows. */
  readonly end?: PageEnd;
}

/** The page that an answer to `searchBody` holds, or undefined where it is none: a proxy's word, half of an answer. */
export function readFoundPage(
  response: Partial<estypes.SearchResponseBody>,
  query: SearchQuery,
): FoundPage | undefined {
  const found = response.hits?.hits;
  const aggregations = response.aggregations as Readonly<Record<string, unknown>> | undefined;
  const known = aggregations?.known as { readonly doc_count?: number } | undefined;
  if (!Array.isArray(found) || !aggregations || typeof known?.doc_count !== 'number') return undefined;
  const page = found.slice(0, query.limit);
  const counts = (query.count ?? []).map((name, place) => {
    const counted = aggregations[`count${place}`] as
      | { readonly values: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] } }
      | undefined;
    const rows = counted?.values.buckets.map(({ key, doc_count }) => ({ value: key, count: doc_count })) ?? [];
    return [name, rows] as const;
  });
  const total = response.hits?.total;
  const end = page.at(-1)?.sort;
  return {
    hits: page.map(({ fields, _score }) => ({
      id: fields!.id[0] as string,
      version: fields!.version[0] as number,
      score: _score ?? 0,
    })),
    total: typeof total === 'number' ? total : (total?.value ?? 0),
    counts: Object.fromEntries(counts),
    known: known.doc_count,
    ...(found.length > query.limit && end ? { end: end as PageEnd } : {}),
  };
}

/** The words of a recall query that count, each once with its weights added up. */
export function recallTerms(query: RecallQuery): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { word, weight } of query.terms) {
    if (weight > 0 && Number.isFinite(weight)) weights.set(word, (weights.get(word) ?? 0) + weight);
  }
  return weights;
}

/**
 * The best `size` documents for a weighted query, or null where no document can have any of its words. Only the words that
 * promise most (weight × rarity) count where there are more than a query may have. Tombstones have no words.
 */
export function recallBody(
  query: RecallQuery,
  names: MappedNames,
  statistics: WordStatistics,
  size: number,
  after?: PageEnd,
): Body | null {
  const clauses = [...recallTerms(query)]
    .filter(([word]) => isHeld(word, statistics))
    .map(([word, weight]) => wordClause(word, weight, statistics));
  if (clauses.length === 0) return null;
  if (clauses.length > mostClauses) {
    const boostOf = (clause: Clause) => (clause.term!.impacts as estypes.QueryDslTermQuery).boost!;
    clauses.sort((a, b) => boostOf(b) - boostOf(a));
    clauses.length = mostClauses;
  }
  const filter = facetClauses(query.facets, names).map(({ clause }) => clause);
  return {
    query: { bool: { should: clauses, minimum_should_match: 1, ...(filter.length > 0 ? { filter } : {}) } },
    sort: [{ _score: { order: 'desc' } }, { id: 'asc' }],
    ...(after ? { search_after: [...after] } : {}),
    size,
    track_total_hits: false,
    _source: false,
  };
}

/** The sort values of `recallBody` are all that is asked of a hit. */
export function readRecalled(sort: readonly unknown[]): Recalled {
  return { id: sort[1] as string, score: sort[0] as number };
}

/**
 * Titles that begin with `key` (`writtenKey`), or have a word that does: those that begin so first, then shorter ones, by
 * title and id.
 */
export function suggestBody(
  key: string,
  asker: { readonly audiences: readonly Audience[]; readonly ownOrganisation?: string | undefined },
  limit: number,
): Body {
  const begins = (field: string, boost: number): Clause => ({
    constant_score: { filter: { prefix: { [field]: { value: key } } }, boost },
  });
  return {
    query: {
      bool: {
        filter: askerClauses(asker),
        must: [{ dis_max: { queries: [begins('suggest.title', 2), begins('suggest.word', 1)] } }],
      },
    },
    sort: [{ _score: { order: 'desc' } }, { titleLength: 'asc' }, { title: 'asc' }, { id: 'asc' }],
    size: limit,
    track_total_hits: false,
    _source: ['title'],
    docvalue_fields: ['id'],
  };
}
