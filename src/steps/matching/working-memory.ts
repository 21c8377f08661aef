import type { EntryState } from '../../domain/entry.ts';
import type { CorpusStatistics } from '../../domain/matching/corpus-statistics.ts';
import type { TextEncoder } from '../../domain/matching/text-encoder.ts';
import type { MatchingRun } from '../../domain/matching-run.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { CorpusGone, countCorpus, loadCorpus } from './corpus.ts';
import { type ProfileCache, profileCache } from './profile-cache.ts';
import { recordShelf, type Shelves } from './record-shelf.ts';

/** Words of records that are kept: a bound of memory. */
const wordsKept = 4_000_000;
/** What is not used for so long is let go: a run is once a week. */
const idleMs = 120_000;

/** What a process keeps from one part of a run to the next, so that little is read and segmented twice. Nothing in it is the truth. */
export interface WorkingMemory {
  readonly statistics: CorpusStatistics;
  readonly profiles: ProfileCache;
  /** Records made ready for one plan; a new plan begins with empty shelves. */
  shelves?: { readonly of: string; readonly shelves: Shelves };
}

interface Held {
  /** Undefined while it is being counted. */
  version?: string;
  readonly memory: Promise<WorkingMemory>;
  timer?: NodeJS.Timeout;
}

/** By what identifies the service in a process: its ports may be wrapped. */
const memories = new WeakMap<BlobStore, Held>();

function hold(blobs: BlobStore, held: Held): Promise<WorkingMemory> {
  const before = memories.get(blobs);
  if (before !== held) clearTimeout(before?.timer);
  memories.set(blobs, held);
  const drop = () => {
    if (memories.get(blobs) === held) memories.delete(blobs);
  };
  held.memory.catch(drop);
  clearTimeout(held.timer);
  held.timer = setTimeout(drop, idleMs).unref();
  return held.memory;
}

/** Counts the corpus anew and remembers it. */
export function countedMemory(
  ports: Pick<Ports, 'store' | 'segmenter' | 'blobs'>,
  signal?: AbortSignal,
): Promise<WorkingMemory> {
  const profiles = profileCache(wordsKept);
  const held: Held = {
    memory: countCorpus(ports, profiles, signal).then((statistics) => {
      held.version = statistics.version;
      return { statistics, profiles };
    }),
  };
  return hold(ports.blobs, held);
}

/** What is remembered of these statistics, else they are read; throws `CorpusGone` as `loadCorpus` does. */
export function memoryOf(ports: Pick<Ports, 'blobs'>, version: string): Promise<WorkingMemory> {
  const known = memories.get(ports.blobs);
  if (known?.version === version) return hold(ports.blobs, known);
  return hold(ports.blobs, {
    version,
    memory: loadCorpus(ports, version).then((statistics) => ({ statistics, profiles: profileCache(wordsKept) })),
  });
}

/** The same for a look at a pair at any time: where the counts are gone or were never made, they are made now. */
export async function currentMemory(
  ports: Pick<Ports, 'store' | 'segmenter' | 'blobs' | 'log'>,
  version: string | undefined,
): Promise<WorkingMemory> {
  if (version === undefined) return memories.get(ports.blobs)?.memory ?? countedMemory(ports);
  try {
    return await memoryOf(ports, version);
  } catch (error) {
    if (!(error instanceof CorpusGone)) throw error;
    ports.log.warn({ statistics: version, code: error.code }, 'corpus counts cannot be read: counting again');
    return countedMemory(ports);
  }
}

/** States in which a record takes part in a run. */
export function statesOf(run: Pick<MatchingRun, 'includesArchive'>): EntryState[] {
  return run.includesArchive ? ['published', 'archived'] : ['published'];
}

/** The shelves of a run's plan in this process. */
export function shelvesOf(
  ports: Pick<Ports, 'store' | 'segmenter'>,
  memory: WorkingMemory,
  run: Pick<MatchingRun, 'week' | 'plan' | 'includesArchive'>,
  encoder: TextEncoder,
): Shelves {
  const of = `${run.week} ${run.plan}`;
  if (memory.shelves?.of !== of) {
    const options = { ports, encoder, statistics: memory.statistics, profiles: memory.profiles, states: statesOf(run) };
    memory.shelves = {
      of,
      shelves: { need: recordShelf('need', options), achievement: recordShelf('achievement', options) },
    };
  }
  return memory.shelves.shelves;
}
