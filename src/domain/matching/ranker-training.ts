import { derivedId } from '../ids.ts';
import { seededRandom, shuffled } from '../seeded-random.ts';
import type { BoostedTrees } from './boosted-trees.ts';
import {
  type LevelCurve,
  type RankerBag,
  type RankerModel,
  type RankerStage,
  stageFeatures,
  type TreeAnswers,
  treeAnswers,
} from './ranker-model.ts';
import { gainOf } from './ranking-metrics.ts';
import { binaryLoss, binRows, boostTrees, listLoss } from './tree-boosting.ts';

/** A judged pair as the training sees it. */
export interface TrainingPair {
  readonly needId: string;
  /** Needs of one group (the same need listed twice) are never parted. */
  readonly group: string;
  /** 1 无 … 4 强. */
  readonly level: number;
  /** As `featureNames` lists them. */
  readonly vector: Float64Array;
  /** The same with the place among the judged candidates of the need; as long as the other where there is none. */
  readonly listed: Float64Array;
}

export interface TrainingOptions {
  /** Times that the trees are grown from all needs; answers are the mean. */
  readonly bags?: number;
  /** Parts of the needs, each answered by trees grown from the others, that the levels' curves are fitted to. */
  readonly parts?: number;
  readonly orderTrees?: number;
  readonly levelTrees?: number;
  readonly leaves?: number;
  readonly rate?: number;
  readonly leastRows?: number;
  /** Features that may be asked, by name; all where it is missing. For the ablation. */
  readonly features?: ReadonlySet<string>;
  /** Names the encoder that the features come from. */
  readonly encoder?: string;
  readonly thresholds?: RankerModel['thresholds'];
  readonly seed?: string;
}

/** Features that say nothing about the fit by their nature: of the achievement, the need or the list alone, or of the others. */
const freeFeatures: ReadonlySet<string> = new Set([
  'titleLength',
  'titleRarity',
  'needTitleLength',
  'needTitleRarity',
  'needLength',
  'likeTheOthers',
  'listMeaning',
  'listMeaningSpread',
  'listMeaningBest',
  'listCharacters',
  'listCharactersBest',
  'listLikeness',
  'listSize',
]);

/** Where a score may not fall while this feature grows. */
export const isMonotone = (feature: string): boolean => !freeFeatures.has(feature);

/**
 * `title`: 0.5 each, the median, which gives the smallest error of the level on judged pairs. `text`: the judged pairs hold
 * titles alone, and what a title hides keeps every probability near the mean (the judges themselves agree on two of three
 * pairs of one need and one title); where both records tell what they are about, a third of that certainty is as much as the
 * ranker ever has. Hand-set beside the labelled demo records, the only full ones (docs/ranking.md).
 */
export const levelThresholds: RankerModel['thresholds'] = {
  title: { weak: 0.5, fair: 0.5, strong: 0.5 },
  text: { weak: 0.6, fair: 0.22, strong: 0.12 },
};

/**
 * Trains the ranker: for each stage boosted trees for the order (XE-NDCG) and three for the levels (at least 弱, 较强, 强),
 * monotone in every measure of fit; `bags` times, with other samples of rows and features. The curves of the levels are fitted
 * to what trees that were grown without a part of the needs say of that part, so that what was learnt by heart is not taken
 * for sure. The same pairs in the same order give the same bytes.
 */
export function trainRanker(pairs: readonly TrainingPair[], options: TrainingOptions = {}): RankerModel {
  const { encoder = 'none', thresholds = levelThresholds } = options;
  const pair = trainStage(pairs, 'pair', options).stage;
  const list = trainStage(pairs, 'list', options).stage;
  const model = { encoder, features: stageFeatures.list, thresholds, pair, list };
  return { format: 2, id: `trees-${derivedId(JSON.stringify(model)).slice(0, 8)}`, ...model };
}

/** One stage, and what was said of each pair by trees that did not see its need. */
export function trainStage(
  pairs: readonly TrainingPair[],
  which: 'pair' | 'list',
  options: TrainingOptions = {},
): { readonly stage: RankerStage; readonly unseen: readonly TreeAnswers[] } {
  const { bags = 5, parts = 5, seed = 'ranker' } = options;
  const names = stageFeatures[which];
  const vectorOf = (one: TrainingPair): Float64Array => (which === 'pair' ? one.vector : fullVector(one, names.length));
  const vectors = pairs.map(vectorOf);
  const allowed = (name: string): boolean => options.features?.has(name) ?? true;
  const set = binRows(vectors, names.length);
  // A feature that is not allowed has nothing to ask.
  const thresholds = set.thresholds.map((cuts, f) => (allowed(names[f]!) ? cuts : []));
  const groups = shuffled([...new Set(pairs.map(({ group }) => group))].sort(), seededRandom(`${seed} parts`));
  const partOf = new Map(groups.map((group, i) => [group, i % parts]));
  const monotone = names.map((name) => (isMonotone(name) ? 1 : 0));
  const unseen: TreeAnswers[] = pairs.map(() => ({ order: 0, levels: [0, 0, 0] }));
  const grownFrom = (rows: readonly number[], name: string): RankerBag => {
    const used = Int32Array.from(rows);
    const random = seededRandom(`${seed} ${which} ${name}`);
    const boosting = {
      leaves: options.leaves ?? 7,
      rate: options.rate ?? 0.06,
      leastRows: Math.min(options.leastRows ?? 40, Math.max(1, Math.floor(rows.length / 20))),
      ridge: 5,
      rowShare: 0.7,
      featureShare: 0.5,
      monotone,
      random,
    };
    const grow = (loss: Parameters<typeof boostTrees>[2], trees: number, ridge: number): BoostedTrees =>
      boostTrees({ ...set, thresholds }, used, loss, { ...boosting, trees, ridge });
    const gains = pairs.map(({ level }) => 2 ** (level - 1));
    const order = grow(listLoss(gains, listsOf(pairs, used), random), options.orderTrees ?? 120, 5);
    const levels = [2, 3, 4].map((level) =>
      grow(
        binaryLoss(
          pairs.map((one) => (one.level >= level ? 1 : 0)),
          used,
        ),
        options.levelTrees ?? 100,
        5,
      ),
    ) as unknown as RankerBag['levels'];
    return { order, levels };
  };
  for (let part = 0; part < parts; part += 1) {
    const rows = pairs.flatMap((one, row) => (partOf.get(one.group) !== part || groups.length < 2 ? [row] : []));
    const grown = grownFrom(rows, `part ${part}`);
    const alone: RankerStage = { bags: [grown], curves: flatCurves };
    pairs.forEach((one, row) => {
      if (partOf.get(one.group) === part) unseen[row] = treeAnswers(alone, vectors[row]!);
    });
  }
  const curves = [0, 1, 2].map((k) =>
    levelCurve(
      unseen.map(({ order, levels }) => [levels[k]!, order]),
      pairs.map(({ level }) => (level >= k + 2 ? 1 : 0)),
    ),
  ) as unknown as RankerStage['curves'];
  const all = pairs.map((_, row) => row);
  const trained = Array.from({ length: bags }, (_, bag) => grownFrom(all, `bag ${bag}`));
  return { stage: { bags: trained, curves }, unseen };
}

