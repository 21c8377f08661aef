import { actorFor } from '../../domain/access.ts';
import { Conflict, Forbidden, NotFound, QianxianError } from '../../domain/errors.ts';
import { erasedName } from '../../domain/mentions.ts';
import type { DomainEvent } from '../../domain/record.ts';
import { type Registration, registrationStates } from '../../domain/registration.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { type Principal, type User, userStates } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import { standingFor, survivingOrganisation } from '../../ports/surviving-organisation.ts';
import { forgetActs } from './forget-acts.ts';
import { forgetMentions, isContactOf } from './forget-mentions.ts';
import { unstoredUser } from './login.ts';

type ErasePorts = Pick<Ports, 'store' | 'clock'>;

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
 * Removes what names a person whose account is being erased: sessions, links, notices, kept searches and choices of his; what
 * any record says of him; then his account's own data. Repeating it changes nothing.
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
  await forgetUnreached(ports, user);
  await forgetMentions(ports, user, [eventOf(ports, 'system', 'contact.forgotten')]);
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

/** Notices to his address that never got through go as a whole; of the address alone, so of whatever organisation. */
async function forgetUnreached(ports: ErasePorts, user: User): Promise<void> {
  const standing =
    user.organisationId === undefined
      ? []
      : await standingFor(ports.store, await survivingOrganisation(ports.store, user.organisationId));
  for await (const { id, address, organisationId } of ports.store.collection('notices').stream({ userId: null })) {
    const byName = organisationId !== null && standing.includes(organisationId);
    if (address && isContactOf(user, address, byName)) await removed(ports, 'notices', id);
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
