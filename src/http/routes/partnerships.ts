import { z } from 'zod';
import {
  addPaymentBody,
  createPartnershipBody,
  editPartnershipBody,
  movePartnershipBody,
  partnershipAction,
  partnershipPage,
  partnershipQuery,
  partnershipView,
  removePaymentBody,
} from '../contract/partnerships.ts';
import { id } from '../contract/query-values.ts';
import { bureau, loggedIn, route } from '../route.ts';

const tag = '合作项目';
const params = z.strictObject({ id: id('合作的编号') });

export const partnershipRoutes = [
  route({
    method: 'get',
    path: '/api/v1/partnerships',
    operationId: 'listPartnerships',
    tag,
    summary: '合作项目的列表',
    description: '科技局看全部，或用 organisationId 看一个机构的；机构看自己作为任一方的。最近有变化的在前。',
    roles: loggedIn,
    query: partnershipQuery,
    answer: { status: 200, description: '一页合作', schema: partnershipPage },
    handle: ({ flow, principal, query }) => flow.listPartnerships(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/partnerships',
    operationId: 'createPartnership',
    tag,
    summary: '登记一项在系统之外开始的合作',
    description: '每一方给出记录、机构或名称：没有注册的机构填写名称。从“接洽”开始。',
    roles: bureau,
    body: createPartnershipBody,
    answer: { status: 201, description: '已登记', schema: partnershipView },
    handle: ({ flow, principal, body, newId }) => flow.createPartnership(principal, body, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/partnerships/{id}',
    operationId: 'getPartnership',
    tag,
    summary: '一项合作，只给双方和科技局',
    description:
      '联系人用 GET /api/v1/partnerships/{id}/contacts 查看，附件用 GET /api/v1/attachments?collection=partnerships。',
    roles: loggedIn,
    params,
    answer: { status: 200, description: '合作', schema: partnershipView },
    handle: ({ flow, principal, params: { id: wanted } }) => flow.getPartnership(principal, wanted),
  }),
  route({
    method: 'put',
    path: '/api/v1/partnerships/{id}',
    operationId: 'editPartnership',
    tag,
    summary: '登记合同、履约、验收和结项的内容',
    description: '给出的各项整项替换，没有给出的不变；现在的阶段所要求的不能少。合同登记编号可以后补。',
    roles: bureau,
    params,
    body: editPartnershipBody,
    answer: { status: 200, description: '已保存', schema: partnershipView },
    handle: ({ flow, principal, params: { id: wanted }, body: { version, ...input } }) =>
      flow.editPartnership(principal, wanted, version, input),
  }),
  route({
    method: 'post',
    path: '/api/v1/partnerships/{id}/actions/{action}',
    operationId: 'movePartnership',
    tag,
    summary: '签约、转入履约、转入验收、结项、终止，或更正',
    description:
      '签约要求合同的类型、签订日期、买方、卖方、成交额、技术交易额和有效期；履约要求开始日期；验收要求意见、日期和文件；结项要求成效和日期。可以随操作一起给出，缺少的逐项指明。更正退回一步，终止的退回终止前的阶段；终止和更正须写明原因。',
    roles: bureau,
    params: params.extend({ action: partnershipAction }),
    body: movePartnershipBody,
    answer: { status: 200, description: '已办理', schema: partnershipView },
    handle: ({ flow, principal, params: { id: wanted, action }, body: { version, ...input } }) =>
      flow.movePartnership(principal, wanted, version, action, input),
  }),
  route({
    method: 'post',
    path: '/api/v1/partnerships/{id}/payments',
    operationId: 'addPayment',
    tag,
    summary: '登记一笔支付',
    description: '各笔合计不超过成交额。',
    roles: bureau,
    params,
    body: addPaymentBody,
    refusals: [409],
    answer: { status: 201, description: '已登记', schema: partnershipView },
    handle: ({ flow, principal, params: { id: wanted }, body, newId }) =>
      flow.addPayment(principal, wanted, body, { id: newId }),
  }),
  route({
    method: 'post',
    path: '/api/v1/partnerships/{id}/payments/{paymentId}/remove',
    operationId: 'removePayment',
    tag,
    summary: '删去一笔登记错的支付，写明原因',
    roles: bureau,
    params: params.extend({ paymentId: id('支付的编号') }),
    body: removePaymentBody,
    answer: { status: 200, description: '已删去', schema: partnershipView },
    handle: ({ flow, principal, params: { id: wanted, paymentId }, body }) =>
      flow.removePayment(principal, wanted, paymentId, body.reason),
  }),
];
