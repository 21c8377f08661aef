import { z } from 'zod';
import type { Stored } from './record.ts';
import type { StateTable } from './state-table.ts';
import { type Role, userContent } from './user.ts';

/** What a link that was mailed to somebody is for. */
export type AccountLinkKind = 'invitation' | 'reset' | 'address';
export type AccountLinkState = 'open' | 'used' | 'revoked';
export type AccountLinkAction = 'use' | 'revoke';

export const accountLinkStates: StateTable<AccountLinkState, AccountLinkAction> = {
  states: { open: '有效', used: '已使用', revoked: '已撤销' },
  initial: 'open',
  moves: [
    { action: 'use', label: '使用', from: ['open'], to: 'used', by: ['system'] },
    { action: 'revoke', label: '撤销', from: ['open'], to: 'revoked', by: ['owner', 'staff', 'admin'] },
  ],
};

/**
 * A link with a token that is used once: an invitation to an organisation, or a new password. The token itself is kept
 * nowhere: it follows from the service's secret, the id and the epoch, and is made again when the mail is written.
 */
export interface AccountLink extends Stored {
  readonly kind: AccountLinkKind;
  readonly state: AccountLinkState;
  /** SHA-256 of the token of this epoch. */
  readonly tokenHash: string;
  /** Grows when it is sent again: the link in the mail before is void. */
  readonly epoch: number;
  /** The newest epoch whose mail was handed over; 0 for none. */
  readonly sentEpoch: number;
  readonly expiresAt: string;
  /** When it was sent again, the newest last. */
  readonly sentAgain?: readonly string[];
  readonly email: string;
  /** Of who is invited, where the inviter gave it. */
  readonly name?: string;
  readonly role?: Role;
  readonly organisationId?: string;
  /** Whose password it resets; who the invited person became. */
  readonly userId?: string;
  /** The user's `sessionEpoch` when the reset was asked for: void once the password was changed otherwise. */
  readonly userEpoch?: number;
  readonly invitedBy?: string;
}

const hourMs = 3_600_000;
/** How long a link holds. */
export const linkLifeMs: Readonly<Record<AccountLinkKind, number>> = {
  invitation: 7 * 24 * hourMs,
  reset: hourMs,
  address: 24 * hourMs,
};

/** Whether a link can still be used. */
export function isLinkOpen(link: Pick<AccountLink, 'state' | 'expiresAt'>, now: Date): boolean {
  return link.state === 'open' && Date.parse(link.expiresAt) > now.getTime();
}

/** What somebody gives who invites. */
export const invitationContent = z.strictObject({
  email: userContent.shape.email.unwrap(),
  name: userContent.shape.name.optional(),
  role: z
    .enum(['manager', 'member'], { error: '不是可选的值|请从 manager（机构管理员）、member（机构成员）中选择' })
    .meta({ title: '角色' }),
  organisationId: userContent.shape.organisationId,
});
