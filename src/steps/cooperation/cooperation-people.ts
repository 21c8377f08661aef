import { type Cooperation, peopledCooperation } from '../../domain/cooperation/cooperation.ts';
import { type CooperationKind, cooperationKinds } from '../../domain/cooperation/cooperation-kinds.ts';
import { type Person, peopleInput } from '../../domain/cooperation/person.ts';
import { Conflict } from '../../domain/errors.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import { actBy, type CooperationPorts, cooperationFor, demandBureau, recordsOf } from './cooperation-access.ts';

/** Who works on it, and how to reach them. */
export interface CooperationPeople {
  readonly id: string;
  readonly version: number;
  readonly people: readonly Person[];
}

const shown = ({ id, version, people = [] }: Cooperation): CooperationPeople => ({ id, version, people });

/** The people of an agreement or a joint body, for its parties and the bureau. Whoever hands them on notes the look first. */
export async function cooperationPeople(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  kind: CooperationKind,
  id: string,
): Promise<CooperationPeople> {
  return shown(await cooperationFor(ports, principal, kind, id));
}

/** Replaces the people, by staff. The same people again change nothing. */
export async function setCooperationPeople(
  ports: CooperationPorts,
  principal: Principal,
  kind: CooperationKind,
  id: string,
  seen: number,
  input: unknown,
): Promise<CooperationPeople> {
  const record = await cooperationFor(ports, principal, kind, id);
  demandBureau(principal);
  const people = check(peopleInput, input);
  if (record.version !== seen) throw new Conflict();
  const { rules } = cooperationKinds[kind];
  const write = peopledCooperation(rules, record, people, actBy(ports, principal));
  return shown(write ? await recordsOf(ports, kind).update(id, seen, write.document, write.events) : record);
}
