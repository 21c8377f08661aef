import { z } from 'zod';
import { QianxianError } from '../../domain/errors.ts';
import type { Flow } from '../../flow.ts';
import { tokenBody } from '../contract/account-invitations.ts';
import { id } from '../contract/query-values.ts';
import {
  beginTotpBody,
  changePasswordBody,
  codeBody,
  endedSessions,
  loginAnswer,
  loginBody,
  ownContact,
  ownContactBody,
  sessionList,
  sessionView,
  totpConfirmed,
  totpEnrolment,
} from '../contract/session.ts';
import { everybody, loggedIn, route, type SessionHandle } from '../route.ts';

const tag = '登录';

type SignedIn = Awaited<ReturnType<Flow['authenticate']>>;

function viewOf(signed: SignedIn, session: SessionHandle) {
  const { id, login, name, role, organisationId } = signed.user;
  return {
    user: { id, login, name, role, organisationId },
    mustChangePassword: signed.mustChangePassword,
    mustEnrolTotp: signed.mustEnrolTotp,
    awaitsApproval: signed.principal.registrationId !== undefined,
    csrfToken: session.csrfToken(),
    endsAt: session.endsAt(),
  };
}

async function begin(signed: SignedIn, session: SessionHandle) {
  await session.start({
    userId: signed.user.id,
    sessionEpoch: signed.sessionEpoch,
    role: signed.principal.role,
  });
  return viewOf(signed, session);
}

