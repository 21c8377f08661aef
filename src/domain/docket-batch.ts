import { z } from 'zod';
import { type Docket, type MarkBatch, type MarkInput, markInput } from './docket.ts';
import { actOf, demandLive, demandOpen, itemOf, withItem, withMark } from './docket-marks.ts';
import { Conflict, NotFound, QianxianError } from './errors.ts';
import type { Principal } from './user.ts';
import { list, text } from './validation.ts';

/** Several pairs of one docket marked alike, and taken back together: one write each, an answer for each pair. */

/** Most pairs of one request; a docket has 40 as a rule. */
export const mostBatchPairs = 200;
/** Most batches that a docket keeps. */
export const mostBatches = 100;

const markVersion = z
  .int({ error: '应是整数|请填写清单中这一对的 markVersion' })
  .min(0, '应是整数|请填写清单中这一对的 markVersion')
  .max(2_000_000_000, '应是整数|请填写清单中这一对的 markVersion')
  .meta({ title: '标记的版本', description: '清单中这一对的 markVersion；别人先标过的这一对不标' });

export const batchInput = z.strictObject({
  pairs: list('各对', z.strictObject({ pairId: text('对的编号', 100), markVersion }), { min: 1, max: mostBatchPairs }),
  mark: markInput,
  dryRun: z
    .boolean({ error: '应为 true 或 false|请改为 true（只看结果，不标记）或 false' })
    .meta({ title: '只看结果', description: 'true 时什么也不写，只答每一对会怎样' })
    .optional(),
});
export type BatchInput = z.output<typeof batchInput>;

/** What became of one pair. */
export interface BatchResult {
  readonly pairId: string;
  readonly done: boolean;
  /** Why not, in Chinese. */
  readonly reason?: string;
}

export interface BatchOutcome {
  /** The next document, or null where nothing changes. */
  readonly docket: Docket | null;
  readonly results: readonly BatchResult[];
}

const done = (pairId: string): BatchResult => ({ pairId, done: true });
const left = (pairId: string, reason: string): BatchResult => ({ pairId, done: false, reason });

/**
 * The docket with the mark on all pairs that take it. What one pair refuses stops no other. `refused` names pairs that
 * cannot be marked for a reason outside this docket.
 */
export function withBatch(
  docket: Docket,
  change: {
    readonly id: string;
    readonly pairs: BatchInput['pairs'];
    readonly mark: MarkInput;
    readonly refused: ReadonlyMap<string, string>;
    readonly principal: Principal;
    readonly at: string;
  },
): BatchOutcome {
  const { id, pairs, mark, refused, principal, at } = change;
  const same = docket.batches?.find((one) => one.id === id);
  if (same) {
    const marked = new Set(same.pairs.map((one) => one.pairId));
    const results = pairs.map(({ pairId }) =>
      marked.has(pairId) ? done(pairId) : left(pairId, '这一对没有标上，请刷新后查看'),
    );
    return { docket: null, results };
  }
  demandOpen(docket, principal);
  if ((docket.batches?.length ?? 0) >= mostBatches) {
    throw new Conflict(`${docket.week} 的清单已批量标记${mostBatches}次，请逐对标记`);
  }
  let next = docket;
  const marked: MarkBatch['pairs'][number][] = [];
  const results = pairs.map(({ pairId, markVersion: seen }): BatchResult => {
    const known = refused.get(pairId);
    if (known !== undefined) return left(pairId, known);
    if (marked.some((one) => one.pairId === pairId)) return left(pairId, '这一对写了两次');
    try {
      const replaced = itemOf(next, pairId).mark !== null;
      next = withMark(next, { pairId, markVersion: seen, mark, principal, at });
      marked.push({ pairId, markVersion: seen + 1, replaced });
      return done(pairId);
    } catch (error) {
      if (error instanceof QianxianError) return left(pairId, error.message);
      throw error;
    }
  });
  if (marked.length === 0) return { docket: null, results };
  const batch: MarkBatch = { id, kind: mark.kind, pairs: marked, ...actOf({ principal, at }) };
  return { docket: { ...next, batches: [...(docket.batches ?? []), batch] }, results };
}

/**
 * The docket with the marks of a batch taken back, to what was there before; pairs whose mark has changed since stay as
 * they are, and say so. Repeating it changes nothing.
 */
export function withoutBatch(
  docket: Docket,
  change: { readonly id: string; readonly principal: Principal; readonly at: string },
): BatchOutcome {
  const batch = docket.batches?.find((one) => one.id === change.id);
  if (!batch) throw new NotFound('没有这一次批量标记，请刷新后再试');
  const changed = '这一对在批量标记之后又改过，保持现在的标记';
  if (batch.undone) {
    const { pairIds } = batch.undone;
    return {
      docket: null,
      results: batch.pairs.map(({ pairId }) => (pairIds.includes(pairId) ? done(pairId) : left(pairId, changed))),
    };
  }
  demandOpen(docket, change.principal);
  const act = actOf(change);
  let next = docket;
  const results = batch.pairs.map(({ pairId, markVersion: after, replaced }): BatchResult => {
    const item = itemOf(next, pairId);
    if (item.markVersion !== after || !item.mark) return left(pairId, changed);
    try {
      demandLive(item);
    } catch (error) {
      if (error instanceof QianxianError) return left(pairId, error.message);
      throw error;
    }
    const before = replaced ? item.earlierMarks.at(-1) : undefined;
    const { undone: _undone, ...restored } = before ?? {};
    const { agreed: _agreed, ...bare } = item;
    next = withItem(next, {
      ...bare,
      mark: before ? (restored as typeof item.mark) : null,
      markVersion: item.markVersion + 1,
      earlierMarks: [...item.earlierMarks, { ...item.mark, undone: act }],
    });
    return done(pairId);
  });
  const pairIds = results.filter((one) => one.done).map((one) => one.pairId);
  const batches = docket.batches!.map((one) => (one.id === batch.id ? { ...one, undone: { ...act, pairIds } } : one));
  return { docket: { ...next, batches }, results };
}
