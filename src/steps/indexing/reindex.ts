import { QianxianError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { IndexSink } from '../../ports/search-index.ts';
import type { IndexableEntry } from './index-document.ts';
import {
  collectionOf,
  entryKindsOf,
  indexBatch,
  indexDocuments,
  organisationMark,
  organisationsOf,
} from './index-entries.ts';

/** Puts a batch, and again what belongs to an organisation that was renamed while the batch was made. */
async function putBatch(
  ports: Ports,
  sink: IndexSink,
  entries: readonly Omit<IndexableEntry, 'organisation'>[],
): Promise<void> {
  let pending = entries;
  while (pending.length > 0) {
    const ids = pending.map(({ entry }) => entry.organisationId);
    const used = await organisationsOf(ports, ids);
    const items = pending.map(
      (item) => ({ ...item, organisation: used.get(item.entry.organisationId ?? '') }) as IndexableEntry,
    );
    const receipts = await sink.put(await indexDocuments(ports, items));
    const failed = receipts.find(({ result }) => result === 'failed');
    if (failed) {
      throw new QianxianError(
        'unavailable',
        `记录 ${failed.id} 没有编入索引（${failed.reason ?? '原因不明'}），索引未更换`,
      );
    }
    const now = await organisationsOf(ports, ids);
    pending = pending.filter(({ entry: { organisationId: id } }) => {
      return id !== null && organisationMark(used.get(id)) !== organisationMark(now.get(id));
    });
  }
}

/**
 * Segments every published and archived record anew into a fresh index, which replaces the old one at once when it is
 * full; searches and writes go on meanwhile. `onProgress` hears how many of how many records were read.
 */
export async function reindex(
  ports: Ports,
  onProgress?: (done: number, total: number) => void,
): Promise<{ readonly documents: number }> {
  const { store, index } = ports;
  const stamp = await ports.segmenter.version();
  let total = 0;
  for (const kind of entryKindsOf) total += await store.collection(collectionOf[kind]).count();
  let done = 0;
  return index.rebuild(
    async (sink) => {
      for (const kind of entryKindsOf) {
        let batch: Omit<IndexableEntry, 'organisation'>[] = [];
        const flush = async () => {
          await putBatch(ports, sink, batch);
          done += batch.length;
          batch = [];
          onProgress?.(done, Math.max(done, total));
        };
        for await (const entry of store.collection(collectionOf[kind]).stream()) {
          batch.push({ kind, entry } as Omit<IndexableEntry, 'organisation'>);
          if (batch.length >= indexBatch) await flush();
        }
        if (batch.length > 0) await flush();
      }
    },
    { stamp },
  );
}
