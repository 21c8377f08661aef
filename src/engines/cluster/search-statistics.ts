import type { SearchQuery } from '../../ports/search-index.ts';
import type { IndexNames } from './search-catalogue.ts';
import type { AverageLengths } from './search-document.ts';
import { SearchFault } from './search-fault.ts';
import type { KindMapping } from './search-mapping.ts';
import { mostCounted, readStatistics, statisticsBody, type WordStatistics } from './search-query.ts';
import type { CallLimits, SearchServer } from './search-server.ts';

/** Averages of fewer documents say nothing. */
const fewestMeasured = 20;

/** How many documents there are, and how many hold each word; for batches, which wait. */
export async function wordStatistics(
  server: SearchServer,
  index: string,
  words: Iterable<string>,
): Promise<WordStatistics> {
  const distinct = [...new Set(words)];
  const frequencies = new Map<string, number>();
  let documents = 0;
  for (let from = 0; from < distinct.length; from += mostCounted) {
    const counted = await count(server, index, distinct.slice(from, from + mostCounted), { patient: true });
    documents = counted.documents;
    for (const [word, frequency] of counted.frequencies) frequencies.set(word, frequency);
  }
  return { documents, frequencies };
}

/** The same for the words of a search, and how many documents its asker would find with all of them: in one request. */
export async function searchStatistics(
  server: SearchServer,
  index: string,
  query: SearchQuery,
): Promise<{ readonly statistics: WordStatistics; readonly all: number }> {
  const words = [...new Set(query.words)];
  const { all = 0, ...statistics } = await count(server, index, words.slice(0, mostCounted), {}, query);
  return { statistics, all };
}

async function count(
  server: SearchServer,
  index: string,
  words: readonly string[],
  limits: CallLimits,
  query?: SearchQuery,
): Promise<NonNullable<ReturnType<typeof readStatistics>>> {
  const response = await server.call(
    (client, options) =>
      client.search({ index, ...statisticsBody(words, query), allow_partial_search_results: false }, options),
    { repeat: true, ...limits },
  );
  const counted = readStatistics(response, words);
  if (!counted) throw new SearchFault('garbled', { reason: 'search answer without aggregations' });
  return counted;
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
    { patient: true, repeat: true },
  );
  const averages: [string, number][] = [];
  for (const name of fields) {
    const { count = 0, avg = null } = response.aggregations?.[name] ?? {};
    if (count >= fewestMeasured && avg !== null) averages.push([name, avg]);
  }
  return Object.fromEntries(averages);
}
