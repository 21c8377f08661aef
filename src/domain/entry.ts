import type { HistoryEntry, Provenance, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';

/** A need or an achievement: both are entered, submitted, published and revised in the same way. */
export type EntryKind = 'need' | 'achievement';

export type EntryState = 'draft' | 'submitted' | 'returned' | 'published' | 'withdrawn' | 'expired' | 'archived';
export type EntryAction = 'submit' | 'return' | 'publish' | 'withdraw' | 'expire' | 'renew' | 'complete';

export const entryStates: StateTable<EntryState, EntryAction> = {
  states: {
    draft: '草稿',
    submitted: '待审核',
    returned: '已退回',
    published: '已发布',
    withdrawn: '已撤回',
    expired: '已过期',
    archived: '存档待补全',
  },
  initial: 'draft',
  moves: [
    {
      action: 'submit',
      label: '提交',
      // An expired record comes back by renewal as it was, or changed and examined anew.
      from: ['draft', 'returned', 'expired'],
      to: 'submitted',
      by: ['owner', 'staff', 'admin'],
      demands: ['complete'],
    },
    {
      action: 'return',
      label: '退回',
      from: ['submitted'],
      to: 'returned',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
    {
      action: 'publish',
      label: '发布',
      from: ['submitted'],
      to: 'published',
      by: ['staff', 'admin'],
      demands: ['complete'],
    },
    {
      action: 'withdraw',
      label: '撤回',
      // Of an expired record too: whoever is done with it need not fear that a link in an old mail brings it back.
      from: ['draft', 'submitted', 'returned', 'published', 'expired'],
      to: 'withdrawn',
      by: ['owner', 'staff', 'admin'],
      demands: ['reason'],
    },
    { action: 'expire', label: '置为过期', from: ['published'], to: 'expired', by: ['system'] },
    // While it is still in sight too, in its last weeks: nobody should have to wait until it is gone.
    {
      action: 'renew',
      label: '续期',
      from: ['published', 'expired'],
      to: 'published',
      by: ['owner', 'staff', 'admin'],
    },
    { action: 'complete', label: '补全后转为草稿', from: ['archived'], to: 'draft', by: ['owner', 'staff', 'admin'] },
  ],
  begins: { import: ['archived'] },
};

/** The state of a change to a published record, which keeps its published version in sight until staff approve. */
export type RevisionState = 'none' | 'draft' | 'submitted' | 'returned';
export type RevisionAction = 'edit' | 'submit' | 'return' | 'publish' | 'discard';

export const revisionStates: StateTable<RevisionState, RevisionAction> = {
  states: { none: '无修改', draft: '修改中', submitted: '修改待审核', returned: '修改被退回' },
  initial: 'none',
  moves: [
    {
      action: 'edit',
      label: '修改',
      from: ['none', 'draft', 'returned'],
      to: 'draft',
      by: ['owner', 'staff', 'admin'],
    },
    {
      action: 'submit',
      label: '提交修改',
      from: ['draft', 'returned'],
      to: 'submitted',
      by: ['owner', 'staff', 'admin'],
      demands: ['complete'],
    },
    {
      action: 'return',
      label: '退回修改',
      from: ['submitted'],
      to: 'returned',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
    {
      action: 'publish',
      label: '发布修改',
      from: ['submitted'],
      to: 'none',
      by: ['staff', 'admin'],
      demands: ['complete'],
    },
    {
      action: 'discard',
      label: '放弃修改',
      from: ['draft', 'submitted', 'returned'],
      to: 'none',
      by: ['owner', 'staff', 'admin'],
    },
  ],
};

/** A question of the bureau to one side (请补充), kept on the record until it is answered. */
export interface EntryQuestion {
  /** Derived from docket and pair, so that closing a docket twice asks once. */
  readonly id: string;
  /** The pair and the docket on which it was asked; absent where staff asked without one. */
  readonly pairId?: string;
  readonly week?: string;
  readonly question: string;
  readonly askedBy: string;
  readonly askedAt: string;
  readonly answer?: string;
  readonly answeredBy?: string;
  readonly answeredAt?: string;
  /** When somebody of the bureau had looked at the answer. Only of questions outside a docket: an answered pair comes back by itself. */
  readonly notedBy?: string;
  readonly notedAt?: string;
}

/** How the questions outside a docket stand: one waits for its answer, or an answer waits to be looked at. */
export type AskedState = 'open' | 'answered';

/** Undefined where nothing of them waits. */
export function askedState(questions: readonly EntryQuestion[]): AskedState | undefined {
  const own = questions.filter(({ pairId, notedAt }) => pairId === undefined && notedAt === undefined);
  if (own.some(({ answeredAt }) => answeredAt === undefined)) return 'open';
  return own.length > 0 ? 'answered' : undefined;
}

export interface PublishedVersion<C> {
  readonly content: C;
  readonly at: string;
  readonly by: string;
  /** 1 for the first publication, one more with each approved change. */
  readonly revision: number;
}

/** `C` is the draft type of the kind: any field may be missing until submission. */
export interface Entry<C> extends Stored {
  readonly organisationId: string | null;
  readonly state: EntryState;
  readonly revision: RevisionState;
  /** The author's working copy. Equal to `published.content` while `revision` is `none` and the record is published or expired. */
  readonly content: C;
  readonly published: PublishedVersion<C> | null;
  /** Required fields that are not filled in (待补全), as dotted paths. */
  readonly missing: readonly string[];
  readonly returnReason?: string;
  readonly firstSubmittedAt?: string;
  /** The day from which it counts as expired, `YYYY-MM-DD` in Asia/Shanghai. */
  readonly expiresOn?: string;
  readonly questions: readonly EntryQuestion[];
  /** `askedState` of them, so that the desk finds the records that wait. */
  readonly asked?: AskedState;
  /** Somebody of the bureau who entered it for an organisation (代填). */
  readonly enteredBy?: string;
  /** Of what was entered so: who of the organisation told it, and how. */
  readonly toldBy?: string;
  /** Who changed the working copy last. Absent in records of older versions that nobody has changed since. */
  readonly editedBy?: string;
  /** Fingerprint of the input that made it, so that a repeated creation is told from another one under the same id. */
  readonly madeFrom?: string;
  readonly provenance?: Provenance;
  /** Of a need: the campaign (征集) that it is entered for. */
  readonly campaignId?: string;
  /** Of an achievement: the call (成果征集) that it answers. */
  readonly callId?: string;
  /** Of a need: the partnership that has a contract on it. While it is set the need is closed for other matches. */
  readonly engagedIn?: string;
  /** Its organisation is disabled (已停用): until that is enabled again, nobody but the bureau and its own people sees the record. */
  readonly suspended?: true;
  readonly history: readonly HistoryEntry[];
}

/** ISO time of its first publication, whatever changes were approved since; null where it never was published. */
export function firstPublishedAt({ published, history }: Pick<Entry<unknown>, 'published' | 'history'>): string | null {
  if (published === null || published.revision === 1) return published?.at ?? null;
  return history.find(({ action }) => action === 'publish')?.at ?? published.at;
}

/**
 * What matching and search may see of an entry: the published version; the working copy of an archived record. Nothing of
 * one whose organisation is disabled.
 */
export function visibleContent<C>(entry: Entry<C>): C | null {
  if (entry.suspended) return null;
  if (entry.state === 'published') return entry.published?.content ?? null;
  if (entry.state === 'archived') return entry.content;
  return null;
}
