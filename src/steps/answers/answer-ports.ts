import type { Ports } from '../../ports/ports.ts';

/** The ports that answers to parties need. */
export type AnswerPorts = Pick<Ports, 'store' | 'clock' | 'service' | 'log'>;
