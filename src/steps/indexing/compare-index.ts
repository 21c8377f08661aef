import { visibleContent } from '../../domain/entry.ts';
import type { Ports } from '../../ports/ports.ts';
import { collectionOf, entryKindsOf } from './index-entries.ts';
import { refusedVersions } from './index-refusals.ts';

/** How many records differ, and the first of them as `need/ID` or `achievement/ID`. */
export interface IndexGap {
  readonly count: number;
  readonly first: readonly string[];
}

export interface IndexDifference {
  /** Published or archived, but the index refused it for good. */
  readonly refused: IndexGap;
  /** Published or archived, but not in the index for no known reason. */
  readonly missing: IndexGap;
  /** In the index, but neither published nor archived. */
  readonly extra: IndexGap;
  /** In both, in another version. */
  readonly stale: IndexGap;
}

const mostNamed = 20;

/**
 * Compares store and index record by record, both by id, in bounded memory. What is written meanwhile can show up as a
 * difference for a moment: the index follows the store, so a difference counts only when it stays.
 */
export async function compareIndex({ store, index }: Pick<Ports, 'store' | 'index'>): Promise<IndexDifference> {
  const gaps = {
    refused: { count: 0, first: [] as string[] },
    missing: { count: 0, first: [] as string[] },
    extra: { count: 0, first: [] as string[] },
    stale: { count: 0, first: [] as string[] },
  };
  const note = (gap: keyof typeof gaps, name: string) => {
    gaps[gap].count++;
    if (gaps[gap].first.length < mostNamed) gaps[gap].first.push(name);
  };
  for (const kind of entryKindsOf) {
    const indexed = index.entries(kind)[Symbol.asyncIterator]();
    let held = await indexed.next();
    const refused = await refusedVersions({ store }, kind);
    for await (const entry of store.collection(collectionOf[kind]).stream()) {
      while (!held.done && held.value.id < entry.id) {
        note('extra', `${kind}/${held.value.id}`);
        held = await indexed.next();
      }
      const inIndex = !held.done && held.value.id === entry.id ? held.value : undefined;
      const isVisible = visibleContent(entry as Parameters<typeof visibleContent>[0]) !== null;
      if (inIndex) {
        if (!isVisible) note('extra', `${kind}/${entry.id}`);
        else if (inIndex.version !== entry.version) note('stale', `${kind}/${entry.id}`);
        held = await indexed.next();
      } else if (isVisible)
        note(refused.get(entry.id) === entry.version ? 'refused' : 'missing', `${kind}/${entry.id}`);
    }
    for (; !held.done; held = await indexed.next()) note('extra', `${kind}/${held.value.id}`);
  }
  return gaps;
}
