import type { Achievement } from '../../domain/achievement.ts';
import { type EntryKind, visibleContent } from '../../domain/entry.ts';
import { QianxianError } from '../../domain/errors.ts';
import type { Need } from '../../domain/need.ts';
import { patientStream } from '../../ports/patient-stream.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Collection } from '../../ports/record-store.ts';
import type { IndexRemoval, IndexSink, SearchIndex } from '../../ports/search-index.ts';
import { type IndexDeviation, indexDeviations } from './compare-index.ts';
import type { IndexableEntry } from './index-document.ts';
import {
  collectionOf,
  entryKindsOf,
  indexBatch,
  indexDocuments,
  organisationMark,
  organisationsOf,
} from './index-entries.ts';
import { noteFill } from './index-fill.ts';
import { firstRefusals, forgetRefusals, type IndexedItem, keepRefusals, withReceipts } from './index-refusals.ts';

/**
 * Puts a batch, and again what belongs to an organisation that was renamed while the batch was made; `heard` is told what
 * became of each.
 */
async function putBatch(
  ports: Ports,
  sink: IndexSink,
  entries: readonly Omit<IndexableEntry, 'organisation'>[],
  heard: Heard,
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

type Heard = (items: readonly IndexedItem[]) => void;

/** Batches under way at a time: one is segmented while the other is written. */
const batchesAtATime = 2;
/** Walks over both sides before a new index that still differs is given up. */
const mostComparisons = 3;

/** Puts every published and archived record of a kind into the new index. */
async function fillKind(
  ports: Ports,
  sink: IndexSink,
  kind: EntryKind,
  heard: Heard,
  onBatch: (records: number) => void,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const start = (batch: readonly Omit<IndexableEntry, 'organisation'>[]): void => {
    const work = putBatch(ports, sink, batch, heard).then(() => onBatch(batch.length));
    running.add(work);
    // Who waits for it hears of a failure; it must not count as unheard until then.
    work.catch(() => undefined).finally(() => running.delete(work));
  };
  let batch: Omit<IndexableEntry, 'organisation'>[] = [];
  try {
    const collection: Pick<Collection<Need | Achievement>, 'stream'> = ports.store.collection(collectionOf[kind]);
    for await (const entry of patientStream(collection)) {
      batch.push({ kind, entry } as Omit<IndexableEntry, 'organisation'>);
      if (batch.length < indexBatch) continue;
      start(batch);
      batch = [];
      if (running.size >= batchesAtATime) await Promise.race(running);
    }
    if (batch.length > 0) start(batch);
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
}

/**
 * Compares the new index with the store, id by id, and makes again what differs, as it stands in the store now: what was
 * written while it was filled, and whatever else. Throws `unavailable` where a record that nobody changed differs still.
 */
async function catchUp(
  ports: Ports,
  sink: IndexSink,
  refused: ReadonlyMap<string, IndexedItem>,
  heard: Heard,
): Promise<void> {
  let before = new Map<string, number>();
  for (let comparison = 1; ; comparison++) {
    const open: IndexDeviation[] = [];
    for await (const deviation of indexDeviations(ports, sink)) {
      const { kind, id, version } = deviation;
      const isRefused = deviation.gap === 'refused' || refused.get(`${kind}/${id}`)?.version === version;
      if (!isRefused) open.push(deviation);
    }
    const lasting = open.filter(({ kind, id, version }) => before.get(`${kind}/${id}`) === version);
    if (lasting.length === 0 && (open.length === 0 || comparison === mostComparisons)) return;
    if (comparison === mostComparisons) {
      const [first] = lasting;
      throw new QianxianError(
        'unavailable',
        `新索引与数据库差 ${lasting.length} 条，例如 ${first!.kind}/${first!.id}，索引未更换，请稍后重来`,
      );
    }
    for (const kind of entryKindsOf) {
      const ofKind = open.filter((deviation) => deviation.kind === kind);
      for (let from = 0; from < ofKind.length; from += indexBatch) {
        await putAsStored(ports, sink, kind, ofKind.slice(from, from + indexBatch), heard);
      }
    }
    before = new Map(open.map(({ kind, id, version }) => [`${kind}/${id}`, version]));
  }
}

/** Makes again what differs of one kind, as it stands in the store now. */
export async function putAsStored(
  ports: Ports,
  sink: IndexSink,
  kind: EntryKind,
  deviations: readonly IndexDeviation[],
  heard: Heard,
): Promise<void> {
  const stored: readonly IndexableEntry['entry'][] = await ports.store
    .collection(collectionOf[kind])
    .getMany(deviations.map(({ id }) => id));
  const byId = new Map(stored.map((entry) => [entry.id, entry]));
  const removals: IndexRemoval[] = [];
  const puts: Omit<IndexableEntry, 'organisation'>[] = [];
  for (const { id, version } of deviations) {
    const entry = byId.get(id);
    if (entry && visibleContent(entry as Parameters<typeof visibleContent>[0])) {
      puts.push({ kind, entry } as Omit<IndexableEntry, 'organisation'>);
    } else removals.push({ kind, id, version: entry?.version ?? version });
  }
  await putBatch(ports, sink, puts, heard);
  if (removals.length > 0) await sink.remove(removals);
}

/**
 * Segments every published and archived record anew into a fresh index, which replaces the old one at once when it is full
 * and holds what the store holds; searches and writes go on meanwhile. `onProgress` hears how many of how many records were
 * read. What the new index refuses for good is kept in the store as with `indexChanges`. Throws `unavailable` where it
 * refuses more than it takes and would hold fewer than the old one: then the fault is not of the records, and the old
 * index stays.
 */
export async function reindex(ports: Ports, onProgress?: FillProgress): Promise<Filled> {
  return (await fillAnew(ports, false, onProgress))!;
}

/** As `reindex`; null where the index turns out to have been filled by somebody else when its turn comes. */
export async function fillIndex(ports: Ports): Promise<Filled | null> {
  return fillAnew(ports, true);
}

interface Filled {
  readonly documents: number;
  readonly refused: number;
}

type FillProgress = (done: number, total: number) => void;

async function fillAnew(ports: Ports, unlessStamped: boolean, onProgress?: FillProgress): Promise<Filled | null> {
  const { store, index } = ports;
  const startedAt = ports.clock.now();
  const stamp = await ports.segmenter.version();
  let total = 0;
  for (const kind of entryKindsOf) total += await store.collection(collectionOf[kind]).count();
  let done = 0;
  const earlier = await firstRefusals(ports, Number.POSITIVE_INFINITY);
  const refused = new Map<string, IndexedItem>();
  let taken = 0;
  function heard(items: readonly IndexedItem[]): void {
    for (const item of items) {
      const key = `${item.kind}/${item.id}`;
      if (item.receipt.result === 'failed') refused.set(key, item);
      else {
        taken++;
        refused.delete(key);
      }
    }
  }

  const rebuilt = await index.rebuild(
    async (sink) => {
      for (const kind of entryKindsOf) {
        await fillKind(ports, sink, kind, heard, (records) => {
          done += records;
          onProgress?.(done, Math.max(done, total));
        });
      }
      const [first] = refused.values();
      if (first && refused.size > taken && taken < (await heldNow(index))) {
        throw new QianxianError(
          'unavailable',
          `${refused.size}条记录没有编入索引，例如 ${first.id}（${first.receipt.reason ?? '原因不明'}），索引未更换`,
        );
      }
      await catchUp(ports, sink, refused, heard);
    },
    { stamp, unlessStamped },
  );
  if (!rebuilt) return null;
  await noteFill(ports, startedAt);
  await keepRefusals(ports, [...refused.values()]);
  await forgetRefusals(
    ports,
    earlier.filter(({ id }) => !refused.has(id)),
  );
  return { documents: rebuilt.documents, refused: refused.size };
}

/** Documents of the index that is served; none where it cannot be asked, because it does not fit this program. */
async function heldNow(index: SearchIndex): Promise<number> {
  let held = 0;
  for (const kind of entryKindsOf) {
    held += await index.count(kind).catch((error: unknown) => {
      if (error instanceof QianxianError && error.code === 'misconfigured') return 0;
      throw error;
    });
  }
  return held;
}
