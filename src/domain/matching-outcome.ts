import type { Explanation, MatchLevel } from './match.ts';

/** One scored candidate of a need, with what the docket must know about its side. */
export interface ScoredCandidate {
  readonly achievementId: string;
  /** The offering organisation; null where an archived record names none. */
  readonly organisationId: string | null;
  /** 团队 as written; caps count by it within one organisation. */
  readonly team: string | null;
  readonly title: string;
  readonly organisationName: string;
  /** Hash of the achievement's matched fields. */
  readonly matchedHash: string;
  readonly score: number;
  readonly level: MatchLevel;
  /** Calibrated probability of each level; adds up to 1. */
  readonly probabilities: Readonly<Record<MatchLevel, number>>;
  readonly features: Readonly<Record<string, number>>;
  /** One or two Chinese sentences: why, never a bare score. Empty beyond the first few of a need. */
  readonly statement: string;
}

/** What a matching run found for one need. */
export interface NeedOutcome {
  readonly needId: string;
  readonly organisationId: string | null;
  /** False for archived needs: the four-week promise is given to published ones alone. */
  readonly published: boolean;
  readonly title: string;
  readonly organisationName: string;
  /** Hash of the need's matched fields. */
  readonly matchedHash: string;
  /** Best first, at most 20. */
  readonly candidates: readonly ScoredCandidate[];
}

/** What the matching run of one ISO week hands to the docket. */
export interface MatchingOutcome {
  readonly week: string;
  /** Version of the ranker's model. */
  readonly model: string;
  /** Version of the corpus statistics. */
  readonly statistics: string;
  readonly includesArchive: boolean;
  readonly needs: readonly NeedOutcome[];
  readonly pairsScored: number;
  /** How many achievements were also matched from their own side, because they are new since the last run. */
  readonly newAchievements?: number;
}

/** One pair by its records. */
export interface PairOfRecords {
  readonly needId: string;
  readonly achievementId: string;
}

/** Makes the full explanations of a few pairs, in their order. */
export type ExplainPairs = (pairs: readonly PairOfRecords[]) => Promise<readonly Explanation[]>;
