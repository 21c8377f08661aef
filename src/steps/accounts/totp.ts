import { createHash, randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { Conflict, Forbidden, Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import type { DomainEvent } from '../../domain/record.ts';
import type { Principal, User, UserTotp } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import {
  type AccountPorts,
  confirmPassword,
  countFailure,
  inTurn,
  lockMinutes,
  type SignedIn,
  signedIn,
  unstoredUser,
  withoutFailures,
} from './login.ts';
import { mayManage } from './managed-roles.ts';
import { isLocked } from './public-user.ts';

type TotpPorts = AccountPorts & Pick<Ports, 'vault'>;

/** RFC 6238 as every authenticator app reads it: SHA-1, six digits, steps of 30 seconds. */
const period = 30;
const digits = 6;
/** Steps before and after the present one whose codes are taken too, for clocks that go wrong by half a minute. */
const drift = 1;
const secretBytes = 20;
const recoveryCodes = 10;
const recoveryAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const purpose = 'totp';

/** What an app must know. */
export interface TotpEnrolment {
  /** Base 32, for those who type it in. */
  readonly secret: string;
  /** `otpauth://totp/…`, for those who scan it. */
  readonly uri: string;
}

/**
 * Begins to set up a second factor: makes a secret, which holds only after a code of it was given (`confirmTotp`). Asks for the
 * password, so that a session left open is not enough. Beginning again makes the secret before void.
 */
export async function beginTotp(ports: TotpPorts, principal: Principal, password: string): Promise<TotpEnrolment> {
  const user = await ownAccount(ports, principal);
  if (user.totp?.confirmedAt !== undefined) {
    throw new Conflict('两步验证已经设置好了；换手机的请先取消，再重新设置');
  }
  await confirmPassword(ports, user, password);
  const secret = new Secret({ size: secretBytes });
  await changeDocument(ports.store, 'users', user.id, (newest) => {
    if (newest.totp?.confirmedAt !== undefined) throw new Conflict('两步验证已经设置好了');
    const totp = { secret: ports.vault.seal(purpose, user.id, secret.base32), lastStep: 0, recovery: [] };
    return { document: { ...unstoredUser(newest), totp } };
  });
  const uri = new TOTP({ issuer: '牵线', label: user.login, secret, digits, period, algorithm: 'SHA1' }).toString();
  return { secret: secret.base32, uri };
}

/**
 * Ends the setting up with a first code. Answers recovery codes, which are shown this once; every other session is void
 * after it, and the answer has the epoch of the next one.
 */
export async function confirmTotp(
  ports: TotpPorts,
  principal: Principal,
  code: string,
): Promise<{ readonly signed: SignedIn; readonly recovery: readonly string[] }> {
  const user = await ownAccount(ports, principal);
  const recovery = Array.from({ length: recoveryCodes }, recoveryCode);
  const { document } = await changeDocument(ports.store, 'users', user.id, (newest) => {
    const { totp } = newest;
    if (totp === undefined) throw new Conflict('请先开始设置两步验证，再填写动态码');
    if (totp.confirmedAt !== undefined) throw new Conflict('两步验证已经设置好了');
    const step = stepOf(ports, newest, totp, code);
    if (step === undefined) {
      throw new Invalid([
        {
          field: 'code',
          label: '动态码',
          reason: '不对或已过时',
          mend: '请填写手机应用上现在显示的六位数字；总是不对的，请把手机的时间设为自动',
        },
      ]);
    }
    const at = ports.clock.now().toISOString();
    return {
      document: {
        ...unstoredUser(newest),
        totp: { ...totp, confirmedAt: at, lastStep: step, recovery: recovery.map(recoveryHash) },
        sessionEpoch: newest.sessionEpoch + 1,
      },
      events: [eventOf(ports, principal.userId, 'user.totp-enrolled')],
    };
  });
  return { signed: signedIn(ports, document), recovery };
}

const refusal = `动态码不对、已用过或已过时，或账号暂时锁定。请等下一个动态码；连续输错会锁定${lockMinutes}分钟；手机不在身边的，可用恢复码，或请系统管理员重置`;

/**
 * The second step of logging in: a code of the app, or a recovery code. A wrong one counts as a failed login, and failures are
 * forgotten only when both steps are done. No code is taken twice. Throws `unauthenticated` with one message whatever the
 * reason.
 */
export async function verifySecondFactor(
  ports: TotpPorts,
  half: { readonly userId: string; readonly sessionEpoch: number },
  code: string,
): Promise<SignedIn> {
  const refused = () => new QianxianError('unauthenticated', refusal);
  const user = await ports.store.collection('users').get(half.userId);
  if (!user) throw refused();
  return inTurn(ports.store, user.login, async () => {
    let right = false;
    const { document } = await changeDocument(ports.store, 'users', user.id, (newest) => {
      right = false;
      const { totp } = newest;
      const open =
        newest.state === 'active' &&
        newest.sessionEpoch === half.sessionEpoch &&
        !isLocked(newest, ports.clock.now()) &&
        totp?.confirmedAt !== undefined;
      if (!open) throw refused();
      const taken = afterCode(ports, newest, totp, code);
      if (!taken) return null;
      right = true;
      return {
        document: { ...withoutFailures(newest), totp: taken.totp },
        events: taken.recovery ? [eventOf(ports, newest.id, 'user.recovery-code-used')] : [],
      };
    });
    if (right) return signedIn(ports, document);
    await countFailure(ports, user.id);
    throw refused();
  });
}

/** Takes one's own second factor away, with a code of it; who must have one sets it up anew before anything else. */
export async function removeTotp(ports: TotpPorts, principal: Principal, code: string): Promise<SignedIn> {
  const user = await ownAccount(ports, principal);
  if (user.totp?.confirmedAt === undefined) throw new Conflict('还没有设置两步验证');
  const proved = await verifySecondFactor(ports, { userId: user.id, sessionEpoch: user.sessionEpoch }, code).catch(
    (error: unknown) => {
      if (!(error instanceof QianxianError) || error.code !== 'unauthenticated') throw error;
      throw new Invalid([
        { field: 'code', label: '动态码', reason: '不对、已用过或已过时', mend: '请等下一个动态码再填写，或用恢复码' },
      ]);
    },
  );
  const { document } = await changeDocument(ports.store, 'users', proved.user.id, (newest) => {
    const { totp: _, ...rest } = unstoredUser(newest);
    return {
      document: { ...rest, sessionEpoch: newest.sessionEpoch + 1 },
      events: [eventOf(ports, principal.userId, 'user.totp-removed')],
    };
  });
  return signedIn(ports, document);
}

/**
 * Takes somebody's second factor away who has lost it, by another person: an administrator for the bureau's people, the
 * bureau for those of organisations. His sessions are void.
 */
export async function resetTotp(ports: TotpPorts, principal: Principal, id: string): Promise<void> {
  const user = await ports.store.collection('users').get(id);
  if (!user) throw new NotFound('没有找到这个账号，可能已被删除，或您无权查看');
  if (user.id === principal.userId) throw new Forbidden('不能重置自己的两步验证，请由另一位系统管理员办理');
  if (principal.role === 'manager' || !mayManage[principal.role].includes(user.role)) {
    throw new Forbidden('您没有权限重置这个账号的两步验证，请联系系统管理员');
  }
  await changeDocument(ports.store, 'users', id, (newest) => {
    if (newest.totp === undefined) throw new Conflict('这个账号没有设置两步验证');
    const { totp: _, ...rest } = unstoredUser(newest);
    return {
      document: { ...rest, sessionEpoch: newest.sessionEpoch + 1 },
      events: [eventOf(ports, principal.userId, 'user.totp-reset')],
    };
  });
}

async function ownAccount(ports: TotpPorts, principal: Principal): Promise<User> {
  const user = await ports.store.collection('users').get(principal.userId);
  if (!user) throw new NotFound('没有找到您的账号，请重新登录');
  return user;
}

/** The second factor after this code was taken, or undefined where it is not taken. */
function afterCode(
  ports: TotpPorts,
  user: User,
  totp: UserTotp,
  code: string,
): { readonly totp: UserTotp; readonly recovery: boolean } | undefined {
  const step = stepOf(ports, user, totp, code);
  if (step !== undefined) return { totp: { ...totp, lastStep: step }, recovery: false };
  const hash = recoveryHash(code);
  if (!totp.recovery.includes(hash)) return undefined;
  return { totp: { ...totp, recovery: totp.recovery.filter((one) => one !== hash) }, recovery: true };
}

/** The time step of a right code that was not taken yet. */
function stepOf(ports: TotpPorts, user: User, totp: UserTotp, code: string): number | undefined {
  const token = code.normalize('NFKC').replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const secret = ports.vault.open(purpose, user.id, totp.secret);
  if (secret === undefined) {
    throw new QianxianError('unauthenticated', '服务的密钥已更换，两步验证须重新设置：请系统管理员重置后再登录');
  }
  const timestamp = ports.clock.now().getTime();
  const delta = TOTP.validate({
    token,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits,
    period,
    timestamp,
    window: drift,
  });
  if (delta === null) return undefined;
  const step = TOTP.counter({ period, timestamp }) + delta;
  return step > totp.lastStep ? step : undefined;
}

/** Two groups of five, easy to copy from paper; 49 bits. */
function recoveryCode(): string {
  const group = () => Array.from({ length: 5 }, () => recoveryAlphabet[randomInt(recoveryAlphabet.length)]).join('');
  return `${group()}-${group()}`;
}

function recoveryHash(code: string): string {
  const plain = code
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  return createHash('sha256').update(plain).digest('hex');
}

function eventOf(ports: TotpPorts, by: string, type: string): DomainEvent {
  return { type, at: ports.clock.now().toISOString(), by };
}
