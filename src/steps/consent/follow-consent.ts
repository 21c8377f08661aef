import { silentSides, taughtByRefusal } from '../../domain/consent.ts';
import { sameJudgement } from '../../domain/decision-effects.ts';
import { Conflict, Duplicate, NotFound } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import type { Invitation } from '../../domain/invitation.ts';
import type { Judgement } from '../../domain/learning.ts';
import { invitationMail } from '../../domain/notices/invitation-mail.ts';
import { type Partnership, partnershipIdOf, partnershipStates } from '../../domain/partnership.ts';
import type { Unstored } from '../../domain/record.ts';
import { weekOf } from '../../domain/week.ts';
import type { Change, StoredEvent } from '../../ports/record-store.ts';
import type { Tell } from '../../ports/tell.ts';
import type { ConsentPorts } from './consent-ports.ts';
import { linkToken } from './new-round.ts';
import { viewOfSide } from './read-invitations.ts';

/** The partnership that follows once both sides are willing. */
function partnershipOf(invitation: Invitation): Unstored<Partnership> {
  const agreed = invitation.history.findLast(({ to }) => to === 'agreed')!;
  const { initial } = partnershipStates;
  return {
    id: partnershipIdOf(invitation.id),
    state: initial,
    origin: 'match',
    title: `${invitation.need.title} × ${invitation.achievement.title}`,
    needId: invitation.needId,
    achievementId: invitation.achievementId,
    needOrganisationId: invitation.need.organisationId,
    achievementOrganisationId: invitation.achievement.organisationId,
    invitationId: invitation.id,
    history: [{ at: agreed.at, by: agreed.by, action: 'begin', from: '', to: initial }],
  };
}

/** Makes the partnership, once. */
async function beginPartnership({ store }: ConsentPorts, invitation: Invitation): Promise<void> {
  const document = partnershipOf(invitation);
  const [begun] = document.history;
  if (await store.collection('partnerships').get(document.id)) return;
  try {
    await store.collection('partnerships').insert(document, [
      {
        type: 'partnership.begun',
        at: begun!.at,
        by: begun!.by,
        data: {
          origin: 'match',
          invitationId: invitation.id,
          needOrganisationId: document.needOrganisationId,
          achievementOrganisationId: document.achievementOrganisationId,
        },
      },
    ]);
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
}

/** What a refusal teaches, or null. */
function judgementOf(invitation: Invitation): Unstored<Judgement> | null {
  const taught = taughtByRefusal(invitation);
  if (!taught) return null;
  const { pairId, needId, achievementId } = invitation;
  return {
    id: judgementIdOf(invitation),
    pairId,
    needId,
    achievementId,
    level: taught.level,
    week: weekOf(new Date(taught.answer.at)),
    by: taught.answer.by,
    reason: taught.answer.reason!,
  };
}

/** A decision of the bureau about the pair has a judgement of its own beside this one. */
function judgementIdOf(invitation: Pick<Invitation, 'id'>): string {
  return derivedId('judgement', 'consent', invitation.id);
}

/** Keeps what the newest version of the invitation teaches. Looks again after each write. */
async function settleJudgement({ store }: ConsentPorts, id: string): Promise<void> {
  const judgements = store.collection('judgements');
  for (;;) {
    const invitation = await store.collection('invitations').get(id);
    if (!invitation) return;
    const wanted = judgementOf(invitation);
    const stored = await judgements.get(judgementIdOf(invitation));
    if (wanted ? stored && sameJudgement(stored, wanted) : !stored) return;
    try {
      if (!wanted) await judgements.remove(stored!.id, stored!.version);
      else if (stored) await judgements.update(stored.id, stored.version, wanted);
      else await judgements.insert(wanted);
    } catch (error) {
      if (error instanceof Conflict || error instanceof Duplicate || error instanceof NotFound) continue;
      throw error;
    }
  }
}

/** Writes to the sides that an event asks, each with a link of its own. What has been told is not told again. */
async function askSides(ports: ConsentPorts, tell: Tell, event: StoredEvent, invitation: Invitation): Promise<void> {
  if (invitation.state !== 'open') return;
  const reminds = event.type === 'invitation.reminded';
  // Of an earlier round: its links are void.
  if (!reminds && event.data?.round !== invitation.round) return;
  for (const side of silentSides(invitation)) {
    const { organisationId } = invitation[side];
    const { other } = await viewOfSide(ports, invitation, side);
    // A link is for one answer: who has taken his back answers after login.
    const isSpent = invitation[side].tokenUsedAt !== undefined;
    const telling = {
      ...invitationMail(invitation, side, other, reminds, isSpent),
      ...(isSpent
        ? { link: `/invitations/${invitation.id}` }
        : { secretLink: `/invitation-links#${linkToken(ports, invitation.id, invitation.round, side)}` }),
    };
    if (organisationId !== null) {
      await tell(`${event.id}/${side}`, { ...telling, to: { to: 'organisation', organisationId } });
    }
  }
}

/**
 * Consumer of changes on `invitations`: who is asked or reminded gets his link, both willing makes a partnership, a refusal
 * for the technology's sake teaches the ranker. Idempotent.
 */
export function followConsent(ports: ConsentPorts, tell: Tell): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const { collection, document, events } of changes) {
      if (collection !== 'invitations' || document === null) continue;
      const invitation = document as Invitation;
      for (const event of events) {
        if (event.type === 'invitation.opened' || event.type === 'invitation.reminded') {
          await askSides(ports, tell, event, invitation);
        }
      }
      if (invitation.state === 'agreed') await beginPartnership(ports, invitation);
      else await settleJudgement(ports, invitation.id);
    }
  };
}
