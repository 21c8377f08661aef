import type { IndexKind } from '../../ports/search-index.ts';
import type { IndexNames } from './search-catalogue.ts';
import type { AverageLengths } from './search-document.ts';
import { SearchFault } from './search-fault.ts';
import type { KindMapping } from './search-mapping.ts';
import type { WordStatistics } from './search-query.ts';
import { patientMs, type SearchServer } from './search-server.ts';
import { wordToken } from './search-word.ts';

/** Words that are counted in one request. */
const mostCounted = 2_000;
/** Averages of fewer documents say nothing. */
const fewestMeasured = 20;

/**
 * How many documents there are, and how many hold each word, replaced and removed ones left out: the frequencies in
 * Elasticsearch's own term statistics count those until they are merged away, up to a third of an index.
 */
export async function wordStatistics(
  server: SearchServer,
  names: IndexNames,
  kind: IndexKind,
  words: Iterable<string>,
  limitMs?: number,
): Promise<WordStatistics> {
  const distinct = [...new Set(words)];
  const frequencies = new Map<string, number>();
  let documents = 0;
  for (let from = 0; from < distinct.length; from += mostCounted) {
    const some = distinct.slice(from, from + mostCounted);
    const { aggregations } = await server.call(
      (client, options) =>
        client.search<never, Counted>(
          {
            index: names.serving(kind),
            size: 0,
            // Tombstones have no words. Without a narrower query each count is a look at the term alone.
            query: { match_all: {} },
            aggregations: {
              live: { filter: { term: { removed: false } } },
              holding: { filters: { filters: some.map((word) => ({ term: { words: wordToken(word) } })) } },
            },
            filter_path: ['aggregations.live.doc_count', 'aggregations.holding.buckets.doc_count'],
          },
          options,
        ),
      { repeat: true, ...(limitMs === undefined ? {} : { limitMs }) },
    );
    if (!aggregations) throw new SearchFault('garbled', { reason: 'search answer without aggregations' });
    documents = aggregations.live.doc_count;
    for (const [place, word] of some.entries()) {
      const count = aggregations.holding.buckets[place]?.doc_count ?? 0;
      if (count > 0) frequencies.set(word, count);
    }
  }
  return { documents, frequencies };
}

interface Counted {
  readonly live: { readonly doc_count: number };
  readonly holding: { readonly buckets: readonly { readonly doc_count: number }[] };
}

/** Average lengths of the fields of the documents that are served now; nothing where they are too few to tell. */
export async function measuredLengths(
  server: SearchServer,
  names: IndexNames,
  mapping: KindMapping,
): Promise<AverageLengths> {
  const fields = [...mapping.names.fields];
  const response = await server.call(
    (client, options) =>
      client.search<
        never,
        Record<string, { readonly value: number; readonly avg: number | null; readonly count: number }>
      >(
        {
          index: names.serving(mapping.kind),
          size: 0,
          query: { term: { removed: false } },
          aggregations: Object.fromEntries(fields.map((name) => [name, { stats: { field: `lengths.${name}` } }])),
        },
        options,
      ),
    { limitMs: patientMs, repeat: true },
  );
  const averages: [string, number][] = [];
  for (const name of fields) {
    const { count = 0, avg = null } = response.aggregations?.[name] ?? {};
    if (count >= fewestMeasured && avg !== null) averages.push([name, avg]);
  }
  return Object.fromEntries(averages);
}
