import { z } from 'zod';
import { list, text } from '../validation.ts';

/** Who takes part in an agreement or a joint body: a registered organisation, or the name of one that is not. */
export interface Party {
  readonly organisationId: string | null;
  /** Only where it is not registered. */
  readonly name?: string;
  /** Leads the others (牵头单位), or houses the body (依托单位). */
  readonly lead?: true;
}

/** A party as people write it: either member, not both. */
export const partyInput = z.strictObject({
  organisationId: text('机构', 64).optional(),
  name: text('单位名称', 100, { min: 2, description: '没有注册的单位' }).optional(),
  lead: z.boolean().optional().meta({ title: '牵头或依托单位' }),
});
export type PartyInput = z.output<typeof partyInput>;

export const mostParties = 20;
export const partiesInput = list('各方', partyInput, { min: 1, max: mostParties });

/** The registered ones among them. */
export function registeredParties(parties: readonly Party[]): string[] {
  return parties.flatMap(({ organisationId }) => organisationId ?? []);
}
