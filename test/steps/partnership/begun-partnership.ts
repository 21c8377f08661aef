import type { FactsInput } from '../../../src/domain/partnership-facts.ts';
import { createPartnership } from '../../../src/steps/partnership/partnerships.ts';
import { type ConsentWorld, needId, people } from '../consent-world.ts';

/** A contract that holds: what 签约 demands. */
export const contract = {
  type: 'development',
  signedOn: '2026-11-20',
  amount: 100,
  technologyAmount: 80.5,
  from: '2026-11-20',
  until: '2027-11-19',
} as const satisfies FactsInput['contract'];

/** The partnership `p1` of the enterprise with the need and the university, entered by a clerk. */
export function begunPartnership(world: ConsentWorld) {
  const input = { title: '抛光粉联合攻关', needId, achievementOrganisationId: 'o-university' };
  return createPartnership(world, people.clerk, input, { id: 'p1' });
}
