import { effectOn, withLoss } from '../../domain/decision-effects.ts';
import { withVoid } from '../../domain/docket-marks.ts';
import type { EntryKind } from '../../domain/entry.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Change } from '../../ports/record-store.ts';
import { applyItemEffect } from './apply-effects.ts';
import type { ReviewPorts } from './review-ports.ts';

/** Makes the open pairs of a record void that was withdrawn, expired or removed. */
async function voidPairsOf(ports: ReviewPorts, kind: EntryKind, id: string): Promise<void> {
  const { store } = ports;
  // The newest record decides: one that was renewed since keeps its pairs.
  const reason = lossOf(kind, await store.collection(kind === 'need' ? 'needs' : 'achievements').get(id));
  if (reason === null) return;
  const at = ports.clock.now().toISOString();
  for await (const match of store.collection('matches').stream({ [`${kind}Id`]: id })) {
    const open = match.state === 'suggested' || match.state === 'deferred' || match.state === 'questioned';
    if (!open && !match.proposed) continue;
    const { items: dockets } = await store
      .collection('dockets')
      .find({ where: { 'items.pairId': match.id }, limit: 1000 });
    for (const { week } of dockets) {
      const { document } = await changeDocument(store, 'dockets', week, (docket) => {
        const voided = withVoid(docket, (item) => (item.pairId === match.id ? reason : null), at);
        if (!voided) return null;
        return {
          document: voided,
          events: [{ type: 'docket.voided', at, by: 'system', data: { week, pairId: match.id } }],
        };
      });
      // Closed before the loss was noticed: the decision comes first, then the pair may become void.
      const effect = effectOn(document, match.id);
      if (effect) await applyItemEffect(ports, effect);
    }
    await changeDocument(store, 'matches', match.id, (newest) => {
      const document = withLoss(newest, reason, at);
      return document && { document, events: [{ type: 'match.void', at, by: 'system' }] };
    });
  }
}

/** Consumer of changes on `needs` and `achievements`. Idempotent. */
export function voidPairs(ports: ReviewPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if (change.collection !== 'needs' && change.collection !== 'achievements') continue;
      const kind = change.collection === 'needs' ? 'need' : 'achievement';
      const entry = change.document as Change<'needs' | 'achievements'>['document'];
      if (lossOf(kind, entry) !== null) await voidPairsOf(ports, kind, change.id);
    }
  };
}
