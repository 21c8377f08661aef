import { auditPage, auditQuery, auditReport } from '../contract/audit.ts';
import { bureau, route } from '../route.ts';

const tag = '审计';

export const auditRoutes = [
  route({
    method: 'get',
    path: '/api/v1/audit',
    operationId: 'searchAudit',
    tag,
    summary: '查审计记录',
    description: '系统管理员和有审计权限的工作人员可用；最近的在前。',
    roles: bureau,
    limit: 'search',
    query: auditQuery,
    answer: { status: 200, description: '一页审计记录', schema: auditPage },
    handle: ({ flow, principal, query }) => flow.searchAudit(principal, query),
  }),
  route({
    method: 'get',
    path: '/api/v1/audit/check',
    operationId: 'checkAudit',
    tag,
    summary: '核对审计记录是否完整',
    description: '逐条核对编号、散列和签名的锚：改动、删除、截尾、调换都能发现。',
    roles: bureau,
    limit: 'export',
    long: 'the whole chain is walked',
    answer: { status: 200, description: '核对的结果', schema: auditReport },
    handle: ({ flow, principal }) => flow.checkAudit(principal),
  }),
];
