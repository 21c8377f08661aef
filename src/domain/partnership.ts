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
export type PartnershipAction = 'sign' | 'perform' | 'examine' | 'finish' | 'terminate';

/** 接洽 → 签约 → 履约 → 验收 → 结项, or 终止 with a reason at any time before the end. */
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
  ],
};

/** What two organisations do together, from the first contact to its end. */
export interface Partnership extends Stored {
  readonly state: PartnershipState;
  readonly origin: PartnershipOrigin;
  readonly title: string;
  /** Null where the partnership began outside and no record of that side is here. */
  readonly needId: string | null;
  readonly achievementId: string | null;
  /** The side with the need (需求方), and the one with the achievement (成果方); null where it is not registered. */
  readonly needOrganisationId: string | null;
  readonly achievementOrganisationId: string | null;
  /** Only of origin `match`: the invitation to which both sides said 愿意. */
  readonly invitationId?: string;
  readonly provenance?: Provenance;
  readonly history: readonly HistoryEntry[];
}

/** The id of the partnership that follows from an invitation: whoever makes it, and however often, it is one. */
export function partnershipIdOf(invitationId: string): string {
  return derivedId('partnership', invitationId);
}
