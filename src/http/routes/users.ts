import { z } from 'zod';
import { id } from '../contract/query-values.ts';
import {
  createdUser,
  createUserBody,
  resetAnswer,
  userMoveBody,
  userPage,
  userQuery,
  userView,
} from '../contract/users.ts';
import { accountKeepers, administrators, bureau, loggedIn, route } from '../route.ts';

const tag = '账号';
const params = z.strictObject({ id: id('账号编号') });

export const userRoutes = [
  route({
    method: 'get',
    path: '/api/v1/users',
    operationId: 'listUsers',
    tag,
    summary: '账号列表',
    description: '科技局看全部，机构管理员看本机构的。',
    roles: accountKeepers,
    query: userQuery,
    answer: { status: 200, description: '一页账号', schema: userPage },
    handle: ({ flow, principal, query }) => flow.listUsers(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/users',
    operationId: 'createUser',
    tag,
    summary: '新增账号',
    description: '回答中的一次性密码只显示一次，首次登录后须修改。',
    roles: accountKeepers,
    body: createUserBody,
    answer: { status: 201, description: '已新增', schema: createdUser },
    handle: ({ flow, principal, body, newId }) => flow.createUser(principal, body, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/users/{id}',
    operationId: 'getUser',
    tag,
    summary: '一个账号',
    roles: loggedIn,
    params,
    answer: { status: 200, description: '账号', schema: userView },
    handle: ({ flow, principal, params: { id: userId } }) => flow.getUser(principal, userId),
  }),
  ...(['disable', 'enable'] as const).map((action) =>
    route({
      method: 'post',
      path: `/api/v1/users/{id}/actions/${action}`,
      operationId: `${action}User`,
      tag,
      summary: action === 'disable' ? '停用账号' : '恢复账号',
      roles: administrators,
      params,
      body: userMoveBody,
      answer: { status: 200, description: action === 'disable' ? '已停用' : '已恢复', schema: userView },
      handle: ({ flow, principal, params: { id: userId }, body }) =>
        flow.moveUser(principal, userId, body.version, action),
    }),
  ),
  route({
    method: 'post',
    path: '/api/v1/users/{id}/actions/reset-password',
    operationId: 'resetPassword',
    tag,
    summary: '重置密码',
    description: '回答中的一次性密码只显示一次；该账号的登录全部失效。',
    roles: accountKeepers,
    params,
    answer: { status: 200, description: '已重置', schema: resetAnswer },
    handle: async ({ flow, principal, params: { id: userId } }) => ({
      oneTimePassword: await flow.resetPassword(principal, userId),
    }),
  }),
  route({
    method: 'post',
    path: '/api/v1/users/{id}/actions/reset-totp',
    operationId: 'resetTotp',
    tag,
    summary: '重置两步验证',
    description: '手机丢失时由另一个人办理：科技局账号由系统管理员，机构账号由科技局。该账号的登录全部失效。',
    roles: bureau,
    params,
    answer: { status: 204, description: '已重置' },
    refusals: [409],
    handle: ({ flow, principal, params: { id: userId } }) => flow.resetTotp(principal, userId),
  }),
  route({
    method: 'post',
    path: '/api/v1/users/{id}/actions/erase',
    operationId: 'eraseUser',
    tag,
    summary: '注销账号，清除个人信息',
    description: '账号立即失效；姓名、信箱、通知、以他为联系人的联系方式都清除，不能恢复。审计记录只有编号，照旧完整。',
    roles: administrators,
    params,
    body: userMoveBody,
    answer: { status: 204, description: '已注销' },
    handle: ({ flow, principal, params: { id: userId }, body }) => flow.eraseUser(principal, userId, body.version),
  }),
  ...(['grant-audit', 'revoke-audit'] as const).map((action) =>
    route({
      method: 'post',
      path: `/api/v1/users/{id}/actions/${action}`,
      operationId: action === 'grant-audit' ? 'grantAudit' : 'revokeAudit',
      tag,
      summary: action === 'grant-audit' ? '授予审计权限' : '取消审计权限',
      description: '只对科技局工作人员；系统管理员本来就有。',
      roles: administrators,
      params,
      body: userMoveBody,
      answer: { status: 204, description: '已办理' },
      handle: ({ flow, principal, params: { id: userId }, body }) =>
        flow.setAuditRight(principal, userId, body.version, action === 'grant-audit'),
    }),
  ),
];
