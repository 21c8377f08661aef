import type { IndexEntry } from '../../ports/search-index.ts';
import { SearchFault } from './search-fault.ts';
import { patientMs, type SearchServer } from './search-server.ts';

const pageSize = 2_000;
const keepAlive = '2m';

/**
 * Ids and versions of an index (or of what an alias names) by id ascending, as they are when the walk begins. Where the
 * server has let go of that moment the walk goes on from the last id in what is there then.
 */
export async function* entriesOf(server: SearchServer, index: string): AsyncGenerator<IndexEntry> {
  await server.call((client, options) => client.indices.refresh({ index }, options), {
    limitMs: patientMs,
    repeat: true,
  });
  const open = async (): Promise<string> => {
    const { id } = await server.call(
      (client, options) => client.openPointInTime({ index, keep_alive: keepAlive }, options),
      { limitMs: patientMs, repeat: true },
    );
    return id;
  };
  let moment = await open();
  try {
    for (let after: string | undefined; ; ) {
      let page: IndexEntry[];
      try {
        page = await pageOf(server, moment, after);
      } catch (error) {
        if (!(error instanceof SearchFault && error.kind === 'missing')) throw error;
        moment = await open();
        page = await pageOf(server, moment, after);
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

async function pageOf(server: SearchServer, moment: string, after: string | undefined): Promise<IndexEntry[]> {
  const response = await server.call(
    (client, options) =>
      client.search(
        {
          pit: { id: moment, keep_alive: keepAlive },
          query: { term: { removed: false } },
          sort: [{ id: 'asc' }],
          size: pageSize,
          ...(after === undefined ? {} : { search_after: [after] }),
          track_total_hits: false,
          _source: false,
          docvalue_fields: ['id', 'version'],
          filter_path: ['hits.hits.fields'],
          allow_partial_search_results: false,
        },
        options,
      ),
    { limitMs: patientMs, repeat: true },
  );
  return (response.hits?.hits ?? []).map(({ fields }) => ({
    id: fields!.id[0] as string,
    version: fields!.version[0] as number,
  }));
}
