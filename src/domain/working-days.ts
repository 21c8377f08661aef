import { holidays2024 } from './public-holidays/2024.ts';
import { holidays2025 } from './public-holidays/2025.ts';
import { holidays2026 } from './public-holidays/2026.ts';
import type { HolidayYear } from './public-holidays/year.ts';

/**
 * Working days (工作日) by the State Council's yearly notice. The notice of a year comes out late in the year before; it is
 * added as a file of `public-holidays` and a line here, or entered by the bureau, which counts more. Where a year's is
 * missing, its Mondays to Fridays count. Days are `YYYY-MM-DD` in Asia/Shanghai.
 */
export const knownHolidayYears: readonly HolidayYear[] = [holidays2024, holidays2025, holidays2026];

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

/** Whether it is a Saturday or Sunday. */
export function isWeekend(date: string): boolean {
  const weekday = new Date(instantOf(date)).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/** Which days are worked. Made by `workCalendar`. */
export interface WorkCalendar {
  /** Years whose notice is known, in order. */
  readonly years: readonly HolidayYear[];
  readonly free: ReadonlySet<string>;
  readonly worked: ReadonlySet<string>;
}

/** The calendar of the notices that the program brings and those that the bureau has entered; of a year in both, the latter. */
export function workCalendar(entered: readonly HolidayYear[] = []): WorkCalendar {
  const byYear = new Map([...knownHolidayYears, ...entered].map((one) => [one.year, one]));
  const years = [...byYear.values()].sort((a, b) => a.year - b.year);
  const free = new Set<string>();
  const worked = new Set<string>();
  for (const holiday of years.flatMap(({ holidays }) => holidays)) {
    for (let one = holiday.from; one <= holiday.to; one = daysLater(one, 1)) free.add(one);
    for (const one of holiday.worked ?? []) worked.add(one);
  }
  return { years, free, worked };
}

/** Whether people work on that day. */
export function isWorkingDay({ free, worked }: WorkCalendar, date: string): boolean {
  if (worked.has(date)) return true;
  return !free.has(date) && !isWeekend(date);
}

/**
 * The working day that is the `count`th after `from`; `from` itself does not count, whether it is one or not. A limit of ten
 * working days that begins on Monday therefore ends with the Monday after next, where no holiday lies between.
 * `count` is a whole number from 1.
 */
export function workingDaysAfter(calendar: WorkCalendar, from: string, count: number): string {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`not a number of working days: ${count}`);
  let date = from;
  for (let left = count; left > 0; ) {
    date = daysLater(date, 1);
    if (isWorkingDay(calendar, date)) left -= 1;
  }
  return date;
}

/** Working days after `from` up to and with `to`; 0 where `to` is not later. */
export function workingDaysFrom(calendar: WorkCalendar, from: string, to: string): number {
  let count = 0;
  for (let date = daysLater(from, 1); date <= to; date = daysLater(date, 1)) {
    if (isWorkingDay(calendar, date)) count += 1;
  }
  return count;
}

/** The last year whose notice is known. */
export function lastHolidayYear({ years }: WorkCalendar): number {
  return Math.max(...years.map(({ year }) => year));
}

/** From this month on the next year's notice is out, or about to be. */
const noticeMonth = 11;

/** The year that `today` asks for and the calendar lacks: this year's, or from November on the next one's; null where none. */
export function missingHolidayYear({ years }: WorkCalendar, today: string): number | null {
  const thisYear = Number(today.slice(0, 4));
  const wanted = Number(today.slice(5, 7)) >= noticeMonth ? [thisYear, thisYear + 1] : [thisYear];
  return wanted.find((year) => !years.some((one) => one.year === year)) ?? null;
}

/** What staff must know where a year is missing; null where all is known. */
export function calendarWarning(calendar: WorkCalendar, today: string): string | null {
  const year = missingHolidayYear(calendar, today);
  if (year === null) return null;
  return `没有${year}年的节假日安排，${year}年的期限只按周一至周五推算；请在国务院办公厅公布后由管理员录入（“放假与调休”页面，或 npx qianxian holidays set ${year}）`;
}
