import type { Docket, DocketItem } from '../../domain/docket.ts';
import { type BatchOutcome, type BatchResult, batchInput, withBatch, withoutBatch } from '../../domain/docket-batch.ts';
import { QianxianError } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { DomainEvent } from '../../domain/record.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { demandBureau, demandWeek, noDocket } from './demand-bureau.ts';
import { demandLetGo } from './hand-over.ts';
import { checkedMark } from './mark-pair.ts';
import type { ReviewPorts } from './review-ports.ts';

/** What became of a batch, pair by pair in the order of the request. */
export interface BatchAnswer {
  readonly week: string;
  /** Version of the docket. */
  readonly version: number;
  readonly batchId: string;
  /** Pairs that were marked, or taken back. */
  readonly done: number;
  readonly left: number;
  readonly results: readonly (BatchResult & { readonly item: DocketItem | null })[];
}

/**
 * Marks several pairs alike in one write. A pair that refuses (marked by somebody else meanwhile, void, carried on) stops
 * no other; each says what became of it. With `dryRun` nothing is written. `id` follows from the request: repeated, it
 * answers what the first one did.
 */
export async function markBatch(
  ports: ReviewPorts,
  principal: Principal,
  request: { readonly week: string; readonly id?: string; readonly batch: unknown },
): Promise<BatchAnswer> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const { pairs, mark: written, dryRun } = check(batchInput, request.batch);
  const mark = checkedMark(written, dateIn(ports.clock.now()));
  const id = request.id ?? randomId();
  const dockets = ports.store.collection('dockets');
  const docket = await dockets.get(week);
  if (!docket) throw noDocket(week);
  const refused = new Map<string, string>();
  for (const { pairId } of pairs) {
    try {
      await demandLetGo(ports, docket, pairId);
    } catch (error) {
      if (!(error instanceof QianxianError) || error.code === 'unavailable') throw error;
      refused.set(pairId, error.message);
    }
  }
  const at = ports.clock.now().toISOString();
  const change = { id, pairs, mark, refused, principal, at };
  if (dryRun) {
    const outcome = withBatch(docket, change);
    return answerOf(docket, id, outcome.results);
  }
  return settle(ports, week, id, (newest) => {
    const outcome = withBatch(newest, change);
    return {
      outcome,
      events: eventsOf(outcome, (pairId) => ({
        type: 'docket.marked',
        at,
        by: principal.userId,
        data: { week, pairId, mark: mark.kind, batch: id },
      })),
    };
  });
}

/** Takes a batch back: each mark that nobody changed since becomes what it was before. Repeating it changes nothing. */
export async function undoBatch(
  ports: ReviewPorts,
  principal: Principal,
  request: { readonly week: string; readonly batchId: string },
): Promise<BatchAnswer> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const { batchId } = request;
  if (!(await ports.store.collection('dockets').get(week))) throw noDocket(week);
  const at = ports.clock.now().toISOString();
  return settle(ports, week, batchId, (newest) => {
    const outcome = withoutBatch(newest, { id: batchId, principal, at });
    return {
      outcome,
      events: eventsOf(outcome, (pairId) => ({
        type: 'docket.unmarked',
        at,
        by: principal.userId,
        data: { week, pairId, batch: batchId },
      })),
    };
  });
}

function eventsOf({ results }: BatchOutcome, eventOf: (pairId: string) => DomainEvent): DomainEvent[] {
  return results.filter((one) => one.done).map((one) => eventOf(one.pairId));
}

async function settle(
  ports: ReviewPorts,
  week: string,
  batchId: string,
  change: (newest: Docket) => { outcome: BatchOutcome; events: DomainEvent[] },
): Promise<BatchAnswer> {
  let results: readonly BatchResult[] = [];
  const { document } = await changeDocument(ports.store, 'dockets', week, (newest) => {
    const { outcome, events } = change(newest);
    results = outcome.results;
    return outcome.docket && { document: outcome.docket, events };
  });
  return answerOf(document, batchId, results);
}

function answerOf(docket: Docket, batchId: string, results: readonly BatchResult[]): BatchAnswer {
  const items = new Map(docket.items.map((item) => [item.pairId, item]));
  const done = results.filter((one) => one.done).length;
  return {
    week: docket.week,
    version: docket.version,
    batchId,
    done,
    left: results.length - done,
    results: results.map((one) => ({ ...one, item: items.get(one.pairId) ?? null })),
  };
}
