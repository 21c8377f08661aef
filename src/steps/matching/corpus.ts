import type { Achievement } from '../../domain/achievement.ts';
import type { Entry, EntryKind } from '../../domain/entry.ts';
import { visibleContent } from '../../domain/entry.ts';
import { QianxianError } from '../../domain/errors.ts';
import {
  type CorpusStatistics,
  corpusCounter,
  corpusStatistics,
  readCounted,
  writeCounted,
} from '../../domain/matching/corpus-statistics.ts';
import type { MatchProfile } from '../../domain/matching/match-profile.ts';
import type { Need } from '../../domain/need.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { breather, stopIfAborted } from './breathe.ts';
import { shippedModel } from './model-files.ts';
import { type ProfileSource, segmentProfiles } from './segment-profiles.ts';

/** Records that are read and segmented together. */
const batch = 200;
/** Blob that holds the counts of the newest run, so that a pair can be explained without counting again. */
const blobId = 'matching-corpus';

export const collectionOf = { need: 'needs', achievement: 'achievements' } as const satisfies Record<EntryKind, string>;

/** What matching reads of a stored record; undefined where it is neither published nor archived. */
export function profileSource(kind: EntryKind, entry: Need | Achievement): ProfileSource | undefined {
  const content = visibleContent<object>(entry as Entry<object>);
  return content === null ? undefined : { kind, id: entry.id, content, updatedAt: entry.updatedAt };
}

/** Keeps the words of records that were segmented, up to a number of words in all, so that few are segmented twice. */
export interface ProfileCache {
  get(id: string): MatchProfile | undefined;
  put(profile: MatchProfile): void;
}

export function profileCache(mostWords: number): ProfileCache {
  const profiles = new Map<string, MatchProfile>();
  let words = 0;
  return {
    get: (id) => profiles.get(id),
    put(profile) {
      const own = profile.texts.reduce((sum, text) => sum + text.words.length, 0);
      if (words + own > mostWords) return;
      words += own;
      profiles.set(profile.id, profile);
    },
  };
}

/**
 * Counts all records of the store, published and archived, whatever takes part in the run: the same store gives the same
 * statistics. The counts are kept as a blob. Every profile is put into the cache as long as it has room.
 */
export async function countCorpus(
  ports: Pick<Ports, 'store' | 'segmenter' | 'blobs'>,
  cache?: ProfileCache,
  signal?: AbortSignal,
): Promise<CorpusStatistics> {
  const { background } = await shippedModel();
  const counter = corpusCounter();
  const breathe = breather(signal);
  for (const kind of ['need', 'achievement'] as const) {
    let waiting: ProfileSource[] = [];
    const flush = async (): Promise<void> => {
      stopIfAborted(signal);
      for (const profile of await segmentProfiles(ports.segmenter, waiting)) {
        counter.add(profile);
        cache?.put(profile);
        await breathe();
      }
      waiting = [];
    };
    for await (const entry of ports.store
      .collection(collectionOf[kind])
      .stream({ state: { in: ['published', 'archived'] } }) as AsyncIterable<Need | Achievement>) {
      const source = profileSource(kind, entry);
      if (!source) continue;
      waiting.push(source);
      if (waiting.length >= batch) await flush();
    }
    await flush();
  }
  const counted = counter.counted();
  await breathe();
  await ports.blobs.put(blobId, writeCounted(counted));
  const statistics = corpusStatistics(counted, background);
  newest.set(ports.blobs, statistics);
  return statistics;
}

const newest = new WeakMap<BlobStore, CorpusStatistics>();

/**
 * The statistics of the newest run, or counted now where there was none. `version` is that of the newest run, where known:
 * a process that holds older ones reads them again.
 */
export async function currentCorpus(
  ports: Pick<Ports, 'store' | 'segmenter' | 'blobs' | 'log'>,
  version?: string,
): Promise<CorpusStatistics> {
  const held = newest.get(ports.blobs);
  if (held && (version === undefined || held.version === version)) return held;
  const { background } = await shippedModel();
  try {
    const statistics = corpusStatistics(readCounted(await ports.blobs.get(blobId)), background);
    newest.set(ports.blobs, statistics);
    return statistics;
  } catch (error) {
    if (!(error instanceof QianxianError) || (error.code !== 'not_found' && error.code !== 'damaged')) throw error;
    if (error.code === 'damaged') ports.log.warn({ blob: blobId }, 'corpus counts are damaged: counting again');
    return countCorpus(ports);
  }
}
