import { z } from 'zod';
import { type FieldIssue, Invalid } from '../errors.ts';
import type { Stored } from '../record.ts';
import { check, list, text } from '../validation.ts';
import { daysLater, isWeekend } from '../working-days.ts';
import type { Holiday, HolidayYear } from './year.ts';

/** The yearly notice as the bureau entered it. `id` is the year. */
export interface EnteredHolidayYear extends Stored, HolidayYear {
  readonly enteredBy: string;
}

export function enteredYearId(year: number): string {
  return String(year);
}

const day = (label: string) =>
  z.iso
    .date({ error: `不是日期|请按 2027-01-01 的格式填写${label}` })
    .meta({ title: label, description: '例如 2027-01-01', format: 'date' });

export const holidayYearInput = z.strictObject({
  notice: text('通知的文号', 100, { min: 2, description: '例如 国办发明电〔2025〕7号' }),
  holidays: list(
    '节假日',
    z.strictObject({
      name: text('节日名称', 30),
      from: day('放假第一天'),
      to: day('放假最后一天'),
      worked: list('补班的日子', day('补班的日子'), { max: 10 }).optional(),
    }),
    { min: 1, max: 20 },
  ),
});
export type HolidayYearInput = z.output<typeof holidayYearInput>;

/** A notice may begin with the last days of December before. */
const firstDayOf = (year: number) => `${year - 1}-12-20`;
/** No holiday is longer: a mistyped month would free half a year. */
const mostDays = 31;

/** What of these cannot be holidays of the year. */
export function faultsOf(year: number, holidays: readonly Holiday[]): FieldIssue[] {
  const issues: FieldIssue[] = [];
  let before = '';
  for (const [place, { name, from, to, worked = [] }] of holidays.entries()) {
    const fault = (field: string, reason: string, mend: string) =>
      issues.push({ field: `holidays.${place}.${field}`, label: name, reason, mend });
    if (to < from) fault('to', '放假最后一天早于第一天', '请检查两个日期');
    else if (from < firstDayOf(year) || to > `${year}-12-31`) {
      fault('from', `不在${year}年的安排之内`, `请检查年份；${year}年的安排从上年年底到${year}-12-31`);
    } else if (daysLater(from, mostDays) <= to) fault('to', `超过${mostDays}天`, '请检查月份');
    if (from <= before) fault('from', '没有排在前一个节日之后，或与它重叠', '请按日期先后排列，检查日期');
    if (to > before) before = to;
    for (const [index, one] of worked.entries()) {
      const at = `worked.${index}`;
      if (one < firstDayOf(year) || one > `${year}-12-31`)
        fault(at, `补班的${one}不在${year}年的安排之内`, '请检查年份');
      else if (!isWeekend(one)) fault(at, `补班的${one}不是周六或周日`, '请检查日期；补班的只能是周末');
      else if (holidays.some((other) => other.from <= one && one <= other.to)) {
        fault(at, `补班的${one}又在放假的日子里`, '请检查日期');
      }
    }
  }
  const all = holidays.flatMap(({ worked = [] }) => worked);
  const twice = all.find((one, place) => all.indexOf(one) !== place);
  if (twice !== undefined) {
    issues.push({ field: 'holidays', label: '补班的日子', reason: `${twice} 写了两次`, mend: '请删去一次' });
  }
  return issues;
}

/** The notice of a year as somebody wrote it. Throws `invalid` with every fault. `today` is `YYYY-MM-DD`. */
export function checkedHolidayYear(year: number, input: unknown, today: string): HolidayYear {
  const { notice, holidays } = check(holidayYearInput, input);
  const thisYear = Number(today.slice(0, 4));
  if (!Number.isInteger(year) || year < 2020 || year > thisYear + 1) {
    const mend = `国务院办公厅每年公布下一年的安排，请填写 2020 到 ${thisYear + 1} 之间的年份`;
    throw new Invalid([{ field: 'year', label: '年份', reason: '不是可以录入的年份', mend }]);
  }
  const issues = faultsOf(year, holidays);
  if (issues.length > 0) throw new Invalid(issues);
  return { year, notice, holidays };
}

const usualNames = ['元旦', '春节', '清明', '劳动', '端午', '中秋', '国庆'];
/** 法定节假日 of a year: 13 days since 2025, 11 before (全国年节及纪念日放假办法). */
const statutoryDays = (year: number) => (year >= 2025 ? 13 : 11);

/**
 * What is unusual about a notice and worth another look, in Chinese. None of it is forbidden: the State Council may prolong
 * a holiday. Work is only moved, so that free weekdays less worked weekend days are the statutory days.
 */
export function remarksOn({ year, holidays }: HolidayYear): string[] {
  const names = holidays.map(({ name }) => name).join('、');
  const lacking = usualNames.filter((name) => !names.includes(name));
  let moved = 0;
  for (const { from, to, worked = [] } of holidays) {
    for (let one = from; one <= to; one = daysLater(one, 1)) if (!isWeekend(one)) moved += 1;
    moved -= worked.length;
  }
  const inWeek = statutoryDays(year) - moved;
  return [
    ...(lacking.length > 0 ? [`没有${lacking.join('、')}，请核对是否漏填`] : []),
    // A statutory day that falls on a weekend is made up for, so the sum holds in every year.
    ...(inWeek === 0
      ? []
      : [`放假的工作日减去补班的日子是${moved}天，一般应为${statutoryDays(year)}天法定节假日，请核对日期`]),
  ];
}
