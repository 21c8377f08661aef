import { z } from 'zod';
import { Conflict, Forbidden, Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/user.ts';
import { check, choice, number, text } from '../../domain/validation.ts';
import {
  type WebhookDelivery,
  type WebhookDeliveryState,
  webhookDeliveryStates,
} from '../../domain/webhooks/webhook.ts';
import { newDelivery, replayedDelivery } from '../../domain/webhooks/webhook-delivery.ts';
import { testEvent } from '../../domain/webhooks/webhook-events.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Page } from '../../ports/record-store.ts';
import { type WebhookPorts, webhookJob } from './webhook-ports.ts';

/** A delivery as the log shows it. */
export type WebhookDeliveryView = Pick<
  WebhookDelivery,
  'id' | 'eventType' | 'happenedAt' | 'body' | 'state' | 'tries' | 'log' | 'dueAt' | 'createdAt'
>;

function viewOf(delivery: WebhookDelivery): WebhookDeliveryView {
  const { id, eventType, happenedAt, body, state, tries, log, dueAt, createdAt } = delivery;
  return { id, eventType, happenedAt, body, state, tries, log, dueAt, createdAt };
}

async function demandWebhook(ports: WebhookPorts, principal: Principal, id: string) {
  if (principal.role !== 'admin') throw new Forbidden('对接其他系统由系统管理员设置');
  const webhook = await ports.store.collection('webhooks').get(id);
  if (!webhook) throw new NotFound('没有找到这个接收方');
  return webhook;
}

const stateCodes = (Object.keys(webhookDeliveryStates.states) as WebhookDeliveryState[]).map((code) => ({
  code,
  label: webhookDeliveryStates.states[code],
}));
const listOptions = z.strictObject({
  state: choice('状态', stateCodes).optional(),
  cursor: text('翻页位置', 2_000).optional(),
  limit: number('每页条数', { min: 1, max: 200 }).optional(),
});

/** What a receiver was told, with every try; the newest first. */
export async function listWebhookDeliveries(
  ports: WebhookPorts,
  principal: Principal,
  webhookId: string,
  options: z.input<typeof listOptions> = {},
): Promise<Page<WebhookDeliveryView>> {
  await demandWebhook(ports, principal, webhookId);
  const { state, cursor, limit = 50 } = check(listOptions, options);
  const page = await ports.store.collection('webhookDeliveries').find({
    where: { webhookId, ...(state === undefined ? {} : { state }) },
    order: { by: 'createdAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { items: page.items.map(viewOf), ...(page.next === undefined ? {} : { next: page.next }) };
}

/** Sends one delivery again, under the same id. */
export async function replayWebhookDelivery(
  ports: WebhookPorts,
  principal: Principal,
  webhookId: string,
  deliveryId: string,
): Promise<WebhookDeliveryView> {
  const webhook = await demandWebhook(ports, principal, webhookId);
  const delivery = await ports.store.collection('webhookDeliveries').get(deliveryId);
  if (delivery?.webhookId !== webhookId) throw new NotFound('没有找到这次发送');
  if (webhook.state !== 'active') throw new QianxianError('conflict', '接收方已停用，请先启用再重发');
  const { document } = await changeDocument(ports.store, 'webhookDeliveries', deliveryId, (newest) => {
    const next = replayedDelivery(newest, ports.clock.now());
    if (!next) throw new Conflict('这次发送还在进行，不需要重发');
    return { document: next };
  });
  await ports.queue.add(webhookJob, {}, { key: webhookJob });
  return viewOf(document);
}

/** So many are asked for at once; whoever has more asks again from where that ended. */
export const mostReplayed = 1_000;

/**
 * Sends everything again that happened since then: what failed, or with `delivered` also what had arrived. The first
 * `mostReplayed` by their time; `next` is where to go on, absent where that was all.
 */
export async function replayWebhook(
  ports: WebhookPorts,
  principal: Principal,
  webhookId: string,
  request: { readonly since: string; readonly delivered?: boolean },
): Promise<{ readonly replayed: number; readonly next?: string }> {
  const webhook = await demandWebhook(ports, principal, webhookId);
  if (webhook.state !== 'active') throw new QianxianError('conflict', '接收方已停用，请先启用再重发');
  const since = new Date(request.since);
  if (Number.isNaN(since.getTime())) {
    throw new Invalid([
      { field: 'since', label: '从何时起', reason: '不是时间', mend: '请按 2026-11-25T08:00:00+08:00 的格式填写' },
    ]);
  }
  let replayed = 0;
  const found = await ports.store.collection('webhookDeliveries').find({
    where: {
      webhookId,
      state: request.delivered ? { in: ['failed', 'delivered'] } : 'failed',
      happenedAt: { gte: since.toISOString() },
    },
    order: { by: 'happenedAt', direction: 'asc' },
    limit: mostReplayed,
  });
  for (const { id } of found.items) {
    const { written } = await changeDocument(ports.store, 'webhookDeliveries', id, (newest) => {
      const next = replayedDelivery(newest, ports.clock.now());
      return next && { document: next };
    });
    if (written) replayed += 1;
  }
  if (replayed > 0) await ports.queue.add(webhookJob, {}, { key: webhookJob });
  return { replayed, ...(found.next === undefined ? {} : { next: found.items.at(-1)!.happenedAt }) };
}

/** Sends an event without meaning, to see whether a receiver works. */
export async function testWebhook(
  ports: WebhookPorts,
  principal: Principal,
  webhookId: string,
  options: { readonly id?: string } = {},
): Promise<WebhookDeliveryView> {
  const webhook = await demandWebhook(ports, principal, webhookId);
  if (webhook.state !== 'active') throw new QianxianError('conflict', '接收方已停用，请先启用再试');
  const now = ports.clock.now();
  const happenedAt = now.toISOString();
  const body = JSON.stringify({ type: testEvent, timestamp: happenedAt, data: { id: webhookId } });
  const made = newDelivery(webhookId, options.id ?? randomId(), { eventType: testEvent, happenedAt, body }, now);
  const deliveries = ports.store.collection('webhookDeliveries');
  const delivery = (await deliveries.get(made.id)) ?? (await deliveries.insert(made));
  await ports.queue.add(webhookJob, {}, { key: webhookJob });
  return viewOf(delivery);
}
