import type { EntryKind } from '../../domain/entry.ts';
import type { Organisation } from '../../domain/organisation.ts';
import type { Ports } from '../../ports/ports.ts';
import type { IndexDocument } from '../../ports/search-index.ts';
import { type IndexableEntry, indexDocument, indexedTexts } from './index-document.ts';

/** Records that are read, segmented and put together. */
export const indexBatch = 200;

export const collectionOf = { need: 'needs', achievement: 'achievements' } as const satisfies Record<EntryKind, string>;
export const entryKindsOf = ['need', 'achievement'] as const satisfies readonly EntryKind[];

/** What of an organisation stands in the index documents of its records: another value demands that they are made again. */
export function organisationMark(organisation: Organisation | undefined): string {
  const { name, type, region } = organisation?.content ?? {};
  return JSON.stringify([name ?? null, type ?? null, region ?? null]);
}

/** The organisations with these ids, by id; those that are missing are left out. */
export async function organisationsOf(
  { store }: Pick<Ports, 'store'>,
  ids: Iterable<string | null>,
): Promise<Map<string, Organisation>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  const found = await store.collection('organisations').getMany(wanted);
  return new Map(found.map((organisation) => [organisation.id, organisation]));
}

/** Segments all texts of the records in one call and makes their index documents; records that are in no index are left out. */
export async function indexDocuments(
  { segmenter }: Pick<Ports, 'segmenter'>,
  items: readonly IndexableEntry[],
): Promise<IndexDocument[]> {
  const texts: string[] = [];
  const places: { readonly item: IndexableEntry; readonly names: readonly string[]; readonly from: number }[] = [];
  for (const item of items) {
    const byField = indexedTexts(item);
    if (!byField) continue;
    places.push({ item, names: Object.keys(byField), from: texts.length });
    texts.push(...Object.values(byField));
  }
  const words = await segmenter.segment(texts, 'search');
  const documents: IndexDocument[] = [];
  for (const { item, names, from } of places) {
    const byField = Object.fromEntries(names.map((name, offset) => [name, words[from + offset] ?? []]));
    const document = indexDocument(item, byField);
    if (document) documents.push(document);
  }
  return documents;
}
