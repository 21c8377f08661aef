import { isOwner } from '../../domain/access.ts';
import type { Side } from '../../domain/docket.ts';
import { Invalid } from '../../domain/errors.ts';
import { contractedStates } from '../../domain/partnership.ts';
import { answeredResults, askedPartnership, halfYear, resultInput } from '../../domain/partnership-results.ts';
import type { PartnershipView } from '../../domain/partnership-view.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { actBy, type PartnershipPorts, partnershipFor, shownPartnership } from './partnership-access.ts';

/**
 * States what came of a half-year: an organisation for its own side, staff for the side that they name. Saying the same
 * again changes nothing.
 */
export async function answerResults(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  period: string,
  input: unknown,
  named?: Side,
): Promise<PartnershipView> {
  const partnership = await partnershipFor(ports, principal, id);
  const { needOrganisationId, achievementOrganisationId } = partnership;
  // Two organisations that turned out to be one stand on both sides.
  const owned: readonly Side[] = isBureau(principal)
    ? ['need', 'achievement']
    : [
        ...(isOwner(principal, needOrganisationId) ? (['need'] as const) : []),
        ...(isOwner(principal, achievementOrganisationId) ? (['achievement'] as const) : []),
      ];
  const side = named ?? (owned.length === 1 ? owned[0] : undefined);
  if (side === undefined || !owned.includes(side)) {
    throw new Invalid([
      {
        field: 'side',
        label: '哪一方',
        reason: side === undefined ? '没有选择' : '不是您所在的一方',
        mend: side === undefined ? '请选择是需求方还是成果方的成效' : '请去掉这一项，只登记本机构的成效',
      },
    ]);
  }
  const of = check(halfYear, period);
  const result = check(resultInput, input);
  const { document } = await changeDocument(
    ports.store,
    'partnerships',
    id,
    (newest) => answeredResults(newest, of, side, result, actBy(ports, principal)) ?? null,
  );
  return shownPartnership(ports, principal, document);
}

/**
 * Asks both sides of each contract for the half-year that ended last, once. Repeating it changes nothing. One that fails
 * throws after the others.
 */
export async function askResults(ports: PartnershipPorts & Pick<Ports, 'log'>): Promise<{ readonly asked: number }> {
  const act = { at: ports.clock.now(), by: 'system', actor: 'system' } as const;
  const ids: string[] = [];
  for await (const { id } of ports.store.collection('partnerships').stream({ state: { in: contractedStates } }))
    ids.push(id);
  let asked = 0;
  await eachDocument(ports.log, 'partnerships', ids, async (id) => {
    const { written } = await changeDocument(
      ports.store,
      'partnerships',
      id,
      (newest) => askedPartnership(newest, act) ?? null,
    );
    if (written) asked++;
  });
  return { asked };
}
