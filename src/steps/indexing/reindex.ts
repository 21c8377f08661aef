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
import { firstRefusals, forgetRefusals, type IndexedItem, keepRefusals, withReceipts } from './index-refusals.ts';

/**
 * Puts a batch, and again what belongs to an organisation that was renamed while the batch was made; `heard` is told what
 * became of each.
 */
async function putBatch(
  ports: Ports,
  sink: IndexSink,
  entries: readonly Omit<IndexableEntry, 'organisation'>[],
  heard: (items: readonly IndexedItem[]) => void,
): Promise<void> {
  let pending = entries;
  while (pending.length > 0) {
    const ids = pending.map(({ entry }) => entry.organisationId);
    const used = await organisationsOf(ports, ids);
    const items = pending.map(
      (item) => ({ ...item, organisation: used.get(item.entry.organisationId ?? '') }) as IndexableEntry,
    );
    const documents = await indexDocuments(ports, items);
    heard(withReceipts(documents, await sink.put(documents)));
    const now = await organisationsOf(ports, ids);
    pending = pending.filter(({ entry: { organisationId: id } }) => {
      return id !== null && organisationMark(used.get(id)) !== organisationMark(now.get(id));
    });
  }
}

/**
 * Segments every published and archived record anew into a fresh index, which replaces the old one at once when it is
 * full; searches and writes go on meanwhile. `onProgress` hears how many of how many records were read. What the new index
 * refuses for good is kept in the store as with `indexChanges`. Throws `unavailable` where it refuses more than half: then
 * the fault is not of the records, and the old index stays.
 */
export async function reindex(
  ports: Ports,
  onProgress?: (done: number, total: number) => void,
): Promise<{ readonly documents: number; readonly refused: number }> {
  const { store, index } = ports;
  const stamp = await ports.segmenter.version();
  let total = 0;
  for (const kind of entryKindsOf) total += await store.collection(collectionOf[kind]).count();
  let done = 0;
  const earlier = await firstRefusals(ports, Number.POSITIVE_INFINITY);
  const refused = new Map<string, IndexedItem>();
  let taken = 0;
  function heard(items: readonly IndexedItem[]): void {
    for (const item of items) {
      if (item.receipt.result === 'failed') refused.set(`${item.kind}/${item.id}`, item);
      else taken++;
    }
  }

  const { documents } = await index.rebuild(
    async (sink) => {
      for (const kind of entryKindsOf) {
        let batch: Omit<IndexableEntry, 'organisation'>[] = [];
        const flush = async () => {
          await putBatch(ports, sink, batch, heard);
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
      const [first] = refused.values();
      if (first && refused.size > taken) {
        throw new QianxianError(
          'unavailable',
          `${refused.size}条记录没有编入索引，例如 ${first.id}（${first.receipt.reason ?? '原因不明'}），索引未更换`,
        );
      }
    },
    { stamp },
  );
  await keepRefusals(ports, [...refused.values()]);
  await forgetRefusals(
    ports,
    earlier.filter(({ id }) => !refused.has(id)),
  );
  return { documents, refused: refused.size };
}
