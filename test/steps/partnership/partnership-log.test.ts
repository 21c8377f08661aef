import { expect } from 'chai';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import type { Partnership } from '../../../src/domain/partnership.ts';
import { agreeContacts, viewContacts } from '../../../src/steps/consent/partnership-contacts.ts';
import { makeNotices } from '../../../src/steps/notices/make-notices.ts';
import {
  addLogLine,
  addMilestone,
  changeMilestone,
  reachMilestone,
  remindPartnerships,
  removeMilestone,
} from '../../../src/steps/partnership/partnership-log.ts';
import { setPartnershipPeople } from '../../../src/steps/partnership/partnership-people.ts';
import { getPartnership, movePartnership } from '../../../src/steps/partnership/partnerships.ts';
import { type ConsentWorld, consentWorld, people } from '../consent-world.ts';
import { fieldsOf, refused } from '../refused.ts';
import { begunPartnership } from './begun-partnership.ts';

const { clerk, needs, offers, stranger } = people;

describe('log and milestones of a partnership', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
    await begunPartnership(world);
  });
  afterEach(() => world.close());

  const line = { on: '2026-11-20', kind: 'visit', who: '双方技术负责人', what: '看了中试线。' } as const;
  const stored = async () => (await world.store.collection('partnerships').get('p1'))!;
  const eventsOf = async () => {
    const types: string[] = [];
    const following = world.store.follow(`t${Math.random()}`, { collections: ['partnerships'] }, async (changes) => {
      for (const change of changes) types.push(...change.events.map(({ type }) => type));
    });
    await following.caughtUp();
    await following.stop();
    return types;
  };

  it('takes lines from both sides and the bureau, each once, and keeps the bureau’s own from the others', async () => {
    await addLogLine(world, needs, 'p1', line, { id: 'l1' });
    await addLogLine(world, needs, 'p1', line, { id: 'l1' });
    expect((await refused(addLogLine(world, needs, 'p1', { ...line, what: '别的' }, { id: 'l1' }))).code).to.equal(
      'conflict',
    );
    await addLogLine(world, offers, 'p1', { ...line, kind: 'phone' }, { id: 'l2' });
    await addLogLine(world, clerk, 'p1', { ...line, what: '企业资金紧张。', bureauOnly: true }, { id: 'l3' });
    const ids = async (principal: typeof needs | typeof clerk) =>
      (await getPartnership(world, principal, 'p1')).log.map(({ id }) => id);
    expect(await ids(clerk)).to.deep.equal(['l1', 'l2', 'l3']);
    expect(await ids(needs)).to.deep.equal(['l1', 'l2']);
    expect(JSON.stringify(await addLogLine(world, offers, 'p1', line))).to.not.contain('资金紧张');
    expect((await refused(addLogLine(world, offers, 'p1', { ...line, bureauOnly: true }))).issues[0]!.field).to.equal(
      'bureauOnly',
    );
    expect((await refused(addLogLine(world, offers, 'p1', { ...line, on: '2026-11-24' }))).issues[0]!.field).to.equal(
      'on',
    );
    expect((await refused(addLogLine(world, stranger, 'p1', line))).code).to.equal('not_found');
  });

  it('reminds of a milestone a week before and of a next step on its day, once each, also by two rounds at once', async () => {
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-12-02' }, { id: 'm1' });
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-12-02' }, { id: 'm1' });
    await addMilestone(world, needs, 'p1', { title: '中试完成', dueOn: '2026-11-25' }, { id: 'm2' });
    await reachMilestone(world, needs, 'p1', 'm2', { doneOn: '2026-11-22' });
    await addLogLine(world, clerk, 'p1', { ...line, next: { what: '催合同', by: '2026-11-25' } }, { id: 'l1' });
    await remindPartnerships(world);
    expect((await stored()).milestones!.map(({ remindedAt }) => remindedAt)).to.deep.equal([undefined, undefined]);
    world.clock.set('2026-11-25T01:00:00.000Z');
    await Promise.all([remindPartnerships(world), remindPartnerships(world)]);
    await remindPartnerships(world);
    const { milestones, log } = await stored();
    expect(milestones!.map(({ remindedAt }) => remindedAt !== undefined)).to.deep.equal([true, false]);
    expect(log![0]!.remindedAt).to.equal('2026-11-25T01:00:00.000Z');
    expect((await eventsOf()).filter((type) => type.endsWith('-due'))).to.deep.equal([
      'partnership.milestone-due',
      'partnership.next-step-due',
    ]);
  });

  it('puts a milestone off with a reason and reminds of it anew, calls it otherwise, takes it out; all of it in the history', async () => {
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-11-25' }, { id: 'm1' });
    await remindPartnerships(world);
    const later = { dueOn: '2026-12-25', reason: '设备晚到' };
    expect(fieldsOf(await refused(changeMilestone(world, needs, 'p1', 'm1', { dueOn: '2026-12-25' })))).to.deep.equal([
      'reason',
    ]);
    expect((await refused(changeMilestone(world, stranger, 'p1', 'm1', later))).code).to.equal('not_found');
    await changeMilestone(world, needs, 'p1', 'm1', later);
    const put = await changeMilestone(world, needs, 'p1', 'm1', later);
    expect([put.milestones[0]!.dueOn, put.milestones[0]!.remindedAt, put.version]).to.deep.equal([
      '2026-12-25',
      undefined,
      4,
    ]);
    expect(put.history.at(-1)).to.deep.include({
      action: 'put-off',
      by: 'u-qi',
      reason: '里程碑“小试完成”由 2026-11-25 改到 2026-12-25：设备晚到',
    });
    world.clock.set('2026-12-20T01:00:00.000Z');
    expect(await remindPartnerships(world)).to.deep.equal({ reminded: 1 });
    const named = await changeMilestone(world, offers, 'p1', 'm1', { title: '小试验收' });
    expect([named.milestones[0]!.title, named.milestones[0]!.remindedAt]).to.deep.equal([
      '小试验收',
      '2026-12-20T01:00:00.000Z',
    ]);
    await reachMilestone(world, offers, 'p1', 'm1', { doneOn: '2026-12-19' });
    expect((await refused(changeMilestone(world, offers, 'p1', 'm1', later))).code).to.equal('conflict');
    expect((await refused(removeMilestone(world, offers, 'p1', 'm1', '重复'))).code).to.equal('forbidden');
    expect(fieldsOf(await refused(removeMilestone(world, clerk, 'p1', 'm1')))).to.deep.equal(['reason']);
    const without = await removeMilestone(world, clerk, 'p1', 'm1', '重复登记');
    expect([without.milestones, without.history.at(-1)!.reason]).to.deep.equal([
      [],
      '删去里程碑“小试验收”（2026-12-25）：重复登记',
    ]);
    expect((await refused(removeMilestone(world, clerk, 'p1', 'm1', '再删'))).code).to.equal('not_found');
  });

  it('keeps the people of each side, and shows them with the contacts alone', async () => {
    const person = { name: '钱联络', role: '技术负责人', mobile: '13812345678' };
    const set = await setPartnershipPeople(world, needs, 'p1', 1, [person]);
    await setPartnershipPeople(world, clerk, 'p1', 2, [{ name: '孙教授' }], 'achievement');
    expect(set.people).to.equal(1);
    expect(fieldsOf(await refused(setPartnershipPeople(world, needs, 'p1', 3, [person], 'achievement')))).to.deep.equal(
      ['side'],
    );
    expect(fieldsOf(await refused(setPartnershipPeople(world, clerk, 'p1', 3, [person])))).to.deep.equal(['side']);
    expect((await refused(setPartnershipPeople(world, needs, 'p1', 1, [person]))).code).to.equal('conflict');
    expect((await refused(setPartnershipPeople(world, stranger, 'p1', 3, [person]))).code).to.equal('not_found');
    // Beside the contacts, and so only once both sides have agreed to that.
    expect((await viewContacts(world, offers, 'p1')).people).to.deep.equal([{ name: '孙教授', side: 'achievement' }]);
    await agreeContacts(world, needs, 'p1');
    await agreeContacts(world, offers, 'p1');
    const { people: shown } = await viewContacts(world, offers, 'p1');
    expect(shown).to.deep.equal([
      { ...person, side: 'need' },
      { name: '孙教授', side: 'achievement' },
    ]);
    const looks = (await world.store.collection('contactViews').find()).items.map(({ sides }) => sides.join());
    expect(looks.sort()).to.deep.equal(['achievement', 'need,achievement']);
    expect(JSON.stringify(await getPartnership(world, clerk, 'p1'))).to.not.match(/钱联络|孙教授|1381234/);
    const { version } = await getPartnership(world, clerk, 'p1');
    await movePartnership(world, clerk, 'p1', version, 'terminate', { reason: '企业转产' });
    const ended = await viewContacts(world, offers, 'p1');
    expect(ended.people).to.deep.equal([{ name: '孙教授', side: 'achievement' }]);
    expect(ended.withheld).to.include('合作已终止');
  });

  it('reminds of the others where one partnership cannot be worked on, and the round still counts as failed', async () => {
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-11-25' }, { id: 'm1' });
    const { version: _v, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    for (const id of ['0-broken', 'zz-broken']) {
      await world.store.collection('partnerships').insert({ ...rest, id, milestones: [null] as never });
    }
    const failed = await remindPartnerships(world).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(AggregateError);
    expect((failed as AggregateError).errors).to.have.length(2);
    expect((await stored()).milestones![0]!.remindedAt).to.be.a('string');
  });

  it('plans and reminds no more once it has ended', async () => {
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-11-24' }, { id: 'm1' });
    await movePartnership(world, clerk, 'p1', 2, 'terminate', { reason: '企业转产' });
    expect(await remindPartnerships(world)).to.deep.equal({ reminded: 0 });
    expect((await refused(addMilestone(world, offers, 'p1', { title: '再来', dueOn: '2026-12-24' }))).code).to.equal(
      'conflict',
    );
    expect((await refused(reachMilestone(world, offers, 'p1', 'm9', { doneOn: '2026-11-20' }))).code).to.equal(
      'not_found',
    );
  });

  it('lets neither side write anything more once it has ended, nor the bureau change what was settled', async () => {
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-11-24' }, { id: 'm1' });
    const early = await refused(reachMilestone(world, offers, 'p1', 'm1', { doneOn: '2026-11-30' }));
    expect(early.issues[0]!.field).to.equal('doneOn');
    await reachMilestone(world, offers, 'p1', 'm1', { doneOn: '2026-11-20' });
    await addMilestone(world, offers, 'p1', { title: '中试完成', dueOn: '2026-12-24' }, { id: 'm2' });
    await addLogLine(world, needs, 'p1', line, { id: 'l1' });
    await movePartnership(world, clerk, 'p1', (await stored()).version, 'terminate', { reason: '企业转产' });
    for (const who of [needs, offers]) {
      expect((await refused(addLogLine(world, who, 'p1', line))).message).to.match(/终止/);
      expect((await refused(reachMilestone(world, who, 'p1', 'm1', { doneOn: '2026-11-19' }))).code).to.equal(
        'conflict',
      );
    }
    expect((await refused(reachMilestone(world, clerk, 'p1', 'm1', { doneOn: '2026-11-19' }))).code).to.equal(
      'conflict',
    );
    for (const who of [needs, offers, clerk]) {
      const side = who === clerk ? ('need' as const) : undefined;
      const { version } = await stored();
      const change = setPartnershipPeople(world, who, 'p1', version, [{ name: '孙教授' }], side);
      expect((await refused(change)).message).to.match(/不能再更改人员/);
      expect((await refused(changeMilestone(world, who, 'p1', 'm2', { title: '改称' }))).message).to.match(
        /不能再修改里程碑/,
      );
      expect((await refused(removeMilestone(world, who, 'p1', 'm2', '不要了'))).message).to.match(/不能再删去里程碑/);
    }
    expect((await refused(removeMilestone(world, clerk, 'p1', 'm1', '不要了'))).code).to.equal('conflict');
    // The same again is what it was: a repeated request is no change.
    await addLogLine(world, needs, 'p1', line, { id: 'l1' });
    await reachMilestone(world, offers, 'p1', 'm1', { doneOn: '2026-11-20' });
    // What the bureau hears afterwards is written down.
    await addLogLine(world, clerk, 'p1', { ...line, what: '企业来电说明原因。' });
    expect((await stored()).log).to.have.length(2);
  });

  it('sets off no reminders at will: no next step in the past, no more than fifty lines a day from one side', async () => {
    const past = await refused(addLogLine(world, needs, 'p1', { ...line, next: { what: '催', by: '2026-11-22' } }));
    expect(past.issues[0]!.field).to.equal('next.by');
    for (let count = 0; count < 50; count += 1) await addLogLine(world, needs, 'p1', { ...line, what: `第${count}条` });
    expect((await refused(addLogLine(world, needs, 'p1', line))).code).to.equal('conflict');
    // The other side is not shut out by it, nor the bureau.
    await addLogLine(world, offers, 'p1', line);
    await addLogLine(world, clerk, 'p1', line);
    world.clock.set('2026-11-24T01:00:00.000Z');
    await addLogLine(world, needs, 'p1', line);
  });

  it('lets one side change milestones twenty times a day, whatever of them, and tells of all that in one notice an hour', async () => {
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-12-24' }, { id: 'm1' });
    await addMilestone(world, offers, 'p1', { title: '中试完成', dueOn: '2026-12-24' }, { id: 'm2' });
    for (let count = 1; count <= 10; count += 1) {
      await changeMilestone(world, needs, 'p1', 'm1', { title: `第${count}次改称` });
      await changeMilestone(world, needs, 'p1', 'm1', { dueOn: `2027-01-${10 + count}`, reason: '改期' });
    }
    const changes = [
      changeMilestone(world, needs, 'p1', 'm1', { title: '又改称' }),
      changeMilestone(world, needs, 'p1', 'm1', { dueOn: '2027-02-01', reason: '改期' }),
      removeMilestone(world, needs, 'p1', 'm2', '不要了'),
    ];
    for (const change of changes) expect((await refused(change)).message).to.match(/最多改动里程碑20次/);
    await changeMilestone(world, offers, 'p1', 'm1', { title: '对方改称' });
    await changeMilestone(world, clerk, 'p1', 'm1', { title: '科技局改称' });
    const history = JSON.stringify((await stored()).history);
    world.clock.set('2026-11-24T01:00:00.000Z');
    await removeMilestone(world, needs, 'p1', 'm2', '不要了');
    expect(JSON.stringify((await stored()).history)).to.have.length.above(history.length);

    const tell = makeNotices({ ...world, queue: { add: async () => undefined } } as never);
    const following = world.store.follow('notices', { collections: ['partnerships'] }, tell);
    await following.caughtUp();
    await following.stop();
    const { items } = await world.store.collection('notices').find({ limit: 1000 });
    const subjects = items.filter(({ subject }) => subject.includes('里程碑')).map(({ subject }) => subject);
    const told = (count: number) => `合作《抛光粉联合攻关》的里程碑有 ${count} 处改动`;
    // Of the two organisations each: that of the first day, and that of the next.
    expect(subjects).to.have.members([told(10), told(10), told(1), told(1)]);
  });

  it('tells both sides of stages and milestones, staff of what a side wrote, and never what was written', async () => {
    await addLogLine(world, needs, 'p1', { ...line, next: { what: '催合同', by: '2026-11-25' } }, { id: 'l1' });
    await addMilestone(world, offers, 'p1', { title: '小试完成', dueOn: '2026-12-02' }, { id: 'm1' });
    const partnership = (await stored()) as Partnership;
    const told = (verb: string, data: Record<string, unknown> = {}) =>
      rulesFor('partnerships', `partnership.${verb}`).flatMap((rule) =>
        rule.tell(partnership, { type: `partnership.${verb}`, at: '', by: 'u', data }, {}),
      );
    for (const verb of ['signed', 'performing', 'accepting', 'finished', 'terminated', 'corrected']) {
      expect(
        told(verb).map(({ to }) => to),
        verb,
      ).to.deep.equal([
        { to: 'organisation', organisationId: 'o-enterprise' },
        { to: 'organisation', organisationId: 'o-university' },
      ]);
    }
    expect(told('milestone-due', { milestoneId: 'm1' })).to.have.length(3);
    expect(told('milestone-due', { milestoneId: 'm9' })).to.deep.equal([]);
    expect(told('next-step-due', { lineId: 'l1' }).map(({ to }) => to)).to.deep.equal([{ to: 'staff' }]);
    expect(told('logged', { byBureau: true })).to.deep.equal([]);
    const [one] = told('logged', { byBureau: false });
    expect(one!.to).to.deep.equal({ to: 'staff' });
    expect(JSON.stringify(one)).to.not.contain('中试线');
  });
});
