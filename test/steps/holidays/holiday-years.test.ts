import { expect } from 'chai';
import { presentCalendar } from '../../../src/ports/present-calendar.ts';
import { settleDueDays } from '../../../src/steps/answers/due-days.ts';
import { consentRound, putOffLimits } from '../../../src/steps/consent/consent-round.ts';
import { readDesk } from '../../../src/steps/desk/read-desk.ts';
import {
  checkHolidays,
  listHolidays,
  readHolidayText,
  removeHolidays,
  setHolidays,
} from '../../../src/steps/holidays/holiday-years.ts';
import { draftedLetter } from '../../http/drafted-letter.ts';
import { type ConsentWorld, consentWorld, invitation, people } from '../consent-world.ts';
import { refusal } from '../docket-world.ts';

const { clerk, head, needs } = people;
const next = {
  notice: '示例发明电〔2026〕1号',
  holidays: [{ name: '元旦', from: '2027-01-01', to: '2027-01-03' }],
};

describe('the holidays of a year', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
  });
  afterEach(() => world.close());

  it('are entered by an administrator, once, and counted by at once', async () => {
    const before = await listHolidays(world, clerk);
    expect(before.items.map(({ year, entered }) => [year, entered])).to.deep.equal([
      [2026, false],
      [2025, false],
      [2024, false],
    ]);
    expect(before.warning).to.contain('没有2027年');
    for (const [who, work] of [
      [clerk, setHolidays(world, clerk, 2027, 0, next)],
      [clerk, removeHolidays(world, clerk, 2027)],
      [needs, listHolidays(world, needs)],
    ] as const) {
      expect((await refusal(work)).code, who.userId).to.equal('forbidden');
    }
    const set = await setHolidays(world, head, 2027, 0, next);
    expect(set).to.include({ year: 2027, entered: true, version: 1 });
    expect(set.remarks.join()).to.contain('没有春节');
    expect((await setHolidays(world, head, 2027, 0, next)).version).to.equal(1);
    expect((await listHolidays(world, clerk)).warning).to.equal(null);
    expect((await readDesk(world, clerk)).warnings).to.deep.equal([]);
    const { free } = await presentCalendar(world.store);
    expect(free.has('2027-01-01')).to.equal(true);

    const longer = { ...next, holidays: [{ ...next.holidays[0]!, to: '2027-01-04' }] };
    expect((await refusal(setHolidays(world, head, 2027, 0, longer))).code).to.equal('conflict');
    expect((await setHolidays(world, head, 2027, 1, longer)).version).to.equal(2);
    await removeHolidays(world, head, 2027);
    expect((await listHolidays(world, clerk)).warning).to.contain('没有2027年');
    expect((await refusal(removeHolidays(world, head, 2027))).message).to.contain('没有录入过2027年');
    expect((await refusal(removeHolidays(world, head, 2026))).message).to.contain('程序自带');
  });

  it('of two who enter a year at once, one is told that somebody else has', async () => {
    const other = { ...next, notice: '另一个文号' };
    const results = await Promise.allSettled([
      setHolidays(world, head, 2027, 0, next),
      setHolidays(world, { ...head, userId: 'u-second' }, 2027, 0, other),
    ]);
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    const [refused] = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused.code).to.equal('conflict');
  });

  it('put off open invitations whose ten days they prolong, never the other way, and no ended ones', async () => {
    world.clock.set('2026-12-21T01:00:00.000Z');
    await world.decide('accepted');
    const stored = async () => (await world.store.collection('invitations').get(invitation))!;
    expect((await stored()).dueOn).to.equal('2027-01-04');
    await setHolidays(world, head, 2027, 0, next);
    const follow = putOffLimits(world);
    await follow();
    const { dueOn, version } = await stored();
    expect(dueOn).to.equal('2027-01-05');
    await follow();
    expect((await stored()).version).to.equal(version);
    const shorter = { ...next, holidays: [{ ...next.holidays[0]!, worked: ['2026-12-26'] }] };
    await setHolidays(world, head, 2027, 1, shorter);
    await follow();
    expect((await stored()).dueOn).to.equal('2027-01-05');
  });

  it('move the day on which a letter that waits is due, either way, and no day of one that was sent', async () => {
    world.clock.set('2026-12-29T01:00:00.000Z');
    const letter = await draftedLetter({ ports: world }, 'n1', 'o-company', '一项需求');
    const sent = await draftedLetter({ ports: world }, 'n2', 'o-company', '另一项需求');
    const answers = world.store.collection('answers');
    const { version: seen, createdAt: _c, updatedAt: _u, ...rest } = sent;
    await answers.update(sent.id, seen, { ...rest, state: 'sent' });
    const due = async (id: string) => (await answers.get(id))!.dueOn;
    expect(letter.dueOn).to.equal('2027-01-05');
    const longer = { ...next, holidays: [{ ...next.holidays[0]!, to: '2027-01-04' }] };
    await setHolidays(world, head, 2027, 0, longer);
    world.clock.set('2026-12-30T01:00:00.000Z');
    expect(await settleDueDays(world)).to.equal(1);
    expect(await due(letter.id)).to.equal('2027-01-07');
    expect(await due(sent.id)).to.equal('2027-01-05');
    const { version } = (await answers.get(letter.id))!;
    expect(await settleDueDays(world)).to.equal(0);
    expect((await answers.get(letter.id))!.version).to.equal(version);
    await removeHolidays(world, head, 2027);
    expect(await settleDueDays(world)).to.equal(1);
    expect(await due(letter.id)).to.equal('2027-01-05');
  });

  it('are looked at before an invitation lapses, where the change was not handled yet', async () => {
    world.clock.set('2026-12-21T01:00:00.000Z');
    await world.decide('accepted');
    await setHolidays(world, head, 2027, 0, next);
    world.clock.set('2027-01-05T00:30:00.000Z');
    expect(await consentRound(world)).to.deep.include({ lapsed: 0 });
    world.clock.set('2027-01-06T00:30:00.000Z');
    expect(await consentRound(world)).to.deep.include({ lapsed: 1 });
  });

  it('are read from a notice and checked without being written', async () => {
    const text = '一、元旦：1月1日（周五）至3日（周日）放假，共3天。';
    const { holidays } = readHolidayText(2027, text);
    expect(holidays).to.deep.equal(next.holidays);
    expect(checkHolidays(world, 2027, next)).to.include({ entered: false, version: 0 });
    expect(await world.store.collection('holidayYears').count()).to.equal(0);
  });

  it('are read from a small table out of a spreadsheet, in whatever way its days are written', () => {
    const table = [
      '节日\t第一天\t最后一天\t补班',
      '元旦\t2027-01-01\t2027/1/3\t',
      '',
      '春节\t2月6日\t2月12日\t2027年1月31日、2月20日',
      '国庆节、中秋节，10-1，10-7，2027.9.26',
    ].join('\r\n');
    expect(readHolidayText(2027, table).holidays).to.deep.equal([
      { name: '元旦', from: '2027-01-01', to: '2027-01-03' },
      { name: '春节', from: '2027-02-06', to: '2027-02-12', worked: ['2027-01-31', '2027-02-20'] },
      { name: '国庆节、中秋节', from: '2027-10-01', to: '2027-10-07', worked: ['2027-09-26'] },
    ]);
    for (const [row, line, said] of [
      ['元旦\t一月一日\t2027-01-03', 1, '一月一日'],
      ['名称\t首日\t末日\n元旦\t2027-01-01\t2027-02-30', 2, '2027-02-30'],
      ['元旦\t2027-01-01\t2027-01-03\t周日', 1, '周日'],
      ['\t2027-01-01\t2027-01-03\t', 1, '名称'],
    ] as const) {
      let refused: { issues?: readonly { label: string; reason: string }[] } = {};
      try {
        readHolidayText(2027, row);
      } catch (error) {
        refused = error as typeof refused;
      }
      expect(refused.issues?.[0]?.label, row).to.equal(`表的第${line}行`);
      expect(refused.issues?.[0]?.reason, row).to.contain(said);
    }
  });

  it('refuses a text whose days cannot be, however far apart they are', async () => {
    for (const said of ['1月1日至3日放假，共99999999999999天', '2000年1月1日至9998年12月31日放假']) {
      const refused = await refusal(Promise.resolve().then(() => readHolidayText(2027, `一、元旦：${said}。`)));
      expect(refused.code, said).to.equal('invalid');
    }
  });
});
