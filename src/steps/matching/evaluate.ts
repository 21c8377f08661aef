import { writeFile } from 'node:fs/promises';
import { QianxianError } from '../../domain/errors.ts';
import {
  type FeatureGroup,
  type FeatureShare,
  featureGroups,
  featureShares,
  withoutGroup,
} from '../../domain/matching/feature-shares.ts';
import { type FeatureName, featureNames } from '../../domain/matching/features.ts';
import { expectedLevel, judgedNeighbours } from '../../domain/matching/judged-neighbours.ts';
import type { PreparedRecord } from '../../domain/matching/prepared-record.ts';
import {
  levelNumber,
  movedBy,
  type RankedPair,
  type RankerStage,
  rankedPair,
  stageFeatures,
  treeAnswers,
} from '../../domain/matching/ranker-model.ts';
import { levelThresholds, type TrainingOptions, trainStage } from '../../domain/matching/ranker-training.ts';
import {
  bootstrapSpread,
  mean,
  ndcg10,
  ndcgByNeed,
  rankingMetrics,
  type ScoredJudgement,
} from '../../domain/matching/ranking-metrics.ts';
import { foldsByTitle } from '../../domain/matching/relevance-set.ts';
import { type ReliabilityRow, reliabilityTable } from '../../domain/matching/reliability.ts';
import { seededRandom, shuffled } from '../../domain/seeded-random.ts';
import type { Ports } from '../../ports/ports.ts';
import { type JudgedVector, judgedVectors, relevanceSet } from './judged-pairs.ts';
import { type ShippedModel, shippedModel } from './model-files.ts';

export interface EvaluateOptions {
  /** Folder with needs.jsonl, achievements.jsonl and judgements.tsv. */
  readonly data: string;
  /** `cv`: each need is ranked by a model that saw no need of its title. `shipped`: the model that ships. */
  readonly model: 'cv' | 'shipped';
  /** Writes need, achievement, score and level of every judged pair, tab-separated: those that `ndcg10` and `mae` are of. */
  readonly out?: string;
  /** 2–20, default 5. */
  readonly folds?: number;
  /** Orders the folds; default 1. */
  readonly seed?: number;
  /** Ways to part the needs, by `seed` and the seeds after it; default 1. */
  readonly splits?: number;
  /** Every pair on its own, without its place among the other candidates of the need. */
  readonly alone?: boolean;
  /** Adds the share of every feature. */
  readonly explain?: boolean;
  /** Adds the figures without each group of features, and with a part of the training needs. */
  readonly ablation?: boolean;
  /**
   * Adds how much better each need's other pairs stand once so many of them are judged: those that the ranker puts first, and as
   * many drawn by chance.
   */
  readonly judged?: number;
  /** Smaller trainings, for tests. */
  readonly training?: TrainingOptions;
}

/** A figure with its 95 % interval by bootstrap over needs. */
export interface Spread {
  readonly low: number;
  readonly high: number;
}

export interface Evaluation {
  readonly ndcg10: number;
  readonly ndcg10Low: number;
  readonly ndcg10High: number;
  readonly mae: number;
  readonly contest: number;
  /** Interval of `contest`, needs drawn with all their pairs. */
  readonly contestSpread: Spread;
  readonly needs: number;
  readonly pairs: number;
  readonly model: string;
  /** nDCG@10 of each fold; empty for `shipped`. */
  readonly folds: readonly number[];
  /** The same with other ways to part the needs; the first is the one above. Empty for `shipped`. */
  readonly splits: readonly { readonly seed: number; readonly ndcg10: number; readonly contest: number }[];
  /** Means over the splits. */
  readonly mean: { readonly ndcg10: number; readonly contest: number };
  /** nDCG@10 above the better BM25, need by need. */
  readonly gainOverBm25: Spread & { readonly gain: number };
  /** What simple rankings reach on the same pairs: nDCG@10, and `contest` of always saying level 2. */
  readonly baselines: {
    readonly random: number;
    readonly bm25Title: number;
    readonly bm25Need: number;
    readonly alwaysWeakContest: number;
  };
  /** How often what is said of a pair is so. */
  readonly reliability: {
    readonly fairOrBetter: readonly ReliabilityRow[];
    readonly strong: readonly ReliabilityRow[];
  };
  /** Of the pairs that are given a level, how many the judges gave each one: `given.strong.4`. */
  readonly given: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly reordering?: { readonly judged: number; readonly best: Reordering; readonly random: Reordering };
  readonly explain?: readonly FeatureShare[];
  readonly ablation?: readonly { readonly without: FeatureGroup; readonly ndcg10: number; readonly contest: number }[];
  readonly learningCurve?: readonly { readonly share: number; readonly ndcg10: number; readonly contest: number }[];
}

