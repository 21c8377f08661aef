import type { Ports } from '../../ports/ports.ts';

/** The ports that asking both sides needs. */
export type ConsentPorts = Pick<Ports, 'store' | 'clock' | 'vault' | 'log'>;
