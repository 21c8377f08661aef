import { isOwner } from '../../domain/access.ts';
import type { AttachmentRights } from '../../domain/attachment.ts';
import type { Cooperation, CooperationAct } from '../../domain/cooperation/cooperation.ts';
import { type CooperationKind, cooperationKinds } from '../../domain/cooperation/cooperation-kinds.ts';
import { registeredParties } from '../../domain/cooperation/party.ts';
import { Forbidden, Withheld } from '../../domain/errors.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Collection } from '../../ports/record-store.ts';

export type CooperationPorts = Pick<Ports, 'store' | 'clock'>;

/** The records of a kind, as far as all kinds are alike. */
export function recordsOf({ store }: Pick<Ports, 'store'>, kind: CooperationKind): Collection<Cooperation> {
  return store.collection(cooperationKinds[kind].collection) as unknown as Collection<Cooperation>;
}

/** Whether somebody knows of it: the bureau, and the people of its registered parties. */
export function isOfCooperation(principal: Principal, { parties }: Pick<Cooperation, 'parties'>): boolean {
  return isBureau(principal) || registeredParties(parties).some((id) => isOwner(principal, id));
}

/** The record; `not_found` for those who may not know of it. */
export async function cooperationFor(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  kind: CooperationKind,
  id: string,
): Promise<Cooperation> {
  const record = isStorableId(id) ? await recordsOf(ports, kind).get(id) : undefined;
  if (!record || !isOfCooperation(principal, record)) throw Withheld.orMissing(record);
  return record;
}

export function demandBureau(principal: Principal): void {
  if (!isBureau(principal)) throw new Forbidden('战略合作协议和共建机构由科技局登记；内容有变化请联系科技局');
}

/** Who does it, as whom, and when. */
export function actBy({ clock }: Pick<Ports, 'clock'>, principal: Principal): CooperationAct {
  return { at: clock.now(), by: principal.userId, actor: principal.role === 'admin' ? 'admin' : 'staff' };
}

/** Its files are for its parties to read and for the bureau to keep. */
export function cooperationFileRights(kind: CooperationKind) {
  return async (
    ports: Pick<Ports, 'store'>,
    principal: Principal | null,
    id: string,
  ): Promise<AttachmentRights | undefined> => {
    const record = isStorableId(id) ? await recordsOf(ports, kind).get(id) : undefined;
    if (!record || principal === null || !isOfCooperation(principal, record)) return undefined;
    if (isBureau(principal)) return { insider: true, actor: principal.role === 'admin' ? 'admin' : 'staff' };
    return { insider: true };
  };
}
