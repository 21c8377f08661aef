import { QianxianError } from '../../domain/errors.ts';
import type { WebhookPorts } from './webhook-ports.ts';

/** Days for which the log of what was sent is kept; what is older can be had from the records themselves. */
export const deliveryDays = 90;
/** Removed in one round: the rest waits for the next. */
const mostRemoved = 20_000;
const dayMs = 86_400_000;

/** Removes deliveries that have ended and are older than `deliveryDays`. @returns how many */
export async function purgeDeliveries(
  ports: Pick<WebhookPorts, 'store' | 'clock'>,
  signal?: AbortSignal,
): Promise<number> {
  const deliveries = ports.store.collection('webhookDeliveries');
  const before = new Date(ports.clock.now().getTime() - deliveryDays * dayMs).toISOString();
  let removed = 0;
  for await (const { id, version } of deliveries.stream({
    createdAt: { lt: before },
    state: { in: ['delivered', 'failed'] },
  })) {
    if (signal?.aborted || removed >= mostRemoved) break;
    try {
      await deliveries.remove(id, version);
      removed += 1;
    } catch (error) {
      // Replayed, or removed by another process, at this moment.
      if (!(error instanceof QianxianError) || !['conflict', 'not_found'].includes(error.code)) throw error;
    }
  }
  return removed;
}
