import { derivedId } from '../ids.ts';
import { type FeatureName, featureNames } from './features.ts';
import type { LevelCurve, RankerModel } from './ranker-model.ts';
import { gainOf } from './ranking-metrics.ts';

/** A judged pair as the training sees it. */
export interface TrainingPair {
  readonly needId: string;
  /** 1 无 … 4 强. */
  readonly level: number;
  readonly vector: Float64Array;
}

/** Features whose weight may be negative: they describe the achievement alone, and no fit grows with them by nature. */
const freeFeatures: ReadonlySet<FeatureName> = new Set<FeatureName>(['titleLength', 'titleRarity']);

export interface TrainingOptions {
  /** Weight of the squared weights (features standardised). */
  readonly ridge?: number;
  readonly iterations?: number;
}

/**
 * Trains the linear ranker: ListNet's top-one cross entropy (Cao et al. 2007) between the softmax of the scores and the
 * gains of each need's list, ridge on standardised weights, all weights of measures of fit kept at or above zero, so that
 * more agreement never lowers a score. Convex, solved by accelerated projected gradient (Beck and Teboulle 2009) without
 * chance: the same pairs in the same order give the same bytes. The levels are logistic curves of the score
 * (Platt 1999), each fitted by Newton's method.
 */
export function trainRanker(pairs: readonly TrainingPair[], options: TrainingOptions = {}): RankerModel {
  const { ridge = 0.1, iterations = 400 } = options;
  const { means, scales } = standardisation(pairs);
  const rows = pairs.map(({ vector }) => Float64Array.from(means, (mean, f) => (vector[f]! - mean) / scales[f]!));
  const lists = judgedLists(pairs);
  const free = featureNames.map((name) => freeFeatures.has(name));
  const standard = descend(rows, lists, free, ridge, iterations);
  const weights = standard.map((weight, f) => round(weight / scales[f]!));
  const intercept = round(-weights.reduce((sum, weight, f) => sum + weight * means[f]!, 0));
  const scores = pairs.map(({ vector }) => weights.reduce((sum, weight, f) => sum + weight * vector[f]!, intercept));
  const levels = [2, 3, 4].map((level) =>
    levelCurve(
      scores,
      pairs.map((pair) => (pair.level >= level ? 1 : 0)),
    ),
  ) as [LevelCurve, LevelCurve, LevelCurve];
  const named = Object.fromEntries(featureNames.map((name, f) => [name, weights[f]!])) as Record<FeatureName, number>;
  return {
    format: 1,
    id: `linear-${derivedId(JSON.stringify([named, intercept, levels])).slice(0, 8)}`,
    weights: named,
    intercept,
    levels,
  };
}

/** Six digits: enough for every order, and the same bytes wherever it is trained. */
const round = (value: number): number => Number(value.toPrecision(6)) || 0;

function standardisation(pairs: readonly TrainingPair[]): { means: number[]; scales: number[] } {
  const means = featureNames.map((_, f) => pairs.reduce((sum, { vector }) => sum + vector[f]!, 0) / pairs.length);
  const scales = means.map((mean, f) => {
    const variance = pairs.reduce((sum, { vector }) => sum + (vector[f]! - mean) ** 2, 0) / pairs.length;
    return Math.sqrt(variance) || 1;
  });
  return { means, scales };
}

/** Each need's rows with their share of the need's gain; needs without any gain teach no order. */
function judgedLists(pairs: readonly TrainingPair[]): { rows: number[]; shares: number[] }[] {
  const byNeed = new Map<string, number[]>();
  pairs.forEach(({ needId }, row) => {
    const rows = byNeed.get(needId);
    if (rows) rows.push(row);
    else byNeed.set(needId, [row]);
  });
  return [...byNeed.values()].flatMap((rows) => {
    const total = rows.reduce((sum, row) => sum + gainOf(pairs[row]!.level), 0);
    return total > 0 ? [{ rows, shares: rows.map((row) => gainOf(pairs[row]!.level) / total) }] : [];
  });
}

function descend(
  rows: readonly Float64Array[],
  lists: readonly { readonly rows: readonly number[]; readonly shares: readonly number[] }[],
  free: readonly boolean[],
  ridge: number,
  iterations: number,
): number[] {
  const size = free.length;
  // Softmax has curvature of at most half the squared length of its rows; the mean of the features' variances is 1.
  const longest = Math.max(1, ...lists.map((list) => Math.max(...list.rows.map((row) => squaredLength(rows[row]!)))));
  const step = 1 / (longest / 2 + ridge);
  let weights = new Array<number>(size).fill(0);
  let ahead = weights;
  let momentum = 1;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const gradient = ahead.map((weight) => ridge * weight);
    for (const list of lists) {
      const scores = list.rows.map((row) => dot(ahead, rows[row]!));
      const highest = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - highest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      list.rows.forEach((row, i) => {
        const slope = (powers[i]! / total - list.shares[i]!) / lists.length;
        const values = rows[row]!;
        for (let f = 0; f < size; f += 1) gradient[f]! += slope * values[f]!;
      });
    }
    const next = ahead.map((weight, f) => {
      const moved = weight - step * gradient[f]!;
      return free[f] ? moved : Math.max(0, moved);
    });
    const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    ahead = next.map((weight, f) => weight + ((momentum - 1) / grown) * (weight - weights[f]!));
    weights = next;
    momentum = grown;
  }
  return weights;
}

const squaredLength = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);
const dot = (weights: readonly number[], values: Float64Array): number => {
  let total = 0;
  for (let f = 0; f < weights.length; f += 1) total += weights[f]! * values[f]!;
  return total;
};

/** Fits P(y = 1) to scores; a little weight on both outcomes at the mean keeps it finite where one never happens. */
function levelCurve(scores: readonly number[], outcomes: readonly number[]): LevelCurve {
  const hits = outcomes.reduce((sum, outcome) => sum + outcome, 0);
  // Platt's targets: outcomes never quite 0 or 1.
  const high = (hits + 1) / (hits + 2);
  const low = 1 / (outcomes.length - hits + 2);
  let slope = 0;
  let bias = Math.log((hits + 1) / (outcomes.length - hits + 1));
  for (let iteration = 0; iteration < 100; iteration += 1) {
    let g0 = 0;
    let g1 = 0;
    let h00 = 1e-6;
    let h01 = 0;
    let h11 = 1e-6;
    scores.forEach((score, i) => {
      const p = 1 / (1 + Math.exp(-(slope * score + bias)));
      const error = p - (outcomes[i] === 1 ? high : low);
      const weight = p * (1 - p);
      g0 += error * score;
      g1 += error;
      h00 += weight * score * score;
      h01 += weight * score;
      h11 += weight;
    });
    const determinant = h00 * h11 - h01 * h01;
    const move0 = (h11 * g0 - h01 * g1) / determinant;
    const move1 = (h00 * g1 - h01 * g0) / determinant;
    slope -= move0;
    bias -= move1;
    if (Math.abs(move0) + Math.abs(move1) < 1e-10) break;
  }
  return { slope: Math.max(0, round(slope)), bias: round(bias) };
}
