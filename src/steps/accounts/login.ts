import { Conflict, Invalid, QianxianError } from '../../domain/errors.ts';
import type { Unstored } from '../../domain/record.ts';
import { isBureau, normaliseLogin, type Principal, type User } from '../../domain/user.ts';
import { hasForbiddenCharacter } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { RecordStore } from '../../ports/record-store.ts';
import { verifyPassword } from './password-hash.ts';
import { isLocked, type PublicUser, principalFrom, publicUser } from './public-user.ts';

/** Failures in a row that lock an account, and for how long. */
export const mostFailures = 5;
export const lockMinutes = 15;
const longestTried = 1_000;

/** Who has logged in, with what a session must remember. */
export interface SignedIn {
  readonly principal: Principal;
  readonly user: PublicUser;
  /** A session is void once the user's epoch is another. */
  readonly sessionEpoch: number;
  /** Logging in is not done: a second factor must follow. Never set for a session that goes on. */
  readonly needsSecondFactor: boolean;
  /** A second factor is demanded of him, and he has set up none: nothing but that should be let through. */
  readonly mustEnrolTotp: boolean;
  /** Nothing but a change of the password should be let through. */
  readonly mustChangePassword: boolean;
}

export type AccountPorts = Pick<Ports, 'store' | 'clock' | 'service'>;

const refusal = `登录名或密码不对，或账号已停用或暂时锁定。连续输错${mostFailures}次会锁定${lockMinutes}分钟，请稍后再试；忘记密码请联系本机构管理员或科技局重置`;

function refused(): QianxianError {
  return new QianxianError('unauthenticated', refusal);
}

/**
 * Logs in. Throws `unauthenticated` with one message whatever the reason, after the same work whatever the reason: an
 * unknown, a locked and a disabled login each cost one hash and one write, as a wrong password does.
 *
 * Tries on one login take turns, so that many at once are judged one after the other and the sixth is not looked at;
 * failures are counted by compare-and-set, so that other processes' tries count too.
 */
export async function authenticate(ports: AccountPorts, login: string, password: string): Promise<SignedIn> {
  for (const [field, label, value] of [
    ['login', '登录名', login],
    ['password', '密码', password],
  ] as const) {
    if (typeof value !== 'string' || value === '') {
      throw new Invalid([{ field, label, reason: '没有填写', mend: `请填写${label}` }]);
    }
    if (value.length > longestTried) {
      throw new Invalid([{ field, label, reason: '过长', mend: `请核对${label}，不要粘贴其他内容` }]);
    }
  }
  const wanted = normaliseLogin(login);
  return inTurn(ports.store, wanted, async () => {
    const found = hasForbiddenCharacter(wanted) ? undefined : await userByLogin(ports, wanted);
    const open = found !== undefined && (await mayLogIn(ports, found));
    const right = await verifyPassword(found?.passwordHash, password);
    if (!open) {
      await decoyWrite(ports);
      throw refused();
    }
    if (!right) {
      await countFailure(ports, found.id);
      throw refused();
    }
    return succeed(ports, found);
  });
}

/**
 * The account of a session, or undefined where the session is void: the account is gone or disabled, its organisation
 * is disabled, or its password was changed since.
 */
export async function principalOf(
  ports: AccountPorts,
  userId: string,
  sessionEpoch: number,
): Promise<SignedIn | undefined> {
  const user = await ports.store.collection('users').get(userId);
  if (user?.state !== 'active' || user.sessionEpoch !== sessionEpoch) return undefined;
  if (await organisationDisabled(ports, user)) return undefined;
  return signedIn(ports, user);
}

/**
 * Checks the password of somebody who is logged in already. A wrong one counts as a failed login, so that a session left
 * open is no way to guess the password.
 */
export async function confirmPassword(ports: AccountPorts, user: User, password: string): Promise<void> {
  await inTurn(ports.store, user.login, async () => {
    const newest = await ports.store.collection('users').get(user.id);
    if (!newest || isLocked(newest, ports.clock.now())) {
      throw new QianxianError('too_many', `输错密码次数过多，请${lockMinutes}分钟后再试`, {
        retryAfter: lockMinutes * 60,
      });
    }
    if (await verifyPassword(newest.passwordHash, password)) return;
    await countFailure(ports, user.id);
    throw new Invalid([
      { field: 'current', label: '现在的密码', reason: '不对', mend: '请核对大小写和输入法后重新填写' },
    ]);
  });
}

