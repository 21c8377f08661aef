import type { Achievement } from '../../domain/achievement.ts';
import { type Entry, type EntryKind, visibleContent } from '../../domain/entry.ts';
import {
  type MatchedContent,
  type MatchProfile,
  matchProfile,
  profileText,
} from '../../domain/matching/match-profile.ts';
import type { Need } from '../../domain/need.ts';
import type { Segmenter } from '../../ports/segmenter.ts';

/** One record whose profile is wanted. */
export interface ProfileSource {
  readonly kind: EntryKind;
  readonly id: string;
  readonly content: MatchedContent;
  /** ISO time. */
  readonly updatedAt?: string;
}

/** The same of a record of the store. */
export interface StoredSource extends ProfileSource {
  /** The record's version: another one may say something else. */
  readonly version: number;
}

/** Where records of each kind lie. */
export const collectionOf = { need: 'needs', achievement: 'achievements' } as const satisfies Record<EntryKind, string>;

/** What matching reads of a stored record; undefined where it is neither published nor archived. */
export function profileSource(kind: EntryKind, entry: Need | Achievement): StoredSource | undefined {
  const content = visibleContent<object>(entry as Entry<object>);
  const { id, version, updatedAt } = entry;
  return content === null ? undefined : { kind, id, version, content, updatedAt };
}

/** The profiles of some records, in their order: all their texts are segmented in one call. */
export async function segmentProfiles(
  segmenter: Segmenter,
  sources: readonly ProfileSource[],
): Promise<MatchProfile[]> {
  const texts = sources.map(({ kind, content }) => profileText(kind, content).map(({ text }) => text));
  const words = await segmenter.segment(texts.flat(), 'search');
  let from = 0;
  return sources.map(({ kind, id, content, updatedAt }, i) => {
    const count = texts[i]!.length;
    const own = words.slice(from, from + count);
    from += count;
    return matchProfile(kind, id, content, own, updatedAt);
  });
}
