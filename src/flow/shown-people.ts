import type { CooperationKind } from '../domain/cooperation/cooperation-kinds.ts';
import { cooperationKinds } from '../domain/cooperation/cooperation-kinds.ts';
import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { recordView } from '../steps/audit/record-audit.ts';
import { type CooperationPeople, cooperationPeople } from '../steps/cooperation/cooperation-people.ts';
import { presentOrigin } from './attributed-store.ts';

/** The people of an agreement or a joint body. That somebody looked is in the audit first: who cannot be recorded sees nobody. */
export async function viewCooperationPeople(
  ports: Ports,
  principal: Principal,
  kind: CooperationKind,
  id: string,
): Promise<CooperationPeople> {
  const shown = await cooperationPeople(ports, principal, kind, id);
  if (shown.people.length > 0) {
    const { collection } = cooperationKinds[kind];
    await recordView(ports, principal, { collection, id }, presentOrigin() ?? {}, 'people');
  }
  return shown;
}
