import { wanOfFen } from '../money.ts';
import { type Partnership, paidFen } from '../partnership.ts';
import { latestResults } from '../partnership-results.ts';
import type { CooperationTypes } from './cooperation-kinds.ts';

/** What its parties and the bureau are shown of an agreement or a joint body. People are not part of it. */

export interface PartyView {
  readonly organisationId: string | null;
  readonly name: string;
  readonly lead: boolean;
}

export type CooperationRecordOf<K extends keyof CooperationTypes> = CooperationTypes[K]['record'];

/** A linked record, as far as a link shows it. */
export interface LinkedView<S extends string = string> {
  readonly id: string;
  readonly title: string;
  readonly state: S;
}

/** What came of the partnerships that it is linked to, as their two sides have stated it. Amounts in 万元. */
export interface CameOf {
  readonly partnerships: number;
  readonly amount: number;
  readonly paid: number;
  readonly sales: number;
  readonly saved: number;
  readonly patents: number;
  readonly jobs: number;
}

/** Sums over the partnerships; of each side's statement of a half-year the last counts. */
export function cameOf(partnerships: readonly Partnership[]): CameOf {
  const results = partnerships.flatMap(({ results: stated = [] }) => latestResults(stated));
  const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);
  return {
    partnerships: partnerships.length,
    amount: wanOfFen(sum(partnerships, ({ contract }) => contract?.amountFen ?? 0)),
    paid: wanOfFen(sum(partnerships, paidFen)),
    sales: wanOfFen(sum(results, ({ salesFen }) => salesFen)),
    saved: wanOfFen(sum(results, ({ savedFen }) => savedFen)),
    patents: sum(results, ({ patents }) => patents),
    jobs: sum(results, ({ jobs }) => jobs),
  };
}

/** One line of a list. */
export function cooperationLine<K extends keyof CooperationTypes>(
  record: CooperationRecordOf<K>,
  names: ReadonlyMap<string, string>,
) {
  const { id, version, state, origin, content, parties, updatedAt } = record;
  return {
    id,
    version,
    state: state as CooperationRecordOf<K>['state'],
    origin,
    content: content as CooperationRecordOf<K>['content'],
    parties: parties.map(
      ({ organisationId, name, lead }): PartyView => ({
        organisationId,
        name: (organisationId === null ? name : names.get(organisationId)) ?? name ?? '（已删除）',
        lead: lead === true,
      }),
    ),
    updatedAt,
  };
}
