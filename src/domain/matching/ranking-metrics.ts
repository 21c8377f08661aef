/** One judged pair with what a ranker said of it. `level` is the judges' 1 (无) … 4 (强). */
export interface ScoredJudgement {
  readonly needId: string;
  readonly level: number;
  readonly score: number;
  /** The level that the ranker gives, 1–4. */
  readonly predicted: number;
}

export interface RankingMetrics {
  /** Mean over needs with any level above 1; NaN where there is none. */
  readonly ndcg10: number;
  /** Mean absolute error of the level over all pairs; NaN where there are none. */
  readonly mae: number;
  /** 1 / (1 + mae). */
  readonly contest: number;
  /** Needs that `ndcg10` is the mean of. */
  readonly needs: number;
  readonly pairs: number;
}

/** Gain of a judged level: 2^(level−1) − 1. */
export const gainOf = (level: number): number => 2 ** (level - 1) - 1;

/** Discounted gain of the first ten; equal scores share the expected gain of their group, so that no order among them pays. */
function dcg10(items: readonly { readonly score: number; readonly gain: number }[]): number {
  const discount = (rank: number): number => (rank < 10 ? 1 / Math.log2(rank + 2) : 0);
  let total = 0;
  for (let begin = 0; begin < items.length; ) {
    let end = begin;
    let gain = 0;
    let weight = 0;
    const score = items[begin]?.score;
    while (end < items.length && items[end]?.score === score) {
      gain += items[end]?.gain ?? 0;
      weight += discount(end);
      end += 1;
    }
    total += (gain / (end - begin)) * weight;
    begin = end;
  }
  return total;
}

/**
 * nDCG@10 of one need: Järvelin and Kekäläinen 2002 with gain 2^(level−1) − 1 and discount log2(rank + 1).
 * Undefined where every level is 1: then no order is better than another.
 */
export function ndcg10(items: readonly { readonly score: number; readonly level: number }[]): number | undefined {
  const gains = items.map((item) => ({ score: item.score, gain: gainOf(item.level) }));
  if (!gains.some((item) => item.gain > 0)) return undefined;
  const got = dcg10([...gains].sort((a, b) => b.score - a.score));
  const best = dcg10(gains.map((item) => ({ ...item, score: item.gain })).sort((a, b) => b.score - a.score));
  return got / best;
}

/** nDCG@10 of each need that has any level above 1, by need id. */
export function ndcgByNeed(judged: readonly ScoredJudgement[]): Map<string, number> {
  const byNeed = new Map<string, ScoredJudgement[]>();
  for (const item of judged) {
    const items = byNeed.get(item.needId);
    if (items) items.push(item);
    else byNeed.set(item.needId, [item]);
  }
  const values = new Map<string, number>();
  for (const [needId, items] of byNeed) {
    const value = ndcg10(items);
    if (value !== undefined) values.set(needId, value);
  }
  return values;
}

/** The figures of the relevance benchmark. */
export function rankingMetrics(judged: readonly ScoredJudgement[]): RankingMetrics {
  const values = [...ndcgByNeed(judged).values()];
  const mae = judged.reduce((sum, item) => sum + Math.abs(item.predicted - item.level), 0) / judged.length;
  return {
    ndcg10: mean(values),
    mae,
    contest: 1 / (1 + mae),
    needs: values.length,
    pairs: judged.length,
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Share of the relevant that stand among the first `k`; more than `k` relevant ones count as `k`.
 * Undefined where nothing is relevant.
 */
export function recallAt(k: number, ranked: readonly string[], relevant: ReadonlySet<string>): number | undefined {
  if (relevant.size === 0) return undefined;
  const found = ranked.slice(0, k).filter((id) => relevant.has(id)).length;
  return found / Math.min(k, relevant.size);
}

/** The 95 % interval of the mean, by `rounds` bootstrap samples of the values; `random` gives numbers in [0, 1). */
export function bootstrapSpread(
  values: readonly number[],
  random: () => number,
  rounds = 2000,
): { readonly low: number; readonly high: number } {
  if (values.length === 0) return { low: Number.NaN, high: Number.NaN };
  const means: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let sum = 0;
    for (let i = 0; i < values.length; i += 1) sum += values[Math.floor(random() * values.length)] ?? 0;
    means.push(sum / values.length);
  }
  means.sort((a, b) => a - b);
  const at = (share: number): number => means[Math.min(rounds - 1, Math.floor(share * rounds))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}
