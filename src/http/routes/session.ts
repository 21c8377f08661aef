import type { Flow } from '../../flow.ts';
import { changePasswordBody, loginBody, sessionView } from '../contract/session.ts';
import { everybody, loggedIn, route, type SessionHandle } from '../route.ts';

const tag = '登录';

type SignedIn = Awaited<ReturnType<Flow['authenticate']>>;

function viewOf(signed: SignedIn, session: SessionHandle) {
  const { id, login, name, role, organisationId } = signed.user;
  return {
    user: { id, login, name, role, organisationId },
    mustChangePassword: signed.mustChangePassword,
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
    answer: { status: 200, description: '已登录', schema: sessionView },
    refusals: [401],
    handle: async ({ flow, body, session }) => begin(await flow.authenticate(body.login, body.password), session),
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
];
