import { expect } from 'chai';
import { type ErrorCode, QianxianError } from '../../../src/domain/errors.ts';
import type { DomainEvent } from '../../../src/domain/record.ts';
import { type Principal, type Role, systemPrincipal } from '../../../src/domain/user.ts';
import type { CollectionName } from '../../../src/ports/record-store.ts';
import { createOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { createUser } from '../../../src/steps/accounts/users.ts';
import type { FreshPorts } from '../fresh-ports.ts';

export interface MadeAccount {
  readonly id: string;
  readonly login: string;
  readonly password: string;
  readonly principal: Principal;
}

/** An account made by the program itself, with its one-time password. */
export async function account(
  ports: FreshPorts,
  login: string,
  role: Role,
  organisationId?: string,
): Promise<MadeAccount> {
  const name = `账号${login}`;
  const made = await createUser(ports, systemPrincipal, {
    login,
    name,
    role,
    ...(organisationId === undefined ? {} : { organisationId }),
  });
  return {
    id: made.user.id,
    login,
    password: made.oneTimePassword!,
    principal: { userId: made.user.id, role, name, ...(organisationId === undefined ? {} : { organisationId }) },
  };
}

export async function organisation(ports: FreshPorts, name: string): Promise<string> {
  return (await createOrganisation(ports, systemPrincipal, { name })).id;
}

/** What `work` threw, which must be one of ours. */
export async function failureOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<QianxianError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    expect(error).to.be.instanceOf(QianxianError);
    return error as QianxianError;
  }
  throw new Error('did not fail');
}

export async function codeOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<ErrorCode> {
  return (await failureOf(work)).code;
}

export async function fieldsOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<string[]> {
  const { issues } = await failureOf(work);
  for (const issue of issues) {
    for (const text of [issue.reason, issue.mend]) expect(text).to.match(/\p{Script=Han}/u);
  }
  return issues.map((issue) => issue.field);
}

/** Every event of a document so far, as a consumer of the feed gets them. */
export async function eventsOf(ports: FreshPorts, collection: CollectionName, id: string): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  const following = ports.store.follow(`test-${Math.random()}`, { collections: [collection] }, async (changes) => {
    for (const change of changes) if (change.id === id) events.push(...change.events);
  });
  await following.caughtUp();
  await following.stop();
  return events;
}
