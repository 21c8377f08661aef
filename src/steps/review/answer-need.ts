import { Conflict } from '../../domain/errors.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import type { Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { demandBureau, demandWeek, noDocket } from './demand-bureau.ts';
import type { ReviewPorts } from './review-ports.ts';

/** A need that was answered 暂无合适成果. */
export interface AnsweredNeed {
  readonly needId: string;
  /** Weeks of the dockets on which it was answered, the newest last. */
  readonly answeredIn: readonly string[];
}

/**
 * Answers a need 暂无合适成果 (no achievement fits for now), which keeps the four-week promise where there is nothing to
 * offer. Only for needs that the docket of the week lists to be answered. Repeating it changes nothing.
 */
export async function answerNeed(
  ports: ReviewPorts,
  principal: Principal,
  request: { readonly week: string; readonly needId: string },
): Promise<AnsweredNeed> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const { needId } = request;
  const docket = await ports.store.collection('dockets').get(week);
  if (!docket) throw noDocket(week);
  if (!docket.promise.toAnswer.includes(needId)) {
    throw new Conflict(`这项需求不在 ${week} 待答复“暂无合适成果”的需求之列，请刷新清单后查看`);
  }
  const loss = lossOf('need', await ports.store.collection('needs').get(needId));
  if (loss !== null) throw new Conflict(`${loss}，不必再答复`);
  const at = ports.clock.now().toISOString();
  const { document } = await changeDocument(ports.store, 'candidateLists', needId, (list) =>
    list.answeredIn.includes(week)
      ? null
      : {
          document: { ...list, answeredIn: [...list.answeredIn, week] },
          events: [{ type: 'need.answered', at, by: principal.userId, data: { week, needId } }],
        },
  );
  return { needId, answeredIn: document.answeredIn };
}
