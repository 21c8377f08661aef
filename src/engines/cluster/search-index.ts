import { QianxianError } from '../../domain/errors.ts';
import { writtenKey } from '../../domain/suggestion-keys.ts';
import { takeTurns } from '../../domain/take-turns.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { outsideRequestTime } from '../../ports/request-time.ts';
import type { IndexKind, SearchIndex, Suggestion } from '../../ports/search-index.ts';
import { assertPrefix, indexNames, knownIndices } from './search-catalogue.ts';
import { checkSearchServer, refusedLogin } from './search-check.ts';
import { entriesOf, heldVersions } from './search-entries.ts';
import { SearchFault } from './search-fault.ts';
import { readMappings } from './search-mapping.ts';
import { createSearchPages } from './search-pages.ts';
import { suggestBody } from './search-query.ts';
import { rebuildIndices } from './search-rebuild.ts';
import { createSearchRecall } from './search-recall.ts';
import { createSearchServer, type RequestLimits } from './search-server.ts';
import { blockAdvice, blockedIndices, ensureIndices, indexKinds, stampOf, UnfitIndex } from './search-shelf.ts';
import { createSearchWriter, foreignAdvice } from './search-writer.ts';

/** The mappings refresh every second; some more until the new searcher is in place. */
const visibleAfterMs = 1_500;

