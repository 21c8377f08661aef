import type { IndexKind } from '../../ports/search-index.ts';
import type { IndexNames } from './search-catalogue.ts';
import type { AverageLengths } from './search-document.ts';
import type { KindMapping } from './search-mapping.ts';
import type { WordStatistics } from './search-query.ts';
import { patientMs, type SearchServer } from './search-server.ts';
import { wordToken } from './search-word.ts';

/** Words that are looked up in one request. */
const mostLookedUp = 4_000;
/** Averages of fewer documents say nothing. */
const fewestMeasured = 20;

/**
 * How many documents hold each word, asked as the term vector of a document that is nowhere. Elasticsearch counts removed
 * and replaced documents until it merges them away: a share of the newest writes, the same for all words.
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
  for (let from = 0; from < distinct.length; from += mostLookedUp) {
    const some = distinct.slice(from, from + mostLookedUp);
    const tokens = new Map(some.map((word) => [wordToken(word), word]));
    const { term_vectors } = await server.call(
      (client, options) =>
        client.termvectors(
          {
            index: names.serving(kind),
            doc: { words: [...tokens.keys()].join(' ') },
            fields: ['words'],
            term_statistics: true,
            field_statistics: true,
            positions: false,
            offsets: false,
            payloads: false,
            filter_path: ['term_vectors.words.field_statistics.doc_count', 'term_vectors.words.terms.*.doc_freq'],
          },
          options,
        ),
      { repeat: true, ...(limitMs === undefined ? {} : { limitMs }) },
    );
    const counted = term_vectors?.words;
    documents = Math.max(documents, counted?.field_statistics?.doc_count ?? 0);
    for (const [token, { doc_freq }] of Object.entries(counted?.terms ?? {})) {
      const word = tokens.get(token);
      if (word !== undefined && doc_freq) frequencies.set(word, doc_freq);
    }
  }
  return { documents, frequencies };
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
