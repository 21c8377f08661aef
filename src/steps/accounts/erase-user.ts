import { isDeepStrictEqual } from 'node:util';
import { actorFor } from '../../domain/access.ts';
import { Conflict, Forbidden, NotFound, QianxianError } from '../../domain/errors.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import type { DomainEvent, Stored } from '../../domain/record.ts';
import { type Registration, registrationStates } from '../../domain/registration.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { type Principal, type User, userStates } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import { standingFor, survivingOrganisation } from '../../ports/surviving-organisation.ts';
import { forgetActs } from './forget-acts.ts';
import { unstoredUser } from './login.ts';

type ErasePorts = Pick<Ports, 'store' | 'clock'>;

export const erasedName = '已注销';

/**
 * Erases a person (administrators only): his account is void at once, then everything that names him goes, and his account
 * last of all, which keeps his id alone. The audit names him by that id, so its chain stays whole. Never oneself, nor the last
 * administrator.
 */
export async function eraseUser(ports: ErasePorts, principal: Principal, id: string, seen: number): Promise<void> {
  if (principal.role !== 'admin') throw new Forbidden('注销账号只能由系统管理员办理');
  const users = ports.store.collection('users');
  const user = await users.get(id);
  if (!user) throw new NotFound('没有找到这个账号，可能已被删除');
  if (id === principal.userId) throw new Conflict('不能注销自己的账号，请由另一位系统管理员办理');
  if (user.version !== seen) throw new Conflict();
  const move = moveOf(userStates, user.state, 'erase', actorFor(principal, user.organisationId ?? null));
  const admins = await users.count({ role: 'admin', state: 'active' });
  if (user.role === 'admin' && admins < (user.state === 'active' ? 2 : 1)) {
    throw new Conflict('至少要留下一位正常的系统管理员，没有注销');
  }
  await users.update(id, seen, { ...unstoredUser(user), state: move.to, sessionEpoch: user.sessionEpoch + 1 }, [
    eventOf(ports, principal.userId, 'user.erasing'),
  ]);
  await applyErasure(ports, id);
  if ((await users.get(id))?.state === 'active') throw new Conflict('至少要留下一位正常的系统管理员，没有注销');
}

/**
 * Two administrators who erase each other at the same moment: whoever sees that nobody is left, his process or the feed,
 * takes the erasure back while nothing is forgotten yet.
 */
async function keptAsLastAdmin(ports: ErasePorts, user: User): Promise<boolean> {
  const users = ports.store.collection('users');
  if (user.role !== 'admin' || (await users.count({ role: 'admin', state: 'active' })) > 0) return false;
  const { document } = await changeDocument(ports.store, 'users', user.id, (newest) =>
    newest.state === 'erasing'
      ? {
          document: { ...unstoredUser(newest), state: moveOf(userStates, newest.state, 'keep', 'system').to },
          events: [eventOf(ports, 'system', 'user.kept')],
        }
      : null,
  );
  return document.state === 'active';
}

/**
 * Removes what names a person whose account is being erased: sessions, links, notices, kept searches and choices of his, contacts of his
 * organisation's records that are his; then his account's own data. Repeating it changes nothing.
 */
export async function applyErasure(ports: ErasePorts, id: string): Promise<void> {
  const user = await ports.store.collection('users').get(id);
  if (user?.state !== 'erasing' || (await keptAsLastAdmin(ports, user))) return;
  for (const [collection, field] of [
    ['sessions', 'userId'],
    ['accountLinks', 'userId'],
    ['notices', 'userId'],
    ['savedSearches', 'userId'],
  ] as const) {
    for await (const record of ports.store.collection(collection).stream({ [field]: id })) {
      await removed(ports, collection, record.id);
    }
  }
  await removed(ports, 'noticePreferences', id);
  if (user.email !== undefined) {
    for await (const link of ports.store.collection('accountLinks').stream({ email: user.email })) {
      await removed(ports, 'accountLinks', link.id);
    }
  }
  await forgetRegistrations(ports, user);
  await forgetContacts(ports, user);
  await forgetPeople(ports, user);
  await forgetActs(ports, id, erasedName, [eventOf(ports, 'system', 'contact.forgotten')]);
  await changeDocument(ports.store, 'users', id, (newest) => {
    if (newest.state !== 'erasing') return null;
    const move = moveOf(userStates, newest.state, 'forget', 'system');
    const { organisationId, createdBy, role, sessionEpoch } = newest;
    return {
      document: {
        id,
        state: move.to,
        // Free for somebody else, and no word about him.
        login: `erased-${id}`,
        name: erasedName,
        role,
        ...(organisationId === undefined ? {} : { organisationId }),
        ...(createdBy === undefined ? {} : { createdBy }),
        // No hash at all: nothing verifies against it.
        passwordHash:
          '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        mustChangePassword: true,
        failures: 0,
        sessionEpoch: sessionEpoch + 1,
      },
      events: [eventOf(ports, 'system', 'user.erased')],
    };
  });
}

