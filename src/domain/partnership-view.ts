import { wanOfFen } from './money.ts';
import type { Contract, Partnership } from './partnership.ts';
import { paidFen } from './partnership.ts';

/** What its two organisations and the bureau are shown of a partnership. Amounts are in 万元. */

export type ContractView = Omit<Contract, 'amountFen' | 'technologyAmountFen'> & {
  readonly amount?: number;
  readonly technologyAmount?: number;
};

function contractView({ amountFen, technologyAmountFen, ...rest }: Contract): ContractView {
  return {
    ...rest,
    ...(amountFen === undefined ? {} : { amount: wanOfFen(amountFen) }),
    ...(technologyAmountFen === undefined ? {} : { technologyAmount: wanOfFen(technologyAmountFen) }),
  };
}

/** Names of organisations by id. */
export type OrganisationNames = ReadonlyMap<string, string>;

/** One line of a list. */
export function partnershipLine(partnership: Partnership, names: OrganisationNames) {
  const { id, version, state, origin, title, needId, achievementId, contract, updatedAt } = partnership;
  const { needOrganisationId, achievementOrganisationId, needParty, achievementParty } = partnership;
  const nameOf = (organisationId: string | null, party: string | undefined) =>
    (organisationId === null ? party : names.get(organisationId)) ?? party ?? null;
  return {
    id,
    version,
    state,
    origin,
    title,
    needId,
    achievementId,
    needOrganisationId,
    achievementOrganisationId,
    needParty: nameOf(needOrganisationId, needParty),
    achievementParty: nameOf(achievementOrganisationId, achievementParty),
    amount: contract?.amountFen === undefined ? null : wanOfFen(contract.amountFen),
    paid: wanOfFen(paidFen(partnership)),
    signedOn: contract?.signedOn ?? null,
    updatedAt,
  };
}

/** The whole; `forBureau` with what is for the bureau alone. */
export function partnershipView(partnership: Partnership, names: OrganisationNames, forBureau: boolean) {
  const { contract, begunOn, acceptance, outcome, payments = [], invitationId, provenance, history } = partnership;
  return {
    ...partnershipLine(partnership, names),
    ...(contract ? { contract: contractView(contract) } : {}),
    ...(begunOn === undefined ? {} : { begunOn }),
    ...(acceptance ? { acceptance } : {}),
    ...(outcome ? { outcome } : {}),
    payments: payments.map(({ amountFen, ...payment }) => ({ ...payment, amount: wanOfFen(amountFen) })),
    log: (partnership.log ?? []).filter(({ bureauOnly }) => forBureau || !bureauOnly),
    milestones: partnership.milestones ?? [],
    people: (partnership.people ?? []).length,
    resultRequests: partnership.resultRequests ?? [],
    results: (partnership.results ?? []).map(({ salesFen, savedFen, ...result }) => ({
      ...result,
      sales: wanOfFen(salesFen),
      saved: wanOfFen(savedFen),
    })),
    contactsAgreed: {
      need: partnership.origin === 'match' || partnership.contactAgreements?.need !== undefined,
      achievement: partnership.origin === 'match' || partnership.contactAgreements?.achievement !== undefined,
    },
    ...(invitationId === undefined ? {} : { invitationId }),
    ...(provenance ? { provenance } : {}),
    history,
    createdAt: partnership.createdAt,
  };
}
export type PartnershipLine = ReturnType<typeof partnershipLine>;
export type PartnershipView = ReturnType<typeof partnershipView>;
