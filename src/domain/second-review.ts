import { matchLevels } from './codes/review-codes.ts';
import type { DocketItem } from './docket.ts';
import type { MatchLevel } from './match-level.ts';
import { isLive } from './pair-standing.ts';
import { seededRandom } from './seeded-random.ts';

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

/** The pair as it is frozen: with the demand for a second review where it is one of those. */
export function withSecondReview(item: DocketItem, review: SecondReview | null | undefined, seed: string): DocketItem {
  if (!review) return item;
  const drawn = seededRandom(`${seed} 复核 ${item.pairId}`)() < review.share;
  return review.levels.includes(item.level) || drawn ? { ...item, reviewTwice: true } : item;
}

/** Whether the pair was 通过 by one and waits for another to agree. */
export function isUnconfirmed(item: DocketItem): boolean {
  return isLive(item) && item.reviewTwice === true && item.mark?.kind === 'accept' && item.agreed === undefined;
}
