import type { Ports } from '../../ports/ports.ts';

/**
 * The token of a reminder's link: 256 bits that nobody without the service's secret can make. It follows from the reminder,
 * so that a mail which is made again holds the same link.
 */
export function renewalToken({ vault }: Pick<Ports, 'vault'>, reminderId: string): string {
  return Buffer.from(vault.sign('renewal-link', reminderId)).toString('base64url');
}
