import { z } from 'zod';
import { actionRoute } from '../action-route.ts';
import {
  audiencePreview,
  audienceQuery,
  createPolicyBody,
  editPolicyBody,
  policyAction,
  policyMoveBody,
  policyPage,
  policyQuery,
  policyView,
} from '../contract/policies.ts';
import { id } from '../contract/query-values.ts';
import { bureau, everybody, route } from '../route.ts';

const tag = '政策与通知公告';
const params = z.strictObject({ id: id('编号') });

export const policyRoutes = [
  route({
    method: 'get',
    path: '/api/v1/policies',
    operationId: 'listPolicies',
    tag,
    summary: '政策与通知公告',
    description: '任何人看已发布的；草稿和撤下的由科技局按 state 查看。',
    roles: everybody,
    query: policyQuery,
    answer: { status: 200, description: '一页，最近发布的在前', schema: policyPage },
    handle: ({ flow, principal, query }) => flow.listPolicies(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/policies',
    operationId: 'createPolicy',
    tag,
    summary: '起草政策或通知公告',
    roles: bureau,
    body: createPolicyBody,
    answer: { status: 201, description: '草稿', schema: policyView },
    handle: ({ flow, principal, body, newId }) => flow.createPolicy(principal, body, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/policies/{id}',
    operationId: 'getPolicy',
    tag,
    summary: '一项政策或通知公告',
    roles: everybody,
    params,
    answer: { status: 200, description: '全文', schema: policyView },
    handle: ({ flow, principal, params: { id: policyId } }) => flow.getPolicy(principal, policyId),
  }),
  route({
    method: 'put',
    path: '/api/v1/policies/{id}',
    operationId: 'editPolicy',
    tag,
    summary: '修改政策或通知公告',
    description: '内容整体替换。已发布的也可以修改；新适用的机构在第二天早上收到通知，收到过的不再收到。',
    roles: bureau,
    params,
    body: editPolicyBody,
    answer: { status: 200, description: '已修改', schema: policyView },
    handle: ({ flow, principal, params: { id: policyId }, body }) =>
      flow.editPolicy(principal, policyId, body.version, body.content),
  }),
  actionRoute({
    path: '/api/v1/policies/{id}',
    operationId: 'movePolicy',
    tag,
    summary: '发布或撤下',
    description: '发布后通知适用的机构，每个机构只通知一次；有效期内才符合条件的机构，在符合后的第二天早上通知。',
    roles: bureau,
    params,
    action: policyAction,
    body: policyMoveBody,
    schema: policyView,
    move: ({ flow, principal, id: policyId, version, action, input }) =>
      flow.movePolicy(principal, policyId, version, action, input.reason),
  }),
  route({
    method: 'get',
    path: '/api/v1/policies/{id}/audience',
    operationId: 'previewAudience',
    tag,
    summary: '适用哪些机构',
    description: '发布前预览，发布后连同通知的时间。',
    roles: bureau,
    params,
    query: audienceQuery,
    answer: { status: 200, description: '机构数和一页机构', schema: audiencePreview },
    handle: ({ flow, principal, params: { id: policyId }, query }) => flow.previewAudience(principal, policyId, query),
  }),
];
