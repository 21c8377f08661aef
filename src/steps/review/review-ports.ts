import type { Ports } from '../../ports/ports.ts';

/** The ports that reviewing needs. */
export type ReviewPorts = Pick<Ports, 'store' | 'clock' | 'log'>;
