import { z } from 'zod';
import { isInsider } from '../../domain/access.ts';
import { Conflict, Duplicate, Forbidden, Invalid, NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { moveOf } from '../../domain/state-table.ts';
import {
  isBureau,
  type Principal,
  type Role,
  roles,
  type User,
  type UserContent,
  type UserState,
  userContent,
  userStates,
} from '../../domain/user.ts';
import { check, choice, number, text } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Scalar } from '../../ports/record-store.ts';
import { type AccountPorts, confirmPassword, type SignedIn, signedIn, unstoredUser, withoutFailures } from './login.ts';
import { mayManage } from './managed-roles.ts';
import { hashPassword } from './password-hash.ts';
import { checkNewPassword, normalisePassword, oneTimePassword } from './password-policy.ts';
import { type PublicUser, publicUser } from './public-user.ts';

const bureauRoles: readonly Role[] = ['admin', 'staff'];

export interface CreatedUser {
  readonly user: PublicUser;
  /** Shown once, must be changed at the first login. Null where the account was there already (a repeated request). */
  readonly oneTimePassword: string | null;
}

/**
 * Makes an account with a one-time password. Administrators make any; staff those of organisations; managers members of
 * their own. `options.id` is derived from who asks and his Idempotency-Key: a repeated request finds the account that the
 * first one made, `conflict` where the id stands for something else. A taken login is `duplicate`.
 */
