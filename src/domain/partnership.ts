import type { ContractType } from './codes/contract-codes.ts';
import type { Person } from './cooperation/person.ts';
import type { Side } from './docket.ts';
import { derivedId } from './ids.ts';
import type { HistoryEntry, Provenance, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';

/** Where a partnership came from: both sides of a match were willing, a clerk entered it, or a file brought it. */
export const partnershipOrigins = [
  { code: 'match', label: '系统撮合' },
  { code: 'manual', label: '人工登记' },
  { code: 'import', label: '导入' },
] as const;
export type PartnershipOrigin = (typeof partnershipOrigins)[number]['code'];

export type PartnershipState = 'contacting' | 'signed' | 'performing' | 'accepting' | 'finished' | 'terminated';
export type PartnershipAction = 'sign' | 'perform' | 'examine' | 'finish' | 'terminate' | 'correct';

/** States in which the two still have something to do. */
export const runningStates: readonly PartnershipState[] = ['contacting', 'signed', 'performing', 'accepting'];

/**
 * 接洽 → 签约 → 履约 → 验收 → 结项, or 终止 with a reason at any time before the end. It goes back by correction (更正) alone,
 * one step and with a reason; what was terminated goes back to where it stood before. What a step demands beside its
 * reason is in `partnership-facts.ts`.
 */
export const partnershipStates: StateTable<PartnershipState, PartnershipAction> = {
  states: {
    contacting: '接洽',
    signed: '签约',
    performing: '履约',
    accepting: '验收',
    finished: '结项',
    terminated: '终止',
  },
  initial: 'contacting',
  moves: [
    { action: 'sign', label: '签约', from: ['contacting'], to: 'signed', by: ['staff', 'admin'] },
    { action: 'perform', label: '转入履约', from: ['signed'], to: 'performing', by: ['staff', 'admin'] },
    { action: 'examine', label: '转入验收', from: ['performing'], to: 'accepting', by: ['staff', 'admin'] },
    { action: 'finish', label: '结项', from: ['accepting'], to: 'finished', by: ['staff', 'admin'] },
    {
      action: 'terminate',
      label: '终止',
      from: ['contacting', 'signed', 'performing', 'accepting'],
      to: 'terminated',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
    ...(
      [
        [['signed', 'terminated'], 'contacting'],
        [['performing', 'terminated'], 'signed'],
        [['accepting', 'terminated'], 'performing'],
        [['finished', 'terminated'], 'accepting'],
      ] as const
    ).map(([from, to]) => ({
      action: 'correct' as const,
      label: '更正',
      from,
      to,
      by: ['staff', 'admin'] as const,
      demands: ['reason'] as const,
    })),
  ],
  begins: { import: ['contacting', 'signed', 'performing', 'accepting', 'finished', 'terminated'] },
  notes: {
    // Changes of the plan, while there is one to follow.
    'put-off': runningStates,
    rename: runningStates,
    unplan: runningStates,
    // What was entered wrongly is taken out whenever it is found.
    unpay: [...runningStates, 'finished', 'terminated'],
  },
};

/** States in which there is a contract, so that the need is taken and results are asked for. */
export const contractedStates: readonly PartnershipState[] = ['signed', 'performing', 'accepting', 'finished'];

/** The facts of the contract. Amounts in fen, days as `YYYY-MM-DD`. What is not known yet is absent. */
export interface Contract {
  readonly type?: ContractType;
  readonly signedOn?: string;
  readonly buyer?: string;
  readonly seller?: string;
  /** 成交额. */
  readonly amountFen?: number;
  /** 技术交易额, a part of it. */
  readonly technologyAmountFen?: number;
  /** First and last day of its term (有效期). */
  readonly from?: string;
  readonly until?: string;
  /** 合同登记编号; follows when the contract has been registered. */
  readonly registrationNumber?: string;
}

/** 验收. `attachmentId` is a file of this partnership. */
export interface Acceptance {
  readonly opinion?: string;
  readonly on?: string;
  readonly attachmentId?: string;
}

/** What came of it, as stated when it ends (结项). */
export interface Outcome {
  readonly statement?: string;
  readonly on?: string;
}

/** A part of the contract's amount that was paid. */
export interface Payment {
  readonly id: string;
  readonly on: string;
  readonly amountFen: number;
  readonly note?: string;
  readonly by: string;
  readonly at: string;
}

/** What happened between the two, or with the bureau: a visit, a phone call. Only the bureau sees `bureauOnly` lines. */
export interface LogLine {
  readonly id: string;
  readonly on: string;
  readonly kind: 'visit' | 'phone' | 'meeting' | 'progress' | 'other';
  /** Who took part. */
  readonly who: string;
  readonly what: string;
  /** What is to be done next, and by which day. */
  readonly next?: { readonly what: string; readonly by: string };
  readonly bureauOnly?: true;
  readonly by: string;
  /** Whose people wrote it; absent for the bureau. */
  readonly side?: Side;
  readonly at: string;
  /** When staff were reminded of `next`. */
  readonly remindedAt?: string;
}

/** Something that is to be reached by a day. */
export interface Milestone {
  readonly id: string;
  readonly title: string;
  readonly dueOn: string;
  readonly doneOn?: string;
  readonly by: string;
  readonly at: string;
  readonly remindedAt?: string;
}

/** That both sides were asked what came of a half-year (`2026H1`), to be answered by `dueOn`. */
export interface ResultRequest {
  readonly period: string;
  readonly askedAt: string;
  readonly dueOn: string;
  /** When the sides that had not answered by then, and staff, were reminded. */
  readonly overdueAt?: string;
}

/** Somebody who works on it on one side; shown like a contact. */
export type SidePerson = Person & { readonly side: Side };

/** What one side says of a half-year. Amounts in fen. The last one of each side counts, those before are its history. */
export interface ResultAnswer {
  readonly period: string;
  readonly side: 'need' | 'achievement';
  readonly salesFen: number;
  readonly savedFen: number;
  readonly patents: number;
  readonly jobs: number;
  readonly note?: string | undefined;
  readonly by: string;
  readonly at: string;
}

/** A line of the history; what one of the two sides did to the plan tells which. */
export interface PartnershipHistoryEntry extends HistoryEntry {
  readonly side?: Side;
}

/** What is known of the contract and its course, entered bit by bit. */
export interface PartnershipFacts {
  readonly contract?: Contract;
  /** First day of the work (履约), `YYYY-MM-DD`. */
  readonly begunOn?: string;
  readonly acceptance?: Acceptance;
  readonly outcome?: Outcome;
}

/**
 * That one side lets the other see its named contact. Of a partnership that followed from a match both have said so by
 * 愿意; where it was entered by hand or imported nobody has asked them yet.
 */
export interface ContactAgreement {
  readonly at: string;
  /** User id of who agreed, or of the clerk who wrote it down. */
  readonly by: string;
  /** Written down by the bureau: from whom, how and why it knows. */
  readonly source?: string;
}

/** What two organisations do together, from the first contact to its end. */
export interface Partnership extends Stored, PartnershipFacts {
  readonly state: PartnershipState;
  readonly origin: PartnershipOrigin;
  readonly title: string;
  /** Null where the partnership began outside and no record of that side is here. */
  readonly needId: string | null;
  readonly achievementId: string | null;
  /** The side with the need (需求方), and the one with the achievement (成果方); null where it is not registered. */
  readonly needOrganisationId: string | null;
  readonly achievementOrganisationId: string | null;
  /** Name of a side that is not registered. */
  readonly needParty?: string;
  readonly achievementParty?: string;
  /** Only of origin `match`: the invitation to which both sides said 愿意. */
  readonly invitationId?: string;
  readonly provenance?: Provenance;
  /** Which sides let the other see their contact; of origin `match` the invitation says so. */
  readonly contactAgreements?: Readonly<Partial<Record<Side, ContactAgreement>>>;
  /** Of both sides; in no view but that of the contacts. */
  readonly people?: readonly SidePerson[];
  /** In the order in which they were entered. */
  readonly payments?: readonly Payment[];
  readonly log?: readonly LogLine[];
  readonly milestones?: readonly Milestone[];
  readonly resultRequests?: readonly ResultRequest[];
  /** In the order in which they were given. */
  readonly results?: readonly ResultAnswer[];
  readonly createdBy?: string;
  /** Fingerprint of the input that made it, so that a repeated creation is told from another one under the same id. */
  readonly madeFrom?: string;
  readonly history: readonly PartnershipHistoryEntry[];
}

/** The id of the partnership that follows from an invitation: whoever makes it, and however often, it is one. */
export function partnershipIdOf(invitationId: string): string {
  return derivedId('partnership', invitationId);
}

/** What was paid so far, in fen. */
export function paidFen({ payments = [] }: Pick<Partnership, 'payments'>): number {
  return payments.reduce((sum, { amountFen }) => sum + amountFen, 0);
}
