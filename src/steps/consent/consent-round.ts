import { withLapse, withLaterLimit, withReminder } from '../../domain/consent.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import type { ConsentPorts } from './consent-ports.ts';

/**
 * What the day brings to open invitations: those whose limit is over lapse, and who has not answered is reminded. Repeating
 * it changes nothing. One that fails does not keep the others from theirs; it throws after them.
 * @returns how many lapsed and how many were reminded now
 */
export async function consentRound(
  ports: Pick<ConsentPorts, 'store' | 'clock' | 'log'>,
): Promise<{ readonly lapsed: number; readonly reminded: number }> {
  const count = { lapsed: 0, reminded: 0 };
  const calendar = await presentCalendar(ports.store);
  const ids: string[] = [];
  for await (const { id } of ports.store.collection('invitations').stream({ state: 'open' })) ids.push(id);
  await eachDocument(ports.log, 'invitations', ids, async (id) => {
    const at = ports.clock.now();
    // What was not done when a year's holidays came in: before it lapses too early.
    await changeDocument(ports.store, 'invitations', id, (newest) => withLaterLimit(newest, at, calendar));
    const lapse = await changeDocument(ports.store, 'invitations', id, (newest) => withLapse(newest, at));
    if (lapse.written) {
      count.lapsed += 1;
      return;
    }
    const reminder = await changeDocument(ports.store, 'invitations', id, (newest) =>
      withReminder(newest, at, calendar),
    );
    if (reminder.written) count.reminded += 1;
  });
  return count;
}

/**
 * Consumer of changes on `holidayYears`: open invitations whose ten working days end later by what is known now get that day.
 * Idempotent; one that fails throws after the others.
 */
export function putOffLimits(ports: Pick<ConsentPorts, 'store' | 'clock' | 'log'>): () => Promise<void> {
  return async () => {
    const calendar = await presentCalendar(ports.store);
    const ids: string[] = [];
    for await (const { id } of ports.store.collection('invitations').stream({ state: 'open' })) ids.push(id);
    await eachDocument(ports.log, 'invitations', ids, async (id) => {
      const at = ports.clock.now();
      await changeDocument(ports.store, 'invitations', id, (newest) => withLaterLimit(newest, at, calendar));
    });
  };
}
