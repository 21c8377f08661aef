import { renewalOffer, renewalParams } from '../contract/renewals.ts';
import { everybody, route } from '../route.ts';

const tag = '续期';

export const renewalRoutes = [
  route({
    method: 'get',
    path: '/api/v1/renewals/{token}',
    operationId: 'openRenewal',
    tag,
    summary: '到期提醒邮件里的续期链接是为哪条记录',
    description: '只说明，不续期：邮件系统会自动打开链接。',
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
    description: '不用登录；一个链接只能用一次。',
    roles: everybody,
    limit: 'login',
    idempotent: false,
    params: renewalParams,
    refusals: [409],
    answer: { status: 200, description: '已续期', schema: renewalOffer },
    handle: ({ flow, params: { token } }) => flow.renewByLink(token),
  }),
];
