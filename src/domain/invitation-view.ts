import { isOwner, type VisibleFields, withoutContact } from './access.ts';
import type { AchievementDraft } from './achievement.ts';
import type { Side } from './docket.ts';
import type { Entry } from './entry.ts';
import {
  bothSides,
  type ConsentAnswer,
  type Invitation,
  type InvitationState,
  type InvitedSide,
} from './invitation.ts';
import type { NeedDraft } from './need.ts';
import { partnershipIdOf } from './partnership.ts';
import type { HistoryEntry } from './record.ts';
import { isBureau, type Principal } from './user.ts';

interface Offered {
  readonly title: string;
  readonly organisation: string | null;
  readonly organisationHidden: boolean;
}

/**
 * The other side's record as it was published: no contact, no name that is hidden. `content` is null where it never was, and where the
 * invitation has ended without both being willing: what is published afterwards is not for this side.
 */
export type OfferedRecord =
  | (Offered & { readonly side: 'need'; readonly content: Omit<NeedDraft, 'contact'> | null })
  | (Offered & { readonly side: 'achievement'; readonly content: Omit<AchievementDraft, 'contact'> | null });

/**
 * An invitation as one of the two sides sees it. What the other side said, and whether it did, is not in it: nor is the
 * version, which rises with the other side's answer.
 */
export interface SideInvitation {
  readonly id: string;
  readonly state: InvitationState;
  readonly side: Side;
  readonly title: string;
  readonly invitedOn: string;
  readonly dueOn: string;
  /** Set where the clock has ended it already, although no round has said so yet. */
  readonly overdue: boolean;
  readonly answer: Omit<ConsentAnswer, 'by'> | null;
  readonly other: OfferedRecord;
  /** Set once both are willing. */
  readonly partnershipId?: string;
}

/** An invitation as staff see it. */
export interface WholeInvitation {
  readonly id: string;
  readonly version: number;
  readonly state: InvitationState;
  readonly pairId: string;
  readonly needId: string;
  readonly achievementId: string;
  readonly round: number;
  readonly invitedOn: string;
  readonly dueOn: string;
  readonly overdue: boolean;
  readonly need: Omit<InvitedSide, 'tokenHash'>;
  readonly achievement: Omit<InvitedSide, 'tokenHash'>;
  readonly reminded: readonly number[];
  readonly endReason?: string;
  readonly partnershipId?: string;
  readonly history: readonly HistoryEntry[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The sides whose people the asker is of. */
export function sidesOf(principal: Principal, invitation: Pick<Invitation, 'need' | 'achievement'>): readonly Side[] {
  return bothSides.filter((side) => isOwner(principal, invitation[side].organisationId));
}

/** Whether the asker may know of the invitation. */
export function maySeeInvitation(principal: Principal, invitation: Pick<Invitation, 'need' | 'achievement'>): boolean {
  return isBureau(principal) || sidesOf(principal, invitation).length > 0;
}

function isOverdue(invitation: Invitation, today: string): boolean {
  return invitation.state === 'open' && today > invitation.dueOn;
}

function partnership(invitation: Invitation): { readonly partnershipId?: string } {
  return invitation.state === 'agreed' ? { partnershipId: partnershipIdOf(invitation.id) } : {};
}

/** Whether the two sides are shown each other's text: while they are asked, and after both were willing. */
export function showsContent({ state }: Pick<Invitation, 'state'>): boolean {
  return state === 'open' || state === 'agreed';
}

/** What one side is shown of the other's record. `organisation` is its name, as far as it is known. */
export function offeredRecord(
  side: Side,
  title: string,
  entry: Pick<Entry<VisibleFields>, 'published'> | undefined,
  organisation: string | null,
): OfferedRecord {
  const content = entry?.published?.content;
  const hidden = content?.hideOrganisation === true;
  return {
    side,
    title,
    organisation: hidden ? null : organisation,
    organisationHidden: hidden,
    content: content ? withoutContact(content) : null,
  } as OfferedRecord;
}

export function sideInvitation(
  invitation: Invitation,
  side: Side,
  other: OfferedRecord,
  today: string,
): SideInvitation {
  const { answer } = invitation[side];
  let shown: SideInvitation['answer'] = null;
  if (answer) {
    const { by: _by, ...rest } = answer;
    shown = rest;
  }
  const { id, state, invitedOn, dueOn } = invitation;
  return {
    id,
    state,
    side,
    title: invitation[side].title,
    invitedOn,
    dueOn,
    overdue: isOverdue(invitation, today),
    answer: shown,
    other: showsContent(invitation) ? other : { ...other, content: null },
    ...partnership(invitation),
  };
}

function withoutToken({ tokenHash: _hash, ...side }: InvitedSide): Omit<InvitedSide, 'tokenHash'> {
  return side;
}

export function wholeInvitation(invitation: Invitation, today: string): WholeInvitation {
  const { acceptances: _acceptances, need, achievement, ...rest } = invitation;
  return {
    ...rest,
    overdue: isOverdue(invitation, today),
    need: withoutToken(need),
    achievement: withoutToken(achievement),
    ...partnership(invitation),
  };
}