/** Whether a contact is his: by name, or by an address that is his. */
function isContactOf(user: User, contact: unknown): boolean {
  const { name, email } = (contact ?? {}) as { name?: string; email?: string };
  return name === user.name || (user.email !== undefined && email === user.email);
}

/** Removes him from the records of his organisation, and of all that were or are merged with it. */
async function forgetContacts(ports: ErasePorts, user: User): Promise<void> {
  if (user.organisationId === undefined) {
    // Staff go on visits to whomever: he may be named in any partnership.
    await forgetInPartnerships(ports, user, {}, [eventOf(ports, 'system', 'contact.forgotten')]);
    return;
  }
  // The ones that were merged first: what they still have may yet be handed on.
  const survivor = await survivingOrganisation(ports.store, user.organisationId);
  for (const id of [...(await standingFor(ports.store, survivor))].reverse()) {
    await forgetContactsOf(ports, user, id);
    await forgetMentions(ports, user, id);
  }
}

const forPattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * What is looked for to find him in a text: his name (nothing shorter than two characters, since it would be found in other
 * words; a name that begins a longer one goes with it), his address, his number with or without blanks between its digits, and
 * his login where it is long enough to be no other word or figure. Latin letters and digits only as whole words.
 */
function mentionsOf({ name, email, mobile, login }: User): RegExp | undefined {
  const alone = (pattern: string): string => `(?<![0-9A-Za-z])${pattern}(?![0-9A-Za-z])`;
  const word = (text: string): string => (/^[0-9A-Za-z]/.test(text) ? alone(forPattern(text)) : forPattern(text));
  const sought = [
    ...(email === undefined ? [] : [word(email)]),
    ...(mobile === undefined ? [] : [alone([...mobile].map(forPattern).join('[\\s-]?'))]),
    ...([...name].length >= 2 ? [word(name)] : []),
    ...(login.length >= 6 && /[A-Za-z]|^1\d{10}$/.test(login) ? [word(login)] : []),
  ];
  return sought.length === 0 ? undefined : new RegExp(sought.join('|'), 'g');
}

const withoutPerson = (mentions: RegExp | undefined, written: string): string =>
  mentions === undefined ? written : written.replace(mentions, erasedName);

/** Parts of a partnership in which people write what they like, and under which names. */
const writtenParts = [
  'log',
  'milestones',
  'payments',
  'results',
  'acceptance',
  'outcome',
  'contactAgreements',
  'history',
] as const;
/** Of these the ones in which the bureau's own people are named as such. */
const partsOfStaff: ReadonlySet<string> = new Set(['log', 'contactAgreements', 'history']);
const freeTexts: ReadonlySet<string> = new Set([
  'who',
  'what',
  'title',
  'note',
  'opinion',
  'statement',
  'source',
  'reason',
]);

/** A copy in which no free text names him, at whatever depth. */
function nameless<V>(mentions: RegExp | undefined, value: V): V {
  if (Array.isArray(value)) return value.map((one) => nameless(mentions, one)) as V;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      freeTexts.has(key) && typeof part === 'string' ? withoutPerson(mentions, part) : nameless(mentions, part),
    ]),
  ) as V;
}

/** Removes him from what was written down about partnerships: who took part, what was agreed, what comes next, and why. */
async function forgetInPartnerships(
  { store }: ErasePorts,
  user: User,
  where: Readonly<Record<string, string>>,
  events: readonly DomainEvent[],
): Promise<void> {
  const mentions = mentionsOf(user);
  for await (const { id } of store.collection('partnerships').stream(where)) {
    await changeDocument(store, 'partnerships', id, (newest) => {
      const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
      const parts = writtenParts.filter(
        (part) => rest[part] !== undefined && (user.organisationId !== undefined || partsOfStaff.has(part)),
      );
      const next = { ...rest, ...Object.fromEntries(parts.map((part) => [part, nameless(mentions, rest[part])])) };
      return isDeepStrictEqual(next, rest) ? null : { document: next, events };
    });
  }
}

