import { z } from 'zod';
import type { Correction, MarkInput } from '../../domain/docket.ts';
import { withCorrection } from '../../domain/docket-marks.ts';
import { randomId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/user.ts';
import { check, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { demandBureau, demandVersion, demandWeek, noDocket } from './demand-bureau.ts';
import { lostSides } from './lost-sides.ts';
import { checkedMark } from './mark-pair.ts';
import type { ReviewPorts } from './review-ports.ts';

/** Why a decision is corrected, and the correction's id. */
export const correctionInput = z.strictObject({
  reason: text('更正原因', 500, { min: 2 }),
  id: text('更正编号', 64).optional(),
});

export interface CorrectionRequest {
  readonly week: string;
  readonly pairId: string;
  /** The `markVersion` of the pair that the reviewer saw: a correction counts as a change of the mark. */
  readonly markVersion: number;
  readonly mark: MarkInput;
  readonly reason: string;
  /** Follows from the request, so that a repeated request corrects once; made up where absent. */
  readonly id?: string;
}

export interface CorrectedPair {
  readonly week: string;
  /** Version of the docket. */
  readonly version: number;
  readonly markVersion: number;
  readonly correction: Correction;
}

/**
 * Corrects (更正) what was decided about a pair of a closed docket. Its effects replace those of the decision before.
 * Refused where the pair stands on a later docket, which then decides.
 */
export async function correctDecision(
  ports: ReviewPorts,
  principal: Principal,
  request: CorrectionRequest,
): Promise<CorrectedPair> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const markVersion = demandVersion(request.markVersion, 'markVersion', '标记版本');
  const mark = checkedMark(request.mark, dateIn(ports.clock.now()));
  const given = check(correctionInput, { reason: request.reason, id: request.id });
  const id = given.id ?? randomId();
  const { pairId } = request;

  const dockets = ports.store.collection('dockets');
  const docket = await dockets.get(week);
  if (!docket) throw noDocket(week);
  const items = docket.items.filter((item) => item.pairId === pairId);
  const lost = await lostSides(ports, items);
  const newest = items.length > 0 ? await newestWeekOf(ports, pairId) : null;
  const at = ports.clock.now().toISOString();
  const { document } = await changeDocument(ports.store, 'dockets', week, (current) => {
    const corrected = withCorrection(current, {
      id,
      pairId,
      markVersion,
      principal,
      at,
      mark,
      reason: given.reason,
      lost: items[0] ? lost(items[0]) : null,
      later: newest !== null && newest > week ? newest : null,
    });
    if (!corrected) return null;
    return {
      document: corrected,
      events: [
        { type: 'docket.corrected', at, by: principal.userId, data: { week, pairId, correction: id, mark: mark.kind } },
      ],
    };
  });
  return {
    week,
    version: document.version,
    markVersion: document.items.find((item) => item.pairId === pairId)!.markVersion,
    correction: document.corrections.find((one) => one.id === id)!,
  };
}

/** The week of the newest docket on which the pair stands. */
async function newestWeekOf(ports: ReviewPorts, pairId: string): Promise<string | null> {
  const { items } = await ports.store.collection('dockets').find({
    where: { 'items.pairId': pairId },
    order: { by: 'week', direction: 'desc' },
    limit: 1,
  });
  return items[0]?.week ?? null;
}
