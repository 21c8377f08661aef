import type { DocketItem } from './docket.ts';
import { isLive } from './pair-standing.ts';
import type { SecondReview } from './second-review-setting.ts';
import { seededRandom } from './seeded-random.ts';

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
