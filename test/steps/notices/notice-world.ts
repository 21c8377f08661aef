import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomId } from '../../../src/domain/ids.ts';
import { type Principal, type Role, systemPrincipal } from '../../../src/domain/user.ts';
import { createOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { createEntry, moveEntry } from '../../../src/steps/intake/entries.ts';
import type { NoticePorts } from '../../../src/steps/notices/notice-ports.ts';
import { type DeliveredMail, readMail } from '../../contract/mailer.ts';
import { needOf, organisationOf } from '../../http/world.ts';
import type { FreshPorts } from '../fresh-ports.ts';

/** An account without the cost of a password; its login name is its mail address. */
export async function person(
  ports: Pick<NoticePorts, 'store'>,
  login: string,
  role: Role,
  organisationId?: string,
): Promise<Principal> {
  const id = randomId();
  await ports.store.collection('users').insert({
    id,
    state: 'active',
    login,
    name: `测试${login}`,
    role,
    ...(organisationId === undefined ? {} : { organisationId }),
    passwordHash: 'none',
    mustChangePassword: false,
    failures: 0,
    sessionEpoch: 1,
  });
  return { userId: id, role, name: login, ...(organisationId === undefined ? {} : { organisationId }) };
}

export async function disable(ports: Pick<NoticePorts, 'store'>, userId: string): Promise<void> {
  const users = ports.store.collection('users');
  const { version, createdAt: _, updatedAt: __, ...rest } = (await users.get(userId))!;
  await users.update(userId, version, { ...rest, state: 'disabled' });
}

export const organisation = async (ports: FreshPorts, name: string, number: number) =>
  (await createOrganisation(ports, systemPrincipal, organisationOf(name, number))).id;

/** A need that was submitted by `by`; answers id and version. */
export async function submitted(ports: FreshPorts, organisationId: string, title: string, by: Principal) {
  const drafted = await createEntry(ports, by, 'need', needOf(title), { organisationId });
  return moveEntry(ports, by, 'need', drafted.id, drafted.version, 'submit');
}

/** Every mail in the folder. */
export async function mailsOf(ports: FreshPorts): Promise<DeliveredMail[]> {
  const folder = join(ports.folder, 'mail');
  // A process that was killed may leave half of one under another name.
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.map(async (name) => readMail(await readFile(join(folder, name), 'utf8'))));
}

/** Every notice, in the order of its making. */
export async function noticesOf(ports: Pick<NoticePorts, 'store'>) {
  return (await ports.store.collection('notices').find({ limit: 1000, order: { by: 'createdAt', direction: 'asc' } }))
    .items;
}
