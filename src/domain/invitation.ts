import { z } from 'zod';
import { type ConsentWay, consentAnswers, type RefusalReason, refusalReasons } from './codes/consent-codes.ts';
import type { Side } from './docket.ts';
import { derivedId } from './ids.ts';
import type { HistoryEntry, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';
import { choice, text } from './validation.ts';

export type InvitationState = 'open' | 'agreed' | 'declined' | 'lapsed' | 'void' | 'cancelled';
export type InvitationAction =
  | 'answer'
  | 'take-back'
  | 'agree'
  | 'decline'
  | 'lapse'
  | 'void'
  | 'cancel'
  | 'remind'
  | 'invite-again';

/** Both sides of a pair that was 通过 are asked whether they are willing. 双方愿意 is final: a partnership follows from it. */
export const invitationStates: StateTable<InvitationState, InvitationAction> = {
  states: {
    open: '征询中',
    agreed: '双方愿意',
    declined: '有一方不愿意',
    lapsed: '到期无答复',
    void: '已失效',
    cancelled: '已取消',
  },
  initial: 'open',
  moves: [
    { action: 'answer', label: '答复愿意', from: ['open'], to: 'open', by: ['owner', 'staff', 'admin'] },
    { action: 'take-back', label: '撤回愿意', from: ['open'], to: 'open', by: ['owner', 'staff', 'admin'] },
    { action: 'agree', label: '答复愿意', from: ['open'], to: 'agreed', by: ['owner', 'staff', 'admin'] },
    { action: 'decline', label: '答复不愿意', from: ['open'], to: 'declined', by: ['owner', 'staff', 'admin'] },
    { action: 'remind', label: '催复', from: ['open'], to: 'open', by: ['staff', 'admin'] },
    { action: 'lapse', label: '置为到期', from: ['open'], to: 'lapsed', by: ['system'] },
    { action: 'void', label: '置为失效', from: ['open'], to: 'void', by: ['system'], demands: ['reason'] },
    { action: 'cancel', label: '取消邀请', from: ['open'], to: 'cancelled', by: ['system'], demands: ['reason'] },
    {
      action: 'invite-again',
      label: '再次邀请',
      from: ['declined', 'lapsed', 'void', 'cancelled'],
      to: 'open',
      by: ['staff', 'admin', 'system'],
    },
  ],
};

/** What a side says. */
export const consentInput = z
  .discriminatedUnion(
    'answer',
    [
      z.strictObject({
        answer: z.literal(consentAnswers[0].code).meta({ title: '答复' }),
        note: text('说明', 500).optional(),
      }),
      z.strictObject({
        answer: z.literal(consentAnswers[1].code).meta({ title: '答复' }),
        reason: choice('不愿意的原因', refusalReasons),
        note: text('说明', 500).optional(),
      }),
    ],
    {
      error: '不是一个答复|请写成 {"answer":"willing"}（愿意）或 {"answer":"unwilling","reason":"…"}（不愿意和原因）',
    },
  )
  .meta({ title: '答复' });
export type ConsentInput = z.output<typeof consentInput>;

/** An answer with who gave it, how and when. */
export interface ConsentAnswer {
  readonly willing: boolean;
  readonly reason?: RefusalReason;
  readonly note?: string;
  readonly at: string;
  readonly way: ConsentWay;
  /** User id of who answered, or of the clerk who wrote down what was said; `link` where the link was used. */
  readonly by: string;
  /** By phone: the person of the organisation who said it. */
  readonly saidBy?: string;
}

/** One of the two who are asked. */
export interface InvitedSide {
  /** Null where the record has no organisation here: then it can only be phoned. */
  readonly organisationId: string | null;
  /** Title of its record when it was invited. */
  readonly title: string;
  /** SHA-256 of the token in its link. */
  readonly tokenHash: string;
  readonly tokenUsedAt?: string;
  readonly answer: ConsentAnswer | null;
  /** 愿意 that was taken back, oldest first. */
  readonly takenBack: readonly (ConsentAnswer & { readonly takenBackAt: string; readonly takenBackBy: string })[];
}

/** The invitation of one pair. `id` is `invitationIdOf(pairId)`: a pair has one, invited again it begins a new round. */
export interface Invitation extends Stored {
  readonly state: InvitationState;
  readonly pairId: string;
  readonly needId: string;
  readonly achievementId: string;
  /** 1 for the first time, one more whenever both are asked anew. */
  readonly round: number;
  /** How often the pair had become 通过 when it was last asked: a correction to 通过 asks anew. */
  readonly acceptances: number;
  /** Day of the invitation and last day on which an answer counts, `YYYY-MM-DD`. */
  readonly invitedOn: string;
  readonly dueOn: string;
  readonly need: InvitedSide;
  readonly achievement: InvitedSide;
  /** Reminders that were sent, as working days after the invitation. */
  readonly reminded: readonly number[];
  /** Why it ended without both being willing, in Chinese. */
  readonly endReason?: string;
  readonly history: readonly HistoryEntry[];
}

/** Working days within which both sides answer, and those at which who has not is reminded. */
export const answerWithin = 10;
export const remindAt: readonly number[] = [5, 8];

export const bothSides: readonly Side[] = ['need', 'achievement'];

export function otherSide(side: Side): Side {
  return side === 'need' ? 'achievement' : 'need';
}

export function invitationIdOf(pairId: string): string {
  return derivedId('invitation', pairId);
}

/** What a side's token is signed from: another round has another one. */
export function tokenParts(invitationId: string, round: number, side: Side): readonly string[] {
  return [invitationId, String(round), side];
}
