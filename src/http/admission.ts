import type { Request, RequestHandler, Response } from 'express';
import { QianxianError } from '../domain/errors.ts';
import type { Principal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import type { HttpSettings, LimitName } from './http-settings.ts';
import { checkOrigin } from './origin-check.ts';
import { stateOf } from './request-state.ts';
import type { Route, RouteRole } from './route.ts';
import { runMiddleware } from './run-middleware.ts';
import { sessionReferenceOf } from './session-store.ts';
import type { Sessions } from './sessions.ts';

export interface AdmissionOptions {
  readonly flow: Pick<Flow, 'principalOf'>;
  readonly settings: Pick<HttpSettings, 'publicUrl' | 'production'>;
  readonly sessions: Sessions;
  readonly limits: Readonly<Record<LimitName, RequestHandler>>;
}

/** What a row of a table says of who may come in. */
export type Guarded = Pick<Route, 'method' | 'path' | 'roles' | 'productionRoles' | 'beforePasswordChange'>;

/**
 * Lets a request in, or throws: 429, 401, 403. What changes something must come from our own pages and carry the token of its
 * session. Answers who asks; null for somebody who is not logged in, where he may.
 */
export async function admit(
  route: Guarded,
  request: Request,
  response: Response,
  options: AdmissionOptions,
): Promise<Principal | null> {
  const { settings, sessions } = options;
  stateOf(response).route = route;
  const unsafe = route.method !== 'get';

  await runMiddleware(sessions.middleware, request, response);
  await runMiddleware(options.limits.all, request, response);
  if (unsafe) checkOrigin(request, settings.publicUrl);
  const principal = await authorise(route, request, response, options);
  if (unsafe && principal && !sessions.hasCsrfToken(request)) {
    throw new QianxianError(
      'forbidden',
      '缺少或用错了防伪令牌，请刷新页面后重试（请求头 x-csrf-token，读取 GET /api/v1/session 可得）',
    );
  }
  return principal;
}

/** Who asks, where he may; otherwise 401 or 403. */
async function authorise(route: Guarded, request: Request, response: Response, options: AdmissionOptions) {
  const { flow, settings, sessions } = options;
  const roles: readonly RouteRole[] = (settings.production && route.productionRoles) || route.roles;
  const { userId, epoch } = request.session;
  const account = userId === undefined || epoch === undefined ? undefined : await flow.principalOf(userId, epoch);
  if (!account) {
    // A session of a disabled user, or of an older password, is over.
    if (userId !== undefined) await sessions.handle(request, response).drop();
    if (!roles.includes('anonymous')) {
      throw new QianxianError('unauthenticated', '没有登录，或登录已过期，请先登录');
    }
    return null;
  }
  const { principal, mustChangePassword, mustEnrolTotp } = account;
  const state = stateOf(response);
  state.principal = principal;
  state.origin.session = sessionReferenceOf(request.sessionID);
  if (principal.registrationId !== undefined && !route.beforePasswordChange) {
    throw new QianxianError('forbidden', '您的机构登记还没有通过审核，现在只能查看和修改登记，通过后即可使用全部功能');
  }
  if (mustChangePassword && !route.beforePasswordChange) {
    throw new QianxianError('forbidden', '您用的是一次性密码，请先修改密码，再做其他操作');
  }
  if (mustEnrolTotp && !route.beforePasswordChange) {
    throw new QianxianError('forbidden', '您的账号必须用两步验证，请先设置，再做其他操作');
  }
  if (!roles.includes(principal.role)) throw new QianxianError('forbidden', '您的角色没有权限做这项操作');
  return principal;
}
