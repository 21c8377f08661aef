import { matchLevels } from '../codes/review-codes.ts';
import { QianxianError } from '../errors.ts';
import type { MatchLevel } from '../match.ts';
import { type BoostedTrees, faultOfTrees, type TreeScorer, treeScorer } from './boosted-trees.ts';
import { featureNames } from './features.ts';
import { contextNames } from './list-context.ts';

/** P(judged level ≥ k) = 1 / (1 + e^−(own·l + order·o + bias)) of the level's trees l and the order's o; own and order are never negative. */
export interface LevelCurve {
  readonly own: number;
  readonly order: number;
  readonly bias: number;
}

/** Trees that were trained without one part of the needs. */
export interface RankerBag {
  readonly order: BoostedTrees;
  /** For the levels 弱 (2), 较强 (3) and 强 (4) or better. */
  readonly levels: readonly [BoostedTrees, BoostedTrees, BoostedTrees];
}

/** Answers are means over the bags. */
export interface RankerStage {
  readonly bags: readonly RankerBag[];
  /** For 弱, 较强 and 强, fitted to needs that a bag had not seen. */
  readonly curves: readonly [LevelCurve, LevelCurve, LevelCurve];
}

/** Least probabilities of a level or better for which it is given. */
export interface LevelThresholds {
  readonly weak: number;
  readonly fair: number;
  readonly strong: number;
}

/** Boosted trees with calibrated levels. Made by `trainRanker`; the file that ships is `models/ranker.model.json`. */
export interface RankerModel {
  readonly format: 2;
  /** Names the model in assessments; changes with every training. */
  readonly id: string;
  /** Of the encoder whose vectors it was trained on. */
  readonly encoder: string;
  readonly features: readonly string[];
  /** For pairs of which a title may be all that is known, and for pairs of records that both say more than their title. */
  readonly thresholds: { readonly title: LevelThresholds; readonly text: LevelThresholds };
  /** For a pair on its own, and for one among the other candidates of its need (`contextNames` after `featureNames`). */
  readonly pair: RankerStage;
  readonly list: RankerStage;
}

/** What the ranker says of a pair. */
export interface RankedPair {
  /** 0–1: the expected gain, from 无 = 0 over 弱 = 1/7 and 较强 = 3/7 to 强 = 1. Comparable between needs. */
  readonly score: number;
  readonly level: MatchLevel;
  readonly probabilities: Readonly<Record<MatchLevel, number>>;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** How far the facts move the logits of all levels, for one unit of `factAdjustment`. */
const factWeight = 1.5;

/** What the trees of a stage say: the order's sum and the three levels', means over the bags. */
export interface TreeAnswers {
  readonly order: number;
  readonly levels: readonly [number, number, number];
}

interface StageScorer {
  readonly order: readonly TreeScorer[];
  readonly levels: readonly (readonly TreeScorer[])[];
}

const scorers = new WeakMap<RankerStage, StageScorer>();

function scorerOf(stage: RankerStage): StageScorer {
  let scorer = scorers.get(stage);
  if (!scorer) {
    scorer = {
      order: stage.bags.map(({ order }) => treeScorer(order)),
      levels: [0, 1, 2].map((level) => stage.bags.map(({ levels }) => treeScorer(levels[level]!))),
    };
    scorers.set(stage, scorer);
  }
  return scorer;
}

function meanScore(trees: readonly TreeScorer[], vector: ArrayLike<number>): number {
  let sum = 0;
  for (let bag = 0; bag < trees.length; bag += 1) sum += trees[bag]!.score(vector);
  return sum / Math.max(1, trees.length);
}

/** The trees' answers for a vector of the stage's features. */
export function treeAnswers(stage: RankerStage, vector: ArrayLike<number>): TreeAnswers {
  const { order, levels } = scorerOf(stage);
  return {
    order: meanScore(order, vector),
    levels: [meanScore(levels[0]!, vector), meanScore(levels[1]!, vector), meanScore(levels[2]!, vector)],
  };
}

/** The order's sum alone. */
export const orderScore = (stage: RankerStage, vector: ArrayLike<number>): number =>
  meanScore(scorerOf(stage).order, vector);

/** The stage that a vector is for: with or without the place among other candidates. */
export const stageOf = (model: RankerModel, vector: ArrayLike<number>): RankerStage =>
  vector.length > featureNames.length ? model.list : model.pair;

/**
 * What the model says of a vector of features, with or without context; `adjustment` is that of the facts
 * (`fact-comparison.ts`), `known` what there is of both records.
 */
export function rankVector(
  model: RankerModel,
  vector: ArrayLike<number>,
  adjustment = 0,
  known: 'title' | 'text' = 'title',
): RankedPair {
  const stage = stageOf(model, vector);
  return rankedPair(model.thresholds[known], stage.curves, treeAnswers(stage, vector), adjustment);
}

/** Score, level and probabilities that follow from the trees' answers. */
export function rankedPair(
  thresholds: LevelThresholds,
  curves: RankerStage['curves'],
  answers: TreeAnswers,
  adjustment = 0,
): RankedPair {
  const chance = (k: 0 | 1 | 2): number => {
    const { own, order, bias } = curves[k];
    return logistic(own * answers.levels[k] + order * answers.order + bias + factWeight * adjustment);
  };
  const atLeastWeak = chance(0);
  const atLeastFair = Math.min(atLeastWeak, chance(1));
  const atLeastStrong = Math.min(atLeastFair, chance(2));
  return saidOf(thresholds, [atLeastWeak, atLeastFair, atLeastStrong]);
}

/** Falling chances of 弱, 较强 and 强 or better, put into words. */
function saidOf(
  thresholds: LevelThresholds,
  [atLeastWeak, atLeastFair, atLeastStrong]: readonly [number, number, number],
): RankedPair {
  const level: MatchLevel =
    atLeastWeak < thresholds.weak
      ? 'none'
      : atLeastFair < thresholds.fair
        ? 'weak'
        : atLeastStrong < thresholds.strong
          ? 'fair'
          : 'strong';
  return {
    score: (atLeastWeak + 2 * atLeastFair + 4 * atLeastStrong) / 7,
    level,
    probabilities: {
      strong: atLeastStrong,
      fair: atLeastFair - atLeastStrong,
      weak: atLeastWeak - atLeastFair,
      none: 1 - atLeastWeak,
    },
  };
}

/** What is said stays below certainty, so that it can be moved back. */
const leastChance = 1e-4;
/** Of a logit, either way. */
const mostShift = 6;

/**
 * The same pair, expected to be `by` levels better (or worse, below 0): the logits of all levels are moved alike, so chances stay
 * in their order and between 0 and 1.
 */
export function movedBy(ranked: RankedPair, thresholds: LevelThresholds, by: number): RankedPair {
  const { strong, fair, weak } = ranked.probabilities;
  const chances = [strong + fair + weak, strong + fair, strong] as const;
  const logits = chances.map((chance) => {
    const inside = Math.min(1 - leastChance, Math.max(leastChance, chance));
    return Math.log(inside / (1 - inside));
  });
  const wanted = chances.reduce((sum, chance) => sum + chance, 0) + by;
  const moved = (shift: number): [number, number, number] =>
    logits.map((logit) => logistic(logit + shift)) as [number, number, number];
  let [low, high] = [-mostShift, mostShift];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (moved(middle).reduce((sum, chance) => sum + chance, 0) < wanted) low = middle;
    else high = middle;
  }
  return saidOf(thresholds, moved((low + high) / 2));
}

