import { type Docket, type DocketItem, type MarkInput, markInput } from '../../domain/docket.ts';
import { deferFault, type MarkChange, withAgreement, withMark, withoutMark } from '../../domain/docket-marks.ts';
import { Invalid } from '../../domain/errors.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { demandBureau, demandVersion, demandWeek, noDocket } from './demand-bureau.ts';
import { demandLetGo } from './hand-over.ts';
import type { ReviewPorts } from './review-ports.ts';

export interface MarkRequest {
  readonly week: string;
  readonly pairId: string;
  /** The `markVersion` of the pair that the reviewer saw. */
  readonly markVersion: number;
  readonly mark: MarkInput;
}

/** One pair after a change, with the docket's new version. */
export interface MarkedPair {
  readonly week: string;
  /** Version of the docket. */
  readonly version: number;
  readonly item: DocketItem;
}

/** A mark that keeps every rule, the day of a 暂缓 included; `today` is `YYYY-MM-DD`. Throws `invalid`. */
export function checkedMark(mark: unknown, today: string): MarkInput {
  const checked = check(markInput, mark);
  const fault = checked.kind === 'defer' ? deferFault(checked.until, today) : undefined;
  if (fault) throw new Invalid([fault]);
  return checked;
}

async function change(
  ports: ReviewPorts,
  principal: Principal,
  request: Omit<MarkRequest, 'mark'>,
  event: { readonly type: string; readonly mark?: MarkInput['kind'] },
  next: (docket: Docket, change: MarkChange) => Docket,
): Promise<MarkedPair> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const markVersion = demandVersion(request.markVersion, 'markVersion', '标记版本');
  const { pairId } = request;
  const seen = await ports.store.collection('dockets').get(week);
  if (!seen) throw noDocket(week);
  await demandLetGo(ports, seen, pairId);
  const at = ports.clock.now().toISOString();
  const { document } = await changeDocument(ports.store, 'dockets', week, (docket) => ({
    document: next(docket, { pairId, markVersion, principal, at }),
    events: [
      {
        type: event.type,
        at,
        by: principal.userId,
        data: { week, pairId, ...(event.mark ? { mark: event.mark } : {}) },
      },
    ],
  }));
  return { week, version: document.version, item: document.items.find((one) => one.pairId === pairId)! };
}

/**
 * Marks one pair of an open docket. Marks on different pairs never disturb each other; of two on the same pair that saw
 * the same state one wins, and the other gets `conflict` that says who marked it, what and when.
 */
export async function markPair(ports: ReviewPorts, principal: Principal, request: MarkRequest): Promise<MarkedPair> {
  demandBureau(principal);
  const mark = checkedMark(request.mark, dateIn(ports.clock.now()));
  return change(ports, principal, request, { type: 'docket.marked', mark: mark.kind }, (docket, given) =>
    withMark(docket, { ...given, mark }),
  );
}

/** Takes the mark of one pair back (U): it is kept among the earlier marks. */
export async function unmarkPair(
  ports: ReviewPorts,
  principal: Principal,
  request: Omit<MarkRequest, 'mark'>,
): Promise<MarkedPair> {
  return change(ports, principal, request, { type: 'docket.unmarked' }, withoutMark);
}

/** Agrees (复核) to the mark 通过 of one pair that needs a second person; refused to whoever set the mark. */
export async function agreePair(
  ports: ReviewPorts,
  principal: Principal,
  request: Omit<MarkRequest, 'mark'>,
): Promise<MarkedPair> {
  return change(ports, principal, request, { type: 'docket.seconded', mark: 'accept' }, withAgreement);
}
