import { expect } from 'chai';
import fc from 'fast-check';
import type { Invalid } from '../../src/domain/errors.ts';
import { checkedHolidayYear, remarksOn } from '../../src/domain/public-holidays/entered-year.ts';
import { readHolidayNotice } from '../../src/domain/public-holidays/read-notice.ts';
import type { Holiday } from '../../src/domain/public-holidays/year.ts';
import {
  calendarWarning,
  daysLater,
  isWorkingDay,
  knownHolidayYears,
  lastHolidayYear,
  workCalendar,
  workingDaysAfter,
  workingDaysFrom,
} from '../../src/domain/working-days.ts';

const calendar = workCalendar();
const weekdayOf = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay();
const isWeekend = (date: string) => weekdayOf(date) === 0 || weekdayOf(date) === 6;

function* daysOf(year: number): Generator<string> {
  for (let date = `${year}-01-01`; date <= `${year}-12-31`; date = daysLater(date, 1)) yield date;
}

/** 法定节假日: 11 days until 2024, 13 from 2025 on (全国年节及纪念日放假办法). Moving days about leaves their number. */
const statutory: Readonly<Record<number, number>> = { 2024: 11, 2025: 13, 2026: 13 };

describe('the holidays of a year', () => {
  for (const { year, holidays } of knownHolidayYears) {
    it(`${year}: work is only moved, so weekends and statutory days give the number of free days`, () => {
      const days = [...daysOf(year)];
      const weekends = days.filter(isWeekend).length;
      expect(days.filter((date) => !isWorkingDay(calendar, date)).length).to.equal(weekends + statutory[year]!);
    });

    it(`${year}: lies within its year, in order, and only weekend days are worked`, () => {
      let before = `${year}-00-00`;
      for (const { from, to, worked = [] } of holidays) {
        expect(from > before && from <= to && to <= `${year}-12-31`, from).to.equal(true);
        before = to;
        for (const date of worked) {
          expect(isWeekend(date), date).to.equal(true);
          expect(
            holidays.some((one) => one.from <= date && date <= one.to),
            date,
          ).to.equal(false);
        }
      }
    });
  }

  it('are as the notices say', () => {
    const free = ['2024-02-10', '2024-05-03', '2025-01-28', '2025-10-08', '2026-02-23', '2026-05-04', '2026-10-07'];
    for (const date of free) expect(isWorkingDay(calendar, date), date).to.equal(false);
    const worked = ['2024-02-18', '2024-09-14', '2025-01-26', '2025-10-11', '2026-01-04', '2026-02-28', '2026-09-20'];
    for (const date of worked) expect(isWorkingDay(calendar, date), date).to.equal(true);
    expect(isWorkingDay(calendar, '2025-01-02')).to.equal(true);
    expect(isWorkingDay(calendar, '2025-01-04')).to.equal(false);
  });
});

describe('a limit of working days', () => {
  it('passes weekends, holidays and takes the days that are worked for them', () => {
    expect(workingDaysAfter(calendar, '2026-11-23', 10)).to.equal('2026-12-07');
    // 9月20日 (Sunday) is worked; 中秋 25–27 and 国庆 1–7 are free.
    expect(workingDaysAfter(calendar, '2026-09-18', 10)).to.equal('2026-10-09');
    expect(workingDaysAfter(calendar, '2026-02-13', 1)).to.equal('2026-02-14');
    expect(workingDaysAfter(calendar, '2026-02-14', 1)).to.equal('2026-02-24');
  });

  it('ends on a working day, and counting back from there gives the number', () => {
    const start = fc.integer({ min: 0, max: 3 * 365 }).map((days) => daysLater('2024-01-01', days));
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 60 }), (from, count) => {
        const end = workingDaysAfter(calendar, from, count);
        expect(isWorkingDay(calendar, end)).to.equal(true);
        expect(end > from).to.equal(true);
        expect(workingDaysFrom(calendar, from, end)).to.equal(count);
        expect(workingDaysFrom(calendar, from, daysLater(end, -1))).to.equal(count - 1);
      }),
    );
  });

  it('grows with the count, and not the other way with the day', () => {
    const start = fc.integer({ min: 0, max: 1500 }).map((days) => daysLater('2024-01-01', days));
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (from, a, b) => {
        expect(workingDaysAfter(calendar, workingDaysAfter(calendar, from, a), b)).to.equal(
          workingDaysAfter(calendar, from, a + b),
        );
        expect(workingDaysAfter(calendar, daysLater(from, 1), a) >= workingDaysAfter(calendar, from, a)).to.equal(true);
      }),
    );
  });

  it('counts nothing to a day that is not later', () => {
    expect(workingDaysFrom(calendar, '2026-11-23', '2026-11-23')).to.equal(0);
    expect(workingDaysFrom(calendar, '2026-11-23', '2026-11-20')).to.equal(0);
  });

  it('refuses what is no day and no count', () => {
    expect(() => isWorkingDay(calendar, '2026-2-3')).to.throw(RangeError);
    expect(() => isWorkingDay(calendar, '2026-13-01')).to.throw(RangeError);
    for (const count of [0, -1, 1.5])
      expect(() => workingDaysAfter(calendar, '2026-11-23', count)).to.throw(RangeError);
  });
});

