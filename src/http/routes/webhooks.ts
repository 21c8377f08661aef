import { z } from 'zod';
import { id } from '../contract/query-values.ts';
import {
  editWebhookBody,
  replayAnswer,
  replayBody,
  webhookBody,
  webhookDeliveryPage,
  webhookDeliveryQuery,
  webhookDeliveryView,
  webhookMoveBody,
  webhookPage,
  webhookView,
  webhookWithSecret,
} from '../contract/webhooks.ts';
import { administrators, route } from '../route.ts';

const tag = '对接其他系统';
const params = z.strictObject({ id: id('接收方编号') });

export const webhookRoutes = [
  route({
    method: 'get',
    path: '/api/v1/webhooks',
    operationId: 'listWebhooks',
    tag,
    summary: '接收方列表',
    roles: administrators,
    answer: { status: 200, description: '全部接收方', schema: webhookPage },
    handle: ({ flow, principal }) => flow.listWebhooks(principal),
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks',
    operationId: 'createWebhook',
    tag,
    summary: '新增接收方',
    description:
      '发生所选的事件时，向这个地址发送签名的 JSON（docs/webhooks.md）。主机须在 QIANXIAN_WEBHOOK_HOSTS 之列。回答中的密钥只显示一次。',
    roles: administrators,
    // The answer has a secret: it is not kept.
    idempotent: false,
    body: webhookBody,
    answer: { status: 201, description: '已新增', schema: webhookWithSecret },
    handle: ({ flow, principal, body, newId }) => flow.createWebhook(principal, body, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/webhooks/{id}',
    operationId: 'getWebhook',
    tag,
    summary: '一个接收方',
    roles: administrators,
    params,
    answer: { status: 200, description: '接收方', schema: webhookView },
    handle: ({ flow, principal, params: { id: webhookId } }) => flow.getWebhook(principal, webhookId),
  }),
  route({
    method: 'put',
    path: '/api/v1/webhooks/{id}',
    operationId: 'editWebhook',
    tag,
    summary: '修改接收方',
    roles: administrators,
    params,
    body: editWebhookBody,
    answer: { status: 200, description: '已修改', schema: webhookView },
    handle: ({ flow, principal, params: { id: webhookId }, body: { version, ...content } }) =>
      flow.editWebhook(principal, webhookId, version, content),
  }),
  ...(['disable', 'enable'] as const).map((action) =>
    route({
      method: 'post',
      path: `/api/v1/webhooks/{id}/actions/${action}`,
      operationId: `${action}Webhook`,
      tag,
      summary: action === 'disable' ? '停用接收方' : '启用接收方',
      roles: administrators,
      params,
      body: webhookMoveBody,
      answer: { status: 200, description: action === 'disable' ? '已停用' : '已启用', schema: webhookView },
      handle: ({ flow, principal, params: { id: webhookId }, body }) =>
        flow.moveWebhook(principal, webhookId, body.version, action),
    }),
  ),
  route({
    method: 'post',
    path: '/api/v1/webhooks/{id}/actions/rotate-secret',
    operationId: 'rotateWebhookSecret',
    tag,
    summary: '更换签名密钥',
    description: '新密钥只显示这一次；此后一天内新旧两个密钥都签名。',
    roles: administrators,
    idempotent: false,
    params,
    answer: { status: 200, description: '已更换', schema: webhookWithSecret },
    handle: ({ flow, principal, params: { id: webhookId } }) => flow.rotateWebhookSecret(principal, webhookId),
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks/{id}/actions/test',
    operationId: 'testWebhook',
    tag,
    summary: '发送一个试验事件',
    roles: administrators,
    params,
    answer: { status: 202, description: '已排队，结果见发送记录', schema: webhookDeliveryView },
    handle: ({ flow, principal, params: { id: webhookId }, newId }) =>
      flow.testWebhook(principal, webhookId, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/webhooks/{id}/deliveries',
    operationId: 'listWebhookDeliveries',
    tag,
    summary: '发送记录',
    roles: administrators,
    params,
    query: webhookDeliveryQuery,
    answer: { status: 200, description: '一页发送，最近的在前', schema: webhookDeliveryPage },
    handle: ({ flow, principal, params: { id: webhookId }, query }) =>
      flow.listWebhookDeliveries(principal, webhookId, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks/{id}/deliveries/{deliveryId}/actions/replay',
    operationId: 'replayWebhookDelivery',
    tag,
    summary: '重发一个事件',
    roles: administrators,
    params: params.extend({ deliveryId: id('发送编号') }),
    answer: { status: 200, description: '已排队', schema: webhookDeliveryView },
    handle: ({ flow, principal, params: { id: webhookId, deliveryId } }) =>
      flow.replayWebhookDelivery(principal, webhookId, deliveryId),
  }),
  route({
    method: 'post',
    path: '/api/v1/webhooks/{id}/actions/replay',
    operationId: 'replayWebhook',
    tag,
    summary: '重发从某时起的事件',
    roles: administrators,
    params,
    body: replayBody,
    answer: { status: 202, description: '已排队', schema: replayAnswer },
    handle: ({ flow, principal, params: { id: webhookId }, body }) => flow.replayWebhook(principal, webhookId, body),
  }),
];
