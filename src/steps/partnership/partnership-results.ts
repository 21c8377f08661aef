import type { Side } from '../../domain/docket.ts';
import { contractedStates } from '../../domain/partnership.ts';
import {
  answeredResults,
  askedPartnership,
  halfYear,
  overduePartnership,
  resultInput,
} from '../../domain/partnership-results.ts';
import type { PartnershipView } from '../../domain/partnership-view.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { actBy, type PartnershipPorts, partnershipFor, shownPartnership } from './partnership-access.ts';
import { sideFor } from './partnership-people.ts';

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
  const side = sideFor(principal, partnership, named, '成效');
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
 * Asks both sides of each contract for the half-year that ended last, once, and reminds once of those whose day has passed.
 * Repeating it changes nothing. One that fails throws after the others.
 */
export async function askResults(
  ports: PartnershipPorts & Pick<Ports, 'log'>,
): Promise<{ readonly asked: number; readonly overdue: number }> {
  const act = { at: ports.clock.now(), by: 'system', actor: 'system' } as const;
  const ids: string[] = [];
  for await (const { id } of ports.store.collection('partnerships').stream({ state: { in: contractedStates } }))
    ids.push(id);
  let asked = 0;
  let overdue = 0;
  await eachDocument(ports.log, 'partnerships', ids, async (id) => {
    const { written } = await changeDocument(
      ports.store,
      'partnerships',
      id,
      (newest) => askedPartnership(newest, act) ?? null,
    );
    if (written) asked++;
    const reminded = await changeDocument(
      ports.store,
      'partnerships',
      id,
      (newest) => overduePartnership(newest, act) ?? null,
    );
    if (reminded.written) overdue++;
  });
  return { asked, overdue };
}
