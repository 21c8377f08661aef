import { Duplicate } from '../../domain/errors.ts';
import { newDelivery } from '../../domain/webhooks/webhook-delivery.ts';
import { webhookBody } from '../../domain/webhooks/webhook-events.ts';
import type { Change } from '../../ports/record-store.ts';
import { type WebhookPorts, webhookJob } from './webhook-ports.ts';

/**
 * Consumer of the changes that `webhookEvents` names: one delivery for each event and receiver that asked for it. Its id
 * follows from both, so that events that are delivered twice are told once. What happened before a receiver was entered
 * is not for it.
 */
export function queueWebhooks(ports: WebhookPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const { items: receivers } = await ports.store.collection('webhooks').find({
      where: { state: 'active' },
      limit: 1000,
    });
    if (receivers.length === 0) return;
    const deliveries = ports.store.collection('webhookDeliveries');
    let queued = 0;
    for (const { collection, document, events } of changes) {
      if (document === null) continue;
      for (const event of events) {
        const interested = receivers.filter(
          ({ content, createdAt }) => content.events.includes(event.type) && createdAt <= event.at,
        );
        const body = interested.length === 0 ? null : webhookBody(collection, document, event);
        if (body === null) continue;
        for (const { id } of interested) {
          const facts = { eventType: event.type, happenedAt: event.at, body };
          try {
            await deliveries.insert(newDelivery(id, event.id, facts, ports.clock.now()));
          } catch (error) {
            if (!(error instanceof Duplicate)) throw error;
          }
          queued += 1;
        }
      }
    }
    if (queued > 0) await ports.queue.add(webhookJob, {}, { key: webhookJob });
  };
}
