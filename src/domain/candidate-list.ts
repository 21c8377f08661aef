import type { MatchLevel } from './match.ts';
import type { Leaning } from './matching/judged-neighbours.ts';
import type { MatchingRun } from './matching-run.ts';
import type { Stored, Unstored } from './record.ts';

/** One scored candidate of a need, with what the docket must know about its side. */
export interface Candidate {
  readonly achievementId: string;
  /** The offering organisation; null where an archived record names none. */
  readonly organisationId: string | null;
  /** 团队 as written; caps count by it within one organisation. */
  readonly team: string | null;
  /** Hash of the achievement's matched fields. */
  readonly matchedHash: string;
  readonly score: number;
  readonly level: MatchLevel;
  /** Calibrated probability of each level; adds up to 1. */
  readonly probabilities: Readonly<Record<MatchLevel, number>>;
  /** How judgements of the need's other achievements moved score, level and probabilities. */
  readonly leaning?: Leaning;
  /** One or two Chinese sentences: why, never a bare score. Empty beyond the first few of a need. */
  readonly statement: string;
}

/** What matching says of one need; the docket is composed of these. */
export interface NeedCandidates {
  readonly needId: string;
  readonly organisationId: string | null;
  /** False for archived needs: the four-week promise is given to published ones alone. */
  readonly published: boolean;
  /** Hash of the need's matched fields. */
  readonly matchedHash: string;
  /** Best first, at most `candidatesKept`. */
  readonly candidates: readonly Candidate[];
}

/** The best candidates of one need in the newest run that it took part in. `id` is the need's id. */
export interface CandidateList extends Stored, NeedCandidates {
  /** Week and number of the plan that the candidates are of: `MatchingRun.week` and `plan`. */
  readonly week: string;
  readonly plan: number;
  readonly model: string;
  /** The first week in which the need was matched while published: the four-week promise counts from here. */
  readonly waitingSince: string | null;
  /** Weeks on whose docket the need had a pair. */
  readonly offeredIn: readonly string[];
  /** When it was answered 暂无合适成果. */
  readonly answeredIn: readonly string[];
}

/** Candidates of a need that are kept, and how many of them, the best, have a statement. */
export const candidatesKept = 20;
export const statementsKept = 5;

/** Best first: by score, ties by the achievement's id. */
export function byScore(
  a: Pick<Candidate, 'score' | 'achievementId'>,
  b: Pick<Candidate, 'score' | 'achievementId'>,
): number {
  return b.score - a.score || (a.achievementId < b.achievementId ? -1 : a.achievementId > b.achievementId ? 1 : 0);
}

/**
 * The best of several lists of one need's candidates. Lists of a run may be merged in any order and as often as they come:
 * who stands among the best of all stands among the best of his own list, and brought his statement along.
 */
export function mergeCandidates(...lists: readonly (readonly Candidate[])[]): Candidate[] {
  const byId = new Map<string, Candidate>();
  for (const candidate of lists.flat()) byId.set(candidate.achievementId, candidate);
  return [...byId.values()]
    .sort(byScore)
    .slice(0, candidatesKept)
    .map((candidate, place) =>
      place < statementsKept || candidate.statement === '' ? candidate : { ...candidate, statement: '' },
    );
}

/**
 * The list that is to be stored when a part of a run has found candidates of a need: together with what other parts of the
 * same plan found, instead of what older plans did. Null where a newer plan has written the list already.
 */
export function withFound(
  before: CandidateList | undefined,
  found: NeedCandidates,
  run: Pick<MatchingRun, 'week' | 'plan' | 'model'>,
): Unstored<CandidateList> | null {
  const { week, plan, model } = run;
  const order = before ? (before.week < week ? -1 : before.week > week ? 1 : (before.plan ?? 0) - plan) : -1;
  if (order > 0) return null;
  const { needId, organisationId, published, matchedHash, candidates } = found;
  return {
    id: needId,
    needId,
    week,
    plan,
    model,
    organisationId,
    published,
    matchedHash,
    candidates: mergeCandidates(order === 0 ? before!.candidates : [], candidates),
    waitingSince: published ? (before?.waitingSince ?? week) : null,
    offeredIn: before?.offeredIn ?? [],
    answeredIn: before?.answeredIn ?? [],
  };
}