describe('a year without a notice', () => {
  const last = lastHolidayYear(calendar);
  const year = last + 1;

  it('has its Mondays to Fridays', () => {
    for (const date of daysOf(year)) expect(isWorkingDay(calendar, date), date).to.equal(!isWeekend(date));
  });

  it('is told from November of the year before, when the notice is out', () => {
    expect(calendarWarning(calendar, `${last}-10-31`)).to.equal(null);
    expect(calendarWarning(calendar, `${last}-11-01`)).to.contain(`没有${year}年的节假日安排`);
    expect(calendarWarning(calendar, `${year}-03-01`)).to.contain(`没有${year}年的节假日安排`);
    const holidays = [{ name: '元旦', from: `${year}-01-01`, to: `${year}-01-01` }];
    const known = workCalendar([{ year, notice: '示例', holidays }]);
    expect(calendarWarning(known, `${last}-11-01`)).to.equal(null);
    expect(calendarWarning(known, `${year}-11-01`)).to.contain(`没有${year + 1}年的节假日安排`);
  });
});

describe('a year that the bureau entered', () => {
  const next = {
    notice: '示例发明电〔2026〕1号',
    holidays: [
      { name: '元旦', from: '2027-01-01', to: '2027-01-03', worked: ['2026-12-26'] },
      { name: '春节', from: '2027-02-05', to: '2027-02-11', worked: ['2027-02-14'] },
    ],
  };
  const checked = (input: unknown, year = 2027, today = '2026-11-26') => checkedHolidayYear(year, input, today);
  const reasons = (input: unknown, year = 2027) => {
    try {
      checked(input, year);
      return [];
    } catch (error) {
      return (error as Invalid).issues.map(({ field, reason }) => `${field} ${reason}`);
    }
  };
  const changed = (place: number, more: object) => ({
    ...next,
    holidays: next.holidays.map((one, index) => (index === place ? { ...one, ...more } : one)),
  });

  it('counts, before what the program brings', () => {
    const known = workCalendar([checked(next)]);
    expect(isWorkingDay(known, '2027-01-01')).to.equal(false);
    expect(isWorkingDay(known, '2026-12-26')).to.equal(true);
    expect(workingDaysAfter(known, '2026-12-31', 1)).to.equal('2027-01-04');
    expect(workingDaysAfter(calendar, '2026-12-31', 1)).to.equal('2027-01-01');
    const corrected = checked(
      { notice: '更正', holidays: [{ name: '元旦', from: '2026-01-01', to: '2026-01-01' }] },
      2026,
    );
    const other = workCalendar([corrected]);
    expect(isWorkingDay(other, '2026-01-02')).to.equal(true);
    expect(isWorkingDay(other, '2026-10-01')).to.equal(true);
    expect(isWorkingDay(other, '2025-10-01')).to.equal(false);
  });

  it('is refused where it contradicts itself, each fault with its mend', () => {
    expect(reasons(next)).to.deep.equal([]);
    expect(reasons(changed(0, { to: '2026-12-31' }))).to.deep.equal(['holidays.0.to 放假最后一天早于第一天']);
    expect(reasons(changed(1, { from: '2026-02-05' })).join()).to.contain('不在2027年的安排之内');
    expect(reasons(changed(1, { from: '2027-01-03' })).join()).to.contain('重叠');
    expect(reasons(changed(1, { to: '2027-05-11' })).join()).to.contain('超过31天');
    expect(reasons(changed(1, { worked: ['2027-02-15'] })).join()).to.contain('不是周六或周日');
    expect(reasons(changed(1, { worked: ['2027-02-06'] })).join()).to.contain('又在放假的日子里');
    expect(reasons(changed(1, { worked: ['2028-02-12'] })).join()).to.contain('不在2027年的安排之内');
    expect(reasons(changed(1, { worked: ['2026-12-26'] })).join()).to.contain('写了两次');
    expect(reasons({ notice: '示例', holidays: [] })).to.have.length(1);
    expect(reasons(next, 2028).join()).to.contain('不是可以录入的年份');
    expect(reasons(changed(0, { from: '2027-02-30' })).join()).to.contain('不是日期');
  });

  it('is told what is unusual about it', () => {
    for (const known of knownHolidayYears) expect(remarksOn(known), String(known.year)).to.deep.equal([]);
    expect(remarksOn(checked(next)).join())
      .to.contain('没有清明、劳动')
      .and.to.contain('一般应为13天');
  });

  it('is read from the text of the notice, which gives what the files have', () => {
    for (const { year, holidays } of knownHolidayYears) {
      expect(readHolidayNotice(noticeText(holidays), year), String(year)).to.deep.equal(holidays);
    }
    const before = readHolidayNotice('一、元旦：2026年12月31日（周四）至1月2日放假，共3天。12月27日（周日）上班', 2027);
    expect(before[0]).to.include({ from: '2026-12-31' });
    const faults = (text: string) => () => readHolidayNotice(text, 2027);
    expect(faults('一、春节：2月5日（周五）至11日（周四）放假调休，共8天。')).to.throw(/共8天/);
    expect(faults('一、春节：2月30日至31日放假，共2天。')).to.throw(/读不出放假的日子/);
    expect(faults('一、春节：2月5日至11日休息。')).to.throw(/读不出放假的日子/);
    expect(faults('关于开会的通知')).to.throw(/没有找到节日的段落/);
  });
});

const numerals = '一二三四五六七八九';
/** Holidays in the words of a notice, with the signs that it uses. */
function noticeText(holidays: readonly Holiday[]): string {
  const weekday = (date: string) => `周${'日一二三四五六'[weekdayOf(date)]}`;
  const written = (date: string, month = true) =>
    `${month ? `${Number(date.slice(5, 7))}月` : ''}${Number(date.slice(8))}日（${weekday(date)}）`;
  return holidays
    .map(({ name, from, to, worked = [] }, place) => {
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
      const until = from === to ? '' : `至${written(to, from.slice(5, 7) !== to.slice(5, 7))}`;
      const work = worked.length > 0 ? `${worked.map((one) => written(one)).join('、')}上班。` : '';
      return `${numerals[place]}、${name}：${written(from)}${until}放假调休，共${days}天。${work}`;
    })
    .join('\n');
}
