import { setTimeout as pause } from 'node:timers/promises';
import { visibleContent } from '../../domain/entry.ts';
import { QianxianError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { type IndexDeviation, indexDeviations } from './compare-index.ts';
import { collectionOf, entryKindsOf, indexBatch } from './index-entries.ts';
import { type IndexedItem, keepRefusals } from './index-refusals.ts';
import { putAsStored } from './reindex.ts';

/** Records that one round mends. Where more differ, it is the index as a whole that has to be made anew. */
export const mostMended = 2_000;
/** What the feed is just about to write differs for a moment. */
const usualSettleMs = 5_000;

export interface Mended {
  /** Records that were made again. */
  readonly mended: number;
  /** Whether more differ than one round takes. */
  readonly more: boolean;
}

/**
 * The round of every hour: what the index holds otherwise than the store, and still does after a while, is put or removed
 * again as the store has it now. Nothing is to do as long as the feed loses nothing; this is for what nobody thought of.
 * Repeating it, or doing it beside the feed, changes nothing: each write has the version of its record. An index that is
 * to be filled first, or whose server is away, is left alone.
 */
export async function mendIndex(
  ports: Ports,
  signal: AbortSignal,
  { settleMs = usualSettleMs, most = mostMended } = {},
): Promise<Mended> {
  const { index, log } = ports;
  try {
    // One in memory is made anew at each start.
    if (index.keeps === 'memory') return { mended: 0, more: false };
    if ((await index.stamp()) !== (await ports.segmenter.version())) return { mended: 0, more: false };
    const found: IndexDeviation[] = [];
    let more = false;
    for await (const deviation of indexDeviations(ports, index)) {
      if (signal.aborted) return { mended: 0, more: false };
      if (deviation.gap === 'refused') continue;
      if (found.length === most) {
        more = true;
        break;
      }
      found.push(deviation);
    }
    if (found.length === 0) return { mended: 0, more };
    await pause(settleMs, undefined, { signal }).catch(() => {});
    const counts = { missing: 0, extra: 0, stale: 0, refused: 0 };
    const heard: IndexedItem[] = [];
    let mended = 0;
    for (const kind of entryKindsOf) {
      const ofKind = found.filter((deviation) => deviation.kind === kind);
      for (let from = 0; from < ofKind.length && !signal.aborted; from += indexBatch) {
        const lasting = await stillDiffering(ports, kind, ofKind.slice(from, from + indexBatch));
        await putAsStored(ports, index, kind, lasting, (items) => heard.push(...items));
        for (const { gap } of lasting) counts[gap]++;
        mended += lasting.length;
      }
    }
    await keepRefusals(ports, heard);
    if (mended > 0) {
      const { missing, extra, stale } = counts;
      log.warn(
        { missing, extra, stale, more },
        'the search index differed from the store: what differed was made again',
      );
    }
    return { mended, more };
  } catch (error) {
    // In an hour it is looked again.
    if (!(error instanceof QianxianError && error.code === 'unavailable')) throw error;
    log.debug({ err: error }, 'the search index could not be compared with the store');
    return { mended: 0, more: false };
  }
}

/** Those of which the index, asked for them alone, still does not hold what the store has now. */
async function stillDiffering(
  { store, index }: Pick<Ports, 'store' | 'index'>,
  kind: IndexDeviation['kind'],
  deviations: readonly IndexDeviation[],
): Promise<IndexDeviation[]> {
  const ids = deviations.map(({ id }) => id);
  const held = await index.held(kind, ids);
  const stored = new Map((await store.collection(collectionOf[kind]).getMany(ids)).map((entry) => [entry.id, entry]));
  return deviations.filter(({ id }) => {
    const entry = stored.get(id);
    const isVisible = entry !== undefined && visibleContent(entry as Parameters<typeof visibleContent>[0]) !== null;
    return held.get(id) !== (isVisible ? entry.version : undefined);
  });
}
