import { z } from 'zod';
import { correctionFollows } from '../../domain/correction-follows.ts';
import type { Correction, Docket, MarkInput } from '../../domain/docket.ts';
import { withCorrection } from '../../domain/docket-marks.ts';
import { randomId } from '../../domain/ids.ts';
import { answerWithin, invitationIdOf } from '../../domain/invitation.ts';
import type { Principal } from '../../domain/user.ts';
import { check, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { workingDaysAfter } from '../../domain/working-days.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import { isReached } from '../../ports/reached-organisation.ts';
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

export interface CorrectionPreview {
  readonly week: string;
  /** Version of the docket. */
  readonly version: number;
  /** What the correction would bring about, a Chinese sentence each. */
  readonly follows: readonly string[];
}

/** The checked request, and the docket with it as a pure change of the docket. */
async function correctionOf(ports: ReviewPorts, principal: Principal, request: CorrectionRequest) {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const markVersion = demandVersion(request.markVersion, 'markVersion', '标记版本');
  const mark = checkedMark(request.mark, dateIn(ports.clock.now()));
  const given = check(correctionInput, { reason: request.reason, id: request.id });
  const id = given.id ?? randomId();
  const { pairId } = request;

  const docket = await ports.store.collection('dockets').get(week);
  if (!docket) throw noDocket(week);
  const items = docket.items.filter((item) => item.pairId === pairId);
  const lost = await lostSides(ports, items);
  const newest = items.length > 0 ? await newestWeekOf(ports, pairId) : null;
  const at = ports.clock.now().toISOString();
  const corrected = (current: Docket): Docket | null =>
    withCorrection(current, {
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
  return { week, pairId, id, at, mark, docket, corrected };
}

/**
 * What a correction would bring about, refused where the correction itself would be. Nothing is written.
 */
export async function previewCorrection(
  ports: ReviewPorts,
  principal: Principal,
  request: Omit<CorrectionRequest, 'reason' | 'id'>,
): Promise<CorrectionPreview> {
  const { week, pairId, id, docket, corrected } = await correctionOf(ports, principal, {
    ...request,
    reason: '核对将会怎样',
  });
  // The id is new, so the correction is never there already.
  const next = corrected(docket)!;
  const item = docket.items.find((one) => one.pairId === pairId)!;
  const correction = next.corrections.find((one) => one.id === id)!;
  const { store, clock } = ports;
  const [need, achievement, invitation, calendar] = await Promise.all([
    store.collection('needs').get(item.needId),
    store.collection('achievements').get(item.achievementId),
    store.collection('invitations').get(invitationIdOf(pairId)),
    presentCalendar(store),
  ]);
  const [needReached, achievementReached] = await Promise.all([
    isReached(store, (invitation ? invitation.need.organisationId : need?.organisationId) ?? null),
    isReached(store, (invitation ? invitation.achievement.organisationId : achievement?.organisationId) ?? null),
  ]);
  return {
    week,
    version: docket.version,
    follows: correctionFollows({
      docket: next,
      pairId,
      before: correction.before!,
      after: correction.after,
      entries: { need, achievement },
      invitation,
      reached: { need: needReached, achievement: achievementReached },
      dueOn: workingDaysAfter(calendar, dateIn(clock.now()), answerWithin),
    }),
  };
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
  const { week, pairId, id, at, mark, corrected } = await correctionOf(ports, principal, request);
  const { document } = await changeDocument(ports.store, 'dockets', week, (current) => {
    const next = corrected(current);
    if (!next) return null;
    return {
      document: next,
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
