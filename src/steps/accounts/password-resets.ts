import { z } from 'zod';
import { Conflict, Invalid, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import { normaliseLogin, type User } from '../../domain/user.ts';
import { check, hasForbiddenCharacter } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { type LinkPorts, newLink, openLink, useLink } from './account-links.ts';
import { decoyWrite, withoutFailures } from './login.ts';
import { hashPassword } from './password-hash.ts';
import { checkNewPassword } from './password-policy.ts';

const hourMs = 3_600_000;
/** Mails that one account gets in an hour at most, whoever asks for them. */
const mostAnHour = 3;
const longestTried = 200;

/**
 * Asks for a new password by mail. Answers nothing, whatever the login: there is a mail only for an active account with an
 * address, and finding none costs the same write.
 */
export async function requestPasswordReset(ports: LinkPorts, login: string): Promise<void> {
  if (typeof login !== 'string' || login.trim() === '' || login.length > longestTried) {
    throw new Invalid([{ field: 'login', label: '登录名', reason: '没有填写或过长', mend: '请填写登录名' }]);
  }
  const wanted = normaliseLogin(login);
  const page = hasForbiddenCharacter(wanted)
    ? undefined
    : await ports.store.collection('users').find({ where: { login: wanted }, limit: 1 });
  const user = page?.items[0];
  // Asked whatever the user, so that it costs the same.
  const since = new Date(ports.clock.now().getTime() - hourMs).toISOString();
  const sent = await ports.store
    .collection('accountLinks')
    .count({ userId: user?.id ?? '', createdAt: { gte: since } });
  if (user?.state !== 'active' || user.email === undefined || sent >= mostAnHour) {
    await decoyWrite(ports);
    return;
  }
  await ports.store.collection('accountLinks').insert(
    newLink(ports, {
      id: randomId(),
      kind: 'reset',
      email: user.email,
      userId: user.id,
      userEpoch: user.sessionEpoch,
    }),
    [{ type: 'user.reset-requested', at: ports.clock.now().toISOString(), by: 'anonymous', data: { userId: user.id } }],
  );
}

/** Whose password the link in the mail resets; `not_found` where it is void. Changes nothing. */
export async function showPasswordReset(
  ports: LinkPorts,
  token: string,
): Promise<{ readonly login: string; readonly expiresAt: string }> {
  const { link, user } = await holder(ports, token);
  return { login: user.login, expiresAt: link.expiresAt };
}

const resetting = z.strictObject({
  token: z.string(),
  password: z
    .string({ error: '没有填写|请填写新密码' })
    .min(1, '没有填写|请填写新密码')
    .max(1_000, '超过128个字符|请用128个以内的字符')
    .meta({ title: '新密码' }),
});

/** Sets a new password by the link in the mail. Every session is void after it, and the link, and a lock. */
export async function usePasswordReset(
  ports: LinkPorts,
  input: { readonly token: string; readonly password: string },
): Promise<void> {
  const { token, password } = check(resetting, input);
  const { link, user } = await holder(ports, token);
  const organisation =
    user.organisationId === undefined
      ? undefined
      : await ports.store.collection('organisations').get(user.organisationId);
  checkNewPassword(password, [user.login, user.name, ...(organisation ? [organisation.content.name] : [])], 'password');
  const passwordHash = await hashPassword(password);
  // The link first: whoever dies after it has to ask again, and nobody can use it twice.
  await useLink(ports, link, { type: 'user.reset-used', by: user.id });
  await changeDocument(ports.store, 'users', user.id, (newest) => {
    if (newest.sessionEpoch !== user.sessionEpoch || newest.state !== 'active') {
      throw new Conflict('密码刚刚被改过，请用新的密码登录，或重新申请');
    }
    return {
      document: {
        ...withoutFailures(newest),
        passwordHash,
        mustChangePassword: false,
        sessionEpoch: newest.sessionEpoch + 1,
      },
      events: [{ type: 'user.password-reset', at: ports.clock.now().toISOString(), by: user.id }],
    };
  });
}

async function holder(
  ports: LinkPorts,
  token: string,
): Promise<{ link: Awaited<ReturnType<typeof openLink>>; user: User }> {
  const link = await openLink(ports, 'reset', token);
  const user = link.userId === undefined ? undefined : await ports.store.collection('users').get(link.userId);
  if (user?.state !== 'active' || user.sessionEpoch !== link.userEpoch) {
    throw new Withheld('这个重置密码的链接无效：可能已经用过或过期，请重新申请');
  }
  return { link, user };
}