export async function createUser(
  ports: AccountPorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<CreatedUser> {
  if (mayManage[principal.role].length === 0) throw new Forbidden('您没有权限新增账号，请联系本机构管理员或科技局');
  const content = check(userContent, input);
  if (!mayManage[principal.role].includes(content.role)) {
    throw new Forbidden(
      principal.role === 'manager'
        ? '机构管理员只能新增本机构的成员；机构管理员的账号请联系科技局新增'
        : '科技局工作人员和系统管理员的账号只能由系统管理员新增',
    );
  }
  await checkOrganisation(ports, principal, content);
  const users = ports.store.collection('users');
  const id = options.id ?? randomId();
  // Before the hash: a repeated request costs nothing.
  const there = await users.get(id);
  if (there) return repeated(ports, principal, content, there);
  const password = oneTimePassword();
  const document: Unstored<User> = {
    id,
    state: userStates.initial,
    login: content.login,
    name: content.name,
    role: content.role,
    ...(content.organisationId === undefined ? {} : { organisationId: content.organisationId }),
    ...(content.email === undefined ? {} : { email: content.email }),
    ...(content.mobile === undefined ? {} : { mobile: content.mobile }),
    createdBy: principal.userId,
    passwordHash: await hashPassword(password),
    mustChangePassword: true,
    failures: 0,
    sessionEpoch: 1,
  };
  try {
    const user = await users.insert(document, [
      eventOf(ports, principal, 'user.created', {
        role: content.role,
        ...(content.organisationId === undefined ? {} : { organisationId: content.organisationId }),
      }),
    ]);
    return { user: publicUser(user, ports.clock.now()), oneTimePassword: password };
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const twin = await users.get(id);
    if (twin) return repeated(ports, principal, content, twin);
    const issue = { field: 'login', label: '登录名', reason: '已被使用', mend: '请换一个登录名，例如加上单位简称' };
    throw new Duplicate('login', `登录名“${content.login}”已被使用，请换一个`, { issues: [issue], cause: error });
  }
}

export interface UserListing {
  readonly items: readonly PublicUser[];
  readonly next?: string;
}

const stateCodes = (Object.keys(userStates.states) as UserState[]).map((code) => ({
  code,
  label: userStates.states[code],
}));

const userFilter = z.strictObject({
  role: choice('角色', roles).optional(),
  state: choice('状态', stateCodes).optional(),
  organisationId: text('所属机构', 64).optional(),
  cursor: text('翻页位置', 2_000).optional(),
  limit: number('每页条数', { min: 1, max: 200 }).optional(),
});

/** Accounts by login: all of them for the bureau, those of their own organisation for managers. */
export async function listUsers(
  ports: AccountPorts,
  principal: Principal,
  filter: {
    readonly role?: Role;
    readonly state?: UserState;
    readonly organisationId?: string;
    readonly cursor?: string;
    readonly limit?: number;
  } = {},
): Promise<UserListing> {
  if (principal.role === 'member') throw new Forbidden('您没有权限查看账号列表');
  const { role, state, organisationId, cursor, limit = 50 } = check(userFilter, filter);
  const own = isBureau(principal) ? undefined : principal.organisationId;
  if (!isBureau(principal) && (own === undefined || (organisationId !== undefined && organisationId !== own))) {
    return { items: [] };
  }
  const where: Record<string, Scalar> = {};
  if (role !== undefined) where.role = role;
  if (state !== undefined) where.state = state;
  const wanted = own ?? organisationId;
  if (wanted !== undefined) where.organisationId = wanted;
  const page = await ports.store.collection('users').find({
    where,
    order: { by: 'login', direction: 'asc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const now = ports.clock.now();
  return {
    items: page.items.map((user) => publicUser(user, now)),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** One account: one's own; any for the bureau; those of their own organisation for managers. Others are `not_found`. */
export async function getUser(ports: AccountPorts, principal: Principal, id: string): Promise<PublicUser> {
  return publicUser(await visibleUser(ports, principal, id), ports.clock.now());
}

/**
 * Disables or enables an account: any by administrators, members of their own organisation by managers, who enable only what
 * a manager disabled. A disabled one's sessions are void at once. Nobody disables himself, and one active administrator
 * always stays.
 */
export async function moveUser(
  ports: AccountPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: 'disable' | 'enable',
): Promise<PublicUser> {
  const user = await visibleUser(ports, principal, id);
  const known = check(z.strictObject({ action: choice('操作', userActions) }), { action });
  const manages = principal.role === 'manager' && mayManage.manager.includes(user.role);
  if (!isBureau(principal) && !manages) {
    throw new Forbidden('机构管理员只能停用和恢复本机构成员的账号；其他账号请联系科技局的系统管理员');
  }
  const actor = principal.role === 'admin' ? 'admin' : manages ? 'owner' : 'staff';
  const move = moveOf(userStates, user.state, known.action, actor);
  if (manages && known.action === 'enable' && user.disabledByManager === undefined) {
    throw new Forbidden('这个账号由科技局停用，请联系科技局的系统管理员恢复');
  }
  if (user.version !== seen) throw new Conflict();
  if (known.action === 'disable' && user.id === principal.userId) {
    throw new QianxianError('conflict', '不能停用自己的账号，请由另一位系统管理员停用');
  }
  const { disabledByManager: _, ...rest } = withoutFailures(user);
  const moved = await ports.store.collection('users').update(
    id,
    seen,
    {
      ...rest,
      state: move.to,
      ...(manages && move.to === 'disabled' ? { disabledByManager: true as const } : {}),
      sessionEpoch: user.sessionEpoch + 1,
    },
    [eventOf(ports, principal, `user.${move.to === 'disabled' ? 'disabled' : 'enabled'}`)],
  );
  if (moved.role === 'admin' && moved.state === 'disabled' && (await activeAdmins(ports)) === 0) {
    // Two administrators disabled each other at the same moment: whoever sees that nobody is left takes his own back.
    await changeDocument(ports.store, 'users', id, (newest) =>
      newest.state === 'disabled'
        ? {
            document: { ...unstoredUser(newest), state: 'active' as const },
            events: [eventOf(ports, principal, 'user.enabled')],
          }
        : null,
    );
    throw new QianxianError('conflict', '至少要留下一位正常的系统管理员，没有停用');
  }
  return publicUser(moved, ports.clock.now());
}

/**
 * Gives an account a new one-time password and answers it; its sessions and its lock are void. By whoever may make such
 * accounts.
 */
export async function resetPassword(ports: AccountPorts, principal: Principal, id: string): Promise<string> {
  const user = await visibleUser(ports, principal, id);
  if (!mayManage[principal.role].includes(user.role)) {
    throw new Forbidden(
      user.id === principal.userId ? '自己的密码请用“修改密码”' : '您没有权限重置这个账号的密码，请联系系统管理员',
    );
  }
  const password = oneTimePassword();
  const passwordHash = await hashPassword(password);
  await changeDocument(ports.store, 'users', id, (newest) => ({
    document: {
      ...withoutFailures(newest),
      passwordHash,
      mustChangePassword: true,
      sessionEpoch: newest.sessionEpoch + 1,
    },
    events: [eventOf(ports, principal, 'user.password-reset')],
  }));
  return password;
}

const passwordChange = z.strictObject({
  current: z
    .string({ error: '没有填写|请填写现在的密码' })
    .min(1, '没有填写|请填写现在的密码')
    .max(1_000)
    .meta({ title: '现在的密码' }),
  next: z
    .string({ error: '没有填写|请填写新密码' })
    .min(1, '没有填写|请填写新密码')
    .max(1_000, '超过128个字符|请用128个以内的字符')
    .meta({ title: '新密码' }),
});

/**
 * Changes one's own password. Every session is void after it; the answer has the epoch of the next one.
 * Throws `invalid` for a wrong current password (`current`) or a weak new one (`next`).
 */
export async function changePassword(
  ports: AccountPorts,
  principal: Principal,
  input: { readonly current: string; readonly next: string },
): Promise<SignedIn> {
  const { current, next } = check(passwordChange, input);
  const users = ports.store.collection('users');
  const user = await users.get(principal.userId);
  if (!user) throw new NotFound('没有找到您的账号，请重新登录');
  await confirmPassword(ports, user, current);
  if (normalisePassword(next) === normalisePassword(current)) {
    throw new Invalid([{ field: 'next', label: '新密码', reason: '与现在的密码相同', mend: '请换一个新的密码' }]);
  }
  const organisation =
    user.organisationId === undefined
      ? undefined
      : await ports.store.collection('organisations').get(user.organisationId);
  checkNewPassword(next, [user.login, user.name, ...(organisation ? [organisation.content.name] : [])], 'next');
  const passwordHash = await hashPassword(next);
  const { document } = await changeDocument(ports.store, 'users', user.id, (newest) => {
    // Reset or changed by somebody else meanwhile: what was confirmed is not the password any more.
    if (newest.passwordHash !== user.passwordHash) throw new Conflict('密码刚刚被重置或修改过，请重新登录后再试');
    return {
      document: {
        ...withoutFailures(newest),
        passwordHash,
        mustChangePassword: false,
        sessionEpoch: newest.sessionEpoch + 1,
      },
      events: [eventOf(ports, principal, 'user.password-changed')],
    };
  });
  return signedIn(ports, document);
}

/** Erasing has a request of its own. */
const userActions = userStates.moves
  .filter((move) => move.action === 'disable' || move.action === 'enable')
  .map((move) => ({ code: move.action as 'disable' | 'enable', label: move.label }));

function eventOf(
  ports: AccountPorts,
  principal: Principal,
  type: string,
  data?: Readonly<Record<string, unknown>>,
): DomainEvent {
  return { type, at: ports.clock.now().toISOString(), by: principal.userId, ...(data ? { data } : {}) };
}

async function visibleUser(ports: AccountPorts, principal: Principal, id: string): Promise<User> {
  const user = await ports.store.collection('users').get(id);
  const visible =
    user !== undefined &&
    (user.id === principal.userId ||
      isBureau(principal) ||
      (principal.role === 'manager' && isInsider(principal, { organisationId: user.organisationId ?? null })));
  if (!visible) throw Withheld.orMissing(user, '没有找到这个账号，可能已被删除，或您无权查看');
  return user;
}

async function checkOrganisation(ports: AccountPorts, principal: Principal, content: UserContent): Promise<void> {
  const issue = (reason: string, mend: string) =>
    new Invalid([{ field: 'organisationId', label: '所属机构', reason, mend }]);
  if (bureauRoles.includes(content.role)) {
    if (content.organisationId !== undefined) {
      throw issue('科技局的账号不属于任何机构', '请去掉所属机构，或改选机构的角色');
    }
    return;
  }
  if (content.organisationId === undefined) throw issue('没有填写', '机构的账号必须选择所属机构');
  if (!isInsider(principal, { organisationId: content.organisationId })) {
    throw new Forbidden('您只能新增本机构的账号');
  }
  const organisation = await ports.store.collection('organisations').get(content.organisationId);
  if (!organisation) throw issue('没有这个机构', '请先登记机构，或从机构列表中选择');
  if (organisation.state === 'disabled') throw issue('这个机构已停用', '请先恢复机构，再新增账号');
}

function repeated(ports: AccountPorts, principal: Principal, content: UserContent, there: User): CreatedUser {
  const same =
    there.createdBy === principal.userId &&
    there.login === content.login &&
    there.name === content.name &&
    there.role === content.role &&
    there.organisationId === content.organisationId &&
    there.email === content.email &&
    there.mobile === content.mobile;
  if (!same) throw new QianxianError('conflict', '这个请求编号已经用于新增另一个账号，请换一个编号再提交');
  return { user: publicUser(there, ports.clock.now()), oneTimePassword: null };
}

function activeAdmins(ports: AccountPorts): Promise<number> {
  return ports.store.collection('users').count({ role: 'admin', state: 'active' });
}
