import { withLapse, withReminder } from '../../domain/consent.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { ConsentPorts } from './consent-ports.ts';

/**
 * What the day brings to open invitations: those whose limit is over lapse, and who has not answered is reminded. Repeating
 * it changes nothing.
 * @returns how many lapsed and how many were reminded now
 */
export async function consentRound(
  ports: Pick<ConsentPorts, 'store' | 'clock'>,
): Promise<{ readonly lapsed: number; readonly reminded: number }> {
  const count = { lapsed: 0, reminded: 0 };
  for await (const { id } of ports.store.collection('invitations').stream({ state: 'open' })) {
    const at = ports.clock.now();
    const lapse = await changeDocument(ports.store, 'invitations', id, (newest) => withLapse(newest, at));
    if (lapse.written) {
      count.lapsed += 1;
      continue;
    }
    const reminder = await changeDocument(ports.store, 'invitations', id, (newest) => withReminder(newest, at));
    if (reminder.written) count.reminded += 1;
  }
  return count;
}
