import { rejectionReasons } from './codes/review-codes.ts';
import { labelOf } from './codes/table.ts';
import {
  type Act,
  type Correction,
  type Docket,
  type DocketItem,
  docketStates,
  type EarlierMark,
  type Mark,
  type MarkInput,
  sides,
} from './docket.ts';
import { Conflict, type FieldIssue, Forbidden, Invalid, NotFound } from './errors.ts';
import { effectiveMark, isLive, isUndecided } from './pair-standing.ts';
import { isUnconfirmed } from './second-review.ts';
import { moveOf } from './state-table.ts';
import type { Principal } from './user.ts';

/**
 * What reviewers do to a docket, as pure changes of its document: each takes the newest docket and answers the next one,
 * or throws the Chinese sentence that says why not. The step writes the answer by compare-and-set, so that what is checked
 * here holds for what is written.
 */

export const markKinds = [
  { code: 'accept', label: '通过' },
  { code: 'reject', label: '不通过' },
  { code: 'defer', label: '暂缓' },
  { code: 'ask', label: '请补充' },
] as const;

/** Most marks that one pair may have had: beyond it somebody's program runs wild. */
export const mostEarlierMarks = 50;

/** A mark in words, for instance `不通过（技术不对口）`. */
export function describeMark(mark: MarkInput): string {
  switch (mark.kind) {
    case 'accept':
      return '通过';
    case 'reject':
      return `不通过（${labelOf(rejectionReasons, mark.reason)}）`;
    case 'defer':
      return `暂缓到${mark.until}`;
    case 'ask':
      return `请补充（${labelOf(sides, mark.side)}）`;
  }
}

/** `11月23日 09:05` in Asia/Shanghai (UTC+8). */
export function momentOf(at: string): string {
  const [month, day, time] = new Date(Date.parse(at) + 8 * 3600_000).toISOString().slice(5, 16).split(/[-T]/) as [
    string,
    string,
    string,
  ];
  return `${Number(month)}月${Number(day)}日 ${time}`;
}

