import { Invalid } from '../errors.ts';
import { daysLater } from '../working-days.ts';
import type { Holiday } from './year.ts';

/** A paragraph: `一、元旦:1月1日(周四)至3日(周六)放假调休,共3天。1月4日(周日)上班。`, after NFKC. */
const paragraph =
  /((?:元旦|春节|清明节|劳动节|端午节|中秋节|国庆节)(?:[、和](?:中秋节|国庆节))?):([^:]+?)(?=[一二三四五六七八九十]、|$)/g;
const written = /(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日/g;

/** The days of a text in order; a month or year that is not said again is that of the day before, or follows it. */
function daysIn(text: string, year: number): string[] {
  let inYear = year;
  let month = '';
  return [...text.matchAll(written)].map(([, saidYear, saidMonth, saidDay]) => {
    if (saidYear !== undefined) inYear = Number(saidYear);
    else if (saidMonth !== undefined && Number(saidMonth) < Number(month)) inYear += 1;
    if (saidMonth !== undefined) month = saidMonth;
    return `${inYear}-${month.padStart(2, '0')}-${saidDay!.padStart(2, '0')}`;
  });
}

const isDay = (date: string) => {
  try {
    return daysLater(date, 0) === date;
  } catch {
    return false;
  }
};

/**
 * The holidays that the text of the yearly notice names, to be checked like any others. Throws `invalid` where a paragraph
 * cannot be read, or its days are not as many as it says itself.
 */
export function readHolidayNotice(text: string, year: number): Holiday[] {
  const plain = text.normalize('NFKC').replace(/\s+/g, '');
  const holidays = [...plain.matchAll(paragraph)].map(([, name, said]): Holiday => {
    const fault = (reason: string) =>
      new Invalid([
        { field: 'text', label: name!, reason, mend: '请对照通知原文检查这一段，或逐项填写（命令行用 --file）' },
      ]);
    const [free = '', ...after] = said!.split('放假');
    const [from, to = from] = daysIn(free, year);
    if (after.length === 0 || from === undefined || to === undefined || ![from, to].every(isDay)) {
      throw fault('读不出放假的日子');
    }
    const rest = after.join('放假');
    const stated = /共(\d+)天/.exec(rest)?.[1];
    if (stated !== undefined && (stated.length > 3 || daysLater(from, Number(stated) - 1) !== to)) {
      throw fault(`写着共${stated}天，日期却是 ${from} 至 ${to}`);
    }
    const worked = rest
      .split('。')
      .filter((sentence) => sentence.includes('上班'))
      .flatMap((sentence) => daysIn(sentence, year));
    if (!worked.every(isDay)) throw fault('读不出上班的日子');
    return { name: name!, from, to, ...(worked.length > 0 ? { worked } : {}) };
  });
  if (holidays.length === 0) {
    throw new Invalid([
      {
        field: 'text',
        label: '通知的正文',
        reason: '没有找到节日的段落',
        mend: '请粘贴国务院办公厅通知的正文，例如“一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。”',
      },
    ]);
  }
  return holidays;
}
