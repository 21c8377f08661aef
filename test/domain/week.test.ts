import { expect } from 'chai';
import fc from 'fast-check';
import { dateIn, weekOf, weekStart, weeksBetween, yearIn } from '../../src/domain/week.ts';

describe('weeks of the bureau (ISO 8601, Asia/Shanghai)', () => {
  for (const [at, week] of [
    ['2026-11-23T01:00:00Z', '2026-W48'],
    ['2026-11-22T15:59:59Z', '2026-W47'], // Sunday 23:59:59 in Shanghai
    ['2026-11-22T16:00:00Z', '2026-W48'], // Monday 00:00 in Shanghai
    ['2027-01-01T00:00:00Z', '2026-W53'],
    ['2024-12-30T00:00:00Z', '2025-W01'],
    ['2021-01-03T15:00:00Z', '2020-W53'],
  ] as const) {
    it(`${at} lies in ${week}`, () => expect(weekOf(new Date(at))).to.equal(week));
  }

  it('a week begins on the Monday whose week it is', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1995-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }), (at) => {
        const week = weekOf(at);
        const start = weekStart(week)!;
        expect(weekOf(start)).to.equal(week);
        expect(start.getTime()).to.be.at.most(at.getTime());
        expect(at.getTime() - start.getTime()).to.be.below(7 * 86_400_000);
        expect(weekOf(new Date(start.getTime() - 1))).to.not.equal(week);
      }),
      { seed: 2 },
    );
  });

  for (const none of ['2026-W54', '2025-W53', '2026-W00', '2026-48', '2026-w48', '', '2026-W481', '__proto__']) {
    it(`there is no week “${none}”`, () => expect(weekStart(none)).to.equal(undefined));
  }

  it('counts weeks over the turn of the year', () => {
    expect(weeksBetween('2026-W52', '2027-W02')).to.equal(3);
    expect(weeksBetween('2027-W02', '2026-W52')).to.equal(-3);
    expect(() => weeksBetween('2026-W99', '2026-W01')).to.throw(RangeError);
    expect(() => weeksBetween('2026-W01', 'x')).to.throw(RangeError);
  });

  it('has its day and year in Shanghai', () => {
    expect(dateIn(new Date('2026-12-31T16:00:00Z'))).to.equal('2027-01-01');
    expect(yearIn(new Date('2026-12-31T15:59:59Z'))).to.equal(2026);
  });
});
