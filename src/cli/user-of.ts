import { NotFound } from '../domain/errors.ts';
import { normaliseLogin, type User } from '../domain/user.ts';
import type { Flow } from '../flow.ts';

/** The account of a login; `not_found` says how to find it. */
export async function userOf(flow: Flow, login: string): Promise<User> {
  const page = await flow.ports.store.collection('users').find({ where: { login: normaliseLogin(login) }, limit: 1 });
  const found = page.items[0];
  if (!found) throw new NotFound(`没有登录名为“${login}”的账号；用 npx qianxian user list 查看全部`);
  return found;
}
