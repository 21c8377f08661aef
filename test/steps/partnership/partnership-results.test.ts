import { expect } from 'chai';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import { endedHalfYear, latestResults } from '../../../src/domain/partnership-results.ts';
import { answerResults, askResults } from '../../../src/steps/partnership/partnership-results.ts';
import { getPartnership, movePartnership } from '../../../src/steps/partnership/partnerships.ts';
import { type ConsentWorld, consentWorld, people } from '../consent-world.ts';
import { refused } from '../refused.ts';
import { begunPartnership, contract } from './begun-partnership.ts';

const { clerk, needs, offers, stranger } = people;

describe('results of a partnership', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
    await begunPartnership(world);
  });
  afterEach(() => world.close());

  const sign = () => movePartnership(world, clerk, 'p1', 1, 'sign', { contract });
  const result = { sales: 120.5, saved: 3, patents: 1, jobs: 4 };
  const stored = async () => (await world.store.collection('partnerships').get('p1'))!;

  it('are asked for once a half-year after 签约, also by two rounds at once, and until three years after its end', async () => {
    expect(endedHalfYear('2026-06-30')).to.deep.equal({ period: '2025H2', lastDay: '2025-12-31', dueOn: '2026-01-31' });
    expect(endedHalfYear('2026-07-01')).to.deep.equal({ period: '2026H1', lastDay: '2026-06-30', dueOn: '2026-07-31' });
    world.clock.set('2026-11-23T01:00:00.000Z');
    await askResults(world);
    await sign();
    // Signed in the second half of 2026: the first half had nothing to tell.
    expect(await askResults(world)).to.include({ asked: 0 });
    world.clock.set('2027-01-01T01:00:00.000Z');
    await Promise.all([askResults(world), askResults(world)]);
    await askResults(world);
    world.clock.set('2027-07-01T01:00:00.000Z');
    await askResults(world);
    expect((await stored()).resultRequests!.map(({ period, dueOn }) => [period, dueOn])).to.deep.equal([
      ['2026H2', '2027-01-31'],
      ['2027H1', '2027-07-31'],
    ]);
    const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    await world.store
      .collection('partnerships')
      .update('p1', version, { ...rest, state: 'finished', outcome: { statement: '完成', on: '2027-08-01' } });
    world.clock.set('2031-01-02T01:00:00.000Z');
    expect(await askResults(world)).to.include({ asked: 1 });
    world.clock.set('2031-07-02T01:00:00.000Z');
    expect(await askResults(world)).to.include({ asked: 0 });
  });

  it('are reminded of once when a side has not answered by the day, also by two rounds at once', async () => {
    await sign();
    world.clock.set('2027-01-01T01:00:00.000Z');
    await askResults(world);
    world.clock.set('2027-01-31T15:00:00.000Z');
    expect(await askResults(world)).to.deep.equal({ asked: 0, overdue: 0 });
    await answerResults(world, needs, 'p1', '2026H2', result);
    world.clock.set('2027-01-31T16:01:00.000Z');
    const rounds = await Promise.all([askResults(world), askResults(world)]);
    expect(rounds.reduce((sum, { overdue }) => sum + overdue, 0)).to.equal(1);
    expect(await askResults(world)).to.deep.equal({ asked: 0, overdue: 0 });
    const told = async () =>
      rulesFor('partnerships', 'partnership.results-overdue').flatMap((rule) => {
        const data = { period: '2026H2', dueOn: '2027-01-31' };
        return [stored()].map(async (one) =>
          rule.tell(await one, { type: 'partnership.results-overdue', at: '', by: 'system', data }, {}),
        );
      });
    const whom = async () => (await Promise.all(await told())).flat().map(({ to }) => to);
    // The side that has answered is left alone.
    expect(await whom()).to.deep.equal([{ to: 'organisation', organisationId: 'o-university' }, { to: 'staff' }]);
    await answerResults(world, offers, 'p1', '2026H2', result);
    expect(await whom()).to.deep.equal([]);
  });

  it('are asked for with thirty days to answer where the contract was entered late, and are not overdue at once', async () => {
    await movePartnership(world, clerk, 'p1', 1, 'sign', {
      contract: { ...contract, signedOn: '2026-03-02', from: '2026-03-02', until: '2027-03-01' },
    });
    expect(await askResults(world)).to.deep.equal({ asked: 1, overdue: 0 });
    const { period, dueOn } = (await stored()).resultRequests![0]!;
    expect([period, dueOn]).to.deep.equal(['2026H1', '2026-12-23']);
    expect((await getPartnership(world, needs, 'p1')).resultRequests[0]!.dueOn).to.equal(dueOn);
    const data = { period, dueOn };
    const [rule] = rulesFor('partnerships', 'partnership.results-asked');
    const told = rule!.tell(await stored(), { type: 'partnership.results-asked', at: '', by: 'system', data }, {});
    expect(told[0]).to.have.property('text').that.includes('2026-12-23').and.does.not.include('07-31');
    world.clock.set('2026-12-23T15:00:00.000Z');
    expect(await askResults(world)).to.deep.equal({ asked: 0, overdue: 0 });
    world.clock.set('2026-12-23T16:01:00.000Z');
    expect(await askResults(world)).to.deep.equal({ asked: 0, overdue: 1 });
  });

  it('are asked of the others where one partnership cannot be worked on, and the round still counts as failed', async () => {
    await sign();
    const { version: _v, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    for (const id of ['0-broken', 'zz-broken']) {
      await world.store.collection('partnerships').insert({ ...rest, id, resultRequests: [null] as never });
    }
    world.clock.set('2027-01-01T01:00:00.000Z');
    const failed = await askResults(world).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(AggregateError);
    expect((failed as AggregateError).errors).to.have.length(2);
    expect((await stored()).resultRequests).to.have.length(1);
  });

  it('are answered by each side for itself or entered by staff; the last counts and the earlier are kept', async () => {
    expect((await refused(answerResults(world, needs, 'p1', '2026H2', result))).code).to.equal('conflict');
    await sign();
    await answerResults(world, needs, 'p1', '2026H2', result);
    await answerResults(world, needs, 'p1', '2026H2', result);
    await answerResults(world, offers, 'p1', '2026H2', { ...result, sales: 0 });
    await answerResults(world, clerk, 'p1', '2026H2', { ...result, sales: 130.000001 }, 'need');
    const { results } = await getPartnership(world, needs, 'p1');
    expect(results.map(({ side, sales, by }) => [side, sales, by])).to.deep.equal([
      ['need', 120.5, 'u-qi'],
      ['achievement', 0, 'u-xue'],
      ['need', 130.000001, 'u-lan'],
    ]);
    expect(latestResults((await stored()).results!).map(({ side, salesFen }) => [side, salesFen])).to.deep.equal([
      ['need', 130_000_001],
      ['achievement', 0],
    ]);
  });

  it('are stated so often at most by one side, which shuts out neither the other nor the bureau', async () => {
    await sign();
    await answerResults(world, needs, 'p1', '2026H2', result);
    const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    const many = Array.from({ length: 250 }, () => rest.results![0]!);
    await world.store.collection('partnerships').update('p1', version, { ...rest, results: many });
    const more = { ...result, jobs: 5 };
    expect((await refused(answerResults(world, needs, 'p1', '2026H2', more))).message).to.match(/次数太多/);
    await answerResults(world, offers, 'p1', '2026H2', more);
    await answerResults(world, clerk, 'p1', '2026H2', more, 'need');
    expect((await stored()).results).to.have.length(252);
  });

  it('are stated for either side where both have become one organisation', async () => {
    await sign();
    const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    await world.store
      .collection('partnerships')
      .update('p1', version, { ...rest, achievementOrganisationId: rest.needOrganisationId });
    const without = await refused(answerResults(world, needs, 'p1', '2026H2', result));
    expect(without.issues.map(({ field }) => field)).to.deep.equal(['side']);
    await answerResults(world, needs, 'p1', '2026H2', result, 'need');
    await answerResults(world, needs, 'p1', '2026H2', { ...result, sales: 7 }, 'achievement');
    expect((await stored()).results!.map(({ side }) => side)).to.deep.equal(['need', 'achievement']);
  });

  it('refuse what cannot be', async () => {
    await sign();
    const fields = async (work: Promise<unknown>) => (await refused(work)).issues.map(({ field }) => field);
    expect(await fields(answerResults(world, clerk, 'p1', '2026H2', result))).to.deep.equal(['side']);
    expect(await fields(answerResults(world, needs, 'p1', '2026H2', result, 'achievement'))).to.deep.equal(['side']);
    expect(await fields(answerResults(world, needs, 'p1', '2026H1', result))).to.deep.equal(['period']);
    expect(await fields(answerResults(world, needs, 'p1', '2027H1', result))).to.deep.equal(['period']);
    expect(await fields(answerResults(world, needs, 'p1', '2026H2', { ...result, jobs: 1.5 }))).to.deep.equal(['jobs']);
    expect((await refused(answerResults(world, needs, 'p1', '2026Q3', result))).code).to.equal('invalid');
    expect((await refused(answerResults(world, stranger, 'p1', '2026H2', result))).code).to.equal('not_found');
  });

  it('are asked of both sides by a notice', async () => {
    const partnership = await stored();
    const [rule] = rulesFor('partnerships', 'partnership.results-asked');
    const data = { period: '2026H2', dueOn: '2027-01-31' };
    const told = rule!.tell(partnership, { type: 'partnership.results-asked', at: '', by: 'system', data }, {});
    expect(told.map(({ to }) => to)).to.deep.equal([
      { to: 'organisation', organisationId: 'o-enterprise' },
      { to: 'organisation', organisationId: 'o-university' },
    ]);
    expect(JSON.stringify(told)).to.contain('2026年下半年').and.to.contain('2027-01-31');
  });
});
