import type { Stored } from './record.ts';

/**
 * What a decision teaches the ranker: a judged pair. `id` is derived from pair and docket week,
 * so that one decision is counted once; a correction replaces it.
 */
export interface Judgement extends Stored {
  readonly pairId: string;
  readonly needId: string;
  readonly achievementId: string;
  /** 4 强, 3 较强, 2 弱, 1 无. */
  readonly level: 1 | 2 | 3 | 4;
  readonly week: string;
  readonly by: string;
  readonly reason?: string;
  /** Set for pairs of the exploration places: the chance with which it was drawn. */
  readonly drawProbability?: number;
}
