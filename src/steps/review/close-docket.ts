import type { Act } from '../../domain/docket.ts';
import { type CloseFigures, closeFigures, withClosing, withVoid } from '../../domain/docket-marks.ts';
import type { Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { demandBureau, demandVersion, demandWeek, noDocket } from './demand-bureau.ts';
import { lostSides } from './lost-sides.ts';
import type { ReviewPorts } from './review-ports.ts';

/** What closing would do. `version` is what `closeDocket` wants as `seen`. */
export interface ClosePreview extends CloseFigures {
  readonly week: string;
  readonly version: number;
}

/** What closing did. */
export interface CloseResult extends ClosePreview {
  readonly closed: Act;
}

/** The figures of closing as things stand, without any change. */
export async function previewClose(ports: ReviewPorts, principal: Principal, week: string): Promise<ClosePreview> {
  demandBureau(principal);
  const docket = await ports.store.collection('dockets').get(demandWeek(week));
  if (!docket) throw noDocket(week);
  const lost = await lostSides(ports, docket.items);
  const at = ports.clock.now().toISOString();
  const closing = docket.state === 'open' ? (withVoid(docket, lost, at) ?? docket) : docket;
  return { week: docket.week, version: docket.version, ...closeFigures(closing) };
}

/**
 * Closes a docket in one write; its marks take effect from then on (see `applyDocketEffects`), once. Pairs that lost a
 * side are passed over, undecided ones go to the next docket. Of two that close at once one wins, the other gets
 * `conflict`; so does one whose figures are out of date.
 */
export async function closeDocket(
  ports: ReviewPorts,
  principal: Principal,
  request: { readonly week: string; readonly seen: number },
): Promise<CloseResult> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const seen = demandVersion(request.seen, 'seen', '清单版本');
  const docket = await ports.store.collection('dockets').get(week);
  if (!docket) throw noDocket(week);
  const lost = await lostSides(ports, docket.items);
  const at = ports.clock.now().toISOString();
  const { document } = await changeDocument(ports.store, 'dockets', week, (newest) => {
    const closed = withClosing(newest, { seen, principal, at, lost });
    const { accept, reject, defer, ask, undecided } = closeFigures(closed);
    return {
      document: closed,
      events: [
        { type: 'docket.closed', at, by: principal.userId, data: { week, accept, reject, defer, ask, undecided } },
      ],
    };
  });
  return { week, version: document.version, ...closeFigures(document), closed: document.closed! };
}
