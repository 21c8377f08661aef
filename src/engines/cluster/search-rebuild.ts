import type { estypes } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { IndexKind, IndexSink, RebuildOptions } from '../../ports/search-index.ts';
import { type BulkItem, writeBulk } from './search-bulk.ts';
import {
  createIndex,
  dropIndices,
  type IndexNames,
  type IndexNotes,
  type KnownIndex,
  knownIndices,
  noteOnIndex,
  startRefreshing,
  writingAlias,
} from './search-catalogue.ts';
import { documentKey, tombstoneSource, writeVersion } from './search-document.ts';
import { entriesOf, tombstonesOf } from './search-entries.ts';
import { SearchFault, type SearchFaultKind } from './search-fault.ts';
import { takeRebuildLease } from './search-lease.ts';
import type { KindMappings } from './search-mapping.ts';
import type { SearchServer } from './search-server.ts';
import { indexKinds, servingOf, stampOf } from './search-shelf.ts';
import { measuredLengths } from './search-statistics.ts';
import type { SearchWriter, WriteTarget } from './search-writer.ts';

/**
 * Tombstones that are younger outlive a rebuild: a process that was stopped (a machine that slept, a long pause) may still
 * write what it read before. A day is far longer than any task of the feed is held.
 */
const tombstonesForMs = 24 * 60 * 60_000;
const tombstonesABatch = 2_000;

