import { Conflict, Duplicate, NotFound } from '../../domain/errors.ts';
import { isPresent } from '../../domain/presence.ts';
import type { Principal } from '../../domain/user.ts';
import { demandBureau, demandWeek, noDocket } from './demand-bureau.ts';
import type { ReviewPorts } from './review-ports.ts';

/** Somebody else who looks at a pair of the same docket. */
export interface Watcher {
  readonly pairId: string;
  readonly name: string;
}

/** One of two writes at once is enough: what was heard last of one person counts. */
async function note(
  { store, clock }: ReviewPorts,
  { userId }: Principal,
  seen: { week: string; pairId: string } | null,
): Promise<void> {
  const presences = store.collection('presences');
  const there = await presences.get(userId);
  const at = clock.now().toISOString();
  try {
    if (seen === null) {
      if (there) await presences.remove(userId, there.version);
    } else if (there) await presences.update(userId, there.version, { id: userId, userId, ...seen, at });
    else await presences.insert({ id: userId, userId, ...seen, at });
  } catch (error) {
    if (error instanceof Conflict || error instanceof Duplicate || error instanceof NotFound) return;
    throw error;
  }
}

/**
 * Notes that somebody looks at a pair (null: at none any more) and answers who else of the bureau looks at pairs of this
 * docket. Leaves no event and no trace in the audit, and is forgotten half a minute after it was last heard of.
 */
export async function watchPair(
  ports: ReviewPorts,
  principal: Principal,
  request: { readonly week: string; readonly pairId: string | null },
): Promise<{ readonly watchers: readonly Watcher[] }> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const { pairId } = request;
  const { store } = ports;
  const docket = await store.collection('dockets').get(week);
  if (!docket) throw noDocket(week);
  if (pairId !== null && !docket.items.some((item) => item.pairId === pairId)) {
    throw new NotFound(`${week} 的清单里没有这一对，请刷新清单后再试`);
  }
  await note(ports, principal, pairId === null ? null : { week, pairId });
  const now = ports.clock.now();
  const { items } = await store.collection('presences').find({ where: { week }, limit: 200 });
  const others = items.filter((one) => one.userId !== principal.userId && isPresent(one, now));
  const people = await store.collection('users').getMany(others.map((one) => one.userId));
  const names = new Map(people.map((user) => [user.id, user.name]));
  const watchers = others.flatMap((one) => {
    const name = names.get(one.userId);
    return name === undefined ? [] : [{ pairId: one.pairId, name }];
  });
  return { watchers: watchers.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
