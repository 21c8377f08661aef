import type { MatchProfile } from '../../domain/matching/match-profile.ts';
import type { StoredSource } from './segment-profiles.ts';

/** Keeps the words of records that were segmented, up to a number of words in all, so that few are segmented twice. */
export interface ProfileCache {
  /** The profile of this version of the record. */
  get(source: StoredSource): MatchProfile | undefined;
  put(source: StoredSource, profile: MatchProfile): void;
}

export function profileCache(mostWords: number): ProfileCache {
  const held = new Map<string, { readonly version: number; readonly profile: MatchProfile; readonly words: number }>();
  let sum = 0;
  const keyOf = ({ kind, id }: StoredSource): string => `${kind} ${id}`;
  return {
    get(source) {
      const found = held.get(keyOf(source));
      return found?.version === source.version ? found.profile : undefined;
    },
    put(source, profile) {
      const words = profile.texts.reduce((total, text) => total + text.words.length, 0);
      const others = sum - (held.get(keyOf(source))?.words ?? 0);
      if (others + words > mostWords) return;
      sum = others + words;
      held.set(keyOf(source), { version: source.version, profile, words });
    },
  };
}
