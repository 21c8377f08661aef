import { tokenBody } from '../contract/account-invitations.ts';
import { renewalOffer, renewalParams } from '../contract/renewals.ts';
import { everybody, route } from '../route.ts';

const tag = '续期';

export const renewalRoutes = [
  route({
    method: 'post',
    path: '/api/v1/renewal-links/lookup',
    operationId: 'showRenewal',
    tag,
    summary: '到期提醒邮件里的续期链接是为哪条记录',
    description: '什么也不改变。令牌在链接的 # 之后，放在请求内容里，不进网址和日志。',
    roles: everybody,
    limit: 'login',
    idempotent: false,
    refusals: [404, 409],
    body: tokenBody,
    answer: { status: 200, description: '要续期的记录', schema: renewalOffer },
    handle: ({ flow, body }) => flow.openRenewalLink(body.token),
  }),
  route({
    method: 'post',
    path: '/api/v1/renewal-links/use',
    operationId: 'useRenewal',
    tag,
    summary: '用邮件里的链接续期',
    description: '不用登录；一个链接只能用一次。',
    roles: everybody,
    limit: 'login',
    idempotent: false,
    refusals: [404, 409],
    body: tokenBody,
    answer: { status: 200, description: '已续期', schema: renewalOffer },
    handle: ({ flow, body }) => flow.renewByLink(body.token),
  }),
  route({
    method: 'get',
    path: '/api/v1/renewals/{token}',
    operationId: 'openRenewal',
    tag,
    summary: '到期提醒邮件里的续期链接是为哪条记录',
    description:
      '只说明，不续期：邮件系统会自动打开链接。以前的邮件用；令牌会进沿途的日志，请改用 renewal-links/lookup。',
    roles: everybody,
    limit: 'login',
    params: renewalParams,
    refusals: [409],
    answer: { status: 200, description: '要续期的记录', schema: renewalOffer },
    handle: ({ flow, params: { token } }) => flow.openRenewalLink(token),
  }),
  route({
    method: 'post',
    path: '/api/v1/renewals/{token}',
    operationId: 'renewByLink',
    tag,
    summary: '用邮件里的链接续期',
    description: '不用登录；一个链接只能用一次。以前的邮件用，请改用 renewal-links/use。',
    roles: everybody,
    limit: 'login',
    idempotent: false,
    params: renewalParams,
    refusals: [409],
    answer: { status: 200, description: '已续期', schema: renewalOffer },
    handle: ({ flow, params: { token } }) => flow.renewByLink(token),
  }),
];
