import { derivedId } from './ids.ts';
import type { Stored } from './record.ts';

/**
 * What waits on the desk. `on` says for whom: the bureau does it itself, or the parties are late and somebody of the bureau
 * asks them.
 */
export const workKinds = [
  { code: 'registration', label: '机构登记待审核', on: 'bureau' },
  { code: 'need', label: '需求待审核', on: 'bureau' },
  { code: 'achievement', label: '成果待审核', on: 'bureau' },
  { code: 'file', label: '附件申请公开，待审核', on: 'bureau' },
  { code: 'pair', label: '清单上未标记的对', on: 'bureau' },
  { code: 'answer', label: '答复待批准或发出', on: 'bureau' },
  { code: 'record-answer', label: '补充已答复，待查看', on: 'bureau' },
  { code: 'interest', label: '有单位对需求感兴趣，待查看', on: 'bureau' },
  { code: 'agreement-draft', label: '战略合作协议待签署', on: 'bureau' },
  { code: 'agreement-ending', label: '战略合作协议将到期', on: 'bureau' },
  { code: 'joint-body-ending', label: '共建机构将到期', on: 'bureau' },
  { code: 'invitation', label: '邀请催过仍未答复，可电话联系', on: 'parties' },
  { code: 'question', label: '请补充，等对方答复', on: 'parties' },
  { code: 'record-question', label: '清单之外的请补充，等对方答复', on: 'parties' },
  { code: 'milestone', label: '合作里程碑逾期', on: 'parties' },
  { code: 'results', label: '合作成效逾期未报', on: 'parties' },
] as const satisfies readonly {
  readonly code: string;
  readonly label: string;
  readonly on: 'bureau' | 'parties';
}[];
export type WorkKind = (typeof workKinds)[number]['code'];

/** Who has taken a piece of work upon himself. `id` is `assignmentIdOf(kind, recordId)`. */
export interface Assignment extends Stored {
  readonly kind: WorkKind;
  readonly recordId: string;
  /** User id; null where it was given back. */
  readonly assigneeId: string | null;
  /** Who had it, who gave it to whom, and when. */
  readonly history: readonly {
    readonly at: string;
    readonly by: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

export function assignmentIdOf(kind: WorkKind, recordId: string): string {
  return derivedId('assignment', kind, recordId);
}

/** Collections of the records on which work is done. */
export type WorkPlace =
  | 'registrations'
  | 'needs'
  | 'achievements'
  | 'matches'
  | 'answers'
  | 'invitations'
  | 'partnerships'
  | 'agreements'
  | 'jointBodies';

/** One piece of work that waits. */
export interface Work {
  readonly kind: WorkKind;
  readonly recordId: string;
  readonly title: string;
  /** The record on which it is done. */
  readonly place: { readonly collection: WorkPlace; readonly id: string };
  /** Since when it waits, ISO 8601. */
  readonly since: string;
  /** The day by which it should be done, `YYYY-MM-DD`; null where none is set. */
  readonly dueOn: string | null;
}

/** Work with who has it. `assignmentVersion` is what a change names; 0 where nobody ever had it. */
export interface AssignedWork extends Work {
  readonly assigneeId: string | null;
  readonly assignmentVersion: number;
  /** Names of the organisations that are to do something; empty where only the bureau is. */
  readonly waitsOn: readonly string[];
}

/** What waits, how long, and on whom. */
export interface WorkFigure {
  readonly kind: WorkKind;
  readonly label: string;
  readonly on: 'bureau' | 'parties';
  readonly waiting: number;
  readonly overdue: number;
  readonly unassigned: number;
  /** Whole days for which the oldest has waited; 0 where nothing waits. */
  readonly oldestDays: number;
  readonly onWhom: readonly { readonly userId: string; readonly waiting: number }[];
}

/** The figure of one kind. `now` is ISO 8601, `today` the day of it in Asia/Shanghai. */
export function workFigure(kind: WorkKind, work: readonly AssignedWork[], now: string, today: string): WorkFigure {
  const onWhom = new Map<string, number>();
  let oldest = now;
  for (const { assigneeId, since } of work) {
    if (assigneeId !== null) onWhom.set(assigneeId, (onWhom.get(assigneeId) ?? 0) + 1);
    if (since < oldest) oldest = since;
  }
  const { label, on } = workKinds.find(({ code }) => code === kind)!;
  return {
    kind,
    label,
    on,
    waiting: work.length,
    overdue: work.filter(({ dueOn }) => dueOn !== null && dueOn < today).length,
    unassigned: work.filter(({ assigneeId }) => assigneeId === null).length,
    oldestDays: Math.floor((Date.parse(now) - Date.parse(oldest)) / 86_400_000),
    onWhom: [...onWhom]
      .map(([userId, waiting]) => ({ userId, waiting }))
      .sort((a, b) => b.waiting - a.waiting || (a.userId < b.userId ? -1 : 1)),
  };
}
