import type { EntryKind } from './entry.ts';

/** Years after which a published record lapses unless it is renewed. */
export const shelfYears: Readonly<Record<EntryKind, number>> = { need: 2, achievement: 3 };

/** The same day so many years later, `YYYY-MM-DD`; 29 February becomes 1 March where there is none. */
function yearsLater(day: string, years: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  return new Date(Date.UTC(year + years, month - 1, date)).toISOString().slice(0, 10);
}

/**
 * The day from which a record that is published on `publishedOn` (`YYYY-MM-DD` in Asia/Shanghai) counts as expired:
 * an achievement three years later; a need two years later, or on 1 January after its 需求截止年 where that is earlier.
 */
export function expiryDay(
  kind: EntryKind,
  content: { readonly endYear?: number | undefined },
  publishedOn: string,
): string {
  const shelf = yearsLater(publishedOn, shelfYears[kind]);
  if (kind !== 'need' || content.endYear === undefined) return shelf;
  const end = `${content.endYear + 1}-01-01`;
  return end < shelf ? end : shelf;
}
