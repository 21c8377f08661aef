import { holidays2024 } from './public-holidays/2024.ts';
import { holidays2025 } from './public-holidays/2025.ts';
import { holidays2026 } from './public-holidays/2026.ts';
import type { HolidayYear } from './public-holidays/year.ts';

/**
 * Working days (工作日) by the State Council's yearly notice. The notice of a year comes out late in the year before; it is
 * added as a file of `public-holidays` and a line here. Where a year's is missing, its Mondays to Fridays count.
 * Days are `YYYY-MM-DD` in Asia/Shanghai.
 */
export const holidayYears: readonly HolidayYear[] = [holidays2024, holidays2025, holidays2026];

const day = 86_400_000;

/** The day so many calendar days later; earlier where `days` is negative. */
export function daysLater(from: string, days: number): string {
  return new Date(instantOf(from) + days * day).toISOString().slice(0, 10);
}

function instantOf(written: string): number {
  const at = Date.parse(`${written}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(written) || Number.isNaN(at)) throw new RangeError(`not a day: ${written}`);
  return at;
}

const free = new Set<string>();
const worked = new Set<string>();
for (const { holidays } of holidayYears) {
  for (const holiday of holidays) {
    for (let one = holiday.from; one <= holiday.to; one = daysLater(one, 1)) free.add(one);
    for (const one of holiday.worked ?? []) worked.add(one);
  }
}

/** Whether people work on that day. */
export function isWorkingDay(date: string): boolean {
  if (worked.has(date)) return true;
  if (free.has(date)) return false;
  const weekday = new Date(instantOf(date)).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/**
 * The working day that is the `count`th after `from`; `from` itself does not count, whether it is one or not. A limit of ten
 * working days that begins on Monday therefore ends with the Monday after next, where no holiday lies between.
 * `count` is a whole number from 1.
 */
export function workingDaysAfter(from: string, count: number): string {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`not a number of working days: ${count}`);
  let date = from;
  for (let left = count; left > 0; ) {
    date = daysLater(date, 1);
    if (isWorkingDay(date)) left -= 1;
  }
  return date;
}

/** Working days after `from` up to and with `to`; 0 where `to` is not later. */
export function workingDaysFrom(from: string, to: string): number {
  let count = 0;
  for (let date = daysLater(from, 1); date <= to; date = daysLater(date, 1)) if (isWorkingDay(date)) count += 1;
  return count;
}

/** The last year whose notice is here. */
export const lastHolidayYear = Math.max(...holidayYears.map(({ year }) => year));

/** What staff must know where a day within the next `ahead` days lies in a year without a notice; null where all is known. */
export function calendarWarning(today: string, ahead = 60): string | null {
  const year = Number(daysLater(today, ahead).slice(0, 4));
  if (holidayYears.some((one) => one.year === year)) return null;
  return `没有${year}年的节假日安排，${year}年的期限只按周一至周五推算；请在国务院办公厅公布后升级程序`;
}
