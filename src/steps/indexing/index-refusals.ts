import { Conflict, Duplicate, NotFound } from '../../domain/errors.ts';
import type { IndexRefusal } from '../../domain/index-refusal.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Ports } from '../../ports/ports.ts';
import type { IndexKind, IndexReceipt, IndexRemoval } from '../../ports/search-index.ts';

/** What became of one version of a record in the index. */
export interface IndexedItem extends IndexRemoval {
  readonly receipt: IndexReceipt;
}

/** Items with their receipts, which come in the same order. */
export function withReceipts(items: readonly IndexRemoval[], receipts: readonly IndexReceipt[]): IndexedItem[] {
  return items.map(({ kind, id, version }, place) => ({ kind, id, version, receipt: receipts[place]! }));
}

/**
 * Keeps in the store what the index refused for good, so that the rest goes on and nobody has to find it in a log, and
 * forgets a refusal as soon as the record is taken or leaves the index. Doing it twice changes nothing.
 */
export async function keepRefusals(
  { store, log }: Pick<Ports, 'store' | 'log'>,
  items: readonly IndexedItem[],
): Promise<void> {
  if (items.length === 0) return;
  const refusals = store.collection('indexRefusals');
  // Of a record that comes twice the newest version counts.
  const byKey = new Map<string, IndexedItem>();
  for (const item of items) {
    const key = `${item.kind}/${item.id}`;
    if ((byKey.get(key)?.version ?? 0) <= item.version) byKey.set(key, item);
  }
  const known = new Map((await refusals.getMany([...byKey.keys()])).map((refusal) => [refusal.id, refusal]));
  for (const [id, { kind, id: recordId, version, receipt }] of byKey) {
    const before = known.get(id);
    if (before && before.recordVersion > version) continue;
    try {
      if (receipt.result === 'failed') {
        const refusal: Unstored<IndexRefusal> = {
          id,
          recordKind: kind,
          recordId,
          recordVersion: version,
          reason: receipt.reason ?? '原因不明',
        };
        if (before?.recordVersion === version && before.reason === refusal.reason) continue;
        log.error({ kind, id: recordId, version, reason: refusal.reason }, 'the index refused a record for good');
        if (before) await refusals.update(id, before.version, refusal);
        else await refusals.insert(refusal);
      } else if (before) await refusals.remove(id, before.version);
    } catch (error) {
      if (!isNotedByOther(error)) throw error;
    }
  }
}

/** Forgets refusals as they were read: what was noted since stays. */
export async function forgetRefusals(
  { store }: Pick<Ports, 'store'>,
  refusals: readonly IndexRefusal[],
): Promise<void> {
  for (const { id, version } of refusals) {
    try {
      await store.collection('indexRefusals').remove(id, version);
    } catch (error) {
      if (!isNotedByOther(error)) throw error;
    }
  }
}

/** Somebody else wrote of the same record at the same moment. */
function isNotedByOther(error: unknown): boolean {
  return error instanceof Conflict || error instanceof Duplicate || error instanceof NotFound;
}

/** The versions that the index refused of one kind, by id. */
export async function refusedVersions(
  { store }: Pick<Ports, 'store'>,
  kind: IndexKind,
): Promise<ReadonlyMap<string, number>> {
  const versions = new Map<string, number>();
  for await (const { recordId, recordVersion } of store.collection('indexRefusals').stream({ recordKind: kind })) {
    versions.set(recordId, recordVersion);
  }
  return versions;
}

/** The first records that the index refused, by kind and id. */
export async function firstRefusals({ store }: Pick<Ports, 'store'>, limit: number): Promise<readonly IndexRefusal[]> {
  const first: IndexRefusal[] = [];
  for await (const refusal of store.collection('indexRefusals').stream()) {
    first.push(refusal);
    if (first.length >= limit) break;
  }
  return first;
}
