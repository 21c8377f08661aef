import { expect } from 'chai';
import { defaultDocketSettings } from '../src/domain/docket.ts';
import { QianxianError } from '../src/domain/errors.ts';
import { systemPrincipal } from '../src/domain/user.ts';
import { createFlow, type Flow } from '../src/flow.ts';
import { freeze, outcomeOf } from './steps/docket-world.ts';
import { type FreshPorts, freshPorts } from './steps/fresh-ports.ts';
import { addAchievement, addNeed } from './steps/matching/matching-fixture.ts';

describe('the run of a week', () => {
  let ports: FreshPorts;
  let flow: Flow;
  beforeEach(async () => {
    ports = await freshPorts();
    flow = createFlow(ports, { docket: { ...defaultDocketSettings, explorationPlaces: 0 }, weekly: null });
  });
  afterEach(async () => {
    await flow.stop();
    await ports.close();
  });

  /** Last week's docket with one pair of old records, which no run without the archive scores. */
  async function lastWeek(): Promise<void> {
    await addNeed(ports, 'n1', { title: '抛光粉分级' }, { state: 'archived' });
    await addAchievement(ports, 'a1', { title: '分级装置', abstract: '一种粉体分级装置。' }, { state: 'archived' });
    await freeze(ports, outcomeOf('2026-W47', { n1: [['a1', 'strong']] }));
  }

  it('leaves a week without records open for what comes in later', async () => {
    expect(await flow.runWeek()).to.equal(null);
    expect(await ports.store.collection('dockets').count()).to.equal(0);
  });

  it('carries what is undecided although nothing was scored', async () => {
    await lastWeek();
    const result = await flow.runWeek();
    expect(result?.created).to.equal(true);
    expect(result?.docket.items.map(({ pairId, origin, carriedFrom }) => [pairId, origin, carriedFrom])).to.deep.equal([
      ['n1~a1', 'carried', '2026-W47'],
    ]);
    const old = (await ports.store.collection('dockets').get('2026-W47'))!;
    expect(old.items[0]!.carriedTo).to.equal('2026-W48');
  });

  it('makes no empty docket where everything was decided and nothing was scored', async () => {
    await lastWeek();
    await flow.markPair(systemPrincipal, {
      week: '2026-W47',
      pairId: 'n1~a1',
      markVersion: 0,
      mark: { kind: 'accept' },
    });
    expect(await flow.runWeek()).to.equal(null);
    expect(await ports.store.collection('dockets').count()).to.equal(1);
  });

  it('may be made ahead, but not for a mistyped year: no earlier week could be made after it', async () => {
    await lastWeek();
    const failure = await flow.runWeek({ week: '2062-W48' }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(QianxianError);
    const issue = { field: 'week', reason: '比本周（2026-W48）晚两年以上' };
    expect((failure as QianxianError).issues[0]).to.include(issue);
    expect(await ports.store.collection('dockets').count()).to.equal(1);
    expect((await flow.runWeek({ week: '2026-W49' }))?.docket.items).to.have.length(1);
  });
});
