import { withLoss, withProposal } from '../../domain/decision-effects.ts';
import { withVoid } from '../../domain/docket-marks.ts';
import { isLive } from '../../domain/pair-standing.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { takeOver } from './hand-over.ts';
import { lostSides } from './lost-sides.ts';
import type { ReviewPorts } from './review-ports.ts';

/**
 * What follows when a docket has been frozen: older dockets let go of what it carries, what it found out about pairs
 * that were there before takes effect, needs remember that they were offered, and pairs that lost a side while it was
 * made become void. Repeating it changes nothing.
 */
export async function settleDocket(ports: ReviewPorts, week: string): Promise<void> {
  const { store } = ports;
  const dockets = store.collection('dockets');
  const frozen = await dockets.get(week);
  if (!frozen) return;
  await takeOver(ports, frozen);

  const at = ports.clock.now().toISOString();
  const docket = (await dockets.get(week))!;
  const live = docket.items.filter(isLive);
  for (const match of await store.collection('matches').getMany(live.map((item) => item.pairId))) {
    if (match.proposed?.week !== week) continue;
    await changeDocument(store, 'matches', match.id, (newest) => {
      const document = withProposal(newest, week, at);
      return document && { document };
    });
  }
  const needIds = [...new Set(docket.items.map((item) => item.needId))];
  for (const list of await store.collection('candidateLists').getMany(needIds)) {
    if (list.offeredIn.includes(week)) continue;
    await changeDocument(store, 'candidateLists', list.id, (newest) =>
      newest.offeredIn.includes(week) ? null : { document: { ...newest, offeredIn: [...newest.offeredIn, week] } },
    );
  }

  const lost = await lostSides(ports, live);
  if (!live.some((item) => lost(item) !== null)) return;
  const { document: after } = await changeDocument(store, 'dockets', week, (newest) => {
    const document = withVoid(newest, lost, at);
    return document && { document, events: [{ type: 'docket.voided', at, by: 'system', data: { week } }] };
  });
  for (const item of after.items) {
    if (!item.void) continue;
    const { reason } = item.void;
    await changeDocument(store, 'matches', item.pairId, (match) => {
      const document = withLoss(match, reason, at);
      return document && { document };
    });
  }
}

/** Settles the newest docket, in case the process that froze it was ended before it could. */
export async function settleNewestDocket(ports: ReviewPorts): Promise<void> {
  const { items } = await ports.store
    .collection('dockets')
    .find({ order: { by: 'week', direction: 'desc' }, limit: 1 });
  if (items[0]) await settleDocket(ports, items[0].week);
}
