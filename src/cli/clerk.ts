import { QianxianError } from '../domain/errors.ts';
import type { Principal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { userOf } from './user-of.ts';

/** The member of the bureau in whose name something is done. Throws `not_found`, and `invalid` for who may not do `what`. */
export async function clerkOf(flow: Flow, login: string, what: string): Promise<Principal> {
  const { id, name, role, state } = await userOf(flow, login);
  if (state === 'active' && (role === 'staff' || role === 'admin')) return { userId: id, role, name };
  throw new QianxianError('invalid', `“${login}”不是在用的科技局账号，不能${what}；请写工作人员的登录名`);
}