export const sessionRoutes = [
  route({
    method: 'post',
    path: '/api/v1/session',
    operationId: 'login',
    tag,
    summary: '登录',
    description:
      '成功后设置会话 Cookie。科技局账号 15 分钟、其他账号 30 分钟不操作即退出，最长 12 小时。连续输错五次锁定 15 分钟。',
    roles: everybody,
    beforePasswordChange: true,
    // What it makes is a cookie; a kept answer would hand out somebody's session again.
    idempotent: false,
    limit: 'login',
    body: loginBody,
    answer: { status: 200, description: '已登录，或等待动态码', schema: loginAnswer },
    refusals: [401],
    handle: async ({ flow, body, session }) => {
      const signed = await flow.authenticate(body.login, body.password);
      if (!signed.needsSecondFactor) return begin(signed, session);
      await session.startHalf({ userId: signed.user.id, sessionEpoch: signed.sessionEpoch });
      return { secondFactor: true as const };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/session/second-factor',
    operationId: 'giveSecondFactor',
    tag,
    summary: '登录的第二步：提交动态码或恢复码',
    description: '密码正确后五分钟内有效；同一个动态码只能用一次，输错与输错密码一样计数。',
    roles: everybody,
    beforePasswordChange: true,
    idempotent: false,
    limit: 'login',
    body: codeBody,
    answer: { status: 200, description: '已登录', schema: sessionView },
    refusals: [401],
    handle: async ({ flow, body, session }) => {
      const half = session.half();
      if (!half) throw new QianxianError('unauthenticated', '请先填写登录名和密码，再填写动态码');
      return begin(await flow.verifySecondFactor(half, body.code), session);
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/session',
    operationId: 'getSession',
    tag,
    summary: '当前登录的用户与防伪令牌',
    roles: loggedIn,
    beforePasswordChange: true,
    answer: { status: 200, description: '当前会话', schema: sessionView },
    handle: async ({ flow, principal, session }) => {
      const user = await flow.getUser(principal, principal.userId);
      const { id, login, name, role, organisationId, mustChangePassword } = user;
      return {
        user: { id, login, name, role, organisationId },
        mustChangePassword,
        mustEnrolTotp: flow.mustEnrolTotp(user),
        awaitsApproval: principal.registrationId !== undefined,
        csrfToken: session.csrfToken(),
        endsAt: session.endsAt(),
      };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/session',
    operationId: 'logout',
    tag,
    summary: '退出登录',
    roles: loggedIn,
    beforePasswordChange: true,
    answer: { status: 204, description: '已退出' },
    handle: ({ session }) => session.end(),
  }),
  route({
    method: 'post',
    path: '/api/v1/session/password',
    operationId: 'changePassword',
    tag,
    summary: '修改自己的密码',
    description: '修改后其他地方的登录全部失效，当前会话换新的 Cookie 和防伪令牌。',
    roles: loggedIn,
    beforePasswordChange: true,
    // Passwords are not kept, not even sealed.
    idempotent: false,
    limit: 'login',
    body: changePasswordBody,
    answer: { status: 200, description: '已修改', schema: sessionView },
    handle: async ({ flow, principal, body, session }) => begin(await flow.changePassword(principal, body), session),
  }),
  route({
    method: 'put',
    path: '/api/v1/session/contact',
    operationId: 'changeOwnContact',
    tag,
    summary: '修改自己的信箱和手机',
    description:
      '须填写现在的密码。手机马上生效；新信箱要打开寄去的链接后才生效，原来的信箱会收到提醒。不填的不变，填 null 的去掉。',
    roles: loggedIn,
    // Passwords are not kept, not even sealed.
    idempotent: false,
    limit: 'login',
    body: ownContactBody,
    answer: { status: 200, description: '现在的信箱和手机', schema: ownContact },
    handle: ({ flow, principal, body }) => flow.changeOwnContact(principal, body),
  }),
  route({
    method: 'post',
    path: '/api/v1/address-confirmations',
    operationId: 'confirmAddress',
    tag,
    summary: '用链接确认自己的新信箱',
    description: '寄到新信箱的链接，24小时内有效，只能用一次。',
    roles: everybody,
    beforePasswordChange: true,
    idempotent: false,
    limit: 'login',
    refusals: [404],
    body: tokenBody,
    answer: { status: 204, description: '已确认' },
    handle: ({ flow, body }) => flow.confirmAddress(body.token),
  }),
  route({
    method: 'post',
    path: '/api/v1/session/totp',
    operationId: 'beginTotp',
    tag,
    summary: '开始设置两步验证',
    description: '得到密钥后，用手机上的验证器应用添加，再提交一个动态码完成设置。',
    roles: loggedIn,
    beforePasswordChange: true,
    // Secrets are not kept, not even sealed.
    idempotent: false,
    limit: 'login',
    body: beginTotpBody,
    answer: { status: 200, description: '密钥', schema: totpEnrolment },
    handle: ({ flow, principal, body }) => flow.beginTotp(principal, body.password),
  }),
  route({
    method: 'post',
    path: '/api/v1/session/totp/confirmation',
    operationId: 'confirmTotp',
    tag,
    summary: '用第一个动态码完成设置',
    description: '回答中的恢复码只显示这一次；其他地方的登录全部失效。',
    roles: loggedIn,
    beforePasswordChange: true,
    idempotent: false,
    limit: 'login',
    body: codeBody,
    answer: { status: 200, description: '已设置', schema: totpConfirmed },
    handle: async ({ flow, principal, body, session }) => {
      const { signed, recovery } = await flow.confirmTotp(principal, body.code);
      return { session: await begin(signed, session), recovery };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/session/totp/removal',
    operationId: 'removeTotp',
    tag,
    summary: '取消自己的两步验证',
    description: '须提交一个动态码或恢复码。必须用两步验证的账号，取消后须马上重新设置。',
    roles: loggedIn,
    idempotent: false,
    limit: 'login',
    body: codeBody,
    answer: { status: 200, description: '已取消', schema: sessionView },
    handle: async ({ flow, principal, body, session }) => begin(await flow.removeTotp(principal, body.code), session),
  }),
  route({
    method: 'get',
    path: '/api/v1/sessions',
    operationId: 'listSessions',
    tag,
    summary: '自己在各处的登录',
    roles: loggedIn,
    answer: { status: 200, description: '登录，最近用过的在前', schema: sessionList },
    handle: async ({ flow, principal, session }) => ({
      items: await flow.listSessions(principal, session.reference()),
    }),
  }),
  route({
    method: 'delete',
    path: '/api/v1/sessions/{id}',
    operationId: 'endSession',
    tag,
    summary: '退出一处的登录',
    roles: loggedIn,
    params: z.strictObject({ id: id('登录编号') }),
    answer: { status: 204, description: '已退出' },
    handle: ({ flow, principal, params }) => flow.endSession(principal, params.id),
  }),
  route({
    method: 'delete',
    path: '/api/v1/sessions',
    operationId: 'endOtherSessions',
    tag,
    summary: '退出其他各处的登录',
    roles: loggedIn,
    answer: { status: 200, description: '退出了几处', schema: endedSessions },
    handle: async ({ flow, principal, session }) => ({
      ended: await flow.endOtherSessions(principal, session.reference()),
    }),
  }),
];
