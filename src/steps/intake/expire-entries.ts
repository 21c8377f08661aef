import type { EntryKind } from '../../domain/entry.ts';
import { movedEntry } from '../../domain/entry-life.ts';
import { Conflict } from '../../domain/errors.ts';
import { systemPrincipal } from '../../domain/user.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import { actOf, entriesOf } from './entry-store.ts';

/**
 * Published records whose day has come become expired. Repeating it changes nothing; what somebody changes at the same
 * moment is left to the next run.
 * @returns how many of each kind expired now
 */
export async function expireEntries(ports: Pick<Ports, 'store' | 'clock'>): Promise<Record<EntryKind, number>> {
  const count: Record<EntryKind, number> = { need: 0, achievement: 0 };
  for (const kind of ['need', 'achievement'] as const) count[kind] = await expireKind(ports, kind);
  return count;
}

async function expireKind(ports: Pick<Ports, 'store' | 'clock'>, kind: EntryKind): Promise<number> {
  const entries = entriesOf(ports, kind);
  const act = actOf(ports, systemPrincipal, 'system');
  let expired = 0;
  let cursor: string | undefined;
  do {
    const page = await entries.find({
      where: { state: 'published', expiresOn: { lte: dateIn(act.at) } },
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const results = await Promise.all(
      page.items.map(async (entry) => {
        const write = movedEntry(kind, entry, 'expire', act);
        try {
          await entries.update(entry.id, entry.version, write.document, write.events);
          return 1;
        } catch (error) {
          if (error instanceof Conflict) return 0;
          throw error;
        }
      }),
    );
    expired += results.reduce<number>((sum, one) => sum + one, 0);
    cursor = page.next;
  } while (cursor !== undefined);
  return expired;
}
