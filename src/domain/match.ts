import type { Mark } from './docket.ts';
import type { MatchLevel } from './match-level.ts';
import type { HistoryEntry, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';

export type { MatchLevel } from './match-level.ts';

export type MatchState = 'suggested' | 'accepted' | 'rejected' | 'deferred' | 'questioned' | 'void';
export type MatchAction = 'accept' | 'reject' | 'defer' | 'ask' | 'suggest-again' | 'void' | 'correct';

/** `correct` rows come last of a closed docket's life: a correction (更正) with a reason. */
export const matchStates: StateTable<MatchState, MatchAction> = {
  states: {
    suggested: '待审',
    accepted: '已通过',
    rejected: '不通过',
    deferred: '暂缓',
    questioned: '待补充',
    void: '已失效',
  },
  initial: 'suggested',
  moves: [
    { action: 'accept', label: '通过', from: ['suggested'], to: 'accepted', by: ['staff', 'admin', 'system'] },
    {
      action: 'reject',
      label: '不通过',
      from: ['suggested'],
      to: 'rejected',
      by: ['staff', 'admin', 'system'],
      demands: ['reason'],
    },
    { action: 'defer', label: '暂缓', from: ['suggested'], to: 'deferred', by: ['staff', 'admin', 'system'] },
    { action: 'ask', label: '请补充', from: ['suggested'], to: 'questioned', by: ['staff', 'admin', 'system'] },
    {
      action: 'suggest-again',
      label: '再次推荐',
      from: ['deferred', 'questioned', 'rejected', 'void'],
      to: 'suggested',
      by: ['system'],
    },
    {
      action: 'void',
      label: '置为失效',
      from: ['suggested', 'deferred', 'questioned'],
      to: 'void',
      by: ['system'],
      demands: ['reason'],
    },
    ...(['accepted', 'rejected', 'deferred', 'questioned'] as const).map((to) => ({
      action: 'correct' as const,
      label: '更正',
      from: ['accepted', 'rejected', 'deferred', 'questioned', 'void'] as const,
      to,
      by: ['staff', 'admin', 'system'] as const,
      demands: ['reason'] as const,
    })),
  ],
};

/** A piece of text on one side that carries the score. Offsets are UTF-16 positions in the field's original text. */
export interface Evidence {
  readonly field: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A term that both sides share (or nearly share), with its share in the score (0–1; all terms' shares add up to at most 1). */
export interface SharedTerm {
  readonly term: string;
  readonly share: number;
  readonly need: readonly Evidence[];
  readonly achievement: readonly Evidence[];
}

export type IndicatorVerdict = 'met' | 'unmet' | 'unknown';

/** One numeric target of the need beside what the achievement says. */
export interface IndicatorCheck {
  readonly name: string;
  readonly verdict: IndicatorVerdict;
  /** The target as the need writes it, with its sentence. */
  readonly target: { readonly written: string; readonly evidence: Evidence };
  readonly found: { readonly written: string; readonly evidence: Evidence } | null;
  /** Why, in one Chinese sentence. */
  readonly reason: string;
}

/** Everything that a clerk is shown about why two records fit. */
export interface Explanation {
  /** One or two Chinese sentences made from the numbers below. */
  readonly statement: string;
  readonly terms: readonly SharedTerm[];
  /** The sentence of each side that carries most, best first. */
  readonly needSentences: readonly Evidence[];
  readonly achievementSentences: readonly Evidence[];
  readonly indicators: readonly IndicatorCheck[];
  /** What speaks against the pair, in Chinese. */
  readonly against: readonly string[];
  /** What neither side says and a clerk should ask for, in Chinese. */
  readonly missing: readonly string[];
}

/** What the matching of one week found out about a pair. Frozen: a docket shows what was true when it was made. */
export interface Assessment {
  readonly week: string;
  readonly model: string;
  /** Version of the corpus statistics. */
  readonly statistics: string;
  readonly score: number;
  readonly level: MatchLevel;
  /** Calibrated probability of each level; adds up to 1. */
  readonly probabilities: Readonly<Record<MatchLevel, number>>;
  readonly features: Readonly<Record<string, number>>;
  readonly explanation: Explanation;
  /** Hashes of the matched fields of both sides: a rejected pair may come again only when one of them changed. */
  readonly matched: MatchedHashes;
}

/** What was decided about a pair when a docket was closed, or a correction of it. */
export interface MatchDecision {
  readonly week: string;
  readonly mark: Mark;
  readonly correction: boolean;
  /** Id of the correction; absent for the mark that closing made a decision. */
  readonly correctionId?: string;
  /** Hashes of the matched fields of both sides when it was decided: it may be offered again only when one of them changed. */
  readonly matched?: MatchedHashes;
}

/** Hashes of the matched fields of both sides. */
export interface MatchedHashes {
  readonly need: string;
  readonly achievement: string;
}

/** A pair that was put on a docket. `id` is `pairId(needId, achievementId)`. */
export interface Match extends Stored {
  readonly needId: string;
  readonly achievementId: string;
  readonly state: MatchState;
  readonly assessment: Assessment;
  /**
   * What the docket of `proposed.week` found out about a pair that was there before. It takes effect when that docket
   * is frozen; a docket that never came about leaves nothing that shows.
   */
  readonly proposed?: Assessment;
  readonly decisions: readonly MatchDecision[];
  /** The day on which a deferred pair comes back, `YYYY-MM-DD`. */
  readonly deferredUntil?: string;
  readonly voidReason?: string;
  readonly history: readonly HistoryEntry[];
}
