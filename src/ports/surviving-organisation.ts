import type { RecordStore } from './record-store.ts';

/**
 * The organisation that an id stands for: the end of the row of merges that begins there, itself where it was never merged.
 * Where two were merged into each other at the same moment, the row has no end until the feed has mended that: then it is
 * the one whose id comes first, which is the one that will stay.
 */
export async function survivingOrganisation(store: RecordStore, id: string): Promise<string> {
  const { row, round } = await rowOfMerges(store, id);
  return round.length > 0 ? [...round].sort()[0]! : row.at(-1)!;
}

/** The ids from `id` along `mergedInto`, and those of them that lead back into themselves (none where the row ends). */
export async function rowOfMerges(
  store: RecordStore,
  id: string,
): Promise<{ readonly row: readonly string[]; readonly round: readonly string[] }> {
  const organisations = store.collection('organisations');
  const row = [id];
  for (;;) {
    const next = (await organisations.get(row.at(-1)!))?.mergedInto;
    if (next === undefined) return { row, round: [] };
    if (row.includes(next)) return { row, round: row.slice(row.indexOf(next)) };
    row.push(next);
  }
}

/** The organisations whose ids stand for this one, itself included: those that were merged into it, however often. */
export async function standingFor(store: RecordStore, id: string): Promise<readonly string[]> {
  const found = [id];
  for (const one of found) {
    for await (const merged of store.collection('organisations').stream({ mergedInto: one })) {
      if (!found.includes(merged.id)) found.push(merged.id);
    }
  }
  return found;
}
