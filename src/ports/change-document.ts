import { Conflict, NotFound, QianxianError } from '../domain/errors.ts';
import type { DomainEvent, Unstored } from '../domain/record.ts';
import type { CollectionName, Collections, RecordStore } from './record-store.ts';

/** What a change makes of the newest version: a new document and the events that it causes. */
export interface ChangedDocument<K extends CollectionName> {
  readonly document: Unstored<Collections[K]>;
  readonly events?: readonly DomainEvent[];
}

/** Each failed try means that somebody else's write got through; so many in a row mean that something is wrong. */
const mostTries = 200;

/**
 * Changes one document by compare-and-set: `change` decides on the newest version, and decides anew whenever somebody
 * wrote in between, so that what it checks still holds for what is written. It answers null to leave the document as it
 * is, and throws to refuse. Answers the newest version and whether this call wrote it. Throws `not_found` where there is
 * no such document.
 */
export async function changeDocument<K extends CollectionName>(
  store: RecordStore,
  name: K,
  id: string,
  change: (newest: Collections[K]) => ChangedDocument<K> | null,
): Promise<{ readonly document: Collections[K]; readonly written: boolean }> {
  const collection = store.collection(name);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const newest = await collection.get(id);
    if (!newest) throw new NotFound();
    const changed = change(newest);
    if (!changed) return { document: newest, written: false };
    try {
      const document = await collection.update(id, newest.version, changed.document, changed.events ?? []);
      return { document, written: true };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
  throw new QianxianError('unavailable', '这条记录正被频繁修改，请稍后再试', { retryAfter: 1 });
}