/** nDCG@10 of the pairs of a need that are left, over needs that have at least five of them and any that fits. */
export interface Reordering {
  readonly needs: number;
  readonly without: number;
  readonly with: number;
  /** Mean of the needs' gains, with its interval. */
  readonly gain: Spread & { readonly gain: number };
}

interface Judged extends ScoredJudgement {
  readonly achievementId: string;
  readonly record: PreparedRecord;
  readonly fold: number;
  readonly ranked: RankedPair;
}

/** Measures the ranker on judged pairs. */
export async function evaluate(ports: Pick<Ports, 'segmenter'>, options: EvaluateOptions): Promise<Evaluation> {
  const folds = options.folds ?? 5;
  const seed = options.seed ?? 1;
  const splits = options.splits ?? 1;
  if (!Number.isInteger(folds) || folds < 2 || folds > 20) {
    throw new QianxianError('invalid', '折数应为2到20之间的整数，请改正');
  }
  if (
    options.judged !== undefined &&
    (!Number.isInteger(options.judged) || options.judged < 1 || options.judged > 50)
  ) {
    throw new QianxianError('invalid', '已审核的对数应为1到50之间的整数，请改正');
  }
  if (!Number.isSafeInteger(seed)) throw new QianxianError('invalid', '随机种子应为整数，请改正');
  if (!Number.isInteger(splits) || splits < 1 || splits > 20) {
    throw new QianxianError('invalid', '分组次数应为1到20之间的整数，请改正');
  }
  const [set, shipped] = await Promise.all([relevanceSet(options.data), shippedModel()]);
  const pairs = await judgedVectors(ports.segmenter, set, shipped);
  const cross = (own: number, training: TrainingOptions = {}, share = 1): Judged[] =>
    crossValidation(pairs, set.needs, { ...options, folds, seed: own }, { ...options.training, ...training }, share);
  const judged = options.model === 'shipped' ? saidByShipped(pairs, shipped, options.alone) : cross(seed);
  if (options.out) {
    const lines = judged.map((item) => `${item.needId}\t${item.achievementId}\t${item.score}\t${item.predicted}\n`);
    await writeFile(options.out, lines.join('')).catch((cause: unknown) => {
      throw new QianxianError('invalid', `不能写入文件“${options.out}”，请检查路径和权限`, { cause });
    });
  }
  const metrics = rankingMetrics(judged);
  const byNeed = ndcgByNeed(judged);
  const spread = bootstrapSpread([...byNeed.values()], seededRandom(`bootstrap ${seed}`));
  const figures = (some: readonly Judged[]) => {
    const { ndcg10, contest } = rankingMetrics(some);
    return { ndcg10, contest };
  };
  const parted =
    options.model === 'shipped'
      ? []
      : Array.from({ length: splits }, (_, i) => ({
          seed: seed + i,
          ...figures(i === 0 ? judged : cross(seed + i)),
        }));
  const answers = (least: (ranked: RankedPair) => number, level: number): ReliabilityRow[] =>
    reliabilityTable(judged.map((item) => ({ said: least(item.ranked), seen: item.level >= level })));
  return {
    ndcg10: metrics.ndcg10,
    ndcg10Low: spread.low,
    ndcg10High: spread.high,
    mae: metrics.mae,
    contest: metrics.contest,
    contestSpread: contestSpread(judged, seededRandom(`bootstrap ${seed}`)),
    needs: metrics.needs,
    pairs: metrics.pairs,
    model: options.model === 'shipped' ? shipped.model.id : 'cv',
    folds:
      options.model === 'shipped'
        ? []
        : Array.from(
            { length: folds },
            (_, fold) => rankingMetrics(judged.filter((item) => item.fold === fold)).ndcg10,
          ),
    splits: parted,
    mean:
      parted.length > 0
        ? { ndcg10: mean(parted.map(({ ndcg10 }) => ndcg10)), contest: mean(parted.map(({ contest }) => contest)) }
        : figures(judged),
    gainOverBm25: gainOverBm25(pairs, byNeed, seed),
    baselines: baselines(pairs, seed),
    reliability: {
      fairOrBetter: answers(({ probabilities }) => probabilities.strong + probabilities.fair, 3),
      strong: answers(({ probabilities }) => probabilities.strong, 4),
    },
    given: given(judged),
    ...(options.judged
      ? {
          reordering: {
            judged: options.judged,
            best: reordering(judged, options.judged, seed, false),
            random: reordering(judged, options.judged, seed, true),
          },
        }
      : {}),
    ...(options.explain ? { explain: explained(pairs, shipped, options, seed) } : {}),
    ...(options.ablation
      ? {
          ablation: featureGroups.map((without) => ({
            without,
            ...figures(cross(seed, { features: withoutGroup(without) })),
          })),
          learningCurve: [0.25, 0.5, 0.75, 1].map((share) => ({ share, ...figures(cross(seed, {}, share)) })),
        }
      : {}),
  };
}

