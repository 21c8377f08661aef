import { Invalid } from '../errors.ts';
import type { Holiday } from './year.ts';

/** `2027-01-01`, `2027/1/1`, `2027.1.1`, `2027年1月1日`, and without the year `1-1`, `1/1`, `1月1日`, after NFKC. */
const date = /(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*日?/g;

/** The days of a cell in order; one without a year is of the year of the notice. */
function daysIn(text: string, year: number): string[] {
  return [...text.matchAll(date)].map(
    ([, inYear, month, day]) => `${inYear ?? year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`,
  );
}

const isDay = (written: string): boolean => {
  const at = Date.parse(`${written}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(written);
};

/** Whether a text is a small table and not the text of a notice: some line has cells, and a day alone in one of them. */
export function isHolidayTable(text: string): boolean {
  const lines = text.normalize('NFKC').split(/[\r\n]+/);
  if (lines.some((line) => line.includes('\t'))) return true;
  return lines.some((line) =>
    line.split(',').some((cell, place) => place > 0 && cell.trim() !== '' && cell.replace(date, '').trim() === ''),
  );
}

/**
 * The holidays of a small table, as it is copied out of a spreadsheet: a line each, its columns parted by tabs or commas: name,
 * first day, last day, and the weekend days that are worked (none, one, or several). A first line without days is a heading.
 * Throws `invalid` that names the line.
 */
export function readHolidayTable(text: string, year: number): Holiday[] {
  const lines = text
    .normalize('NFKC')
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line: line.trim(), at: index + 1 }))
    .filter(({ line }) => line !== '');
  const isHeading = ({ line }: { readonly line: string }) => daysIn(line, year).length === 0;
  const rows = lines.filter((one, index) => index > 0 || !isHeading(one));
  const fault = (at: number, reason: string) =>
    new Invalid([
      {
        field: 'text',
        label: `表的第${at}行`,
        reason,
        mend: '请每行写一个节日：名称、放假第一天、最后一天、补班的周末（可以没有），各列用制表符或逗号分开，日期写成 2027-01-01',
      },
    ]);
  if (rows.length === 0) throw fault(1, '没有节日');
  return rows.map(({ line, at }): Holiday => {
    const [name = '', first = '', last = '', ...rest] = line.split(/[\t,]/).map((cell) => cell.trim());
    const [from, ...more] = daysIn(first, year);
    const [to, ...others] = daysIn(last, year);
    const worked = rest.flatMap((cell) => daysIn(cell, year));
    if (name === '' || daysIn(name, year).length > 0) throw fault(at, '没有节日的名称');
    if (from === undefined || more.length > 0 || !isDay(from)) throw fault(at, `“${first}”不是一个日期`);
    if (to === undefined || others.length > 0 || !isDay(to)) throw fault(at, `“${last}”不是一个日期`);
    if (rest.join('') !== '' && (worked.length === 0 || !worked.every(isDay))) {
      throw fault(at, `“${rest.join(' ').trim()}”不是补班的日期`);
    }
    return { name, from, to, ...(worked.length > 0 ? { worked } : {}) };
  });
}
