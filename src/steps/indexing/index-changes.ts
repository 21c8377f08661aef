import { visibleContent } from '../../domain/entry.ts';
import type { Organisation } from '../../domain/organisation.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import type { IndexRemoval } from '../../ports/search-index.ts';
import type { IndexableEntry } from './index-document.ts';
import {
  collectionOf,
  entryKindsOf,
  indexBatch,
  indexDocuments,
  organisationMark,
  organisationsOf,
} from './index-entries.ts';
import { filledSince } from './index-fill.ts';
import { keepRefusals, withReceipts } from './index-refusals.ts';

/** The record of a change as something to index, or why it leaves the index; null where it is not a record. */
function indexableOf(
  change: Change,
): { readonly put: Omit<IndexableEntry, 'organisation'> } | { readonly remove: IndexRemoval } | null {
  if (change.collection !== 'needs' && change.collection !== 'achievements') return null;
  const kind = change.collection === 'needs' ? 'need' : 'achievement';
  const entry = change.document as IndexableEntry['entry'] | null;
  if (entry && visibleContent(entry as Parameters<typeof visibleContent>[0])) {
    return { put: { kind, entry } as Omit<IndexableEntry, 'organisation'> };
  }
  return { remove: { kind, id: change.id, version: change.version } };
}

/**
 * The consumer of the changes feed that keeps the index current: what is published or archived is put, all else removed,
 * each with the version of the record, so that any order and any repetition comes out the same. The records of an
 * organisation whose name, kind or region changed are made again under their old version. What the index holds in that version
 * already, from a fill or an earlier delivery, is not made again.
 * What the index refuses for good is kept in the store (`indexRefusals`) and leaves the index, where an older version of it
 * would tell what is no longer so; the rest goes on.
 */
export function indexChanges(ports: Ports): (changes: readonly Change[]) => Promise<void> {
  const { store, index } = ports;
  /** With what marks the indexed records of an organisation were made, and by which of its versions, as far as this process knows. */
  const marks = new Map<string, { readonly mark: string; readonly version: number }>();

  async function put(items: readonly IndexableEntry[]): Promise<void> {
    for (let from = 0; from < items.length; from += indexBatch) {
      const documents = await indexDocuments(ports, items.slice(from, from + indexBatch));
      const written = withReceipts(documents, await index.put(documents));
      // Older versions go, while the refused one can still come, once it is taken.
      const older = written
        .filter(({ version, receipt }) => receipt.result === 'failed' && version > 1)
        .map(({ kind, id, version }) => ({ kind, id, version: version - 1 }));
      if (older.length > 0) await index.remove(older);
      await keepRefusals(ports, written);
    }
  }

  /** Puts what the index does not hold in this version; of the others only an old refusal is forgotten. */
  async function putNew(items: readonly IndexableEntry[]): Promise<void> {
    const held = new Map<string, number>();
    for (const kind of entryKindsOf) {
      const ids = items.flatMap(({ kind: ofItem, entry }) => (ofItem === kind ? [entry.id] : []));
      if (ids.length === 0) continue;
      for (const [id, version] of await index.held(kind, ids)) held.set(`${kind}/${id}`, version);
    }
    const isHeld = ({ kind, entry }: IndexableEntry) => held.get(`${kind}/${entry.id}`) === entry.version;
    await put(items.filter((item) => !isHeld(item)));
    await keepRefusals(
      ports,
      items.filter(isHeld).map(({ kind, entry: { id, version } }) => {
        return { kind, id, version, receipt: { id, result: 'stale' as const } };
      }),
    );
  }

  async function remove(items: readonly IndexRemoval[]): Promise<void> {
    if (items.length === 0) return;
    await keepRefusals(ports, withReceipts(items, await index.remove(items)));
  }

  /** Makes all index documents of an organisation's records again. */
  async function putRecordsOf(id: string, organisation: Organisation | undefined): Promise<void> {
    for (const kind of entryKindsOf) {
      let batch: IndexableEntry[] = [];
      for await (const entry of store.collection(collectionOf[kind]).stream({ organisationId: id })) {
        batch.push({ kind, entry, organisation } as IndexableEntry);
        if (batch.length < indexBatch) continue;
        await put(batch);
        batch = [];
      }
      await put(batch);
    }
  }

  async function isIndexed(organisationId: string): Promise<boolean> {
    for (const kind of entryKindsOf) {
      const { total } = await index.search({
        kind,
        words: [],
        facets: { organisation: [organisationId] },
        audiences: ['public', 'members', 'bureau'],
        limit: 1,
      });
      if (total > 0) return true;
    }
    return false;
  }

  return async (changes) => {
    const written: Omit<IndexableEntry, 'organisation'>[] = [];
    const removed: IndexRemoval[] = [];
    const touched = new Set<string>();
    /** Of those touched, the ones that were themselves written. */
    const rewritten = new Set<string>();
    for (const change of changes) {
      const indexable = indexableOf(change);
      if (indexable === null) {
        if (change.collection !== 'organisations') continue;
        touched.add(change.id);
        rewritten.add(change.id);
      } else if ('put' in indexable) {
        written.push(indexable.put);
        if (indexable.put.entry.organisationId !== null) touched.add(indexable.put.entry.organisationId);
      } else removed.push(indexable.remove);
    }
    const organisations = await organisationsOf(ports, touched);
    /** As they were when their records were made the last time. */
    const latest = new Map<string, Organisation | undefined>(organisations);
    // Asked before this batch is put: an organisation of which nothing is indexed has nothing to be made again.
    const stale: string[] = [];
    const current: string[] = [];
    let since: string | undefined;
    for (const id of touched) {
      const organisation = organisations.get(id);
      const known = marks.get(id);
      if (known) {
        // Other processes may have made them by a version in between.
        const missed = rewritten.has(id) && (organisation?.version ?? 0) > known.version + 1;
        (missed || known.mark !== organisationMark(organisation) ? stale : current).push(id);
        continue;
      }
      since ??= await filledSince(ports);
      if ((organisation && organisation.updatedAt < since) || !(await isIndexed(id))) current.push(id);
      // A record alone says nothing of the organisation's other ones: if they are old, its own change is still to come.
      else if (rewritten.has(id)) stale.push(id);
    }

    await putNew(
      written.map(
        (item) => ({ ...item, organisation: organisations.get(item.entry.organisationId ?? '') }) as IndexableEntry,
      ),
    );
    await remove(removed);
    for (const id of stale) await putRecordsOf(id, organisations.get(id));
    // Another process may have made the records of one that was renamed meanwhile before these came with the old name.
    let used = organisations;
    for (let open: readonly string[] = [...touched]; open.length > 0; ) {
      const now = await organisationsOf(ports, open);
      const renamed = open.filter((id) => organisationMark(used.get(id)) !== organisationMark(now.get(id)));
      for (const id of renamed) await putRecordsOf(id, now.get(id));
      for (const id of renamed) latest.set(id, now.get(id));
      used = now;
      open = renamed;
    }
    for (const id of [...current, ...stale]) {
      const organisation = latest.get(id);
      marks.set(id, { mark: organisationMark(organisation), version: organisation?.version ?? 0 });
    }
  };
}