export function signedIn(ports: AccountPorts, user: User): SignedIn {
  return {
    principal: principalFrom(user),
    user: publicUser(user, ports.clock.now()),
    sessionEpoch: user.sessionEpoch,
    needsSecondFactor: false,
    mustEnrolTotp: ports.service.requireTotp && isBureau(principalFrom(user)) && user.totp?.confirmedAt === undefined,
    mustChangePassword: user.mustChangePassword,
  };
}

/** The user as the store wants it back. */
export function unstoredUser(user: User): Unstored<User> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = user;
  return rest;
}

/** The user without the marks of failed logins. */
export function withoutFailures(user: User): Unstored<User> {
  const { lockedUntil: _lockedUntil, ...rest } = unstoredUser(user);
  return { ...rest, failures: 0 };
}

async function userByLogin(ports: AccountPorts, login: string): Promise<User | undefined> {
  return (await ports.store.collection('users').find({ where: { login }, limit: 1 })).items[0];
}

async function mayLogIn(ports: AccountPorts, user: User): Promise<boolean> {
  // The organisation is read whatever the user's own state, so that the state costs no time.
  const disabled = await organisationDisabled(ports, user);
  return !disabled && user.state === 'active' && !isLocked(user, ports.clock.now());
}

async function organisationDisabled(ports: AccountPorts, user: User): Promise<boolean> {
  if (user.organisationId === undefined) return false;
  const organisation = await ports.store.collection('organisations').get(user.organisationId);
  return organisation === undefined || organisation.state === 'disabled';
}

export async function countFailure(ports: Pick<Ports, 'store' | 'clock'>, userId: string): Promise<void> {
  await changeDocument(ports.store, 'users', userId, (user) => {
    const now = ports.clock.now();
    // Locked by somebody else's try meanwhile: the lock is not made longer.
    if (isLocked(user, now)) return null;
    const { lockedUntil, ...rest } = unstoredUser(user);
    // A lock that has run out begins a new count.
    const failures = (lockedUntil === undefined ? user.failures : 0) + 1;
    const at = now.toISOString();
    const event = { type: 'user.login-failed', at, by: 'system', data: { failures } };
    if (failures < mostFailures) return { document: { ...rest, failures }, events: [event] };
    const until = new Date(now.getTime() + lockMinutes * 60_000).toISOString();
    return {
      document: { ...rest, failures, lockedUntil: until },
      events: [event, { type: 'user.locked', at, by: 'system', data: { until } }],
    };
  });
}

/** Looks once more at the newest version: a lock, a new password or a disabling that came during the check wins. */
async function succeed(ports: AccountPorts, checked: User): Promise<SignedIn> {
  const { document } = await changeDocument(ports.store, 'users', checked.id, (user) => {
    if (
      user.state !== 'active' ||
      user.passwordHash !== checked.passwordHash ||
      user.sessionEpoch !== checked.sessionEpoch ||
      isLocked(user, ports.clock.now())
    ) {
      throw refused();
    }
    // Failures are forgotten when both steps are done: or a known password would buy any number of guesses at the codes.
    if (user.totp?.confirmedAt !== undefined) return null;
    if (user.failures === 0 && user.lockedUntil === undefined) return null;
    return { document: withoutFailures(user) };
  });
  return { ...signedIn(ports, document), needsSecondFactor: document.totp?.confirmedAt !== undefined };
}

const decoyId = 'refused-logins';

/** The write that a wrong password of a real account costs; its count is of use to an operator. */
export async function decoyWrite(ports: Pick<Ports, 'store'>): Promise<void> {
  const settings = ports.store.collection('settings');
  try {
    const there = await settings.get(decoyId);
    if (!there) await settings.insert({ id: decoyId, value: 1 });
    else await settings.update(decoyId, there.version, { id: decoyId, value: Number(there.value) + 1 });
  } catch (error) {
    // Somebody else wrote at the same moment: the work was done, the count is of no weight.
    if (!(error instanceof Conflict || (error instanceof QianxianError && error.code === 'duplicate'))) throw error;
  }
}

const turns = new WeakMap<RecordStore, Map<string, Promise<unknown>>>();

/** Runs `work` after all work of the same login that came before it, in this process. */
export async function inTurn<T>(store: RecordStore, login: string, work: () => Promise<T>): Promise<T> {
  let waiting = turns.get(store);
  if (!waiting) {
    waiting = new Map();
    turns.set(store, waiting);
  }
  const before = waiting.get(login) ?? Promise.resolve();
  const mine = before.then(work, work);
  waiting.set(login, mine);
  try {
    return await mine;
  } finally {
    if (waiting.get(login) === mine) waiting.delete(login);
  }
}
