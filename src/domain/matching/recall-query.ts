import type { EntryKind } from '../entry.ts';
import type { CorpusStatistics } from './corpus-statistics.ts';
import type { MatchedField, MatchProfile } from './match-profile.ts';
import { isTermWord } from './term-word.ts';

/** How much a field says about what the record is about. Hand-set; the first is what a searcher would type. */
export const recallFieldWeights: Readonly<Record<EntryKind, Readonly<Partial<Record<MatchedField, number>>>>> = {
  need: { title: 3, keywords: 2.5, keyTechnology: 1.5, problem: 1.2, goal: 0.4, description: 1, background: 0.3 },
  achievement: { title: 3, keywords: 2.5, abstract: 1, scenario: 0.8, advantage: 0.5 },
};

/** Most terms of a query: more cost time and add common words only. */
export const recallTermLimit = 90;

/** One weighted word of a recall query. */
export interface RecallTerm {
  readonly word: string;
  readonly weight: number;
}

/**
 * What a record asks of the other side: its words, weighted by field and, with saturation, by how often they stand there,
 * cut to the `limit` that promise most (weight × idf). The index multiplies by its own idf, so the weights leave it out.
 * Best first, ties by word, so the same record always asks the same.
 */
export function recallQuery(
  profile: MatchProfile,
  statistics: CorpusStatistics,
  limit: number = recallTermLimit,
): RecallTerm[] {
  const fieldWeights = recallFieldWeights[profile.kind];
  const weights = new Map<string, number>();
  for (const text of profile.texts) {
    const fieldWeight = fieldWeights[text.field] ?? 0;
    const counts = new Map<string, number>();
    for (const word of text.words) if (isTermWord(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts) {
      weights.set(word, (weights.get(word) ?? 0) + fieldWeight * saturated(count));
    }
  }
  return [...weights]
    .map(([word, weight]) => ({ word, weight, promise: weight * statistics.idf(word) }))
    .filter((term) => term.promise > 0)
    .sort((a, b) => b.promise - a.promise || (a.word < b.word ? -1 : 1))
    .slice(0, limit)
    .map(({ word, weight }) => ({ word, weight: Math.round(weight * 1000) / 1000 }));
}

/** 1, 1.37, 1.57, … towards 2.2: BM25's saturation with k1 = 1.2 for a field of average length. */
const saturated = (count: number): number => (count * 2.2) / (count + 1.2);
