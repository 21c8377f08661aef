import {
  firstInvitation,
  type InvitationWrite,
  invitedAgain,
  isAskedAnew,
  withCancelling,
  withLostSide,
} from '../../domain/consent.ts';
import { Conflict, Duplicate } from '../../domain/errors.ts';
import { type Invitation, invitationIdOf } from '../../domain/invitation.ts';
import type { Match } from '../../domain/match.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import type { Change } from '../../ports/record-store.ts';
import type { ConsentPorts } from './consent-ports.ts';
import { newRound, standingEntries } from './new-round.ts';

/** What the invitation of a match should become, or null where it is so already. */
async function wantedWrite(
  ports: ConsentPorts,
  match: Match,
  invitation: Invitation | undefined,
): Promise<InvitationWrite | null> {
  const at = ports.clock.now();
  if (match.state !== 'accepted') return invitation ? withCancelling(invitation, at) : null;
  const entries = await standingEntries(ports, match);
  if (typeof entries === 'string') return invitation ? withLostSide(invitation, entries, at) : null;
  if (!invitation) return firstInvitation(match, await newRound(ports, match, 1, entries), at);
  if (!isAskedAnew(invitation, match)) return null;
  const round = await newRound(ports, match, invitation.round + 1, entries);
  return invitedAgain(invitation, match, round, { at, by: 'system', actor: 'system' });
}

/**
 * Brings the invitation of a pair to what its match and its records want. Looks again after each write, so that a slow
 * process that began before a correction or a withdrawal leaves nothing old behind a faster one.
 */
export async function settleInvitation(ports: ConsentPorts, pairId: string): Promise<void> {
  const { store } = ports;
  for (;;) {
    const match = await store.collection('matches').get(pairId);
    if (!match) return;
    const id = invitationIdOf(pairId);
    const invitation = await store.collection('invitations').get(id);
    const write = await wantedWrite(ports, match, invitation);
    if (!write) return;
    try {
      if (invitation) {
        await store.collection('invitations').update(id, invitation.version, write.document, write.events);
      } else {
        await store.collection('invitations').insert(write.document, write.events);
      }
    } catch (error) {
      // Somebody answered, or another process follows the same match.
      if (!(error instanceof Conflict) && !(error instanceof Duplicate)) throw error;
    }
  }
}

/** What brings a record back that was out of sight, or under contract: renewed, examined anew, free, or its organisation enabled again. */
function comesBack(kind: 'need' | 'achievement', type: string): boolean {
  return [`${kind}.renewed`, `${kind}.published`, `${kind}.reopened`, `${kind}.resumed`].includes(type);
}

/** The pairs whose invitations a change of one side's record may concern. */
async function* pairsOf(
  { store }: ConsentPorts,
  { collection, id, document, events }: Change<'needs' | 'achievements'>,
): AsyncGenerator<string> {
  const kind = collection === 'needs' ? 'need' : 'achievement';
  if (lossOf(kind, document) !== null) {
    const open = { [`${kind}Id`]: id, state: 'open' };
    for await (const { pairId } of store.collection('invitations').stream(open)) yield pairId;
  } else if (events.some(({ type }) => comesBack(kind, type))) {
    // A pair that became 通过 while the record had expired, or the need had a contract, is invited now.
    const accepted = { [`${kind}Id`]: id, state: 'accepted' };
    for await (const match of store.collection('matches').stream(accepted)) yield match.id;
  }
}

/**
 * Consumer of changes on `matches`, `needs` and `achievements`: a pair that becomes 通过 is invited, one that is corrected
 * away from it is not any more, and one that loses a side before both have answered is void. Idempotent.
 */
export function inviteSides(ports: ConsentPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if (change.collection === 'matches') {
        await settleInvitation(ports, change.id);
      } else if (change.collection === 'needs' || change.collection === 'achievements') {
        for await (const pairId of pairsOf(ports, change as Change<'needs' | 'achievements'>)) {
          await settleInvitation(ports, pairId);
        }
      }
    }
  };
}
