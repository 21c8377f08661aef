import type { EntryKind } from './entry.ts';
import { derivedId } from './ids.ts';
import type { HistoryEntry, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';
import { text } from './validation.ts';

export type AnswerState = 'drafted' | 'approved' | 'sent' | 'dropped';
export type AnswerAction = 'edit' | 'approve' | 'return' | 'send' | 'drop' | 'redraft';

/** What the bureau writes to the party of a record: drafted from the facts, examined by staff, sent once. */
export const answerStates: StateTable<AnswerState, AnswerAction> = {
  states: { drafted: '拟稿', approved: '已批准', sent: '已发出', dropped: '不发' },
  initial: 'drafted',
  moves: [
    { action: 'edit', label: '修改', from: ['drafted', 'approved'], to: 'drafted', by: ['staff', 'admin'] },
    { action: 'approve', label: '批准', from: ['drafted'], to: 'approved', by: ['staff', 'admin'] },
    { action: 'return', label: '退回修改', from: ['approved'], to: 'drafted', by: ['staff', 'admin'] },
    { action: 'send', label: '发出', from: ['approved'], to: 'sent', by: ['staff', 'admin'] },
    {
      action: 'drop',
      label: '不发',
      from: ['drafted', 'approved'],
      to: 'dropped',
      by: ['staff', 'admin', 'system'],
      demands: ['reason'],
    },
    {
      action: 'redraft',
      label: '重新拟稿',
      from: ['drafted', 'approved', 'dropped'],
      to: 'drafted',
      by: ['system'],
    },
  ],
};

/** What an answer is about: pairs that were examined and not recommended, nothing that fits, a first publication. */
export const answerKinds = [
  { code: 'reviewed', label: '审核结果' },
  { code: 'no-match', label: '暂无合适成果' },
  { code: 'published', label: '发布告知' },
] as const;
export type AnswerKind = (typeof answerKinds)[number]['code'];

/** One pair as its party is told of it: never the other side. */
export interface ExaminedPair {
  readonly pairId: string;
  readonly mark: 'reject' | 'defer';
  /** Code of `rejectionReasons`, for `reject`. */
  readonly reason?: string;
  /** For `defer`, `YYYY-MM-DD`. */
  readonly until?: string;
}

/** What a text is drafted from. The same facts give the same text. */
export interface AnswerFacts {
  readonly title: string;
  readonly pairs: readonly ExaminedPair[];
  /** Labels of fields that are not filled in and would help. */
  readonly missing: readonly string[];
  /** The day from which the record counts as expired; null where it is not published. */
  readonly expiresOn: string | null;
}

/** Which answer it is: one record, one cause. */
export interface AnswerSubject {
  readonly kind: AnswerKind;
  readonly recordKind: EntryKind;
  readonly recordId: string;
  /** Week of the docket; null where none is behind it. */
  readonly week: string | null;
}

export interface Answer extends Stored, AnswerSubject {
  readonly state: AnswerState;
  /** 0 for the first; one more for each that follows because a decision was corrected after the last was sent. */
  readonly part: number;
  /** Null where the record has no organisation here: then it can only be told on the phone. */
  readonly organisationId: string | null;
  readonly facts: AnswerFacts;
  readonly subject: string;
  readonly text: string;
  /** Who changed the drafted text last; absent where it is as it was drafted. */
  readonly editedBy?: string;
  /** The facts changed after somebody had changed the text: it must be read again. */
  readonly outdated?: boolean;
  readonly approvedBy?: string;
  readonly sentAt?: string;
  readonly sentBy?: string;
  /** The day by which it should be sent, `YYYY-MM-DD`. */
  readonly dueOn: string;
  readonly history: readonly HistoryEntry[];
}

/** Working days within which an answer is sent. */
export const answerDueWithin = 5;

export const answerText = text('答复内容', 3000, { min: 10 });

export function answerIdOf({ kind, recordKind, recordId, week }: AnswerSubject, part: number): string {
  return derivedId('answer', kind, recordKind, recordId, week ?? '', String(part));
}
