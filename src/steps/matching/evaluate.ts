import { writeFile } from 'node:fs/promises';
import { QianxianError } from '../../domain/errors.ts';
import { featureNames } from '../../domain/matching/features.ts';
import { levelNumber, linearScore, type RankerModel, rankedPair } from '../../domain/matching/ranker-model.ts';
import { trainRanker } from '../../domain/matching/ranker-training.ts';
import {
  bootstrapSpread,
  ndcgByNeed,
  rankingMetrics,
  type ScoredJudgement,
} from '../../domain/matching/ranking-metrics.ts';
import { foldsByTitle } from '../../domain/matching/relevance-set.ts';
import { seededRandom, shuffled } from '../../domain/seeded-random.ts';
import type { Ports } from '../../ports/ports.ts';
import { type JudgedVector, judgedVectors, relevanceSet } from './judged-pairs.ts';
import { shippedModel } from './model-files.ts';

export interface EvaluateOptions {
  /** Folder with needs.jsonl, achievements.jsonl and judgements.tsv. */
  readonly data: string;
  /** `cv`: each need is ranked by a model that saw no need of its title. `shipped`: the model that ships. */
  readonly model: 'cv' | 'shipped';
  /** Writes need, achievement, score and level of every judged pair, tab-separated. */
  readonly out?: string;
  /** 2–20, default 5. */
  readonly folds?: number;
  /** Orders the folds; default 1. */
  readonly seed?: number;
}

export interface Evaluation {
  readonly ndcg10: number;
  /** 95 % interval of `ndcg10` by bootstrap over needs. */
  readonly ndcg10Low: number;
  readonly ndcg10High: number;
  readonly mae: number;
  readonly contest: number;
  readonly needs: number;
  readonly pairs: number;
  readonly model: string;
  /** nDCG@10 of each fold; empty for `shipped`. */
  readonly folds: readonly number[];
  /** What simple rankings reach on the same pairs: nDCG@10, and `contest` of always saying level 2. */
  readonly baselines: {
    readonly random: number;
    readonly bm25Title: number;
    readonly bm25Need: number;
    readonly alwaysWeakContest: number;
  };
}

/** Measures the ranker on judged pairs. */
export async function evaluate(ports: Pick<Ports, 'segmenter'>, options: EvaluateOptions): Promise<Evaluation> {
  const folds = options.folds ?? 5;
  const seed = options.seed ?? 1;
  if (!Number.isInteger(folds) || folds < 2 || folds > 20) {
    throw new QianxianError('invalid', '折数应为2到20之间的整数，请改正');
  }
  if (!Number.isSafeInteger(seed)) throw new QianxianError('invalid', '随机种子应为整数，请改正');
  const [set, shipped] = await Promise.all([relevanceSet(options.data), shippedModel()]);
  const vectors = await judgedVectors(ports.segmenter, set, shipped.background);
  const judged: (ScoredJudgement & { achievementId: string; fold: number })[] = [];
  const say = (model: RankerModel, vector: JudgedVector, fold: number): void => {
    const ranked = rankedPair(model, linearScore(model, vector.vector));
    const { needId, achievementId, level } = vector;
    judged.push({ needId, achievementId, level, score: ranked.score, predicted: levelNumber(ranked.level), fold });
  };
  if (options.model === 'shipped') {
    for (const vector of vectors) say(shipped.model, vector, 0);
  } else {
    const foldOf = foldsByTitle(set.needs, folds, (titles) => shuffled(titles, seededRandom(`folds ${seed}`)));
    for (let fold = 0; fold < folds; fold += 1) {
      const held = vectors.filter(({ needId }) => foldOf.get(needId) === fold);
      if (held.length === 0) continue;
      const seen = vectors.filter(({ needId }) => foldOf.get(needId) !== fold);
      if (seen.length === 0) throw new QianxianError('invalid', '需求太少，不能交叉验证：至少要有两个不同名称的需求');
      const model = trainRanker(seen);
      for (const vector of held) say(model, vector, fold);
    }
  }
  if (options.out) {
    const lines = judged.map((item) => `${item.needId}\t${item.achievementId}\t${item.score}\t${item.predicted}\n`);
    await writeFile(options.out, lines.join('')).catch((cause: unknown) => {
      throw new QianxianError('invalid', `不能写入文件“${options.out}”，请检查路径和权限`, { cause });
    });
  }
  const metrics = rankingMetrics(judged);
  const spread = bootstrapSpread([...ndcgByNeed(judged).values()], seededRandom(`bootstrap ${seed}`));
  return {
    ndcg10: metrics.ndcg10,
    ndcg10Low: spread.low,
    ndcg10High: spread.high,
    mae: metrics.mae,
    contest: metrics.contest,
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
    baselines: baselines(vectors, seed),
  };
}

function baselines(vectors: readonly JudgedVector[], seed: number): Evaluation['baselines'] {
  const by = (score: (vector: JudgedVector) => number) =>
    rankingMetrics(
      vectors.map((vector) => ({ needId: vector.needId, level: vector.level, score: score(vector), predicted: 2 })),
    );
  const feature = (name: (typeof featureNames)[number]) => {
    const at = featureNames.indexOf(name);
    return by(({ vector }) => vector[at]!).ndcg10;
  };
  const random = seededRandom(`baseline ${seed}`);
  const rounds = Array.from({ length: 20 }, () => by(() => random()).ndcg10);
  return {
    random: rounds.reduce((sum, value) => sum + value, 0) / rounds.length,
    bm25Title: feature('bm25Title'),
    bm25Need: feature('bm25Need'),
    alwaysWeakContest: by(() => 0).contest,
  };
}
