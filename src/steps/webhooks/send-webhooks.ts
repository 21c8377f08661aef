import { Conflict, NotFound, QianxianError } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { type Webhook, type WebhookDelivery, type WebhookTry, webhookStates } from '../../domain/webhooks/webhook.ts';
import {
  abandonedDelivery,
  afterWebhookTry,
  claimedDelivery,
  failingForMs,
} from '../../domain/webhooks/webhook-delivery.ts';
import { webhookHeaders } from '../../domain/webhooks/webhook-signature.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { presentBody } from './present-body.ts';
import { secretPurpose, type WebhookPorts } from './webhook-ports.ts';

const pageSize = 50;
/** So many failures one after the other mean that a receiver is away: the rest waits for the next round. */
const awayAfter = 2;

function unstored(webhook: Webhook): Unstored<Webhook> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = webhook;
  return rest;
}

/** The secrets that sign now, the newest first. */
function secretsOf(ports: WebhookPorts, webhook: Webhook): string[] {
  const now = ports.clock.now().toISOString();
  return webhook.secrets
    .filter(({ until }) => until === undefined || until > now)
    .flatMap(({ sealed }) => ports.vault.open(secretPurpose, webhook.id, sealed) ?? [])
    .reverse();
}

/** One try. Never throws. */
async function tryOnce(ports: WebhookPorts, webhook: Webhook, delivery: WebhookDelivery): Promise<WebhookTry> {
  const now = ports.clock.now();
  const at = now.toISOString();
  const secrets = secretsOf(ports, webhook);
  if (secrets.length === 0) return { at, reason: '服务的密钥已更换，请为这个接收方更换签名密钥' };
  try {
    const body = await presentBody(ports, delivery.body);
    const { status } = await ports.webhooks.post({
      url: webhook.content.url,
      headers: webhookHeaders(delivery.id, now, body, secrets),
      body,
    });
    if (status >= 200 && status < 300) return { at, status };
    const reason = status >= 300 && status < 400 ? '接收方要求转到别处，没有跟随' : `接收方回答 ${status}`;
    return { at, status, reason };
  } catch (error) {
    if (error instanceof QianxianError) return { at, reason: error.message };
    ports.log.error({ err: error, webhook: webhook.id }, 'a webhook could not be sent');
    return { at, reason: '程序出错，已记入日志' };
  }
}

/** Notes on the receiver whether it works; one that has failed for days is disabled, and administrators are told. */
async function noteHealth(ports: WebhookPorts, id: string, works: boolean): Promise<void> {
  const now = ports.clock.now();
  const at = now.toISOString();
  try {
    await changeDocument(ports.store, 'webhooks', id, (newest) => {
      const { failingSince, ...rest } = unstored(newest);
      if (works) return failingSince === undefined ? null : { document: rest };
      if (newest.state !== 'active') return null;
      if (failingSince === undefined) return { document: { ...rest, failingSince: at } };
      if (now.getTime() - Date.parse(failingSince) < failingForMs) return null;
      const move = moveOf(webhookStates, newest.state, 'give-up', 'system');
      const reason = `自 ${failingSince} 起一直没有送达`;
      return {
        document: {
          ...rest,
          failingSince,
          state: move.to,
          history: [...newest.history, historyOf(move, newest.state, at, 'system', reason)],
        },
        events: [{ type: 'webhook.given-up', at, by: 'system', data: { failingSince } }],
      };
    });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

async function change(
  ports: WebhookPorts,
  id: string,
  next: (newest: WebhookDelivery) => Unstored<WebhookDelivery> | null,
): Promise<void> {
  try {
    await changeDocument(ports.store, 'webhookDeliveries', id, (newest) => {
      const document = next(newest);
      return document && { document };
    });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/**
 * Posts what is due, the longest due first. Whoever claims a delivery by compare-and-set posts it; what a killed process
 * held is posted again once its time has run out, under the same `webhook-id`. A receiver that is away keeps no other
 * waiting.
 * @returns how many were delivered, and how many tries failed
 */
export async function sendWebhooks(
  ports: WebhookPorts,
  signal?: AbortSignal,
): Promise<{ readonly delivered: number; readonly failed: number }> {
  const deliveries = ports.store.collection('webhookDeliveries');
  const failures = new Map<string, number>();
  let delivered = 0;
  let failed = 0;
  const due = ports.clock.now().toISOString();
  let cursor: string | undefined;
  do {
    const page = await deliveries.find({
      where: { dueAt: { lte: due } },
      order: { by: 'dueAt', direction: 'asc' },
      limit: pageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const found of page.items) {
      if (signal?.aborted) return { delivered, failed };
      const { webhookId } = found;
      if ((failures.get(webhookId) ?? 0) >= awayAfter) continue;
      const webhook = await ports.store.collection('webhooks').get(webhookId);
      if (webhook?.state !== 'active') {
        await change(ports, found.id, (newest) => abandonedDelivery(newest, '接收方已停用', ports.clock.now()));
        continue;
      }
      const claim = randomId();
      const claimed = claimedDelivery(found, claim, ports.clock.now());
      if (!claimed) continue;
      try {
        await deliveries.update(found.id, found.version, claimed);
      } catch (error) {
        // Somebody else holds it.
        if (error instanceof Conflict || error instanceof NotFound) continue;
        throw error;
      }
      const tried = await tryOnce(ports, webhook, found);
      await change(ports, found.id, (newest) => afterWebhookTry(newest, claim, tried, ports.clock.now()));
      const works = tried.reason === undefined;
      await noteHealth(ports, webhookId, works);
      failures.set(webhookId, works ? 0 : (failures.get(webhookId) ?? 0) + 1);
      if (works) delivered += 1;
      else failed += 1;
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return { delivered, failed };
}