/** What is wrong with the day of a 暂缓: it must lie after today and within a year. Both are `YYYY-MM-DD` in Asia/Shanghai. */
export function deferFault(until: string, today: string): FieldIssue | undefined {
  const fault = (reason: string, mend: string): FieldIssue => ({ field: 'until', label: '暂缓到', reason, mend });
  if (until <= today) return fault(`应在今天（${today}）之后`, '请选择明天或以后的日期');
  const last = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`;
  if (until > last) return fault('超过一年', `请选择${last}或以前的日期`);
  return undefined;
}

/** The pair as it stands on the docket. Throws `not_found`. */
export function itemOf(docket: Docket, pairId: string): DocketItem {
  const item = docket.items.find((one) => one.pairId === pairId);
  if (!item) throw new NotFound(`${docket.week} 的清单里没有这一对，请刷新清单后再试`);
  return item;
}

export function withItem(docket: Docket, item: DocketItem): Docket {
  return { ...docket, items: docket.items.map((one) => (one.pairId === item.pairId ? item : one)) };
}

/** Refuses what is not in this docket's hands, with where it is. */
export function demandLive(item: DocketItem): void {
  if (item.void) throw new Conflict(`这一对已失效：${item.void.reason}，不能再标记`);
  if (item.carriedTo !== undefined) {
    throw new Conflict(`这一对已转入 ${item.carriedTo} 的清单，请到那一期标记`);
  }
  if (item.decidedOn !== undefined) {
    throw new Conflict(`这一对由 ${item.decidedOn} 的清单决定，请到那一期查看`);
  }
}

/** What a reviewer whose view is out of date is told: who did what, and when. */
function staleMessage(item: DocketItem, mark: Mark | null): string {
  if (mark) {
    return `${mark.byName}已在${momentOf(mark.at)}把这一对标记为“${describeMark(mark)}”，请查看后再决定是否修改`;
  }
  const last = item.earlierMarks.at(-1);
  if (last?.undone) {
    return `${last.undone.byName}已在${momentOf(last.undone.at)}撤销了“${describeMark(last)}”的标记，请刷新后再标记`;
  }
  return '这一对还没有标记，您看到的内容不是最新的，请刷新后再标记';
}

export interface MarkChange {
  readonly pairId: string;
  /** The `markVersion` that the reviewer saw. */
  readonly markVersion: number;
  readonly principal: Principal;
  /** ISO time. */
  readonly at: string;
}

export function actOf(change: Pick<MarkChange, 'principal' | 'at'>): Act {
  return { at: change.at, by: change.principal.userId, byName: change.principal.name };
}

/** Refuses where the docket takes no marks any more. */
export function demandOpen(docket: Docket, principal: Principal): void {
  if (docket.state === 'closed') {
    throw new Conflict(
      `${docket.week} 的清单${closedBy(docket)}关闭，标记已经生效；要改变决定，请使用“更正”并写明原因`,
    );
  }
  moveOf(docketStates, docket.state, 'mark', principal.role === 'admin' ? 'admin' : 'staff');
}

function openItem(docket: Docket, change: MarkChange): DocketItem {
  const item = itemOf(docket, change.pairId);
  demandOpen(docket, change.principal);
  demandLive(item);
  if (item.markVersion !== change.markVersion) throw new Conflict(staleMessage(item, item.mark));
  if (item.earlierMarks.length >= mostEarlierMarks) {
    throw new Conflict(`这一对的标记已改动${mostEarlierMarks}次，不能再改；请关闭清单后用“更正”`);
  }
  return item;
}

function closedBy(docket: Docket): string {
  return docket.closed ? `已由${docket.closed.byName}在${momentOf(docket.closed.at)}` : '已';
}

/** The docket with the mark of one pair set or changed; the mark before it is kept. */
export function withMark(docket: Docket, change: MarkChange & { readonly mark: MarkInput }): Docket {
  const { agreed: _agreed, ...item } = openItem(docket, change);
  return withItem(docket, {
    ...item,
    mark: { ...change.mark, ...actOf(change) },
    markVersion: item.markVersion + 1,
    earlierMarks: item.mark ? [...item.earlierMarks, item.mark] : item.earlierMarks,
  });
}

/** The docket with the mark of one pair taken back; it is kept among the earlier ones with who took it back. */
export function withoutMark(docket: Docket, change: MarkChange): Docket {
  const { agreed: _agreed, ...item } = openItem(docket, change);
  if (!item.mark) throw new Conflict('这一对还没有标记，没有可以撤销的');
  const undone: EarlierMark = { ...item.mark, undone: actOf(change) };
  return withItem(docket, {
    ...item,
    mark: null,
    markVersion: item.markVersion + 1,
    earlierMarks: [...item.earlierMarks, undone],
  });
}

/** The docket with a second person's agreement (复核) to the mark 通过 of one pair. Never by whoever set the mark. */
export function withAgreement(docket: Docket, change: MarkChange): Docket {
  const item = openItem(docket, change);
  if (!item.reviewTwice) throw new Conflict('这一对不需要复核，标记后关闭清单即生效');
  if (item.mark?.kind !== 'accept') throw new Conflict('只有标记为“通过”的对需要复核，请先标记');
  if (item.agreed) throw new Conflict(`${item.agreed.byName}已在${momentOf(item.agreed.at)}复核通过这一对`);
  if (item.mark.by === change.principal.userId) {
    throw new Forbidden('这一对的“通过”是您自己标记的，须由另一位工作人员复核');
  }
  return withItem(docket, { ...item, agreed: actOf(change), markVersion: item.markVersion + 1 });
}

/** Why an item lost a side, in Chinese, or null where both stand. */
export type LostSide = (item: DocketItem) => string | null;

/**
 * The docket with the items void that lost a side, or null where none did. On a closed docket only what is undecided
 * becomes void: what was decided has its effects.
 */
export function withVoid(docket: Docket, lost: LostSide, at: string): Docket | null {
  let changed = false;
  const items = docket.items.map((item) => {
    if (!isLive(item) || (docket.state === 'closed' && item.mark)) return item;
    const reason = lost(item);
    if (reason === null) return item;
    changed = true;
    return { ...item, void: { at, reason } };
  });
  return changed ? { ...docket, items } : null;
}

/** What closing does, or would do, in figures. */
export interface CloseFigures {
  readonly accept: number;
  readonly reject: number;
  readonly defer: number;
  readonly ask: number;
  /** Of `accept`, those that wait for a second person to agree: the docket cannot be closed with them. */
  readonly unconfirmed: number;
  /** Pairs without a mark: the next docket takes them over. */
  readonly undecided: number;
  /** Pairs that lost a side: passed over. */
  readonly void: number;
  /** Pairs that another docket decides. */
  readonly elsewhere: number;
  /** Decisions that teach the ranker. */
  readonly judgements: number;
  /** Questions by the side that gets them. */
  readonly questions: { readonly need: number; readonly achievement: number };
  /** 不通过 by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Days on which deferred pairs come back, ascending. */
  readonly watch: readonly { readonly until: string; readonly pairs: number }[];
}

/** The level (1–4) that a mark teaches, or null where it says nothing about relevance. */
export function taughtLevel(mark: MarkInput): 1 | 2 | 3 | 4 | null {
  if (mark.kind === 'accept') return 4;
  if (mark.kind !== 'reject') return null;
  return rejectionReasons.find((row) => row.code === mark.reason)?.teaches ?? null;
}

export function closeFigures(docket: Docket): CloseFigures {
  const count = { accept: 0, reject: 0, defer: 0, ask: 0 };
  const questions = { need: 0, achievement: 0 };
  const reasons: Record<string, number> = {};
  const watch = new Map<string, number>();
  let judgements = 0;
  for (const item of docket.items) {
    const mark = isLive(item) ? effectiveMark(docket, item) : null;
    if (!mark) continue;
    count[mark.kind] += 1;
    if (taughtLevel(mark) !== null) judgements += 1;
    if (mark.kind === 'ask') questions[mark.side] += 1;
    if (mark.kind === 'reject') reasons[mark.reason] = (reasons[mark.reason] ?? 0) + 1;
    if (mark.kind === 'defer') watch.set(mark.until, (watch.get(mark.until) ?? 0) + 1);
  }
  return {
    ...count,
    unconfirmed: docket.state === 'open' ? docket.items.filter(isUnconfirmed).length : 0,
    undecided: docket.items.filter(isUndecided).length,
    void: docket.items.filter((item) => item.void).length,
    elsewhere: docket.items.filter((item) => !item.void && !isLive(item)).length,
    judgements,
    questions,
    reasons,
    watch: [...watch].sort(([a], [b]) => (a < b ? -1 : 1)).map(([until, pairs]) => ({ until, pairs })),
  };
}

/** The closed docket. `seen` is the version of the docket whose figures the closer saw. */
export function withClosing(
  docket: Docket,
  closing: { readonly seen: number; readonly principal: Principal; readonly at: string; readonly lost: LostSide },
): Docket {
  if (docket.state === 'closed') throw new Conflict(`${docket.week} 的清单${closedBy(docket)}关闭，不能再次关闭`);
  moveOf(docketStates, docket.state, 'close', closing.principal.role === 'admin' ? 'admin' : 'staff');
  if (docket.version !== closing.seen) {
    throw new Conflict(`${docket.week} 的清单在您查看之后有改动，请刷新、核对后再关闭`);
  }
  const passed = withVoid(docket, closing.lost, closing.at) ?? docket;
  const waiting = passed.items.filter(isUnconfirmed).length;
  if (waiting > 0) {
    throw new Conflict(`还有${waiting}对“通过”等待另一位工作人员复核；请复核，或改为其他标记，再关闭清单`);
  }
  return { ...passed, state: 'closed', closed: actOf(closing) };
}

export interface CorrectionChange extends MarkChange {
  readonly id: string;
  readonly mark: MarkInput;
  readonly reason: string;
  /** Why the pair lost a side, or null. */
  readonly lost: string | null;
  /** Week of a later docket on which the pair stands, or null. */
  readonly later: string | null;
}

/** What a mark says, without who and when. */
function contentOf(mark: MarkInput | Mark): string {
  switch (mark.kind) {
    case 'accept':
      return JSON.stringify([mark.kind, mark.note]);
    case 'reject':
      return JSON.stringify([mark.kind, mark.note, mark.reason]);
    case 'defer':
      return JSON.stringify([mark.kind, mark.note, mark.until]);
    case 'ask':
      return JSON.stringify([mark.kind, mark.note, mark.side, mark.question]);
  }
}

/** The docket with a correction (更正), or null where this very correction is there already. */
export function withCorrection(docket: Docket, change: CorrectionChange): Docket | null {
  const item = itemOf(docket, change.pairId);
  const same = docket.corrections.find((one) => one.id === change.id);
  if (same) {
    const repeated =
      same.pairId === change.pairId &&
      same.reason === change.reason &&
      contentOf(same.after) === contentOf(change.mark);
    if (repeated) return null;
    throw new Conflict('这个编号已经用于另一次更正，请刷新后重新填写');
  }
  if (docket.state === 'open') throw new Conflict(`${docket.week} 的清单还没有关闭，可以直接修改标记，不必更正`);
  moveOf(docketStates, docket.state, 'correct', change.principal.role === 'admin' ? 'admin' : 'staff');
  demandLive(item);
  const before = effectiveMark(docket, item);
  if (!before) throw new Conflict('这一对关闭时没有标记，会转入下一期清单，请在那里标记');
  if (item.markVersion !== change.markVersion) throw new Conflict(staleMessage(item, before));
  if (change.later !== null) {
    throw new Conflict(`这一对已再次列入 ${change.later} 的清单，请在那一期标记或更正`);
  }
  if (change.lost !== null && change.mark.kind !== 'reject') {
    throw new Conflict(`${change.lost}，只能更正为“不通过”`);
  }
  if (contentOf(before) === contentOf(change.mark)) {
    throw new Invalid([
      { field: 'mark', label: '更正为', reason: '与现在的决定相同', mend: '请选择另一种决定，或取消更正' },
    ]);
  }
  if (item.reviewTwice && change.mark.kind === 'accept' && before.kind !== 'accept') {
    throw new Conflict('这一对需要两人审核，不能由一人更正为“通过”；请更正为“暂缓”，到期再议时由一人标记、另一人复核');
  }
  if (docket.corrections.filter((one) => one.pairId === item.pairId).length >= mostEarlierMarks) {
    throw new Conflict(`这一对已更正${mostEarlierMarks}次，不能再改`);
  }
  const correction: Correction = {
    id: change.id,
    pairId: item.pairId,
    before,
    after: { ...change.mark, ...actOf(change) },
    reason: change.reason,
    at: change.at,
    by: change.principal.userId,
  };
  return {
    ...withItem(docket, { ...item, markVersion: item.markVersion + 1 }),
    corrections: [...docket.corrections, correction],
  };
}
