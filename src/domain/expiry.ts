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

/** Days before its expiry in which a published record may be renewed, and from which its people are reminded. */
export const renewalDays = 30;

/** Its people are reminded when so many days are left, once each. */
export const reminderDays = [30, 7] as const;
export type ReminderDays = (typeof reminderDays)[number];

const dayMs = 86_400_000;

/** Days from one `YYYY-MM-DD` to another; negative where the other is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
}

/** The day so many days later. */
export function daysLater(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** Which reminder is due on `today` for what lapses on `expiresOn`; null where none is. One that was missed is not made up for by two. */
export function reminderDue(expiresOn: string, today: string): ReminderDays | null {
  const left = daysBetween(today, expiresOn);
  if (left <= 0) return null;
  return [...reminderDays].reverse().find((days) => left <= days) ?? null;
}
