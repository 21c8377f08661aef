import { matchLevels } from '../codes/review-codes.ts';
import { QianxianError } from '../errors.ts';
import type { MatchLevel } from '../match.ts';
import { type FeatureName, featureNames } from './features.ts';

/** P(judged level ≥ k) = 1 / (1 + e^−(slope·x + bias)) of the linear score x; slopes are never negative. */
export interface LevelCurve {
  readonly slope: number;
  readonly bias: number;
}

/** A linear ranker with calibrated levels. Made by `trainRanker`; the file that ships is `models/ranker.model.json`. */
export interface RankerModel {
  readonly format: 1;
  /** Names the model in assessments; changes with every training. */
  readonly id: string;
  readonly weights: Readonly<Record<FeatureName, number>>;
  readonly intercept: number;
  /** For the levels 弱 (2), 较强 (3) and 强 (4). */
  readonly levels: readonly [LevelCurve, LevelCurve, LevelCurve];
}

/** What the ranker says of a pair. */
export interface RankedPair {
  /** 0–1: the expected level, from 无 = 0 to 强 = 1. Comparable between needs. */
  readonly score: number;
  readonly level: MatchLevel;
  readonly probabilities: Readonly<Record<MatchLevel, number>>;
}

/**
 * Least probabilities of a level or better for which it is given. 0.5 each would give the smallest error of the level, but
 * hardly ever 较强 and never 强, so that a docket would stay empty. What is 较强 or better is right in about two of five
 * cases, which is what a clerk's look is for; on the cross-validation that costs 0.003 of `contest` (docs/ranking.md).
 */
export const levelThresholds = { weak: 0.5, fair: 0.35, strong: 0.3 } as const;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The linear score of a feature vector; `adjustment` is that of the facts (`fact-adjustment.ts`). */
export function linearScore(model: RankerModel, vector: ArrayLike<number>, adjustment = 0): number {
  let score = model.intercept + adjustment;
  for (let i = 0; i < featureNames.length; i += 1) score += model.weights[featureNames[i]!] * vector[i]!;
  return score;
}

/** Score, level and probabilities that follow from a linear score. */
export function rankedPair(model: RankerModel, linear: number): RankedPair {
  const [weak, fair, strong] = model.levels;
  const atLeastWeak = logistic(weak.slope * linear + weak.bias);
  const atLeastFair = Math.min(atLeastWeak, logistic(fair.slope * linear + fair.bias));
  const atLeastStrong = Math.min(atLeastFair, logistic(strong.slope * linear + strong.bias));
  const level: MatchLevel =
    atLeastWeak < levelThresholds.weak
      ? 'none'
      : atLeastFair < levelThresholds.fair
        ? 'weak'
        : atLeastStrong < levelThresholds.strong
          ? 'fair'
          : 'strong';
  return {
    score: (atLeastWeak + atLeastFair + atLeastStrong) / 3,
    level,
    probabilities: {
      strong: atLeastStrong,
      fair: atLeastFair - atLeastStrong,
      weak: atLeastWeak - atLeastFair,
      none: 1 - atLeastWeak,
    },
  };
}

/** 1 无 … 4 强. */
export function levelNumber(level: MatchLevel): number {
  return matchLevels.find((row) => row.code === level)!.level;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The model in a parsed file; throws `misconfigured` for anything that is not one for these features. */
export function readRankerModel(value: unknown): RankerModel {
  const model = value as Partial<RankerModel> | null;
  const fault = (reason: string) =>
    new QianxianError('misconfigured', `排序模型文件不能使用：${reason}，请恢复随程序提供的模型`);
  if (typeof model !== 'object' || model === null || model.format !== 1) throw fault('不是本版本的格式');
  const { id, weights, intercept, levels } = model;
  if (typeof id !== 'string' || id === '' || !isNumber(intercept)) throw fault('缺少名称或截距');
  if (typeof weights !== 'object' || weights === null) throw fault('缺少权重');
  const missing = featureNames.find((name) => !isNumber(weights[name]));
  if (missing) throw fault(`缺少特征 ${missing} 的权重`);
  const unknown = Object.keys(weights).find((name) => !(featureNames as readonly string[]).includes(name));
  if (unknown) throw fault(`不认识特征 ${unknown}`);
  if (
    !Array.isArray(levels) ||
    levels.length !== 3 ||
    !levels.every((curve: LevelCurve | null) => isNumber(curve?.slope) && isNumber(curve?.bias) && curve.slope >= 0)
  ) {
    throw fault('等级曲线不完整');
  }
  return { format: 1, id, weights, intercept, levels };
}
