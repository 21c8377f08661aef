import { expect } from 'chai';
import type { Principal } from '../../../src/domain/user.ts';
import { watchPair } from '../../../src/steps/review/presence.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import { addAchievement, addNeed, type FreshStore, freeze, freshStore, outcomeOf, refusal } from '../docket-world.ts';

const week = '2026-W48';
const pairId = 'n1~a1';

describe('who else looks at a pair', () => {
  let ports: FreshStore;
  beforeEach(async () => {
    ports = await freshStore();
    await addNeed(ports, 'n1');
    await addAchievement(ports, 'a1');
    await freeze(ports, outcomeOf(week, { n1: [['a1', 'strong']] }));
    for (const { userId, name } of [clerk, head]) {
      await ports.store.collection('users').insert({ id: userId, name } as never);
    }
  });
  afterEach(() => ports.close());
  const watch = (by: Principal, pair: string | null = pairId, at = week) =>
    watchPair(ports, by, { week: at, pairId: pair });

  it('is told without oneself, until the other goes elsewhere or leaves', async () => {
    expect(await watch(clerk)).to.deep.equal({ watchers: [] });
    expect(await watch(clerk), 'again').to.deep.equal({ watchers: [] });
    expect(await watch(head)).to.deep.equal({ watchers: [{ pairId, name: clerk.name }] });
    expect(await watch(clerk)).to.deep.equal({ watchers: [{ pairId, name: head.name }] });
    await freeze(ports, outcomeOf('2026-W49', {}));
    expect(await watch(clerk, pairId, '2026-W49')).to.deep.equal({ watchers: [] });
    expect(await watch(head)).to.deep.equal({ watchers: [] });
    await watch(clerk);
    await watch(clerk, null);
    expect(await watch(head)).to.deep.equal({ watchers: [] });
    expect(await watch(clerk, null), 'leaving twice').to.deep.equal({ watchers: [{ pairId, name: head.name }] });
  });

  it('is forgotten half a minute after it was last heard of', async () => {
    await watch(clerk);
    ports.clock.set(new Date(ports.clock.now().getTime() + 29_000));
    expect((await watch(head)).watchers).to.have.length(1);
    ports.clock.set(new Date(ports.clock.now().getTime() + 2_000));
    expect((await watch(head)).watchers).to.have.length(0);
  });

  it('keeps one document a person, leaves the docket as it is, and writes no event', async () => {
    const events: string[] = [];
    const following = ports.store.follow('watch', { collections: ['presences', 'dockets'] }, async (changes) => {
      for (const change of changes) events.push(...change.events.map(({ type }) => type));
    });
    await following.caughtUp();
    events.length = 0;
    const before = await ports.store.collection('dockets').get(week);
    for (let beat = 0; beat < 5; beat++) await Promise.all([watch(clerk), watch(clerk), watch(head)]);
    await following.caughtUp();
    await following.stop();
    expect(events).to.deep.equal([]);
    expect(await ports.store.collection('dockets').get(week)).to.deep.equal(before);
    expect(await ports.store.collection('presences').count()).to.equal(2);
  });

  it('belongs to the bureau, and to pairs of the docket', async () => {
    const member: Principal = { userId: 'u-9', role: 'manager', organisationId: 'o-n1', name: '企业的人' };
    expect((await refusal(watch(member))).code).to.equal('forbidden');
    expect((await refusal(watch(clerk, 'n9~a9'))).code).to.equal('not_found');
    expect((await refusal(watch(clerk, pairId, '2026-W47'))).code).to.equal('not_found');
    expect(await ports.store.collection('presences').count()).to.equal(0);
  });
});
