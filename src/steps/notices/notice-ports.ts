import type { Ports } from '../../ports/ports.ts';

/** What this step uses. */
export type NoticePorts = Pick<Ports, 'store' | 'queue' | 'mailer' | 'sms' | 'vault' | 'clock' | 'log'>;

/** The job that sends what is due. */
export const sendingJob = 'send-notices';

/** Links with a token lie in the store sealed. */
export const linkSeal = 'notice-link';
