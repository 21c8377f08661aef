import type { EntryKind } from '../../domain/entry.ts';
import {
  type MatchedContent,
  type MatchProfile,
  matchProfile,
  profileText,
} from '../../domain/matching/match-profile.ts';
import type { Segmenter } from '../../ports/segmenter.ts';

/** One record whose profile is wanted. */
export interface ProfileSource {
  readonly kind: EntryKind;
  readonly id: string;
  readonly content: MatchedContent;
  /** ISO time. */
  readonly updatedAt?: string;
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
