import type { z } from 'zod';
import { Conflict, NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import { maskedAddress } from '../../domain/notices/masked-address.ts';
import { contactChange, type Principal, type User } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { type LinkPorts, newLink, openLink, useLink } from './account-links.ts';
import { type AccountPorts, confirmPassword, unstoredUser } from './login.ts';

const hourMs = 3_600_000;
/** Mails with a link that one account may ask for in an hour. */
const mostAnHour = 3;

/** How somebody is reached now, and the address that waits for its link to be opened, masked. */
export interface OwnContact {
  readonly email: string | null;
  readonly mobile: string | null;
  readonly awaiting: string | null;
}

/**
 * Changes how one is reached oneself. A number counts at once; another address only once the link that is mailed to it has
 * been used, so that nobody turns the notices of somebody else, or his resets, to where he reads them. Throws `invalid` for a
 * wrong password, `too_many` after three links in an hour.
 */
export async function changeOwnContact(
  ports: AccountPorts & LinkPorts,
  principal: Principal,
  input: z.input<typeof contactChange>,
): Promise<OwnContact> {
  const { current, email, mobile } = check(contactChange, input);
  const users = ports.store.collection('users');
  const user = await users.get(principal.userId);
  if (!user) throw new NotFound('没有找到您的账号，请重新登录');
  await confirmPassword(ports, user, current);
  const asks = typeof email === 'string' && email !== user.email;
  if (asks) await demandRoom(ports, user.id);
  const { document } = await changeDocument(ports.store, 'users', user.id, (newest) => {
    const removesMail = email === null && newest.email !== undefined;
    const changesMobile = mobile !== undefined && (mobile ?? undefined) !== newest.mobile;
    if (!removesMail && !changesMobile) return null;
    const { email: before, mobile: number, ...rest } = unstoredUser(newest);
    const nextMobile = mobile === undefined ? number : (mobile ?? undefined);
    const at = ports.clock.now().toISOString();
    const event = (type: string) => ({ type, at, by: principal.userId });
    return {
      document: {
        ...rest,
        ...(before === undefined || removesMail ? {} : { email: before }),
        ...(nextMobile === undefined ? {} : { mobile: nextMobile }),
      },
      events: [
        ...(removesMail ? [event('user.email-changed')] : []),
        ...(changesMobile ? [event('user.mobile-changed')] : []),
      ],
    };
  });
  if (asks) {
    await ports.store.collection('accountLinks').insert(
      newLink(ports, {
        id: randomId(),
        kind: 'address',
        email,
        userId: user.id,
        userEpoch: document.sessionEpoch,
      }),
      [{ type: 'user.email-asked', at: ports.clock.now().toISOString(), by: principal.userId }],
    );
  }
  return {
    email: document.email ?? null,
    mobile: document.mobile ?? null,
    awaiting: asks ? maskedAddress(email) : null,
  };
}

async function demandRoom(ports: Pick<Ports, 'store' | 'clock'>, userId: string): Promise<void> {
  const since = new Date(ports.clock.now().getTime() - hourMs).toISOString();
  const sent = await ports.store.collection('accountLinks').count({ userId, createdAt: { gte: since } });
  if (sent < mostAnHour) return;
  throw new QianxianError('too_many', `一小时内最多发${mostAnHour}封确认邮件，请稍后再试`, { retryAfter: 3600 });
}

/** Makes the address of a link that was mailed to it one's own; `not_found` where the link is void. */
export async function confirmAddress(ports: LinkPorts, token: string): Promise<void> {
  const link = await openLink(ports, 'address', token);
  const user = link.userId === undefined ? undefined : await ports.store.collection('users').get(link.userId);
  if (!isStillHis(user, link.userEpoch)) {
    throw new Withheld('这个确认信箱的链接无效：密码改过，或账号已停用；请登录后重新填写信箱');
  }
  // The link first: whoever dies after it asks again, and nobody can use it twice.
  await useLink(ports, link, { type: 'user.email-confirmed', by: user.id });
  await changeDocument(ports.store, 'users', user.id, (newest) => {
    if (!isStillHis(newest, link.userEpoch)) throw new Conflict('账号刚刚改动过，请登录后重新填写信箱');
    return {
      document: { ...unstoredUser(newest), email: link.email },
      events: [{ type: 'user.email-changed', at: ports.clock.now().toISOString(), by: user.id }],
    };
  });
}

function isStillHis(user: User | undefined, epoch: number | undefined): user is User {
  return user?.state === 'active' && user.sessionEpoch === epoch;
}
