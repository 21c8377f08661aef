import type { estypes } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { IndexKind, Recalled, RecallQuery } from '../../ports/search-index.ts';
import type { IndexNames } from './search-catalogue.ts';
import { faultKindOf, SearchFault } from './search-fault.ts';
import type { KindMappings } from './search-mapping.ts';
import { type PageEnd, readRecalled, recallBody, recallTerms } from './search-query.ts';
import type { SearchServer } from './search-server.ts';
import { wordStatistics } from './search-statistics.ts';

/** Queries in one request; with 90 words each its body has about 200 kB. */
const queriesARequest = 32;
/** Clauses in one request, where queries are longer. */
const clausesARequest = 8_000;
/** Hits in one answer, where many are asked for: about 3 MB. */
const hitsARequest = 50_000;
/** Requests under way at a time: a weekly run must leave room for people who search. */
const requestsAtATime = 2;
/** Hits that Elasticsearch gives at once (`max_result_window`). */
const mostAtOnce = 10_000;
const mostTries = 6;
const firstPauseMs = 200;
const longestPauseMs = 5_000;
/** A server may ask for more than our own pauses, but not for ever. */
const longestAskedMs = 30_000;

/** One query on its way: what it has found so far, and where it goes on. */
interface Asked {
  readonly place: number;
  readonly query: RecallQuery;
  readonly found: Recalled[];
  after?: PageEnd;
}

interface MultiSearchItem {
  readonly status?: number;
  readonly timed_out?: boolean;
  readonly error?: {
    readonly type?: string;
    readonly reason?: string;
    readonly root_cause?: readonly { type?: string }[];
  };
  readonly hits?: { readonly hits?: readonly { readonly sort: readonly unknown[] }[] };
}

/** Recalls in batches of bounded size, a bounded number of them at a time. */
export function createSearchRecall(options: {
  readonly server: SearchServer;
  readonly names: IndexNames;
  readonly mappings: KindMappings;
}): (kind: IndexKind, queries: readonly RecallQuery[]) => Promise<Recalled[][]> {
  const { server, names, mappings } = options;

  return async (kind, queries) => {
    for (const { k } of queries) {
      if (!Number.isInteger(k) || k < 1) throw new QianxianError('malformed', '召回条数应是正整数');
    }
    const results: Recalled[][] = queries.map(() => []);
    server.assertOpen();
    if (queries.length === 0) return results;
    const index = names.serving(kind);
    // Whatever any process wrote and was acknowledged takes part.
    await server.call((client, call) => client.indices.refresh({ index }, call), { patient: true, repeat: true });

    async function runBatch(batch: readonly Asked[]): Promise<void> {
      const words = batch.flatMap(({ query }) => [...recallTerms(query).keys()]);
      const statistics = await wordStatistics(server, index, words);
      let waiting: readonly Asked[] = batch;
      let askedMs: number;
      for (let tries = 0; waiting.length > 0; ) {
        askedMs = 0;
        const bodies: estypes.MsearchRequestItem[] = [];
        const sent: Asked[] = [];
        for (const asked of waiting) {
          const size = Math.min(asked.query.k - asked.found.length, mostAtOnce);
          const body = recallBody(asked.query, mappings[kind].names, statistics, size, asked.after);
          if (!body) continue;
          bodies.push({ index, allow_partial_search_results: false }, body as estypes.MsearchMultisearchBody);
          sent.push(asked);
        }
        if (sent.length === 0) return;
        const answers = await answersTo(bodies, sent.length, (ms) => {
          askedMs = ms;
        });
        const again: Asked[] = [];
        let isBusy = false;
        for (const [at, answer] of answers.entries()) {
          const asked = sent[at]!;
          if (answer === 'again') {
            isBusy = true;
            again.push(asked);
            continue;
          }
          for (const { sort } of answer) asked.found.push(readRecalled(sort));
          asked.after = answer.at(-1)?.sort as PageEnd | undefined;
          if (answer.length === mostAtOnce && asked.found.length < asked.query.k) again.push(asked);
        }
        tries = again.length < sent.length ? 0 : tries + 1;
        if (tries === mostTries) throw new SearchFault('busy', { reason: 'recall' });
        waiting = again;
        if (!isBusy) continue;
        const ownMs = Math.min(longestPauseMs, firstPauseMs * 2 ** tries) * (0.5 + Math.random() / 2);
        await server.wait(Math.max(ownMs, Math.min(askedMs, longestAskedMs)));
      }
    }

    /** The hits of each search, or `again` where the server could not take it now; `asked` hears how long it wants rest. */
    async function answersTo(
      searches: estypes.MsearchRequestItem[],
      count: number,
      asked: (ms: number) => void,
    ): Promise<(readonly { readonly sort: readonly unknown[] }[] | 'again')[]> {
      let responses: readonly MultiSearchItem[];
      try {
        const answer = await server.call(
          (client, call) =>
            client.msearch(
              {
                searches,
                filter_path: [
                  'responses.status',
                  // Without hits this is all that tells an answer from half of one.
                  'responses.timed_out',
                  'responses.error.type',
                  'responses.error.reason',
                  'responses.error.root_cause.type',
                  'responses.hits.hits.sort',
                ],
              },
              call,
            ),
          { patient: true },
        );
        responses = (answer.responses ?? []) as readonly MultiSearchItem[];
        if (responses.length !== count)
          throw new SearchFault('garbled', { reason: 'msearch answer without responses' });
      } catch (error) {
        if (error instanceof SearchFault && error.kind !== 'refused' && error.kind !== 'login') {
          asked(error.askedMs);
          return Array.from({ length: count }, () => 'again');
        }
        throw error;
      }
      return responses.map(({ status = 200, error, hits, timed_out }) => {
        // Taken for one without hits, a search that was cut short would make a poorer docket that nobody notices.
        if (!error) return timed_out === false ? (hits?.hits ?? []) : 'again';
        const types = [error.type, ...(error.root_cause ?? []).map(({ type }) => type)].filter(
          (type) => type !== undefined,
        );
        const faultKind = faultKindOf(status, types);
        // Missing: the alias has just moved.
        if (faultKind === 'busy' || faultKind === 'away' || faultKind === 'missing') return 'again';
        throw new SearchFault(faultKind, { type: error.type ?? '', reason: error.reason ?? '', status });
      });
    }

    const batches = batchesOf(queries.map((query, place) => ({ place, query, found: results[place]! })));
    await Promise.all(
      Array.from({ length: requestsAtATime }, async () => {
        for (let batch = batches.shift(); batch; batch = batches.shift()) await runBatch(batch);
      }),
    );
    return results;
  };
}

/** Runs of queries that one request may hold, by their number, words and hits; a query that is larger goes alone. */
function batchesOf(asked: readonly Asked[]): Asked[][] {
  const batches: Asked[][] = [];
  let clauses = 0;
  let hits = 0;
  for (const one of asked) {
    const last = batches.at(-1);
    const { terms, k } = one.query;
    clauses += terms.length;
    hits += Math.min(k, mostAtOnce);
    const fits = last && last.length < queriesARequest && clauses <= clausesARequest && hits <= hitsARequest;
    if (fits) last.push(one);
    else {
      batches.push([one]);
      clauses = terms.length;
      hits = Math.min(k, mostAtOnce);
    }
  }
  return batches;
}
