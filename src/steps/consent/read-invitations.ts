import type { Side } from '../../domain/docket.ts';
import { QianxianError, Withheld } from '../../domain/errors.ts';
import { bothSides, type Invitation, type InvitationState, otherSide } from '../../domain/invitation.ts';
import {
  maySeeInvitation,
  offeredRecord,
  type SideInvitation,
  sideInvitation,
  sidesOf,
  type WholeInvitation,
  wholeInvitation,
} from '../../domain/invitation-view.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { dateIn } from '../../domain/week.ts';
import type { Filter, Page } from '../../ports/record-store.ts';
import type { ConsentPorts } from './consent-ports.ts';

/** The invitation for somebody who may know of it; else `not_found`. */
export async function loadedInvitation(ports: ConsentPorts, principal: Principal, id: string): Promise<Invitation> {
  const invitation = isStorableId(id) ? await ports.store.collection('invitations').get(id) : undefined;
  if (!invitation || !maySeeInvitation(principal, invitation)) throw Withheld.orMissing(invitation);
  return invitation;
}

/** What one side is shown: its own answer, and the other side's record as it was published. */
export async function viewOfSide(ports: ConsentPorts, invitation: Invitation, side: Side): Promise<SideInvitation> {
  const { store } = ports;
  const other = otherSide(side);
  const entry =
    other === 'need'
      ? await store.collection('needs').get(invitation.needId)
      : await store.collection('achievements').get(invitation.achievementId);
  const owner = entry?.organisationId ? await store.collection('organisations').get(entry.organisationId) : undefined;
  const offered = offeredRecord(other, invitation[other].title, entry, owner?.content.name ?? null);
  return sideInvitation(invitation, side, offered, dateIn(ports.clock.now()));
}

/** An invitation as the asker sees it: whole for the bureau, else his own side of it (the need's where both are his). */
export async function viewFor(
  ports: ConsentPorts,
  principal: Principal,
  invitation: Invitation,
  side?: Side,
): Promise<SideInvitation | WholeInvitation> {
  if (isBureau(principal)) return wholeInvitation(invitation, dateIn(ports.clock.now()));
  const own = sidesOf(principal, invitation);
  return viewOfSide(ports, invitation, side && own.includes(side) ? side : own[0]!);
}

/** One invitation as the asker sees it; `not_found` where it is not his affair. */
export async function getInvitation(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
): Promise<SideInvitation | WholeInvitation> {
  return viewFor(ports, principal, await loadedInvitation(ports, principal, id));
}

/** One line of the list: no text of either record. */
export interface InvitationLine {
  readonly id: string;
  /** For the bureau alone: it rises with an answer that the other side is not told of. */
  readonly version?: number;
  readonly state: InvitationState;
  /** Whose side the asker is on; absent for the bureau. */
  readonly side?: Side;
  readonly needTitle: string;
  readonly achievementTitle: string;
  readonly invitedOn: string;
  readonly dueOn: string;
  /** For the bureau both sides, for a side its own. */
  readonly answered: Readonly<Partial<Record<Side, boolean>>>;
}

function lineOf(invitation: Invitation, sides: readonly Side[], side?: Side): InvitationLine {
  const { id, version, state, invitedOn, dueOn, need, achievement } = invitation;
  return {
    id,
    state,
    ...(side === undefined ? { version } : { side }),
    needTitle: need.title,
    achievementTitle: achievement.title,
    invitedOn,
    dueOn,
    answered: Object.fromEntries(sides.map((one) => [one, invitation[one].answer !== null])),
  };
}

export interface InvitationListOptions {
  readonly state?: InvitationState;
  /** For members: the side on which they are; without it, the need's. */
  readonly side?: Side;
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * What a side must do first: those that are open by their deadline, then those that are over, the newest first. Neither day
 * changes with an answer, so that the order tells nothing of the other side's, and a page stays where it is.
 */
const stages = {
  open: { state: 'open', order: { by: 'dueOn', direction: 'asc' } },
  over: { state: { not: 'open' }, order: { by: 'invitedOn', direction: 'desc' } },
} as const;
type Stage = keyof typeof stages;

async function pageOfSide(
  { store }: ConsentPorts,
  where: Filter,
  { state, limit = 50, cursor }: Pick<InvitationListOptions, 'state' | 'limit' | 'cursor'>,
): Promise<Page<Invitation>> {
  const kinds: readonly Stage[] = state === undefined ? ['open', 'over'] : [state === 'open' ? 'open' : 'over'];
  const [named, after] = cursor === undefined ? [kinds[0]!, ''] : (cursor.split(/:(.*)/s) as [Stage, string?]);
  if (!kinds.includes(named)) throw new QianxianError('malformed', '翻页位置不对，请从第一页重新打开');
  const items: Invitation[] = [];
  for (const stage of kinds.slice(kinds.indexOf(named))) {
    const { state: ofStage, order } = stages[stage];
    // The last page may have been full to the brim: then the next stage begins a page of its own.
    if (items.length >= limit) return { items, next: `${stage}:` };
    const from = stage === named && after ? { cursor: after } : {};
    const filter = { ...where, state: state ?? ofStage };
    const page = await store
      .collection('invitations')
      .find({ where: filter, order, limit: limit - items.length, ...from });
    items.push(...page.items);
    if (page.next !== undefined) return { items, next: `${stage}:${page.next}` };
  }
  return { items };
}

/**
 * A page of invitations: all for the bureau, those that are open by their deadline, others the newest change first; for a member those of his organisation on one side,
 * what he must do first before all others.
 */
export async function listInvitations(
  ports: ConsentPorts,
  principal: Principal,
  options: InvitationListOptions = {},
): Promise<Page<InvitationLine>> {
  const { state, side = 'need', limit = 50, cursor } = options;
  const whole = isBureau(principal);
  if (!whole && principal.organisationId === undefined) return { items: [] };
  const page = whole
    ? await ports.store.collection('invitations').find({
        where: state === undefined ? {} : { state },
        order: state === 'open' ? { by: 'dueOn', direction: 'asc' } : { by: 'updatedAt', direction: 'desc' },
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      })
    : await pageOfSide(ports, { [`${side}.organisationId`]: principal.organisationId! }, options);
  return {
    items: page.items.map((one) => (whole ? lineOf(one, bothSides) : lineOf(one, [side], side))),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}