/** 1 无 … 4 强. */
export function levelNumber(level: MatchLevel): number {
  return matchLevels.find((row) => row.code === level)!.level;
}

/** Names of the features of a stage, in the order of its vectors. */
export const stageFeatures = {
  pair: featureNames as readonly string[],
  list: [...featureNames, ...contextNames] as readonly string[],
} as const;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isShare = (value: unknown): boolean => isNumber(value) && value >= 0 && value <= 1;

function faultOfStage(value: unknown, features: number): string | undefined {
  const stage = value as Partial<RankerStage> | null;
  if (typeof stage !== 'object' || stage === null || !Array.isArray(stage.bags) || stage.bags.length === 0) {
    return '缺少决策树';
  }
  for (const bag of stage.bags as (Partial<RankerBag> | null)[]) {
    if (!Array.isArray(bag?.levels) || bag.levels.length !== 3) return '缺少等级的决策树';
    for (const trees of [bag.order, ...bag.levels]) {
      const fault = faultOfTrees(trees, features);
      if (fault) return fault;
    }
  }
  const { curves } = stage;
  const isCurve = (curve: LevelCurve | null): boolean =>
    isNumber(curve?.own) && isNumber(curve?.order) && isNumber(curve?.bias) && curve.own >= 0 && curve.order >= 0;
  if (!Array.isArray(curves) || curves.length !== 3 || !curves.every(isCurve)) return '等级曲线不完整';
  return undefined;
}

/** The model in a parsed file; throws `misconfigured` with the reason for anything that is not one for these features. */
export function readRankerModel(value: unknown): RankerModel {
  const model = value as Partial<RankerModel> | null;
  const fault = (reason: string) =>
    new QianxianError('misconfigured', `排序模型文件不能使用：${reason}，请恢复随程序提供的模型`);
  if (typeof model !== 'object' || model === null) throw fault('不是模型');
  const format: unknown = model.format;
  if (isNumber(format) && format < 2) throw fault('由较早版本的程序生成');
  if (isNumber(format) && format > 2) throw fault('由更新版本的程序生成');
  if (format !== 2) throw fault('不是本版本的格式');
  const { id, encoder, features, thresholds, pair, list } = model;
  if (typeof id !== 'string' || id === '' || typeof encoder !== 'string') throw fault('缺少名称');
  if (!Array.isArray(features)) throw fault('缺少特征名称');
  const missing = stageFeatures.list.find((name) => !features.includes(name));
  if (missing) throw fault(`缺少特征 ${missing}`);
  const unknown = features.find((name) => !stageFeatures.list.includes(name));
  if (unknown) throw fault(`不认识特征 ${String(unknown)}`);
  if (features.some((name, at) => name !== stageFeatures.list[at])) throw fault('特征的顺序不同');
  const limits = [thresholds?.title, thresholds?.text].flatMap((one) => [one?.weak, one?.fair, one?.strong]);
  if (!limits.every(isShare)) throw fault('缺少等级的界限');
  const broken = faultOfStage(pair, stageFeatures.pair.length) ?? faultOfStage(list, stageFeatures.list.length);
  if (broken) throw fault(broken);
  return model as RankerModel;
}
