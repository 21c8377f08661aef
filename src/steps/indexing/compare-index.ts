import type { Achievement } from '../../domain/achievement.ts';
import { type EntryKind, visibleContent } from '../../domain/entry.ts';
import type { Need } from '../../domain/need.ts';
import { patientStream } from '../../ports/patient-stream.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Collection } from '../../ports/record-store.ts';
import type { SearchIndex } from '../../ports/search-index.ts';
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

/** One record that differs. */
export interface IndexDeviation {
  readonly gap: keyof IndexDifference;
  readonly kind: EntryKind;
  readonly id: string;
  /** Version of the record, or of what the index holds where there is no record any more. */
  readonly version: number;
}

/**
 * Walks over store and index, both by id, in bounded memory, and names every record that differs. `entries` are those of
 * the index that is served, or of one that is being filled.
 */
export async function* indexDeviations(
  { store }: Pick<Ports, 'store'>,
  { entries }: Pick<SearchIndex, 'entries'>,
): AsyncGenerator<IndexDeviation> {
  for (const kind of entryKindsOf) {
    const indexed = entries(kind)[Symbol.asyncIterator]();
    try {
      let held = await indexed.next();
      const refused = await refusedVersions({ store }, kind);
      const collection: Pick<Collection<Need | Achievement>, 'stream'> = store.collection(collectionOf[kind]);
      for await (const { id, version, ...entry } of patientStream(collection)) {
        while (!held.done && held.value.id < id) {
          yield { gap: 'extra', kind, ...held.value };
          held = await indexed.next();
        }
        const inIndex = !held.done && held.value.id === id ? held.value : undefined;
        const isVisible = visibleContent(entry as Parameters<typeof visibleContent>[0]) !== null;
        if (inIndex) {
          if (!isVisible) yield { gap: 'extra', kind, id, version };
          else if (inIndex.version !== version) yield { gap: 'stale', kind, id, version };
          held = await indexed.next();
        } else if (isVisible) {
          yield { gap: refused.get(id) === version ? 'refused' : 'missing', kind, id, version };
        }
      }
      for (; !held.done; held = await indexed.next()) yield { gap: 'extra', kind, ...held.value };
    } finally {
      await indexed.return?.();
    }
  }
}

/**
 * Compares store and index record by record. What is written meanwhile can show up as a difference for a moment: the index
 * follows the store, so a difference counts only when it stays.
 */
export async function compareIndex({ store, index }: Pick<Ports, 'store' | 'index'>): Promise<IndexDifference> {
  const gaps = {
    refused: { count: 0, first: [] as string[] },
    missing: { count: 0, first: [] as string[] },
    extra: { count: 0, first: [] as string[] },
    stale: { count: 0, first: [] as string[] },
  };
  for await (const { gap, kind, id } of indexDeviations({ store }, index)) {
    gaps[gap].count++;
    if (gaps[gap].first.length < mostNamed) gaps[gap].first.push(`${kind}/${id}`);
  }
  return gaps;
}
