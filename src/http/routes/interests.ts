import { z } from 'zod';
import { actionRoute } from '../action-route.ts';
import {
  interestAction,
  interestPage,
  interestQuery,
  interestView,
  moveInterestBody,
  signalInterestBody,
} from '../contract/interests.ts';
import { id } from '../contract/query-values.ts';
import { loggedIn, route } from '../route.ts';

const tag = '感兴趣的需求';
const needParams = z.strictObject({ id: id('需求编号') });
const params = z.strictObject({ id: id('编号') });

export const interestRoutes = [
  route({
    method: 'get',
    path: '/api/v1/interests',
    operationId: 'listInterests',
    tag,
    summary: '本机构感兴趣的需求',
    description: '科技局看全部，或用 needId 看一项需求的；最近有变化的在前。',
    roles: loggedIn,
    query: interestQuery,
    answer: { status: 200, description: '一页', schema: interestPage },
    handle: ({ flow, principal, query }) => flow.listInterests(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/needs/{id}/interest',
    operationId: 'signalInterest',
    tag,
    summary: '对一项需求表示感兴趣',
    description: '告知科技局；双方的联系方式都不显示。每个机构对一项需求只有一条，再次提交时替换原来的说明。',
    roles: loggedIn,
    params: needParams,
    body: signalInterestBody,
    answer: { status: 200, description: '已告知科技局', schema: interestView },
    handle: ({ flow, principal, params: { id: needId }, body }) => flow.signalInterest(principal, needId, body),
  }),
  actionRoute({
    path: '/api/v1/interests/{id}',
    operationId: 'moveInterest',
    tag,
    summary: '撤回，或由科技局确认已看过',
    roles: loggedIn,
    params,
    action: interestAction,
    body: moveInterestBody,
    schema: interestView,
    move: ({ flow, principal, id: wanted, version, action }) => flow.moveInterest(principal, wanted, version, action),
  }),
];
