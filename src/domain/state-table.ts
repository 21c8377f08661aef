import { QianxianError } from './errors.ts';
import type { HistoryEntry } from './record.ts';

/** Who may make a move: the people on the record's own side, bureau staff, or the program itself. */
export type Actor = 'owner' | 'staff' | 'admin' | 'system';

/** One row of a state table: `action` moves a record from any of `from` to `to`. */
export interface Move<S extends string, A extends string = string> {
  readonly action: A;
  /** Chinese name of the action, for messages and buttons. */
  readonly label: string;
  readonly from: readonly S[];
  readonly to: S;
  readonly by: readonly Actor[];
  /** What must be true or given: `complete` = all required fields, `reason` = a written reason. */
  readonly demands?: readonly ('complete' | 'reason')[];
}

export interface StateTable<S extends string, A extends string = string> {
  readonly states: Readonly<Record<S, string>>;
  readonly initial: S;
  readonly moves: readonly Move<S, A>[];
  /** Where a record may begin beside `initial`, by the action of its first line: an import at the stage of its row. */
  readonly begins?: Readonly<Record<string, readonly S[]>>;
  /** Actions whose line in the history keeps the state, and the states in which they are written. */
  readonly notes?: Readonly<Record<string, readonly S[]>>;
}

/** Whether the table has a row for a line of a history: a beginning, a move, or a note that keeps the state. */
export function knowsLine(
  { initial, moves, begins, notes }: StateTable<string, string>,
  { action, from, to }: Pick<HistoryEntry, 'action' | 'from' | 'to'>,
): boolean {
  if (from === '') return to === initial || (begins?.[action] ?? []).includes(to);
  if (from === to && notes?.[action]?.includes(from)) return true;
  return moves.some((move) => move.action === action && move.from.includes(from) && move.to === to);
}

/** The move that `action` makes from `state` for `actor`; throws `conflict` where the state forbids it and `forbidden` where the actor may not. */
export function moveOf<S extends string, A extends string>(
  table: StateTable<S, A>,
  state: S,
  action: A,
  actor: Actor,
): Move<S, A> {
  const rows = table.moves.filter((move) => move.action === action);
  const fitting = rows.filter((move) => move.from.includes(state));
  const label = rows[0]?.label ?? action;
  if (fitting.length === 0) {
    throw new QianxianError('conflict', `当前状态是“${table.states[state]}”，不能${label}，请刷新后查看最新状态`);
  }
  const allowed = fitting.find((move) => move.by.includes(actor));
  if (!allowed) throw new QianxianError('forbidden', `您没有权限${label}`);
  return allowed;
}

/** The actions that `actor` may take from `state`. */
export function movesFrom<S extends string, A extends string>(
  table: StateTable<S, A>,
  state: S,
  actor: Actor,
): readonly Move<S, A>[] {
  return table.moves.filter((move) => move.from.includes(state) && move.by.includes(actor));
}

/** The history line of a move. */
export function historyOf<S extends string>(
  move: Move<S>,
  from: S,
  at: string,
  by: string,
  reason?: string,
): HistoryEntry {
  return { at, by, action: move.action, from, to: move.to, ...(reason ? { reason } : {}) };
}
