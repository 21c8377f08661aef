import type { Docket } from '../../domain/docket.ts';
import { handoverOf, sourcesOf, withHandover, withKeptNoted } from '../../domain/docket-handover.ts';
import { describeMark, momentOf } from '../../domain/docket-marks.ts';
import { Conflict } from '../../domain/errors.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { ReviewPorts } from './review-ports.ts';

/** Lets the docket `from` decide about what `taker` took from it, and notes on the taker what stays. Repeating it is harmless. */
async function handOver(ports: ReviewPorts, from: string, taker: Docket): Promise<Docket | undefined> {
  const { store } = ports;
  if (!(await store.collection('dockets').get(from))) return undefined;
  const at = ports.clock.now().toISOString();
  const { document: old } = await changeDocument(store, 'dockets', from, (newest) => {
    const document = withHandover(newest, taker);
    if (!document) return null;
    return { document, events: [{ type: 'docket.handed-over', at, by: 'system', data: { to: taker.week } }] };
  });
  await changeDocument(store, 'dockets', taker.week, (newest) => {
    const document = withKeptNoted(newest, old);
    return document && { document };
  });
  return old;
}

/** Brings every hand-over to this docket to its end. */
export async function takeOver(ports: ReviewPorts, taker: Docket): Promise<void> {
  for (const from of sourcesOf(taker)) await handOver(ports, from, taker);
}

/**
 * Refuses to touch a carried pair that the older docket keeps, and makes sure that it has let go otherwise. The winner is
 * decided by one write on the older docket, so two reviewers on two dockets never both decide one pair.
 */
export async function demandLetGo(ports: ReviewPorts, docket: Docket, pairId: string): Promise<void> {
  const from = docket.items.find((item) => item.pairId === pairId)?.takenFrom;
  if (from === undefined) return;
  let old = await ports.store.collection('dockets').get(from);
  if (!old) return;
  if (handoverOf(old, docket, pairId) !== 'here') old = await handOver(ports, from, docket);
  if (!old || handoverOf(old, docket, pairId) === 'here') return;
  const mark = old.items.find((item) => item.pairId === pairId)?.mark;
  throw new Conflict(
    mark
      ? `${mark.byName}已在${momentOf(mark.at)}于 ${from} 的清单里把这一对标记为“${describeMark(mark)}”，以那一期为准`
      : `这一对由 ${from} 的清单决定，请到那一期查看`,
  );
}
