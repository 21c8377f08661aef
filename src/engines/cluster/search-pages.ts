import type { estypes } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { SearchQuery, SearchResult } from '../../ports/search-index.ts';
import type { IndexNames } from './search-catalogue.ts';
import { readCursor, writeCursor } from './search-cursor.ts';
import { SearchFault } from './search-fault.ts';
import type { KindMappings } from './search-mapping.ts';
import { type FoundPage, readFoundPage, searchBody } from './search-query.ts';
import type { SearchServer } from './search-server.ts';
import { searchStatistics } from './search-statistics.ts';

/**
 * Pages before the first that is read in a kept moment. Most people look at one or two pages, and a kept moment holds
 * files on the server; who goes on gets pages that writes do not move about.
 */
const pagesWithoutMoment = 2;
const keepAlive = '1m';

/** A moment of the index, or the index itself. */
type Place = { readonly pit: estypes.SearchPointInTimeReference } | { readonly index: string };

/** Searches page by page, each within the time of the given server. */
export function createSearchPages(options: {
  readonly names: IndexNames;
  readonly mappings: KindMappings;
}): (query: SearchQuery, server: SearchServer) => Promise<SearchResult> {
  const { names, mappings } = options;

  return async (query, server) => {
    async function ask(place: Place, body: estypes.SearchRequest): Promise<FoundPage> {
      const response = await server.call(
        (client, call) => client.search({ ...body, ...place, allow_partial_search_results: false }, call),
        { repeat: true },
      );
      const found = readFoundPage(response, query);
      if (!found) throw new SearchFault('garbled', { reason: 'search answer without hits' });
      return found;
    }

    async function openMoment(index: string): Promise<string> {
      const { id } = await server.call(
        (client, call) => client.openPointInTime({ index, keep_alive: keepAlive }, call),
        { repeat: true },
      );
      return id;
    }

    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > 100) {
      throw new QianxianError('malformed', '每页条数应是1到100的整数');
    }
    const index = names.serving(query.kind);
    const { names: mapped } = mappings[query.kind];
    const cursor = query.cursor === undefined ? undefined : readCursor(query, query.cursor);
    const { statistics, all = 0 } = cursor
      ? { statistics: cursor.statistics }
      : query.words.length > 0
        ? await searchStatistics(server, index, query)
        : { statistics: { documents: 0, frequencies: new Map<string, number>() } };
    const page = cursor?.page ?? 0;
    const relaxes = cursor ? cursor.relaxed : (query.match ?? 'all') === 'all' && query.words.length > 0 && all === 0;
    const body = searchBody(query, relaxes ? 'any' : (query.match ?? 'all'), mapped, statistics, cursor?.end);

    let found: FoundPage;
    let moment: string | undefined;
    if (page < pagesWithoutMoment) found = await ask({ index }, body);
    else {
      moment = cursor?.moment ?? (await openMoment(index));
      const inMoment = (id: string): Place => ({ pit: { id, keep_alive: keepAlive } });
      try {
        found = await ask(inMoment(moment), body);
      } catch (error) {
        // It ended, its index was replaced, or the id was changed: the place is known, so another moment does.
        const isGone = error instanceof SearchFault && (error.kind === 'missing' || error.kind === 'refused');
        if (!cursor?.moment || !isGone) throw error;
        moment = await openMoment(index);
        found = await ask(inMoment(moment), body);
      }
      if (!found.end) {
        const id = moment;
        // Nobody needs it any more; it would end by itself.
        server.call((client, call) => client.closePointInTime({ id }, call)).catch(() => undefined);
      }
    }
    const { hits, total, counts, end } = found;
    // Where none of the words is known there is nothing to fall back to.
    const relaxed = relaxes && (cursor !== undefined || found.known > 0);
    const next = end && writeCursor(query, { end, page: page + 1, relaxed, statistics, ...(moment ? { moment } : {}) });
    return { hits, total, counts, relaxed, ...(next ? { next } : {}) };
  };
}