export interface RebuildParts {
  readonly server: SearchServer;
  readonly names: IndexNames;
  readonly mappings: KindMappings;
  readonly writer: SearchWriter;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Fills new indices beside the old ones and swaps. From their making on every process writes into both. The swap is one
 * change of aliases for both kinds, so a search finds either the old or the new ones, never none or half. What an earlier
 * rebuild left that was killed is dropped first.
 */
export async function rebuildIndices(
  parts: RebuildParts,
  fill: (sink: IndexSink) => Promise<void>,
  { stamp, unlessStamped = false }: RebuildOptions,
): Promise<{ readonly documents: number } | null> {
  const { server, names, mappings, writer, clock, log } = parts;
  const startedAt = clock.now().getTime();
  const lease = await takeRebuildLease(server, { index: names.lease, clock, log });
  const made: string[] = [];
  try {
    const before = await knownIndices(server, names, indexKinds);
    // Now that nobody else can be at it: who held the lease before may have done it.
    if (unlessStamped && stamp !== undefined && stampOf(before) === stamp) return null;
    await dropAbandoned(server, [...before.need, ...before.achievement], log);
    const make = async (kind: IndexKind): Promise<WriteTarget> => {
      const serving = servingOf(before[kind]);
      // Averages of an index that another version made may be of other fields: typical ones do until the next rebuild.
      const fits = serving?.notes?.shape === mappings[kind].shape;
      const averages = fits ? await measuredLengths(server, names, mappings[kind]) : {};
      const name = names.numbered(kind, (before[kind].at(-1)?.number ?? 0) + 1);
      const notes: IndexNotes = { shape: mappings[kind].shape, averages, stamp: null };
      made.push(name);
      await createIndex(server, mappings[kind], name, notes);
      return { name, notes };
    };
    const fresh = { need: await make('need'), achievement: await make('achievement') };
    const since = startedAt - tombstonesForMs;
    const tombstoned = await tombstonedVersions(server, before, since);
    /** What the store has although a later version of it was removed: it was restored from a backup of before. */
    const revived = new Set<string>();

    await fill({
      put: async (documents) => {
        lease.assertHeld();
        for (const { kind, id, version } of documents) {
          if ((tombstoned[kind].get(id) ?? -1) >= version) revived.add(`${kind}/${id}`);
        }
        return writer.put(documents, fresh);
      },
      remove: async (items) => {
        lease.assertHeld();
        return writer.remove(items, fresh);
      },
      entries: (kind) => entriesOf(server, fresh[kind].name),
    });

    let documents = 0;
    for (const kind of indexKinds) {
      const { name, notes } = fresh[kind];
      const serving = servingOf(before[kind]);
      if (serving) {
        const isRevived = (id: string): boolean => revived.has(`${kind}/${id}`);
        await carryTombstones(parts, { from: serving.name, to: name, since, isRevived });
      }
      await startRefreshing(server, mappings[kind], name);
      await noteOnIndex(server, name, { ...notes, stamp: stamp ?? null });
      documents += await refreshedCount(server, name);
    }
    lease.assertHeld();
    // From here on they may be what is searched, whatever is answered.
    const swapped = made.splice(0);
    try {
      await swap(server, names, fresh, before);
    } catch (error) {
      if (!(await isSearched(server, names, swapped))) {
        // One that may still be carried out must find its indices: the next rebuild drops them where it was not.
        if (isRefusal(error)) made.push(...swapped);
        throw error;
      }
      log.warn({ err: error }, 'the search index was swapped, though the answer did not come');
    }
    await dropReplaced(server, names, { before, swapped, log });
    log.info({ documents, ms: clock.now().getTime() - startedAt, stamp }, 'search index rebuilt');
    return { documents };
  } catch (error) {
    await dropIndices(server, made).catch((cause: unknown) =>
      log.warn({ err: cause, made }, 'a half-filled search index could not be dropped; the next rebuild does'),
    );
    throw error;
  } finally {
    await lease.release();
  }
}

type Known = Readonly<Record<IndexKind, readonly KnownIndex[]>>;

/** Versions by which documents were removed from the indices that are searched, by id. */
async function tombstonedVersions(
  server: SearchServer,
  before: Known,
  since: number,
): Promise<Readonly<Record<IndexKind, ReadonlyMap<string, number>>>> {
  const of = async (kind: IndexKind): Promise<ReadonlyMap<string, number>> => {
    const versions = new Map<string, number>();
    const serving = servingOf(before[kind]);
    if (!serving) return versions;
    for await (const { id, version } of tombstonesOf(server, serving.name, since)) versions.set(id, version);
    return versions;
  };
  return { need: await of('need'), achievement: await of('achievement') };
}

/**
 * Lays the tombstones that are not old yet in the new index too: what they keep away may still come. Not over what the
 * store has again and the new index holds.
 */
async function carryTombstones(
  { server, log }: Pick<RebuildParts, 'server' | 'log'>,
  { from, to, since, isRevived }: { from: string; to: string; since: number; isRevived: (id: string) => boolean },
): Promise<void> {
  let batch: BulkItem[] = [];
  const lay = async () => {
    if ((await writeBulk(server, log, batch)).includes('lost')) {
      throw new SearchFault('missing', { reason: 'the index that was being filled is gone' });
    }
    batch = [];
  };
  for await (const { id, version, removedAt } of tombstonesOf(server, from, since)) {
    if (isRevived(id)) continue;
    const source = tombstoneSource(id, version, removedAt);
    batch.push({ alias: writingAlias(to), key: documentKey(id), version: writeVersion(version, true), source });
    if (batch.length >= tombstonesABatch) await lay();
  }
  if (batch.length > 0) await lay();
}

/** Drops what is neither searched nor being filled by anybody: the lease is ours, so nobody fills. */
async function dropAbandoned(server: SearchServer, known: readonly KnownIndex[], log: Log): Promise<void> {
  const abandoned = known.filter(({ isServing, notes }) => !isServing && notes !== undefined).map(({ name }) => name);
  if (abandoned.length === 0) return;
  log.info({ abandoned }, 'dropping search indices that a rebuild left unfinished');
  await dropIndices(server, abandoned);
}

/** Whether searches find these indices now; false also where the server does not tell. */
async function isSearched(server: SearchServer, names: IndexNames, indices: readonly string[]): Promise<boolean> {
  const known = await knownIndices(server, names, indexKinds).catch(() => null);
  if (known === null) return false;
  const searched = new Set(
    indexKinds.flatMap((kind) => known[kind]).flatMap((one) => (one.isServing ? [one.name] : [])),
  );
  return indices.every((name) => searched.has(name));
}

/** Whether the server said no, so that nothing of the request is carried out later. */
function isRefusal(error: unknown): boolean {
  return error instanceof SearchFault && refusals.has(error.kind);
}
const refusals: ReadonlySet<SearchFaultKind> = new Set<SearchFaultKind>(['missing', 'login', 'refused']);

/** Drops what was searched before, and what a process that started meanwhile made for the time being. */
async function dropReplaced(
  server: SearchServer,
  names: IndexNames,
  { before, swapped, log }: { before: Known; swapped: readonly string[]; log: Log },
): Promise<void> {
  try {
    const now = await knownIndices(server, names, indexKinds);
    const ours = indexKinds.flatMap((kind) => now[kind]).filter(({ notes }) => notes !== undefined);
    const old = new Set([...indexKinds.flatMap((kind) => before[kind]), ...ours].map(({ name }) => name));
    for (const name of swapped) old.delete(name);
    await dropIndices(server, [...old]);
  } catch (error) {
    log.warn({ err: error }, 'the replaced search indices could not be dropped; the next rebuild does');
  }
}

/**
 * One change of aliases: readers go from old to new, and nothing more is written into the old. The alias leaves whatever has
 * it: a process that started on an emptied server while this one filled has made an empty first index.
 */
async function swap(
  server: SearchServer,
  names: IndexNames,
  fresh: Readonly<Record<IndexKind, WriteTarget>>,
  before: Known,
): Promise<void> {
  const actions = indexKinds.flatMap((kind): estypes.IndicesUpdateAliasesAction[] => {
    const alias = names.serving(kind);
    const old = servingOf(before[kind]);
    return [
      ...(old ? [{ remove: { index: old.name, alias, must_exist: true } }] : []),
      ...(old?.isWriting ? [{ remove: { index: old.name, alias: writingAlias(old.name), must_exist: false } }] : []),
      { remove: { index: names.all(kind), alias, must_exist: false } },
      { add: { index: fresh[kind].name, alias } },
    ];
  });
  const { acknowledged } = await server.call((client, options) => client.indices.updateAliases({ actions }, options), {
    patient: true,
  });
  if (!acknowledged)
    throw new QianxianError('unavailable', '检索服务没有及时更换索引，请运行 npx qianxian reindex 重来');
}

/** Documents of an index after everything that was written is visible. */
async function refreshedCount(server: SearchServer, index: string): Promise<number> {
  await server.call((client, options) => client.indices.refresh({ index }, options), {
    patient: true,
    repeat: true,
  });
  const { count } = await server.call(
    (client, options) => client.count({ index, query: { term: { removed: false } } }, options),
    { patient: true, repeat: true },
  );
  return count;
}
