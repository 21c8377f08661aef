/** What was said of a pair and what the judges found. */
export interface SaidAndSeen {
  /** 0–1. */
  readonly said: number;
  readonly seen: boolean;
}

export interface ReliabilityRow {
  readonly from: number;
  readonly to: number;
  readonly pairs: number;
  /** Mean probability that was said; NaN where there are no pairs. */
  readonly said: number;
  /** Share of the pairs that were so. */
  readonly seen: number;
}

const edges = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1] as const;

/** How often what is said with a probability is so, by ranges of the probability; empty ranges are left out. */
export function reliabilityTable(answers: readonly SaidAndSeen[]): ReliabilityRow[] {
  return edges.slice(0, -1).flatMap((from, i) => {
    const to = edges[i + 1]!;
    const some = answers.filter(({ said }) => said >= from && (said < to || to === 1));
    if (some.length === 0) return [];
    return [
      {
        from,
        to,
        pairs: some.length,
        said: some.reduce((sum, { said }) => sum + said, 0) / some.length,
        seen: some.filter(({ seen }) => seen).length / some.length,
      },
    ];
  });
}
