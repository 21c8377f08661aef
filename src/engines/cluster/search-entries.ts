import type { estypes } from '@elastic/elasticsearch';
import type { IndexEntry } from '../../ports/search-index.ts';
import { documentKey, longestId, readWriteVersion } from './search-document.ts';
import { SearchFault } from './search-fault.ts';
import type { SearchServer } from './search-server.ts';

const pageSize = 2_000;
const keepAlive = '2m';

/**
 * Ids and versions of an index (or of what an alias names) by id ascending, as they are when the walk begins. Where the
 * server has let go of that moment the walk goes on from the last id in what is there then.
 */
export function entriesOf(server: SearchServer, index: string): AsyncGenerator<IndexEntry> {
  return walk(server, index, { term: { removed: false } }, ['id', 'version'], ({ id, version }) => ({
    id: id as string,
    version: version as number,
  }));
}

/** What is known of a removed document. */
export interface Tombstone extends IndexEntry {
  /** Milliseconds since 1970. */
  readonly removedAt: number;
}

/** Tombstones that were laid at `since` (milliseconds since 1970) or later, by id ascending. */
export function tombstonesOf(server: SearchServer, index: string, since: number): AsyncGenerator<Tombstone> {
  const query = { bool: { filter: [{ term: { removed: true } }, { range: { removedAt: { gte: since } } }] } };
  return walk(server, index, query, ['id', 'version', 'removedAt'], ({ id, version, removedAt }) => ({
    id: id as string,
    version: version as number,
    removedAt: removedAt as number,
  }));
}

/** Documents asked after at once. */
const heldABatch = 1_000;

/** Versions of those documents that an index holds, by id, as they were last acknowledged. */
export async function heldVersions(
  server: SearchServer,
  index: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  for (let from = 0; from < ids.length; from += heldABatch) {
    const some = ids.slice(from, from + heldABatch).filter((id) => documentKey(id).length <= longestId);
    if (some.length === 0) continue;
    const { docs } = await server.call(
      (client, options) => client.mget({ index, ids: some.map(documentKey), _source: false }, options),
      { patient: true, repeat: true },
    );
    for (const [place, answer] of docs.entries()) {
      if (!('found' in answer) || !answer.found || answer._version === undefined) continue;
      const { version, removed } = readWriteVersion(answer._version);
      if (!removed) held.set(some[place]!, version);
    }
  }
  return held;
}

type Values = Readonly<Record<string, unknown>>;

async function* walk<T extends IndexEntry>(
  server: SearchServer,
  index: string,
  query: estypes.QueryDslQueryContainer,
  fields: string[],
  read: (values: Values) => T,
): AsyncGenerator<T> {
  await server.call((client, options) => client.indices.refresh({ index }, options), {
    patient: true,
    repeat: true,
  });
  const open = async (): Promise<string> => {
    const { id } = await server.call(
      (client, options) => client.openPointInTime({ index, keep_alive: keepAlive }, options),
      { patient: true, repeat: true },
    );
    return id;
  };
  const pageOf = async (moment: string, after: string | undefined): Promise<T[]> => {
    const response = await server.call(
      (client, options) =>
        client.search(
          {
            pit: { id: moment, keep_alive: keepAlive },
            query,
            sort: [{ id: 'asc' }],
            size: pageSize,
            ...(after === undefined ? {} : { search_after: [after] }),
            track_total_hits: false,
            _source: false,
            docvalue_fields: fields,
            filter_path: ['timed_out', 'hits.hits.fields'],
            allow_partial_search_results: false,
          },
          options,
        ),
      { patient: true, repeat: true },
    );
    if (response.timed_out !== false) throw new SearchFault('garbled', { reason: 'search answer without hits' });
    return (response.hits?.hits ?? []).map(({ fields: found }) =>
      read(Object.fromEntries(fields.map((name) => [name, (found![name] as readonly unknown[] | undefined)?.[0]]))),
    );
  };
  let moment = await open();
  try {
    for (let after: string | undefined; ; ) {
      let page: T[];
      try {
        page = await pageOf(moment, after);
      } catch (error) {
        if (!(error instanceof SearchFault && error.kind === 'missing')) throw error;
        moment = await open();
        page = await pageOf(moment, after);
      }
      yield* page;
      if (page.length < pageSize) return;
      after = page.at(-1)!.id;
    }
  } finally {
    // It would end by itself.
    await server.call((client, options) => client.closePointInTime({ id: moment }, options)).catch(() => undefined);
  }
}
