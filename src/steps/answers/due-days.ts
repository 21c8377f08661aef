import { withDueDay } from '../../domain/answer-life.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';

/**
 * Letters that wait are due on the day that the working days make it by what is known of holidays now. Both consumer of
 * changes on `holidayYears` and round, for a letter that was drafted by an older calendar at the very moment. Idempotent; one
 * that fails throws after the others.
 * @returns how many got another day
 */
export async function settleDueDays(ports: Pick<Ports, 'store' | 'clock' | 'log'>): Promise<number> {
  const calendar = await presentCalendar(ports.store);
  const ids: string[] = [];
  for (const state of ['drafted', 'approved'] as const) {
    for await (const { id } of ports.store.collection('answers').stream({ state })) ids.push(id);
  }
  let moved = 0;
  await eachDocument(ports.log, 'answers', ids, async (id) => {
    const { written } = await changeDocument(ports.store, 'answers', id, (newest) =>
      withDueDay(newest, ports.clock.now(), calendar),
    );
    if (written) moved += 1;
  });
  return moved;
}
