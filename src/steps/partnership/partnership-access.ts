import { isOwner } from '../../domain/access.ts';
import { Forbidden, Withheld } from '../../domain/errors.ts';
import type { Partnership } from '../../domain/partnership.ts';
import type { PartnershipAct, PartnershipWrite } from '../../domain/partnership-life.ts';
import { type PartnershipView, partnershipView } from '../../domain/partnership-view.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';

export type PartnershipPorts = Pick<Ports, 'store' | 'clock'>;

/** Whether somebody knows of the partnership: the bureau, and the people of its two organisations. */
export function isOfPartnership(
  principal: Principal,
  {
    needOrganisationId,
    achievementOrganisationId,
  }: Pick<Partnership, 'needOrganisationId' | 'achievementOrganisationId'>,
): boolean {
  return isBureau(principal) || isOwner(principal, needOrganisationId) || isOwner(principal, achievementOrganisationId);
}

/** The partnership; `not_found` for those who may not know of it. */
export async function partnershipFor(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  id: string,
): Promise<Partnership> {
  const partnership = isStorableId(id) ? await store.collection('partnerships').get(id) : undefined;
  if (!partnership || !isOfPartnership(principal, partnership)) throw Withheld.orMissing(partnership);
  return partnership;
}

/** Who does it, as whom, and when; with the partnership, also for which side. */
export function actBy(
  { clock }: Pick<Ports, 'clock'>,
  principal: Principal,
  partnership?: Pick<Partnership, 'needOrganisationId'>,
): PartnershipAct {
  const act = { at: clock.now(), by: principal.userId };
  if (principal.role === 'admin' || principal.role === 'staff') return { ...act, actor: principal.role };
  if (!partnership) return { ...act, actor: 'owner' };
  return {
    ...act,
    actor: 'owner',
    side: isOwner(principal, partnership.needOrganisationId) ? 'need' : 'achievement',
  };
}

/** Throws `forbidden` for everybody outside the bureau, who may look but not do that. */
export function demandBureau(principal: Principal): void {
  if (!isBureau(principal))
    throw new Forbidden('合作的阶段、合同和支付由科技局登记；有变化请在进展里写明，或联系科技局');
}

/** Names of the organisations on either side of these partnerships. */
export async function namesOfSides(
  { store }: Pick<Ports, 'store'>,
  partnerships: readonly Pick<Partnership, 'needOrganisationId' | 'achievementOrganisationId'>[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(
    partnerships.flatMap(({ needOrganisationId, achievementOrganisationId }) => [
      ...(needOrganisationId === null ? [] : [needOrganisationId]),
      ...(achievementOrganisationId === null ? [] : [achievementOrganisationId]),
    ]),
  );
  const found = await store.collection('organisations').getMany([...ids]);
  return new Map(found.map(({ id, content }) => [id, content.name]));
}

/** As it is shown to one who knows of it. */
export async function shownPartnership(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  partnership: Partnership,
): Promise<PartnershipView> {
  return partnershipView(partnership, await namesOfSides(ports, [partnership]), isBureau(principal));
}

/** A change that either side and the bureau may make, whatever others write meanwhile. */
export async function changed(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  change: (newest: Partnership, act: PartnershipAct) => PartnershipWrite | undefined,
): Promise<PartnershipView> {
  await partnershipFor(ports, principal, id);
  const { document } = await changeDocument(
    ports.store,
    'partnerships',
    id,
    (newest) => change(newest, actBy(ports, principal, newest)) ?? null,
  );
  return shownPartnership(ports, principal, document);
}
