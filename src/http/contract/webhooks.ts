import { z } from 'zod';
import { webhookContent, webhookDeliveryStates, webhookStates } from '../../domain/webhooks/webhook.ts';
import { cursor, instant, pageOf, pageSize, version } from './query-values.ts';
import { historyLine, stateOf } from './record-parts.ts';

export const webhookView = z
  .object({
    id: z.string(),
    version: z.int(),
    state: stateOf('状态', webhookStates.states),
    name: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    failingSince: instant.nullable().meta({ description: '从何时起一直没有送达；正常为 null' }),
    oldSecretUntil: instant.nullable().meta({ description: '更换前的密钥同时签名到何时；没有为 null' }),
    history: z.array(historyLine),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Webhook' });
export const webhookWithSecret = z
  .object({
    webhook: webhookView,
    secret: z.string().nullable().meta({ description: '签名密钥，只显示这一次；重复的请求为 null' }),
  })
  .meta({ id: 'WebhookWithSecret' });
export const webhookPage = pageOf(webhookView).meta({ id: 'WebhookPage' });

export const webhookBody = webhookContent;
export const editWebhookBody = webhookContent.extend({ version });
export const webhookMoveBody = z.strictObject({ version });

const deliveryState = stateOf('状态', webhookDeliveryStates.states);
export const webhookDeliveryView = z
  .object({
    id: z.string().meta({ description: '即请求头 webhook-id；重发时不变，接收方据此识别重复' }),
    eventType: z.string(),
    happenedAt: instant,
    body: z.string().meta({ description: '发送的 JSON 原文' }),
    state: deliveryState,
    tries: z.int(),
    log: z.array(
      z.object({
        at: instant,
        status: z.int().optional().meta({ description: '接收方的回答' }),
        reason: z.string().optional().meta({ description: '没有送达的原因' }),
      }),
    ),
    dueAt: instant.nullable().meta({ description: '下次何时再试' }),
    createdAt: instant,
  })
  .meta({ id: 'WebhookDelivery' });
export const webhookDeliveryPage = pageOf(webhookDeliveryView).meta({ id: 'WebhookDeliveryPage' });
export const webhookDeliveryQuery = z.strictObject({
  state: deliveryState.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const replayBody = z.strictObject({
  since: z.iso
    .datetime({ offset: true, error: '不是时间|请按 2026-11-25T08:00:00+08:00 的格式填写' })
    .meta({ title: '从何时起', description: '事件发生的时间' }),
  delivered: z
    .boolean({ error: '应为是或否|请改为 true 或 false' })
    .optional()
    .meta({ title: '已送达的也重发', description: '缺省只重发没有送达的' }),
});
export const replayAnswer = z.object({
  replayed: z.int().meta({ description: '重发的个数，一次最多 1000' }),
  next: z.string().optional().meta({ description: '还有更多时，下一次从这个时刻起' }),
});