const flatCurves: RankerStage['curves'] = [
  { own: 1, order: 0, bias: 0 },
  { own: 1, order: 0, bias: 0 },
  { own: 1, order: 0, bias: 0 },
];

function fullVector({ listed }: TrainingPair, length: number): Float64Array {
  if (listed.length === length) return listed;
  const full = new Float64Array(length);
  full.set(listed);
  return full;
}

/** The used rows of each need in which any pair is better than another. */
function listsOf(pairs: readonly TrainingPair[], used: Int32Array): Int32Array[] {
  const byNeed = new Map<string, number[]>();
  for (const row of used) {
    const { needId } = pairs[row]!;
    const rows = byNeed.get(needId);
    if (rows) rows.push(row);
    else byNeed.set(needId, [row]);
  }
  return [...byNeed.values()]
    .filter((rows) => rows.some((row) => gainOf(pairs[row]!.level) > 0))
    .map((rows) => Int32Array.from(rows));
}

/** Six digits: the same bytes wherever it is read back. */
const round = (value: number): number => Number(value.toPrecision(6)) || 0;

/**
 * Fits P(y = 1) to two scores each by Newton's method (Platt 1999); a slope that would be negative is taken out. A little ridge
 * and Platt's targets keep it finite where an outcome never happens.
 */
function levelCurve(scores: readonly (readonly [number, number])[], outcomes: readonly number[]): LevelCurve {
  for (const free of [
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    const curve = newton(scores, outcomes, free);
    if (curve.own >= 0 && curve.order >= 0) return curve;
  }
  return newton(scores, outcomes, [false, false]);
}

function newton(
  scores: readonly (readonly [number, number])[],
  outcomes: readonly number[],
  free: readonly [boolean, boolean],
): LevelCurve {
  const hits = outcomes.reduce((sum, outcome) => sum + outcome, 0);
  const high = (hits + 1) / (hits + 2);
  const low = 1 / (outcomes.length - hits + 2);
  let own = free[0] ? 1 : 0;
  let order = 0;
  let bias = free[0] ? 0 : Math.log((hits + 1) / (outcomes.length - hits + 1));
  for (let iteration = 0; iteration < 50; iteration += 1) {
    const gradient = [0, 0, 0];
    const curvature = [1e-3, 0, 0, 0, 1e-3, 0, 0, 0, 1e-6];
    scores.forEach(([a, b], i) => {
      const x = [free[0] ? a : 0, free[1] ? b : 0, 1];
      const p = 1 / (1 + Math.exp(-(own * a + order * b + bias)));
      const error = p - (outcomes[i] === 1 ? high : low);
      const weight = p * (1 - p);
      for (let r = 0; r < 3; r += 1) {
        gradient[r]! += error * x[r]!;
        for (let c = 0; c < 3; c += 1) curvature[r * 3 + c]! += weight * x[r]! * x[c]!;
      }
    });
    const move = solve3(curvature, gradient);
    own -= move[0]!;
    order -= move[1]!;
    bias -= move[2]!;
    if (Math.abs(move[0]!) + Math.abs(move[1]!) + Math.abs(move[2]!) < 1e-9) break;
  }
  return { own: round(own), order: round(order), bias: round(bias) };
}

/** Solves a symmetric positive 3 × 3 system by Cramer's rule. */
function solve3(m: readonly number[], v: readonly number[]): number[] {
  const determinant = (a: readonly number[]): number =>
    a[0]! * (a[4]! * a[8]! - a[5]! * a[7]!) -
    a[1]! * (a[3]! * a[8]! - a[5]! * a[6]!) +
    a[2]! * (a[3]! * a[7]! - a[4]! * a[6]!);
  const whole = determinant(m);
  if (!(Math.abs(whole) > 1e-12)) return [0, 0, 0];
  return [0, 1, 2].map((column) => {
    const replaced = [...m];
    for (let row = 0; row < 3; row += 1) replaced[row * 3 + column] = v[row]!;
    return determinant(replaced) / whole;
  });
}
