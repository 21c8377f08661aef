import { expect } from 'chai';
import fc from 'fast-check';
import {
  calendarWarning,
  daysLater,
  holidayYears,
  isWorkingDay,
  lastHolidayYear,
  workingDaysAfter,
  workingDaysFrom,
} from '../../src/domain/working-days.ts';

const weekdayOf = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay();
const isWeekend = (date: string) => weekdayOf(date) === 0 || weekdayOf(date) === 6;

function* daysOf(year: number): Generator<string> {
  for (let date = `${year}-01-01`; date <= `${year}-12-31`; date = daysLater(date, 1)) yield date;
}

/** 法定节假日: 11 days until 2024, 13 from 2025 on (全国年节及纪念日放假办法). Moving days about leaves their number. */
const statutory: Readonly<Record<number, number>> = { 2024: 11, 2025: 13, 2026: 13 };

describe('the holidays of a year', () => {
  for (const { year, holidays } of holidayYears) {
    it(`${year}: work is only moved, so weekends and statutory days give the number of free days`, () => {
      const days = [...daysOf(year)];
      const weekends = days.filter(isWeekend).length;
      expect(days.filter((date) => !isWorkingDay(date)).length).to.equal(weekends + statutory[year]!);
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
    for (const date of free) expect(isWorkingDay(date), date).to.equal(false);
    const worked = ['2024-02-18', '2024-09-14', '2025-01-26', '2025-10-11', '2026-01-04', '2026-02-28', '2026-09-20'];
    for (const date of worked) expect(isWorkingDay(date), date).to.equal(true);
    expect(isWorkingDay('2025-01-02')).to.equal(true);
    expect(isWorkingDay('2025-01-04')).to.equal(false);
  });
});

describe('a limit of working days', () => {
  it('passes weekends, holidays and takes the days that are worked for them', () => {
    expect(workingDaysAfter('2026-11-23', 10)).to.equal('2026-12-07');
    // 9月20日 (Sunday) is worked; 中秋 25–27 and 国庆 1–7 are free.
    expect(workingDaysAfter('2026-09-18', 10)).to.equal('2026-10-09');
    expect(workingDaysAfter('2026-02-13', 1)).to.equal('2026-02-14');
    expect(workingDaysAfter('2026-02-14', 1)).to.equal('2026-02-24');
  });

  it('ends on a working day, and counting back from there gives the number', () => {
    const start = fc.integer({ min: 0, max: 3 * 365 }).map((days) => daysLater('2024-01-01', days));
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 60 }), (from, count) => {
        const end = workingDaysAfter(from, count);
        expect(isWorkingDay(end)).to.equal(true);
        expect(end > from).to.equal(true);
        expect(workingDaysFrom(from, end)).to.equal(count);
        expect(workingDaysFrom(from, daysLater(end, -1))).to.equal(count - 1);
      }),
    );
  });

  it('grows with the count, and not the other way with the day', () => {
    const start = fc.integer({ min: 0, max: 1500 }).map((days) => daysLater('2024-01-01', days));
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (from, a, b) => {
        expect(workingDaysAfter(workingDaysAfter(from, a), b)).to.equal(workingDaysAfter(from, a + b));
        expect(workingDaysAfter(daysLater(from, 1), a) >= workingDaysAfter(from, a)).to.equal(true);
      }),
    );
  });

  it('counts nothing to a day that is not later', () => {
    expect(workingDaysFrom('2026-11-23', '2026-11-23')).to.equal(0);
    expect(workingDaysFrom('2026-11-23', '2026-11-20')).to.equal(0);
  });

  it('refuses what is no day and no count', () => {
    expect(() => isWorkingDay('2026-2-3')).to.throw(RangeError);
    expect(() => isWorkingDay('2026-13-01')).to.throw(RangeError);
    for (const count of [0, -1, 1.5]) expect(() => workingDaysAfter('2026-11-23', count)).to.throw(RangeError);
  });
});

describe('a year without a notice', () => {
  const year = lastHolidayYear + 1;

  it('has its Mondays to Fridays', () => {
    for (const date of daysOf(year)) expect(isWorkingDay(date), date).to.equal(!isWeekend(date));
  });

  it('is told before a limit can reach into it', () => {
    expect(calendarWarning(`${lastHolidayYear}-06-01`)).to.equal(null);
    expect(calendarWarning(`${lastHolidayYear}-11-25`)).to.contain(`没有${year}年的节假日安排`);
    expect(calendarWarning(`${lastHolidayYear}-12-31`, 0)).to.equal(null);
    expect(calendarWarning(`${year}-03-01`, 0)).to.contain(`${year}年`);
  });
});
