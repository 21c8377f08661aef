import type { Ports } from '../../ports/ports.ts';

const dayMs = 86_400_000;

/**
 * Removes mails and short messages that were written into a folder and are older than the operator keeps them: they name
 * people and hold links. What was sent is kept in the notices. @returns how many of each
 */
export async function sweepMessages(
  ports: Pick<Ports, 'mailer' | 'sms' | 'service' | 'clock'>,
): Promise<{ readonly mails: number; readonly messages: number }> {
  const before = new Date(ports.clock.now().getTime() - ports.service.folderMailDays * dayMs);
  return { mails: await ports.mailer.sweep(before), messages: await ports.sms.sweep(before) };
}
