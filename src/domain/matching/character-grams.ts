import { clip, normaliseText } from '../plain-text.ts';

/** Characters of a field that are looked at; the rest of a longer text adds cost and hardly any new substance. */
const characterLimit = 4000;

/**
 * The letters and digits of a text as search compares it (`normaliseText`), in runs: whatever lies between two runs is
 * punctuation or white space, and no n-gram reaches over it.
 */
export function characterRuns(text: string): string[] {
  return normaliseText(clip(text, characterLimit)).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Two UTF-16 units next to each other as one number: the key of the bigram maps. Characters are keyed by their unit. */
export const bigram = (run: string, at: number): number => run.charCodeAt(at) * 65536 + run.charCodeAt(at + 1);

/** How often each character stands in the runs. */
export function characterCounts(runs: readonly string[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const run of runs) {
    for (let at = 0; at < run.length; at += 1) {
      const key = run.charCodeAt(at);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** How often each pair of neighbouring characters stands in the runs. */
export function bigramCounts(runs: readonly string[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const run of runs) {
    for (let at = 0; at + 1 < run.length; at += 1) {
      const key = bigram(run, at);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
