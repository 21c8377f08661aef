import type { Explanation } from './match.ts';
import type { PlannedRun } from './matching-run.ts';

/** What a matching run hands to the docket: what it found lies in `candidateLists` under its week and plan. */
export type MatchingOutcome = Pick<PlannedRun, 'week' | 'plan' | 'model' | 'statistics' | 'includesArchive'>;

/** One pair by its records. */
export interface PairOfRecords {
  readonly needId: string;
  readonly achievementId: string;
}

/** What is shown of a pair beside its score. */
export interface PairFindings {
  readonly features: Readonly<Record<string, number>>;
  readonly explanation: Explanation;
}

/** Explains a few pairs, in their order. */
export type ExplainPairs = (pairs: readonly PairOfRecords[]) => Promise<readonly PairFindings[]>;