/** The vector that a stage asks for; a need with one candidate alone has no list, and zeros for it. */
function vectorFor(pair: JudgedVector, which: 'pair' | 'list'): Float64Array {
  if (which === 'pair') return pair.vector;
  const full = new Float64Array(stageFeatures.list.length);
  full.set(pair.listed);
  return full;
}

function crossValidation(
  pairs: readonly JudgedVector[],
  needs: Parameters<typeof foldsByTitle>[0],
  { folds, seed, alone }: { readonly folds: number; readonly seed: number; readonly alone?: boolean },
  training: TrainingOptions,
  share: number,
): Judged[] {
  const which = alone ? 'pair' : 'list';
  const foldOf = foldsByTitle(needs, folds, (titles) => shuffled(titles, seededRandom(`folds ${seed}`)));
  const judged: Judged[] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const held = pairs.filter(({ needId }) => foldOf.get(needId) === fold);
    if (held.length === 0) continue;
    const rest = pairs.filter(({ needId }) => foldOf.get(needId) !== fold);
    const groups = shuffled([...new Set(rest.map(({ group }) => group))].sort(), seededRandom(`share ${seed} ${fold}`));
    const used = new Set(groups.slice(0, Math.max(1, Math.round(groups.length * share))));
    const seen = rest.filter(({ group }) => used.has(group));
    if (seen.length === 0) throw new QianxianError('invalid', '需求太少，不能交叉验证：至少要有两个不同名称的需求');
    const { stage } = trainStage(seen, which, training);
    for (const pair of held) judged.push(said(stage, pair, which, fold));
  }
  return judged;
}

function said(stage: RankerStage, pair: JudgedVector, which: 'pair' | 'list', fold: number): Judged {
  const ranked = rankedPair(levelThresholds.title, stage.curves, treeAnswers(stage, vectorFor(pair, which)));
  const { needId, achievementId, record, level } = pair;
  return {
    needId,
    achievementId,
    record,
    level,
    score: ranked.score,
    predicted: levelNumber(ranked.level),
    fold,
    ranked,
  };
}

function saidByShipped(pairs: readonly JudgedVector[], { model }: ShippedModel, alone = false): Judged[] {
  return pairs.map((pair) => {
    const listed = !alone && pair.listed.length > pair.vector.length;
    return said(listed ? model.list : model.pair, pair, listed ? 'list' : 'pair', 0);
  });
}

/** Fewer pairs than this that are left have hardly an order. */
const leastLeft = 5;
const drawsByChance = 5;

function reordering(judged: readonly Judged[], count: number, seed: number, byChance: boolean): Reordering {
  const byNeed = new Map<string, Judged[]>();
  for (const pair of judged) {
    const pairs = byNeed.get(pair.needId);
    if (pairs) pairs.push(pair);
    else byNeed.set(pair.needId, [pair]);
  }
  const [without, moved]: [number[], number[]] = [[], []];
  for (const [needId, pairs] of byNeed) {
    if (pairs.length < count + leastLeft) continue;
    const random = seededRandom(`judged ${seed} ${needId}`);
    const best = [...pairs].sort((a, b) => b.score - a.score || (a.achievementId < b.achievementId ? -1 : 1));
    const got: [number[], number[]] = [[], []];
    for (let draw = 0; draw < (byChance ? drawsByChance : 1); draw += 1) {
      const ordered = byChance ? shuffled(best, random) : best;
      const rest = ordered.slice(count);
      const leaningOf = judgedNeighbours(
        ordered.slice(0, count).map(({ record, level, ranked: { probabilities } }) => ({
          record,
          level,
          expected: expectedLevel(probabilities),
        })),
      )!;
      const before = ndcg10(rest);
      if (before === undefined) continue;
      got[0].push(before);
      got[1].push(
        ndcg10(
          rest.map(({ record, level, ranked }) => ({
            level,
            score: movedBy(ranked, levelThresholds.title, leaningOf(record)?.by ?? 0).score,
          })),
        )!,
      );
    }
    if (got[0].length === 0) continue;
    without.push(mean(got[0]));
    moved.push(mean(got[1]));
  }
  if (moved.length === 0) {
    throw new QianxianError(
      'invalid',
      `没有一项需求有 ${count + leastLeft} 对以上的判断，无法衡量；请把 --judged 改小`,
    );
  }
  const gains = moved.map((value, i) => value - without[i]!);
  return {
    needs: gains.length,
    without: mean(without),
    with: mean(moved),
    gain: { gain: mean(gains), ...bootstrapSpread(gains, seededRandom(`reordering ${seed}`)) },
  };
}

