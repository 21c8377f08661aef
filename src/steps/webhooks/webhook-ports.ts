import type { Ports } from '../../ports/ports.ts';

/** What this step uses. */
export type WebhookPorts = Pick<Ports, 'store' | 'queue' | 'webhooks' | 'vault' | 'clock' | 'log'>;

/** The job that posts what is due. */
export const webhookJob = 'send-webhooks';
/** For which secrets are sealed, each under the id of its receiver. */
export const secretPurpose = 'webhook-secret';
