import { demandOpenRound, demandUnused, withAnswer } from '../../domain/consent.ts';
import type { Side } from '../../domain/docket.ts';
import { Withheld } from '../../domain/errors.ts';
import { secretHashOf } from '../../domain/ids.ts';
import { bothSides, type ConsentInput, consentInput, type Invitation } from '../../domain/invitation.ts';
import type { SideInvitation } from '../../domain/invitation-view.ts';
import { check } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeInvitation, demandEnabled } from './answer-invitation.ts';
import type { ConsentPorts } from './consent-ports.ts';
import { viewOfSide } from './read-invitations.ts';

/** The invitation and the side that a token is for; `not_found` where it is nobody's, or of an earlier round. */
async function invitedBy(
  { store }: ConsentPorts,
  token: string,
): Promise<{ readonly invitation: Invitation; readonly side: Side }> {
  const hash = secretHashOf(token);
  for (const side of bothSides) {
    const { items } = await store.collection('invitations').find({ where: { [`${side}.tokenHash`]: hash }, limit: 1 });
    if (items[0]) return { invitation: items[0], side };
  }
  throw new Withheld('链接无效，或已被新的邀请代替；请用最近一封邀请邮件里的链接，或登录牵线后答复');
}

/** What the holder of a link is shown. Changes nothing: programs that look through mails open links too. */
export async function openInvitationLink(ports: ConsentPorts, token: string): Promise<SideInvitation> {
  const { invitation, side } = await invitedBy(ports, token);
  demandUnused(invitation, side);
  demandOpenRound(invitation, side, dateIn(ports.clock.now()));
  return viewOfSide(ports, invitation, side);
}

/** The holder of a link answers; the link is used up with it. */
export async function answerByLink(ports: ConsentPorts, token: string, answer: ConsentInput): Promise<SideInvitation> {
  const { invitation, side } = await invitedBy(ports, token);
  const input = check(consentInput, answer);
  await demandEnabled(ports, invitation, side);
  const hash = secretHashOf(token);
  const act = { at: ports.clock.now(), by: 'link', actor: 'owner' } as const;
  const answered = await changeInvitation(ports, invitation, (newest) => {
    // Invited again between the look and the write: this link is of the round before.
    if (newest[side].tokenHash !== hash) throw new Withheld('链接已被新的邀请代替；请用最近一封邀请邮件里的链接');
    return withAnswer(newest, side, input, { way: 'link' }, act);
  });
  return viewOfSide(ports, answered, side);
}
