import type { Docket, DocketItem } from './docket.ts';

/**
 * How a pair goes from an older docket to the one that carries it. There is one winner, decided by one write on the
 * older docket: a pair that has no mark at that moment is let go (`carriedTo`) and is marked on the new docket alone;
 * a pair that a reviewer marked in between stays (`keptFrom`) and is decided on the old docket alone, also when he takes
 * the mark back (then a still later docket may carry it). Neither is undone. The new docket may be marked only after the
 * old one has let go.
 */

function takenBy(taker: Docket, from: string): Map<string, DocketItem> {
  return new Map(taker.items.filter((item) => item.takenFrom === from).map((item) => [item.pairId, item]));
}

/** Weeks of the dockets that this one took pairs from. */
export function sourcesOf(taker: Pick<Docket, 'items'>): string[] {
  return [...new Set(taker.items.flatMap((item) => (item.takenFrom === undefined ? [] : [item.takenFrom])))].sort();
}

/** The older docket after it decided about every pair that `taker` took from it, or null where it has already. */
export function withHandover(old: Docket, taker: Docket): Docket | null {
  const taken = takenBy(taker, old.week);
  let changed = false;
  const items = old.items.map((item) => {
    if (!taken.has(item.pairId) || handoverOf(old, taker, item.pairId) !== 'pending') return item;
    changed = true;
    return item.mark && !item.void
      ? { ...item, keptFrom: [...(item.keptFrom ?? []), taker.week] }
      : { ...item, carriedTo: taker.week };
  });
  return changed ? { ...old, items } : null;
}

/** Where a pair that `taker` took from `old` is decided: `here` on the taker, on an older docket's week, or `pending`. */
export function handoverOf(
  old: Docket,
  taker: Pick<Docket, 'week'>,
  pairId: string,
): 'here' | 'pending' | { week: string } {
  const item = old.items.find((one) => one.pairId === pairId);
  if (!item || item.carriedTo === taker.week) return 'here';
  if (item.keptFrom?.includes(taker.week)) return { week: old.week };
  const elsewhere = item.decidedOn ?? item.carriedTo;
  return elsewhere === undefined ? 'pending' : { week: elsewhere };
}

/** The taker with the pairs noted that the old docket kept, or null where nothing is to be noted. A mark is never dropped. */
export function withKeptNoted(taker: Docket, old: Docket): Docket | null {
  let changed = false;
  const items = taker.items.map((item) => {
    if (item.takenFrom !== old.week || item.decidedOn !== undefined || item.carriedTo !== undefined) return item;
    const where = handoverOf(old, taker, item.pairId);
    if (typeof where === 'string') return item;
    changed = true;
    return { ...item, decidedOn: where.week };
  });
  return changed ? { ...taker, items } : null;
}
