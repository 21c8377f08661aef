import type { DocketItem } from '../../domain/docket.ts';
import type { LostSide } from '../../domain/docket-marks.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import type { ReviewPorts } from './review-ports.ts';

/** Reads the records of the items as they are now, and says of each item whether it lost a side. */
export async function lostSides({ store }: ReviewPorts, items: readonly DocketItem[]): Promise<LostSide> {
  const [needs, achievements] = await Promise.all([
    store.collection('needs').getMany([...new Set(items.map((item) => item.needId))]),
    store.collection('achievements').getMany([...new Set(items.map((item) => item.achievementId))]),
  ]);
  const need = new Map(needs.map((one) => [one.id, one]));
  const achievement = new Map(achievements.map((one) => [one.id, one]));
  return (item) => lossOf('need', need.get(item.needId)) ?? lossOf('achievement', achievement.get(item.achievementId));
}