export interface SearchIndexOptions {
  /** `http://` or `https://`, with user and password where the server wants them. */
  readonly url: string;
  /** Folder of `need.json` and `achievement.json`: settings and mappings. */
  readonly mappings: string;
  /** Beginning of all index names (default `qianxian`), so that several deployments can share a server. */
  readonly prefix?: string;
  /**
   * What to do at the start about an index that does not fit this program: `refuse` it (default), or open all the same for
   * the one call that mends it, `rebuild`; until then every other call throws.
   */
  readonly unfit?: 'refuse' | 'rebuild';
  /** Default `usualLimits`. */
  readonly limits?: RequestLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The search index on Elasticsearch 8, shared by all processes.
 *
 * Throws `misconfigured` for an address, a login, a product, a version or an index that cannot work. Where the server does
 * not answer it opens all the same: calls throw `unavailable` until the server is there, and then work. So they do where
 * it turns out only then, or changes while the program runs, that something of this does not fit: what was asked for waits.
 */
export async function openSearchIndex(options: SearchIndexOptions): Promise<SearchIndex> {
  const { url, prefix = 'qianxian', clock, log } = options;
  assertPrefix(prefix);
  const mappings = await readMappings(options.mappings);
  const server = createSearchServer({ url, log, ...(options.limits ? { limits: options.limits } : {}) });
  const names = indexNames(prefix);
  const parts = { server, names, mappings, clock, log };
  const writer = createSearchWriter(parts);
  const searchPages = createSearchPages({ names, mappings });
  const recallBatches = createSearchRecall(parts);
  let rebuilding: Promise<unknown> = Promise.resolve();

  let checked = false;
  let ensured: Promise<void> | undefined;
  /** Resolves when the server was seen to be one that works, with its indices in place; asked again after each failure. */
  function seenReady(): Promise<void> {
    // Others wait for it as well: nobody's request may run out of time for them.
    ensured ??= outsideRequestTime(async () => {
      try {
        if (!checked) await checkSearchServer(server, url, log);
        checked = true;
        await ensureIndices(server, names, mappings, log);
        for (const blocked of await blockedIndices(server, names)) {
          log.warn({ ...blocked, advice: blockAdvice(blocked).mend }, 'a search index takes no writes');
        }
      } catch (error) {
        ensured = undefined;
        throw error;
      }
    });
    return ensured;
  }

  const said = new Set<string>();
  /** As `seenReady`, for calls: what would have hindered the start is waited for now, and told once in the log. */
  async function ready(): Promise<void> {
    try {
      await seenReady();
      said.clear();
    } catch (error) {
      const isUnfit = error instanceof QianxianError && error.code === 'misconfigured';
      if (!isUnfit || (error instanceof UnfitIndex && options.unfit === 'rebuild')) throw error;
      if (!said.has(error.message)) {
        log.error({ setting: 'ELASTICSEARCH_URL', advice: error.message }, 'Elasticsearch cannot be used');
      }
      said.add(error.message);
      throw new QianxianError('unavailable', error.message, { cause: error, retryAfter: 30 });
    }
  }

  function assertKind(kind: IndexKind): void {
    if (!(indexKinds as readonly unknown[]).includes(kind)) {
      throw new QianxianError('malformed', '检索的种类应是需求或成果');
    }
  }

  try {
    await seenReady();
  } catch (thrown) {
    const error = thrown instanceof SearchFault && thrown.kind === 'login' ? refusedLogin(thrown) : thrown;
    const isAway = error instanceof QianxianError && error.code === 'unavailable';
    if (!isAway && !(error instanceof UnfitIndex && options.unfit === 'rebuild')) {
      await server.close();
      throw error;
    }
    log.warn({ err: error }, isAway ? 'Elasticsearch is away: opening without it' : 'the search index does not fit');
  }

  return {
    keeps: 'durable',
    visibleAfterMs,
    averageLengths: 'since rebuild',
    names: 'mapped',

    async stamp() {
      await ready();
      return stampOf(await knownIndices(server, names, indexKinds));
    },

    async put(documents) {
      await ready();
      return writer.put(documents);
    },

    async remove(items) {
      await ready();
      return writer.remove(items);
    },

    async search(query) {
      assertKind(query.kind);
      const timed = server.forOneTask();
      await timed.await(ready());
      return searchPages(query, timed);
    },

    async recall(kind, queries) {
      assertKind(kind);
      await ready();
      return recallBatches(kind, queries);
    },

    async suggest(written, { kinds, audiences, ownOrganisation, limit }) {
      const timed = server.forOneTask();
      await timed.await(ready());
      const key = writtenKey(written);
      if (key === '' || limit < 1) return [];
      const lists = await Promise.all(
        [...new Set(kinds)].map(async (kind): Promise<Suggestion[]> => {
          assertKind(kind);
          const body = suggestBody(key, { audiences, ownOrganisation }, limit);
          const { hits } = await timed.call(
            (client, call) =>
              client.search<{ readonly title: string }>(
                { index: names.serving(kind), ...body, allow_partial_search_results: false },
                call,
              ),
            { repeat: true },
          );
          if (!Array.isArray(hits?.hits)) throw new SearchFault('garbled', { reason: 'search answer without hits' });
          return hits.hits.map(({ fields, _source }) => ({ kind, id: fields!.id[0] as string, title: _source!.title }));
        }),
      );
      return takeTurns(lists, limit);
    },

    async rebuild(fill, options = {}) {
      const before = rebuilding;
      const work = (async () => {
        await before.catch(() => undefined);
        server.assertOpen();
        await ready().catch((error: unknown) => {
          const { cause = error } = error as Error;
          if (!(cause instanceof UnfitIndex)) throw error;
        });
        const result = await rebuildIndices({ ...parts, writer }, fill, options);
        ensured = undefined;
        return result;
      })();
      rebuilding = work.catch(() => undefined);
      return work;
    },

    async count(kind) {
      assertKind(kind);
      await ready();
      const index = names.serving(kind);
      await server.call((client, call) => client.indices.refresh({ index }, call), {
        patient: true,
        repeat: true,
      });
      const { count } = await server.call(
        (client, call) => client.count({ index, query: { term: { removed: false } } }, call),
        { patient: true, repeat: true },
      );
      return count;
    },

    async held(kind, ids) {
      assertKind(kind);
      await ready();
      return heldVersions(server, names.serving(kind), ids);
    },

    async *entries(kind) {
      assertKind(kind);
      await ready();
      yield* entriesOf(server, names.serving(kind));
    },

    async ping() {
      const timed = server.forOneTask();
      await timed.await(ready());
      // A count of nothing: each shard must answer, which a server without its data would not.
      await timed.call((client, call) =>
        client.search(
          {
            index: indexKinds.map((kind) => names.serving(kind)),
            size: 0,
            track_total_hits: false,
            query: { match_none: {} },
            allow_partial_search_results: false,
          },
          call,
        ),
      );
    },

    async advice() {
      const timed = server.forOneTask();
      await timed.await(ready());
      const blocked = (await blockedIndices(timed, names)).map(blockAdvice);
      const known = await knownIndices(timed, names, indexKinds);
      const foreign = indexKinds.flatMap((kind) =>
        known[kind].filter(({ isWriting, notes }) => isWriting && notes?.shape !== mappings[kind].shape),
      );
      if (foreign.length === 0) return blocked;
      return [
        ...blocked,
        { detail: `索引 ${foreign.map(({ name }) => name).join('、')} 是另一版本的程序建立的`, mend: foreignAdvice },
      ];
    },

    close: () => server.close(),
  };
}
