import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { NotFound, QianxianError } from '../../domain/errors.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { ConsumersOf, MovableStore, MovedRecord } from '../../ports/record-moving.ts';
import { type CollectionName, collectionKeys } from '../../ports/record-store.ts';

/** Where records and files are moved from or to. */
export interface Place {
  readonly store: MovableStore;
  readonly blobs: BlobStore;
  /** For people, without a password; the same place has the same label. */
  readonly label: string;
}

export type MovePhase = 'clear' | 'records' | 'files' | 'verify';

export interface MoveOptions {
  readonly source: Place;
  readonly target: Place;
  /** The consumers whose checkpoints go along: those that keep one on whatever engine. Others begin anew. */
  readonly consumers: readonly string[];
  readonly onProgress?: (phase: MovePhase, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface MoveReport {
  readonly source: string;
  readonly target: string;
  /** By collection. `sha256` is of the hashes of its records by id, removals included; both places give the same. */
  readonly collections: Readonly<Record<string, MovedCollection>>;
  readonly files: { readonly count: number; readonly bytes: number; readonly sha256: string };
  /** What this run put; the rest was there from a run before. */
  readonly copied: { readonly records: number; readonly files: number };
}

export interface MovedCollection {
  readonly records: number;
  readonly removed: number;
  /** Of both, those of which a consumer has still to be told. */
  readonly waiting: number;
  readonly sha256: string;
}

const pieceRecords = 200;
const pieceBytes = 4 * 1024 * 1024;
const collections = Object.keys(collectionKeys) as CollectionName[];

/**
 * Moves every record and file into an empty place, with versions, times, removals, and what consumers have still to be
 * told. May be stopped at any point and run again: what is there and equal is not put again. The target can be served only
 * after everything in it was read back and compared. No service may run on either place.
 * Throws `not_found` where there is nothing to move, `conflict` where the target holds something else.
 */
export async function moveRecords(options: MoveOptions): Promise<MoveReport> {
  const { source, target, onProgress = () => {}, signal } = options;
  if (source.label === target.label) {
    throw new QianxianError(
      'conflict',
      `要迁到的地方就是现在的地方（${target.label}），没有迁移；请用 --to 指定另一处`,
    );
  }
  const from = await source.store.moving.state();
  if (from.kind === 'begun') {
    throw new QianxianError(
      'damaged',
      `${source.label} 里的数据是从 ${from.source} 迁到一半的，不能再从这里迁出；请先把那次迁移做完`,
    );
  }
  const consumers = consumersOf(await source.store.moving.consumers(), options.consumers);
  const total = await countOf(source);
  const work: Work = {
    source,
    target,
    consumers,
    onProgress,
    total,
    copied: { records: 0, files: 0 },
    check: () => signal?.throwIfAborted(),
  };
  const state = await target.store.moving.state();
  if (state.kind === 'moved' && state.source === source.label) {
    // The run before was cut off after its end; services may also have written since.
    return verified(work, 'conflict');
  }
  await refuseOthers(target, state, source.label);
  await target.store.moving.begin(source.label, consumers);
  if (state.kind === 'begun') await clearStale(work);
  await putRecords(work);
  await putFiles(work);
  const report = await verified(work, 'unavailable');
  await target.store.moving.end();
  return report;
}

interface Work {
  readonly source: Place;
  readonly target: Place;
  readonly consumers: ConsumersOf;
  readonly onProgress: (phase: MovePhase, done: number, total: number) => void;
  readonly total: number;
  readonly copied: { records: number; files: number };
  /** Throws where the move is to stop. */
  check(): void;
}

function consumersOf(known: ConsumersOf, wanted: readonly string[]): ConsumersOf {
  return Object.fromEntries(
    collections.flatMap((name) => {
      const both = (known[name] ?? []).filter((consumer) => wanted.includes(consumer));
      return both.length > 0 ? [[name, both] as const] : [];
    }),
  );
}

async function countOf({ store, blobs, label }: Place): Promise<number> {
  let total = 0;
  for (const name of collections) total += await store.collection(name).count();
  if (total > 0) return total;
  for await (const _ of blobs.list()) return total;
  throw new NotFound(`${label} 里没有任何记录，没有迁移；请检查 MONGODB_URI 或 QIANXIAN_DATA 是不是要迁出的地方`);
}

async function refuseOthers(
  { label, blobs }: Place,
  state: Awaited<ReturnType<MovableStore['moving']['state']>>,
  source: string,
): Promise<void> {
  if (state.kind === 'begun' && state.source === source) return;
  if (state.kind === 'begun') {
    throw new QianxianError(
      'conflict',
      `${label} 里有从 ${state.source} 迁到一半的数据，没有改动它；请从那里接着迁，或换一个空的地方`,
    );
  }
  if (state.kind !== 'empty') {
    throw new QianxianError('conflict', `${label} 里已有别的数据，没有改动它；请换一个空的库或文件夹`);
  }
  for await (const _ of blobs.list()) {
    throw new QianxianError('conflict', `${label} 里已有附件，没有改动它；请换一个空的库或文件夹`);
  }
}

/** Takes away what a run before has put and what is not so any more, so that no id and no unique key stands in the way. */
async function clearStale({ source, target, consumers, onProgress, total, check }: Work): Promise<void> {
  let done = 0;
  for (const name of collections) {
    for await (const piece of pieces(target.store.moving.walk(name, consumers[name] ?? []))) {
      check();
      const stale = await different(source, name, piece, consumers[name] ?? []);
      if (stale.length > 0) {
        await target.store.moving.forget(
          name,
          stale.map(({ id }) => id),
        );
      }
      done += piece.length;
      onProgress('clear', done, Math.max(done, total));
    }
  }
}

/** First what nobody waits for, then what waits, in the order in which it was written: the target hands it on in that order. */
async function putRecords(work: Work): Promise<void> {
  const { source, target, consumers, onProgress, total, copied, check } = work;
  const waits: { readonly name: CollectionName; readonly id: string; readonly place: number }[] = [];
  let done = 0;
  for (const name of collections) {
    for await (const piece of pieces(source.store.moving.walk(name, consumers[name] ?? []))) {
      check();
      const missing = await different(target, name, piece, consumers[name] ?? []);
      const now = missing.filter(isSettled);
      if (now.length > 0) await target.store.moving.put(name, now);
      for (const { id, place, ...rest } of missing) if (!isSettled(rest)) waits.push({ name, id, place });
      copied.records += now.length;
      done += piece.length - (missing.length - now.length);
      onProgress('records', done, Math.max(done, total));
    }
  }
  waits.sort((a, b) => a.place - b.place);
  for (let first = 0; first < waits.length; ) {
    check();
    const { name } = waits[first]!;
    let next = first;
    while (next < waits.length && next < first + pieceRecords && waits[next]!.name === name) next++;
    const order = new Map(waits.slice(first, next).map(({ id }, place) => [id, place]));
    const found = await source.store.moving.read(name, [...order.keys()], consumers[name] ?? []);
    await target.store.moving.put(
      name,
      found.sort((a, b) => order.get(a.id)! - order.get(b.id)!),
    );
    copied.records += found.length;
    done += found.length;
    first = next;
    onProgress('records', done, Math.max(done, total));
  }
}

function isSettled({ waiting, events }: Pick<MovedRecord, 'waiting' | 'events'>): boolean {
  return events.length === 0 && Object.keys(waiting).length === 0;
}

async function putFiles({ source, target, onProgress, copied, check }: Work): Promise<void> {
  const ids = await idsOf(source.blobs);
  const there = new Set(await idsOf(target.blobs));
  for (const id of there) if (!ids.includes(id)) await target.blobs.remove(id);
  for (const [place, id] of ids.entries()) {
    check();
    const content = await source.blobs.get(id);
    if (!there.has(id) || fileHash(await target.blobs.get(id)) !== fileHash(content)) {
      await target.blobs.put(id, content);
      copied.files += 1;
    }
    onProgress('files', place + 1, ids.length);
  }
}

/** Reads everything back from both places. Throws the code where they are not equal. */
async function verified(work: Work, code: 'conflict' | 'unavailable'): Promise<MoveReport> {
  const { source, target, consumers, onProgress, total, copied, check } = work;
  const unequal = (what: string): QianxianError =>
    new QianxianError(
      code,
      code === 'conflict'
        ? `${target.label} 早已从 ${source.label} 迁好，之后两处又各有改动（${what}），没有再迁；要重新迁移，请换一个空的库或文件夹`
        : `核对没有通过：${what} 在两处不一样，迁移没有完成，${target.label} 还不能使用；请确认两处的服务和命令都已停止，再运行一次`,
    );
  const report: Record<string, MovedCollection> = {};
  let done = 0;
  for (const name of collections) {
    const all = createHash('sha256');
    const counts = { records: 0, removed: 0, waiting: 0 };
    for await (const piece of pieces(source.store.moving.walk(name, consumers[name] ?? []))) {
      check();
      const [wrong] = await different(target, name, piece, consumers[name] ?? []);
      if (wrong) throw unequal(`集合 ${name} 中编号为 ${wrong.id} 的记录`);
      for (const one of piece) {
        all.update(`${one.id}\n${recordHash(one)}\n`);
        counts[one.document ? 'records' : 'removed'] += 1;
        if (Object.keys(one.waiting).length > 0) counts.waiting += 1;
      }
      done += piece.length;
      onProgress('verify', done, Math.max(done, total));
    }
    let there = 0;
    for await (const piece of pieces(target.store.moving.walk(name, []))) {
      check();
      there += piece.length;
    }
    if (there !== counts.records + counts.removed) throw unequal(`集合 ${name} 的条数`);
    report[name] = { ...counts, sha256: all.digest('hex') };
  }
  const ids = await idsOf(source.blobs);
  if (ids.join() !== (await idsOf(target.blobs)).join()) throw unequal('附件的份数');
  const all = createHash('sha256');
  let bytes = 0;
  for (const id of ids) {
    check();
    const content = await source.blobs.get(id);
    const hash = fileHash(content);
    if (fileHash(await target.blobs.get(id)) !== hash) throw unequal(`附件 ${id}`);
    all.update(`${id}\n${hash}\n`);
    bytes += content.byteLength;
  }
  return {
    source: source.label,
    target: target.label,
    collections: report,
    files: { count: ids.length, bytes, sha256: all.digest('hex') },
    copied: { ...copied },
  };
}

/** Those of the records that are not in a place, or not so. */
async function different(
  { store }: Place,
  name: CollectionName,
  records: readonly MovedRecord[],
  consumers: readonly string[],
): Promise<MovedRecord[]> {
  const found = await store.moving.read(
    name,
    records.map(({ id }) => id),
    consumers,
  );
  const hashes = new Map(found.map((one) => [one.id, recordHash(one)]));
  return records.filter((one) => hashes.get(one.id) !== recordHash(one));
}

/** SHA-256 of a record's canonical JSON, without its place in the feed, which each store counts for itself. */
function recordHash({ place: _place, ...record }: MovedRecord): string {
  return createHash('sha256').update(canonicalJson(record)).digest('hex');
}

function fileHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function idsOf(blobs: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of blobs.list()) ids.push(id);
  return ids.sort();
}

/** Records a few hundred at a time, or about 4 MB of them. */
async function* pieces(records: AsyncIterable<MovedRecord>): AsyncIterable<MovedRecord[]> {
  let piece: MovedRecord[] = [];
  let bytes = 0;
  for await (const one of records) {
    piece.push(one);
    bytes += JSON.stringify(one.document).length;
    if (piece.length < pieceRecords && bytes < pieceBytes) continue;
    yield piece;
    piece = [];
    bytes = 0;
  }
  if (piece.length > 0) yield piece;
}