/**
 * Removes his name from what others wrote: in partnerships, and who answered on the phone, in invitations. Notices to his
 * address that never got through go as a whole.
 */
async function forgetMentions(ports: ErasePorts, user: User, organisationId: string): Promise<void> {
  const { store } = ports;
  const mentions = mentionsOf(user);
  const forgotten = [eventOf(ports, 'system', 'contact.forgotten')];
  for (const side of ['needOrganisationId', 'achievementOrganisationId'] as const) {
    await forgetInPartnerships(ports, user, { [side]: organisationId }, forgotten);
  }
  for (const side of ['need', 'achievement'] as const) {
    for await (const { id } of store.collection('invitations').stream({ [`${side}.organisationId`]: organisationId })) {
      await changeDocument(store, 'invitations', id, (newest) => {
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
        const asked = newest[side];
        const unsaid = <A extends { readonly saidBy?: string; readonly note?: string }>(answer: A): A => ({
          ...answer,
          ...(answer.saidBy === undefined ? {} : { saidBy: withoutPerson(mentions, answer.saidBy) }),
          ...(answer.note === undefined ? {} : { note: withoutPerson(mentions, answer.note) }),
        });
        const answer = asked.answer && unsaid(asked.answer);
        const takenBack = asked.takenBack.map(unsaid);
        const same = isDeepStrictEqual([answer, takenBack], [asked.answer, asked.takenBack]);
        return same ? null : { document: { ...rest, [side]: { ...asked, answer, takenBack } }, events: forgotten };
      });
    }
  }
  for await (const { id, address } of store.collection('notices').stream({ organisationId, userId: null })) {
    if (address && isContactOf(user, address)) await removed(ports, 'notices', id);
  }
}

async function forgetContactsOf(ports: ErasePorts, user: User, organisationId: string): Promise<void> {
  const isHis = (contact: unknown): boolean => isContactOf(user, contact);
  const without = <C extends { contact?: unknown }>(content: C): C => {
    const { contact: _, ...rest } = content;
    return rest as C;
  };
  const forgotten = (): readonly DomainEvent[] => [eventOf(ports, 'system', 'contact.forgotten')];
  const organisation = await ports.store.collection('organisations').get(organisationId);
  if (organisation && isHis(organisation.content.contact)) {
    await changeDocument(ports.store, 'organisations', organisationId, (newest) => {
      if (!isHis(newest.content.contact)) return null;
      const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
      const content = without(newest.content);
      return {
        document: { ...rest, content, missing: missingFields('organisation', content) },
        events: forgotten(),
      };
    });
  }
  for (const kind of ['need', 'achievement'] as const) {
    const collection = kind === 'need' ? 'needs' : 'achievements';
    for await (const entry of ports.store.collection(collection).stream({ organisationId })) {
      if (!isHis(entry.content.contact) && !isHis(entry.published?.content.contact)) continue;
      // biome-ignore lint/suspicious/noExplicitAny: both kinds alike
      await changeDocument(ports.store, collection as any, entry.id, (stored: unknown) => {
        const newest = stored as typeof entry;
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
        const content = isHis(newest.content.contact) ? without(newest.content) : newest.content;
        const published =
          newest.published && isHis(newest.published.content.contact)
            ? { ...newest.published, content: without(newest.published.content) }
            : newest.published;
        if (content === newest.content && published === newest.published) return null;
        // biome-ignore lint/suspicious/noExplicitAny: both kinds alike
        return { document: { ...rest, content, published } as any, events: forgotten() };
      });
    }
  }
}

