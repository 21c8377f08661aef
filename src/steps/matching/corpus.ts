import { QianxianError } from '../../domain/errors.ts';
import {
  type CorpusCounter,
  type CorpusStatistics,
  type CountedCorpus,
  corpusCounter,
  readCounted,
  statisticsBuilder,
  writeCounted,
} from '../../domain/matching/corpus-statistics.ts';
import type { Need } from '../../domain/need.ts';
import type { Ports } from '../../ports/ports.ts';
import { breather, stopIfAborted } from './breathe.ts';
import { inBatches } from './in-batches.ts';
import { shippedModel } from './model-files.ts';
import type { ProfileCache } from './profile-cache.ts';
import { latestRunRecord } from './run-record.ts';
import { collectionOf, profileSource, segmentProfiles } from './segment-profiles.ts';

/** Records that are read and segmented together. */
const batch = 200;

/**
 * Blobs of one version: the slices in which the counter gives its counts, and, written last, how many there are. All
 * machines of a service see them, and a slice is read and understood in some milliseconds.
 */
const blobsOf = 'matching-corpus';
const headId = (version: string): string => `${blobsOf}-${version}`;
const sliceId = (version: string, slice: number): string => `${blobsOf}-${version}-${slice}`;

/**
 * Counts all records of the store, published and archived, whatever takes part in the run: the same store gives the same
 * statistics. What was counted is kept under its version. Every profile is put into the cache as long as it has room.
 */
export async function countCorpus(
  ports: Pick<Ports, 'store' | 'segmenter' | 'blobs'>,
  cache?: ProfileCache,
  signal?: AbortSignal,
): Promise<CorpusStatistics> {
  const counter = corpusCounter();
  const breathe = breather(signal);
  for (const kind of ['need', 'achievement'] as const) {
    const where = { state: { in: ['published', 'archived'] } };
    // Both kinds are entries; what is read of them does not differ.
    const entries = ports.store.collection(collectionOf[kind]).stream(where) as AsyncIterable<Need>;
    for await (const some of inBatches(entries, batch)) {
      stopIfAborted(signal);
      const sources = some.flatMap((entry) => profileSource(kind, entry) ?? []);
      for (const [i, profile] of (await segmentProfiles(ports.segmenter, sources)).entries()) {
        counter.add(profile);
        cache?.put(sources[i]!, profile);
        await breathe();
      }
    }
  }
  const statistics = await added(counter.slices(), breathe);
  await keepCorpus(ports, statistics.version, counter);
  return statistics;
}

async function added(
  slices: Iterable<CountedCorpus>,
  breathe: () => Promise<void> | undefined,
): Promise<CorpusStatistics> {
  const { background } = await shippedModel();
  const builder = statisticsBuilder(background);
  for (const slice of slices) {
    builder.add(slice);
    await breathe();
  }
  return builder.build();
}

async function keepCorpus({ blobs }: Pick<Ports, 'blobs'>, version: string, counter: CorpusCounter): Promise<void> {
  if (await keptSlices({ blobs }, version).catch(() => undefined)) return;
  let slices = 0;
  for (const slice of counter.slices()) {
    await blobs.put(sliceId(version, slices), writeCounted(slice));
    slices += 1;
  }
  await blobs.put(headId(version), new TextEncoder().encode(JSON.stringify({ format: 1, slices })));
}

/** The counts that a run was planned with are not there any more, or not whole: it has to be planned anew. */
export class CorpusGone extends QianxianError {
  constructor(code: 'not_found' | 'damaged', cause?: unknown) {
    super(
      code,
      code === 'not_found'
        ? '这次匹配所用的词频统计已不在，请重新运行匹配以重新统计'
        : '词频统计文件的内容不完整，请重新运行匹配以重新统计',
      { cause },
    );
  }
}

const damaged = (cause?: unknown): CorpusGone => new CorpusGone('damaged', cause);

function gone(error: unknown): unknown {
  if (!(error instanceof QianxianError) || error instanceof CorpusGone) return error;
  return error.code === 'not_found' || error.code === 'damaged' ? new CorpusGone(error.code, error) : error;
}

/** How many slices there are of a version; throws `CorpusGone`. */
async function keptSlices({ blobs }: Pick<Ports, 'blobs'>, version: string): Promise<number> {
  const bytes = await blobs.get(headId(version)).catch((error: unknown) => {
    throw gone(error);
  });
  let head: { readonly format?: unknown; readonly slices?: unknown } | null;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(cause);
  }
  if (head?.format !== 1 || !Number.isSafeInteger(head.slices)) throw damaged();
  return head.slices as number;
}

/** The statistics of this version; throws `CorpusGone`: `not_found` where they are not kept, `damaged` where they are not whole. */
export async function loadCorpus(
  { blobs }: Pick<Ports, 'blobs'>,
  version: string,
  signal?: AbortSignal,
): Promise<CorpusStatistics> {
  const slices = await keptSlices({ blobs }, version);
  const { background } = await shippedModel();
  const builder = statisticsBuilder(background);
  const breathe = breather(signal);
  for (let slice = 0; slice < slices; slice += 1) {
    try {
      builder.add(readCounted(await blobs.get(sliceId(version, slice))));
    } catch (error) {
      throw gone(error);
    }
    await breathe();
  }
  const statistics = builder.build();
  if (statistics.version !== version) throw damaged();
  return statistics;
}

/**
 * Removes the counts that nobody asks for again: all but those of this version, of runs that are not finished, and of the
 * newest that is.
 */
export async function dropOldCorpora(ports: Pick<Ports, 'store' | 'blobs'>, version: string): Promise<void> {
  const kept = new Set([version]);
  for await (const run of ports.store.collection('matchingRuns').stream({ state: { in: ['running', 'failed'] } })) {
    if (run.statistics) kept.add(run.statistics);
  }
  const last = await latestRunRecord(ports, 'finished');
  if (last?.statistics) kept.add(last.statistics);
  const heads = new Set([...kept].map(headId));
  const old: string[] = [];
  for await (const id of ports.blobs.list()) {
    if (id.startsWith(blobsOf) && !heads.has(id) && !heads.has(id.replace(/-\d+$/, ''))) old.push(id);
  }
  for (const id of old) await ports.blobs.remove(id);
}
