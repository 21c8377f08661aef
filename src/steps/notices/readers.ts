import type { Reader } from '../../domain/notices/made-notice.ts';
import { addressOfOrganisation, addressOfUser } from '../../domain/notices/notice-address.ts';
import type { Recipient } from '../../domain/notices/notice-rule.ts';
import type { User } from '../../domain/user.ts';
import type { RecordStore } from '../../ports/record-store.ts';
import { survivingOrganisation } from '../../ports/surviving-organisation.ts';

/**
 * Finds who is meant by a recipient, as the accounts are now; what was found is kept for as long as this lives, which is
 * one batch of changes. Disabled accounts and the people of disabled organisations are nobody.
 */
export function readersOf(store: RecordStore): (recipient: Recipient) => Promise<readonly Reader[]> {
  const found = new Map<string, Promise<readonly Reader[]>>();

  async function asReaders(users: readonly User[]): Promise<Reader[]> {
    const preferences = await store.collection('noticePreferences').getMany(users.map(({ id }) => id));
    const chosen = new Map(preferences.map((one) => [one.id, one]));
    return users.map((user) => ({
      as: 'user',
      userId: user.id,
      organisationId: user.organisationId ?? null,
      address: addressOfUser(user),
      preference: chosen.get(user.id),
    }));
  }

  async function active(where: Readonly<Record<string, string>>): Promise<User[]> {
    const users: User[] = [];
    for await (const user of store.collection('users').stream({ ...where, state: 'active' })) users.push(user);
    return users;
  }

  /** Of one that was merged, the people are where it was merged into. */
  async function ofOrganisation(named: string): Promise<readonly Reader[]> {
    const organisationId = await survivingOrganisation(store, named);
    const organisation = await store.collection('organisations').get(organisationId);
    if (!organisation || organisation.state === 'disabled') return [];
    const people = await active({ organisationId });
    if (people.length > 0) return asReaders(people);
    // All of its accounts were disabled: then nobody is to be written to, not even at its address.
    if ((await store.collection('users').count({ organisationId })) > 0) return [];
    return [{ as: 'organisation', organisationId, address: addressOfOrganisation(organisation.content) }];
  }

  async function managers(named: string, except: string): Promise<readonly Reader[]> {
    const organisationId = await survivingOrganisation(store, named);
    const organisation = await store.collection('organisations').get(organisationId);
    if (!organisation || organisation.state === 'disabled') return [];
    return asReaders((await active({ organisationId, role: 'manager' })).filter(({ id }) => id !== except));
  }

  async function ofUser(userId: string): Promise<readonly Reader[]> {
    const user = await store.collection('users').get(userId);
    if (user?.state !== 'active') return [];
    if (user.organisationId !== undefined) {
      const organisation = await store
        .collection('organisations')
        .get(await survivingOrganisation(store, user.organisationId));
      if (!organisation || organisation.state === 'disabled') return [];
    }
    return asReaders([user]);
  }

  async function staff(): Promise<readonly Reader[]> {
    const people = await active({ role: 'staff' });
    return people.length > 0 ? asReaders(people) : admins();
  }
  const admins = async () => asReaders(await active({ role: 'admin' }));

  async function search(recipient: Recipient): Promise<readonly Reader[]> {
    switch (recipient.to) {
      case 'user':
        return ofUser(recipient.userId);
      case 'organisation':
        return ofOrganisation(recipient.organisationId);
      case 'managers':
        return managers(recipient.organisationId, recipient.except);
      case 'staff':
        return staff();
      case 'admins':
        return admins();
      case 'clerk': {
        const clerk = recipient.userId ? await ofUser(recipient.userId) : [];
        return clerk.length > 0 ? clerk : staff();
      }
      case 'address':
        return [{ as: 'address', organisationId: recipient.organisationId ?? null, address: recipient.address }];
    }
  }

  return (recipient) => {
    const key = JSON.stringify(recipient);
    const searching = found.get(key) ?? search(recipient);
    found.set(key, searching);
    return searching;
  };
}
