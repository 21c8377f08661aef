import { isOwner } from '../../domain/access.ts';
import { peopleInput } from '../../domain/cooperation/person.ts';
import type { Side } from '../../domain/docket.ts';
import { Conflict, Invalid } from '../../domain/errors.ts';
import type { Partnership } from '../../domain/partnership.ts';
import { peopledPartnership } from '../../domain/partnership-people.ts';
import type { PartnershipView } from '../../domain/partnership-view.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changed, type PartnershipPorts, partnershipFor } from './partnership-access.ts';

/** For which side somebody writes: an organisation for its own, staff for the one that they name. Throws `invalid`. */
export function sideFor(
  principal: Principal,
  {
    needOrganisationId,
    achievementOrganisationId,
  }: Pick<Partnership, 'needOrganisationId' | 'achievementOrganisationId'>,
  named: Side | undefined,
  what: string,
): Side {
  // Two organisations that turned out to be one stand on both sides.
  const owned: readonly Side[] = isBureau(principal)
    ? ['need', 'achievement']
    : [
        ...(isOwner(principal, needOrganisationId) ? (['need'] as const) : []),
        ...(isOwner(principal, achievementOrganisationId) ? (['achievement'] as const) : []),
      ];
  const side = named ?? (owned.length === 1 ? owned[0] : undefined);
  if (side !== undefined && owned.includes(side)) return side;
  throw new Invalid([
    {
      field: 'side',
      label: '哪一方',
      reason: side === undefined ? '没有选择' : '不是您所在的一方',
      mend: side === undefined ? `请选择是需求方还是成果方的${what}` : `请去掉这一项，只登记本机构的${what}`,
    },
  ]);
}

/** Replaces the people of one side. They are shown with the contacts alone. The same people again change nothing. */
export async function setPartnershipPeople(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  seen: number,
  input: unknown,
  named?: Side,
): Promise<PartnershipView> {
  const partnership = await partnershipFor(ports, principal, id);
  const side = sideFor(principal, partnership, named, '人员');
  const people = check(peopleInput, input);
  return changed(ports, principal, id, (newest, act) => {
    if (newest.version !== seen) throw new Conflict();
    return peopledPartnership(newest, side, people, act);
  });
}
