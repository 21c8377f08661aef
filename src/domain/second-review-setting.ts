import { matchLevels } from './codes/review-codes.ts';
import type { MatchLevel } from './match-level.ts';

/**
 * Second review (复核): some pairs count as 通过 only once a second member of the bureau agrees. Which ones is settled when
 * the docket is frozen: those of the chosen levels, and a share that is drawn from the docket's seed.
 */
export interface SecondReview {
  readonly levels: readonly MatchLevel[];
  /** 0–1 of the pairs that are of none of these levels. */
  readonly share: number;
}

/**
 * Reads `off`, levels (`weak`, `弱`), a share (`10%`), or several of them apart by commas. Null is off; undefined is none of
 * that.
 */
export function readSecondReview(written: string): SecondReview | null | undefined {
  if (written === 'off') return null;
  const levels = new Set<MatchLevel>();
  let share = 0;
  for (const part of written.split(/[,，\s]+/).filter((one) => one !== '')) {
    const level = matchLevels.find(({ code, label }) => part === code || part === label);
    const percent = /^(\d{1,3})%$/.exec(part);
    if (level) levels.add(level.code);
    else if (percent && Number(percent[1]) >= 1 && Number(percent[1]) <= 100) share = Number(percent[1]) / 100;
    else return undefined;
  }
  return levels.size === 0 && share === 0 ? undefined : { levels: [...levels], share };
}
