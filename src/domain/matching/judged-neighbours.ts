import type { MatchLevel } from '../match-level.ts';
import type { PreparedRecord } from './prepared-record.ts';
import { dotProduct } from './text-encoder.ts';

/** An achievement that was judged beside the need, with what the ranker alone expects of it. */
export interface JudgedOffer {
  readonly record: PreparedRecord;
  /** The level that was judged, 1 无 … 4 强. */
  readonly level: number;
  /** The level that the ranker expects, 1–4, judgements left out. */
  readonly expected: number;
}

/** How judgements of the same need move what is expected of one more achievement. */
export interface Leaning {
  /** Levels that are added to what is expected; below 0 where what is like it was judged to fit less than expected. */
  readonly by: number;
  /** The judged achievement that moves it most in that direction. */
  readonly like: { readonly achievementId: string; readonly title: string; readonly level: number };
}

/** The newest judgements of a need that are looked at. */
export const judgedLimit = 60;
/** Variance of one judgement beside that of what the ranker does not know; chosen on the relevance set (docs/ranking.md). */
const noise = 1.5;
/** What moves less is nothing. */
const leastMove = 0.02;

/**
 * What a need's judged achievements say about its others: a Gaussian process over the achievements of one need, whose mean is
 * what the ranker expects and whose covariance says how like two achievements are (half the cosine of their meaning, half that
 * of their titles' characters and pairs of neighbours). Rasmussen and Williams 2006, chapter 2. Of many with the same judgements it
 * says the same in whatever order they come. Undefined where nothing is judged.
 */
export function judgedNeighbours(
  judged: readonly JudgedOffer[],
): ((offer: PreparedRecord) => Leaning | undefined) | undefined {
  const known = [...judged].sort((a, b) => (a.record.profile.id < b.record.profile.id ? -1 : 1)).slice(0, judgedLimit);
  if (known.length === 0) return undefined;
  const titles = known.map(({ record }) => titleGrams(record));
  const covariance = known.map(({ record }, row) =>
    known.map(
      (other, column) => likeness(record, titles[row]!, other.record, titles[column]!) + (row === column ? noise : 0),
    ),
  );
  const weights = solvePositive(
    covariance,
    known.map(({ level, expected }) => level - expected),
  );
  return (offer) => {
    const grams = titleGrams(offer);
    const moves = known.map(({ record }, i) => likeness(offer, grams, record, titles[i]!) * weights[i]!);
    const by = moves.reduce((sum, move) => sum + move, 0);
    if (!(Math.abs(by) >= leastMove)) return undefined;
    let most = 0;
    for (let i = 1; i < moves.length; i += 1) if (moves[i]! * Math.sign(by) > moves[most]! * Math.sign(by)) most = i;
    const { record, level } = known[most]!;
    const title = record.profile.texts.find(({ field }) => field === 'title')?.text ?? '';
    return { by, like: { achievementId: record.profile.id, title, level } };
  };
}

/** 1 无 … 4 强, as a mean of what each is said to be worth. */
export const expectedLevel = (probabilities: Readonly<Record<MatchLevel, number>>): number =>
  probabilities.none + 2 * probabilities.weak + 3 * probabilities.fair + 4 * probabilities.strong;

/** The title's characters and pairs of neighbours, each with its idf; length 1. */
function titleGrams(record: PreparedRecord): ReadonlyMap<number, number> {
  const grams = new Map<number, number>();
  record.titleCharacters.forEach((key, i) => {
    grams.set(key, Math.sqrt(record.titleCharacterWeights[i]!));
  });
  record.titleBigrams.forEach((key, i) => {
    grams.set(key, record.titleBigramWeights[i]!);
  });
  let squares = 0;
  for (const weight of grams.values()) squares += weight * weight;
  if (squares > 0) for (const [key, weight] of grams) grams.set(key, weight / Math.sqrt(squares));
  return grams;
}

/** 0–1. */
function likeness(
  a: PreparedRecord,
  titleOfA: ReadonlyMap<number, number>,
  b: PreparedRecord,
  titleOfB: ReadonlyMap<number, number>,
): number {
  const [fewer, more] = titleOfA.size <= titleOfB.size ? [titleOfA, titleOfB] : [titleOfB, titleOfA];
  let shared = 0;
  for (const [key, weight] of fewer) shared += weight * (more.get(key) ?? 0);
  return (Math.max(0, dotProduct(a.wholeVector, b.wholeVector)) + shared) / 2;
}

/** Solves a symmetric positive definite system by Cholesky's decomposition. */
function solvePositive(matrix: readonly (readonly number[])[], values: readonly number[]): number[] {
  const size = values.length;
  const lower = matrix.map((row) => [...row]);
  const solution = [...values];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = lower[row]![column]!;
      for (let k = 0; k < column; k += 1) sum -= lower[row]![k]! * lower[column]![k]!;
      lower[row]![column] = row === column ? Math.sqrt(sum) : sum / lower[column]![column]!;
    }
    for (let k = 0; k < row; k += 1) solution[row]! -= lower[row]![k]! * solution[k]!;
    solution[row]! /= lower[row]![row]!;
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < size; k += 1) solution[row]! -= lower[k]![row]! * solution[k]!;
    solution[row]! /= lower[row]![row]!;
  }
  return solution;
}
