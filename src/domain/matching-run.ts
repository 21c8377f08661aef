import type { Stored } from './record.ts';

/** A piece of a run that one worker does in one go. Ranges of ids, so that a plan stays small however much there is to do. */
export interface MatchingPart {
  /**
   * `needs`: each need looks for achievements. `new-achievements`: each achievement that is new since the run before looks
   * for needs.
   */
  readonly of: 'needs' | 'new-achievements';
  /** Ids of the first and the last record, both included; records come by id ascending. */
  readonly first: string;
  readonly last: string;
  /** How many there were when the run was planned. */
  readonly records: number;
  /** Pairs that were scored; null until the part is done. */
  readonly pairs: number | null;
}

/**
 * One week's matching: its plan, and how far it is. `id` is the ISO week; a new plan for the week replaces the older one.
 * What was found lies in `candidateLists`, under week and plan.
 */
export interface MatchingRun extends Stored {
  readonly week: string;
  /** Counts the plans of the week from 1. A worker that is still at an older one finds that it is, and stops. */
  readonly plan: number;
  /**
   * `running` until the docket is frozen, or there was nothing to match. `cancelled` by staff: nobody goes on with it until it is
   * asked for again.
   */
  readonly state: 'running' | 'finished' | 'failed' | 'cancelled';
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly includesArchive: boolean;
  /** Achievements written from this time on (ISO) also look for needs; null where no run was before. */
  readonly newSince: string | null;
  readonly needs: number;
  readonly achievements: number;
  readonly newAchievements: number;
  /** Needs that have looked for achievements. */
  readonly done: number;
  /** A pair that is found from both sides counts twice. */
  readonly pairsScored: number;
  /** What the scores are made with: every part has the same of each. */
  readonly model: string;
  readonly segmenter: string;
  /** Version of the corpus statistics; absent until they are counted, and so long there are no parts. */
  readonly statistics?: string;
  readonly parts: readonly MatchingPart[];
  readonly failure?: string;
  /** How often it was gone on with after it was cancelled; its jobs are others each time. */
  readonly resumed?: number;
  /** Set when its docket begins to be made: from then on it cannot be cancelled. */
  readonly freezing?: true;
}

/** A run whose records are counted and parted. */
export type PlannedRun = MatchingRun & { readonly statistics: string };

export function isPlanned(run: MatchingRun): run is PlannedRun {
  return run.statistics !== undefined;
}

/** Positions in `parts` of those that are still to be done. */
export function partsToDo(run: MatchingRun): number[] {
  return run.parts.flatMap((part, index) => (part.pairs === null ? [index] : []));
}

/** Whether nothing but the docket is left to do. */
export function isScored(run: MatchingRun): run is PlannedRun {
  return isPlanned(run) && partsToDo(run).length === 0;
}

/** What changes when a part is done; null where it was done before. */
export function withPartDone(
  run: MatchingRun,
  index: number,
  pairs: number,
): Pick<MatchingRun, 'parts' | 'done' | 'pairsScored'> | null {
  if (run.parts[index]?.pairs !== null) return null;
  const parts = run.parts.map((part, i) => (i === index ? { ...part, pairs } : part));
  const done = parts.filter((part) => part.pairs !== null);
  return {
    parts,
    done: done.reduce((sum, part) => sum + (part.of === 'needs' ? part.records : 0), 0),
    pairsScored: done.reduce((sum, part) => sum + part.pairs!, 0),
  };
}