function explained(
  pairs: readonly JudgedVector[],
  { model }: ShippedModel,
  { model: which, alone, training }: EvaluateOptions,
  seed: number,
): FeatureShare[] {
  const stageName = alone ? 'pair' : 'list';
  const stage = which === 'shipped' ? model[stageName] : trainStage(pairs, stageName, training).stage;
  const random = seededRandom(`shares ${seed}`);
  const other = pairs.map(() => Math.floor(random() * pairs.length));
  return featureShares(
    stage,
    pairs.map((pair) => vectorFor(pair, stageName)),
    (row) => other[row]!,
  );
}

function given(judged: readonly Judged[]): Evaluation['given'] {
  const table: Record<string, Record<string, number>> = {};
  for (const { ranked, level } of judged) {
    table[ranked.level] ??= {};
    const row = table[ranked.level]!;
    row[level] = (row[level] ?? 0) + 1;
  }
  return table;
}

/** 1 / (1 + MAE) with needs drawn by chance, each with all its pairs. */
function contestSpread(judged: readonly ScoredJudgement[], random: () => number, rounds = 2000): Spread {
  const byNeed = new Map<string, [number, number]>();
  for (const { needId, level, predicted } of judged) {
    const sums = byNeed.get(needId) ?? [0, 0];
    byNeed.set(needId, [sums[0] + Math.abs(predicted - level), sums[1] + 1]);
  }
  const needs = [...byNeed.values()];
  const values = Array.from({ length: rounds }, () => {
    let errors = 0;
    let pairs = 0;
    for (let i = 0; i < needs.length; i += 1) {
      const one = needs[Math.floor(random() * needs.length)]!;
      errors += one[0];
      pairs += one[1];
    }
    return 1 / (1 + errors / pairs);
  }).sort((a, b) => a - b);
  return { low: values[Math.floor(rounds * 0.025)]!, high: values[Math.floor(rounds * 0.975)]! };
}

const byFeature = (pairs: readonly JudgedVector[], name: FeatureName): ScoredJudgement[] => {
  const at = featureNames.indexOf(name);
  return pairs.map(({ needId, level, vector }) => ({ needId, level, score: vector[at]!, predicted: 2 }));
};

function gainOverBm25(
  pairs: readonly JudgedVector[],
  own: ReadonlyMap<string, number>,
  seed: number,
): Evaluation['gainOverBm25'] {
  const rankings = (['bm25Title', 'bm25Need'] as const).map((name) => ndcgByNeed(byFeature(pairs, name)));
  const better = rankings.reduce((a, b) => (mean([...b.values()]) > mean([...a.values()]) ? b : a));
  const gains = [...own].map(([needId, value]) => value - (better.get(needId) ?? 0));
  return { gain: mean(gains), ...bootstrapSpread(gains, seededRandom(`gain ${seed}`)) };
}

function baselines(pairs: readonly JudgedVector[], seed: number): Evaluation['baselines'] {
  const random = seededRandom(`baseline ${seed}`);
  const chance = () =>
    rankingMetrics(pairs.map(({ needId, level }) => ({ needId, level, score: random(), predicted: 2 })));
  return {
    random: mean(Array.from({ length: 20 }, () => chance().ndcg10)),
    bm25Title: rankingMetrics(byFeature(pairs, 'bm25Title')).ndcg10,
    bm25Need: rankingMetrics(byFeature(pairs, 'bm25Need')).ndcg10,
    alwaysWeakContest: chance().contest,
  };
}
