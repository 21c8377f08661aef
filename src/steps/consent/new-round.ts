import type { NewRound } from '../../domain/consent.ts';
import type { Side } from '../../domain/docket.ts';
import { secretHashOf } from '../../domain/ids.ts';
import { invitationIdOf, tokenParts } from '../../domain/invitation.ts';
import type { Match } from '../../domain/match.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import type { ConsentPorts } from './consent-ports.ts';

/** Both records of a pair, or in Chinese why a side is lost. */
export async function standingEntries(
  { store }: Pick<ConsentPorts, 'store'>,
  pair: Pick<Match, 'needId' | 'achievementId'>,
): Promise<NewRound['entries'] | string> {
  const [need, achievement] = await Promise.all([
    store.collection('needs').get(pair.needId),
    store.collection('achievements').get(pair.achievementId),
  ]);
  const loss = lossOf('need', need) ?? lossOf('achievement', achievement);
  return loss ?? { need: need!, achievement: achievement! };
}

/**
 * The token of a side's link, 43 characters of base64url: made from the service's secret whenever it is needed, so that a
 * mail which is made again after a crash holds the same link, and only its hash is stored.
 */
export function linkToken(
  { vault }: Pick<ConsentPorts, 'vault'>,
  invitationId: string,
  round: number,
  side: Side,
): string {
  return Buffer.from(vault.sign('invitation-link', ...tokenParts(invitationId, round, side))).toString('base64url');
}

/** What a round of an invitation asks with. */
export async function newRound(
  ports: Pick<ConsentPorts, 'vault' | 'store'>,
  match: Match,
  round: number,
  entries: NewRound['entries'],
): Promise<NewRound> {
  const hashOf = (side: Side) => secretHashOf(linkToken(ports, invitationIdOf(match.id), round, side));
  const tokenHashes = { need: hashOf('need'), achievement: hashOf('achievement') };
  return { entries, tokenHashes, calendar: await presentCalendar(ports.store) };
}
