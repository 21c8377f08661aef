import { canonicalJson } from './canonical-json.ts';
import type { Person } from './cooperation/person.ts';
import type { Side } from './docket.ts';
import type { Partnership } from './partnership.ts';
import {
  type PartnershipAct,
  type PartnershipWrite,
  partnershipEvent,
  unstoredPartnership,
} from './partnership-life.ts';
import { demandWork } from './partnership-log.ts';

/**
 * The partnership with other people of one side; undefined where they are the same. The event says how many, never who; nor
 * does the history.
 */
export function peopledPartnership(
  partnership: Partnership,
  side: Side,
  people: readonly Person[],
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const before = partnership.people ?? [];
  const own = people.map((person) => ({ ...person, side }));
  if (canonicalJson(before.filter((one) => one.side === side)) === canonicalJson(own)) return undefined;
  demandWork(partnership, 'people', act);
  return {
    document: {
      ...unstoredPartnership(partnership),
      people: [...before.filter((one) => one.side !== side), ...own].sort((a, b) => (a.side < b.side ? 1 : -1)),
    },
    events: [partnershipEvent('people-changed', partnership, act, { side, people: own.length })],
  };
}