/** Takes him out of the people of partnerships, agreements and joint bodies that his organisation takes part in. */
async function forgetPeople(ports: ErasePorts, user: User): Promise<void> {
  const { organisationId } = user;
  if (organisationId === undefined) return;
  const events = [eventOf(ports, 'system', 'contact.forgotten')];
  for (const [collection, field] of [
    ['partnerships', 'needOrganisationId'],
    ['partnerships', 'achievementOrganisationId'],
    ['agreements', 'parties.organisationId'],
    ['jointBodies', 'parties.organisationId'],
  ] as const) {
    for await (const { id, people } of ports.store.collection(collection).stream({ [field]: organisationId })) {
      if (!people?.some((one) => isContactOf(user, one))) continue;
      // biome-ignore lint/suspicious/noExplicitAny: each kind alike
      await changeDocument(ports.store, collection as any, id, (stored: unknown) => {
        const newest = stored as Stored & { readonly people?: readonly object[] };
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
        const kept = newest.people?.filter((one) => !isContactOf(user, one)) ?? [];
        if (kept.length === (newest.people?.length ?? 0)) return null;
        // biome-ignore lint/suspicious/noExplicitAny: each kind alike
        return { document: { ...rest, people: kept } as any, events };
      });
    }
  }
}

/** What his registrations say of him; the proof files of those that became no organisation go as well. */
async function forgetRegistrations(ports: ErasePorts, user: User): Promise<void> {
  const { store } = ports;
  const contact = { name: erasedName };
  for await (const registration of store.collection('registrations').stream({ applicantId: user.id })) {
    const came = registration.state === 'approved';
    if (!came) {
      const owner = { 'owner.collection': 'registrations', 'owner.id': registration.id };
      for await (const file of store.collection('attachments').stream(owner)) {
        await removed(ports, 'attachments', file.id, [eventOf(ports, 'system', 'attachment.removed')]);
      }
    }
    // Where nothing came of it, nobody is needed to reach by it, whoever he named.
    const isDue = (content: Registration['content']): boolean =>
      content.contact.name !== erasedName && (!came || isContactOf(user, content.contact));
    const waits = ({ state }: Registration): boolean => state === 'submitted' || state === 'returned';
    await changeDocument(store, 'registrations', registration.id, (newest) => {
      if (!isDue(newest.content) && !waits(newest)) return null;
      const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
      const document = { ...rest, content: isDue(newest.content) ? { ...newest.content, contact } : newest.content };
      const forgotten = eventOf(ports, 'system', 'contact.forgotten');
      if (!waits(newest)) return { document, events: [forgotten] };
      // Who erased him did not decide on it, and nobody is left to decide for: it is over.
      const move = moveOf(registrationStates, newest.state, 'withdraw', 'system');
      const line = historyOf(move, newest.state, forgotten.at, 'system');
      return {
        document: { ...document, state: move.to, history: [...newest.history, line] },
        events: [forgotten, eventOf(ports, 'system', 'registration.withdrawn')],
      };
    });
  }
}

async function removed(
  ports: ErasePorts,
  collection: 'sessions' | 'accountLinks' | 'notices' | 'noticePreferences' | 'savedSearches' | 'attachments',
  id: string,
  events: readonly DomainEvent[] = [],
): Promise<void> {
  const records = ports.store.collection(collection);
  for (let record = await records.get(id); record; record = await records.get(id)) {
    try {
      await records.remove(id, record.version, events);
    } catch (error) {
      if (!(error instanceof QianxianError) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error;
    }
  }
}

function eventOf(ports: ErasePorts, by: string, type: string): DomainEvent {
  return { type, at: ports.clock.now().toISOString(), by };
}

/** Consumer of changes on `users`. */
export function applyErasures(ports: ErasePorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if ((change.document as User | null)?.state === 'erasing') await applyErasure(ports, change.id);
    }
  };
}

/** Gives staff the right to read the audit, or takes it (administrators only). */
export async function setAuditRight(
  ports: ErasePorts,
  principal: Principal,
  id: string,
  seen: number,
  right: boolean,
): Promise<void> {
  if (principal.role !== 'admin') throw new Forbidden('审计权限只能由系统管理员授予');
  const user = await ports.store.collection('users').get(id);
  if (!user) throw new NotFound('没有找到这个账号，可能已被删除');
  if (user.role !== 'staff') throw new Conflict('审计权限只能授予科技局工作人员；系统管理员本来就有');
  if (user.version !== seen) throw new Conflict();
  const { mayAudit: _, ...rest } = unstoredUser(user);
  await ports.store
    .collection('users')
    .update(id, seen, { ...rest, ...(right ? { mayAudit: true as const } : {}) }, [
      eventOf(ports, principal.userId, right ? 'user.audit-granted' : 'user.audit-revoked'),
    ]);
}
