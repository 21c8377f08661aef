import { expect } from 'chai';
import { isAlertDay, mostSavedSearches, standAfter } from '../../../src/domain/saved-search.ts';
import { type Principal, systemPrincipal } from '../../../src/domain/user.ts';
import { newestOf } from '../../../src/flow/newest-of.ts';
import { tell } from '../../../src/steps/notices/make-notices.ts';
import { alertSearches, type NewestOf } from '../../../src/steps/searches/alert-searches.ts';
import {
  changeSavedSearch,
  listSavedSearches,
  removeSavedSearch,
  saveSearch,
} from '../../../src/steps/searches/saved-searches.ts';
import { type HttpFixture, openHttp } from '../../http/open-http.ts';
import { makeWorld, needOf, type World } from '../../http/world.ts';
import { refused } from '../refused.ts';

const refusedAs = async (code: string, work: Promise<unknown>) => expect((await refused(work)).code).to.equal(code);

describe('searches that are kept', () => {
  let fixture: HttpFixture;
  let world: World;
  let member: Principal;
  let other: Principal;

  beforeEach(async () => {
    // A Thursday.
    fixture = await openHttp({ now: '2026-11-26T02:00:00.000Z' });
    world = await makeWorld(fixture);
    member = { userId: world.users.member, role: 'member', name: '成员', organisationId: world.organisations.own };
    other = {
      userId: world.users.otherMember,
      role: 'member',
      name: '外人',
      organisationId: world.organisations.other,
    };
    await fixture.flow.settled();
  });
  afterEach(() => fixture.close());

  const input = (more: object = {}) => ({
    name: '稀土抛光',
    search: { kind: 'need', text: '稀土抛光粉' },
    alert: 'day',
    ...more,
  });
  const round = (times = 1, fails?: 'before the mark', unseen: readonly string[] = []) => {
    const { ports } = fixture;
    const telling = tell.bind(null, ports);
    const newest: NewestOf = async (principal, search, limit) => {
      const { records, back } = await newestOf(ports, principal, search, limit);
      return { records: records.filter(({ title }) => !unseen.includes(title)), back };
    };
    const run = () =>
      alertSearches(ports, newest, async (cause, one) => {
        await telling(cause, one);
        if (fails) throw new Error('killed');
      });
    return (async () => {
      let last = 0;
      for (let time = 0; time < times; time++) last = await run().catch(() => -1);
      return last;
    })();
  };
  const notices = async (userId: string) =>
    (await fixture.ports.store.collection('notices').find({ where: { userId }, limit: 200 })).items.filter(
      ({ kind }) => kind === 'search-alert',
    );
  async function published(title: string, organisationId: string, more: object = {}) {
    const { flow, ports } = fixture;
    ports.clock.set(new Date(ports.clock.now().getTime() + 60_000));
    const drafted = await flow.createEntry(systemPrincipal, 'need', needOf(title, more), { organisationId });
    const sent = await flow.moveEntry(systemPrincipal, 'need', drafted.id, drafted.version, 'submit');
    const done = await flow.moveEntry(systemPrincipal, 'need', drafted.id, sent.version, 'publish');
    await flow.settled();
    return done;
  }
  const texts = async () => (await notices(other.userId)).map(({ text }) => text).sort();

  it('are seen, changed and removed by whoever keeps them, and by nobody else', async () => {
    const { ports } = fixture;
    const made = await saveSearch(ports, other, input(), { id: 's1' });
    expect(await saveSearch(ports, other, input(), { id: 's1' })).to.deep.equal(made);
    await refusedAs('conflict', saveSearch(ports, other, input({ name: '别的' }), { id: 's1' }));
    await refusedAs('conflict', saveSearch(ports, member, input(), { id: 's1' }));
    expect(await listSavedSearches(ports, other)).to.deep.equal([made]);
    expect(await listSavedSearches(ports, member)).to.deep.equal([]);
    await refusedAs('not_found', changeSavedSearch(ports, member, 's1', 1, input()));
    await refusedAs('not_found', removeSavedSearch(ports, { ...member, role: 'admin' }, 's1'));
    const changed = await changeSavedSearch(ports, other, 's1', 1, input({ name: '改名', alert: 'week' }));
    expect(changed).to.include({ name: '改名', alert: 'week', version: 2 });
    await refusedAs('conflict', changeSavedSearch(ports, other, 's1', 1, input()));
    await removeSavedSearch(ports, other, 's1');
    expect(await listSavedSearches(ports, other)).to.deep.equal([]);
  });

  it('are refused where they are none, or too many', async () => {
    const { ports } = fixture;
    await refusedAs('invalid', saveSearch(ports, other, input({ name: '' })));
    await refusedAs('invalid', saveSearch(ports, other, input({ search: { kind: 'need', sort: 'newest' } })));
    await refusedAs('invalid', saveSearch(ports, other, input({ search: { kind: 'need', facets: { trl: ['1'] } } })));
    for (let count = 0; count < mostSavedSearches; count++)
      await saveSearch(ports, other, input({ name: `第${count}个` }));
    await refusedAs('conflict', saveSearch(ports, other, input()));
  });

  it('tell what was published since, once, and nothing that is not for the reader', async () => {
    const { ports } = fixture;
    await saveSearch(ports, other, input(), { id: 's1' });
    await saveSearch(ports, member, input(), { id: 's2' });
    // What was there when it was saved is not new.
    expect(await round()).to.equal(0);
    await published('稀土抛光粉分级', world.organisations.own);
    await published('稀土抛光粉内部需求', world.organisations.own, { visibility: 'bureau' });
    await published('海藻多糖提取新法', world.organisations.own, { keywords: ['海藻'] });
    expect(await round()).to.equal(1);
    const [told, ...more] = await notices(other.userId);
    expect(more).to.deep.equal([]);
    expect(told!.subject).to.equal('“稀土抛光”有1项新的需求');
    expect(told!.text).to.include('《稀土抛光粉分级》').and.not.include('内部');
    // Its own organisation's are no news to the member.
    expect(await notices(member.userId)).to.deep.equal([]);
    expect(await round(3)).to.equal(0);
    await published('稀土抛光粉再生', world.organisations.own);
    expect(await round()).to.equal(1);
    expect(await notices(other.userId)).to.have.length(2);
  });

  it('tell once though the round dies after telling and is repeated', async () => {
    const { ports } = fixture;
    await saveSearch(ports, other, input(), { id: 's1' });
    await published('稀土抛光粉分级', world.organisations.own);
    await round(2, 'before the mark');
    await round();
    expect(await notices(other.userId)).to.have.length(1);
  });

  it('tell of what was published after a round that died after telling, and of the first once', async () => {
    const { ports } = fixture;
    await saveSearch(ports, other, input(), { id: 's1' });
    await published('稀土抛光粉分级', world.organisations.own);
    await round(1, 'before the mark');
    // Renamed meanwhile: what was decided stays decided.
    const { version } = (await listSavedSearches(ports, other))[0]!;
    await changeSavedSearch(ports, other, 's1', version, input({ name: '改名' }));
    await published('稀土抛光粉再生', world.organisations.own);
    expect(await round(2)).to.equal(0);
    const told = await texts();
    expect(told).to.have.length(2);
    expect(told.filter((text) => text.includes('《稀土抛光粉分级》'))).to.have.length(1);
    expect(told.filter((text) => text.includes('《稀土抛光粉再生》'))).to.have.length(1);
    expect(await ports.store.collection('savedSearches').get('s1')).to.not.have.property('telling');
  });

  it('tell of a record that came into the index after one that was published later', async () => {
    const { ports } = fixture;
    await saveSearch(ports, other, input(), { id: 's1' });
    await published('稀土抛光粉分级', world.organisations.own);
    await published('稀土抛光粉再生', world.organisations.own);
    expect(await round(1, undefined, ['稀土抛光粉分级'])).to.equal(1);
    expect(await round()).to.equal(1);
    expect(await round()).to.equal(0);
    const told = await texts();
    expect(told).to.have.length(2);
    expect(told.filter((text) => text.includes('《稀土抛光粉分级》'))).to.have.length(1);
    // Days later no more ids are kept than a day needs.
    const kept = (await ports.store.collection('savedSearches').get('s1'))!;
    const later = { id: 'n9', at: '2026-12-01T02:00:00.000Z' };
    expect(standAfter(kept, [later], true)).to.deep.equal({ since: '2026-11-30T02:00:00.000Z', told: [later] });
    // Where there were more than were looked at, the notice covers those before them too.
    const two = [later, { id: 'n8', at: '2026-12-01T01:00:00.000Z' }];
    expect(standAfter(kept, two, false)).to.deep.equal({ since: two[1]!.at, told: [later] });
  });

  it('tell nothing of a change to what was published before', async () => {
    const { ports, flow } = fixture;
    const old = await published('稀土抛光粉分级', world.organisations.own);
    ports.clock.set(new Date(ports.clock.now().getTime() + 60_000));
    await saveSearch(ports, other, input(), { id: 's1' });
    await published('稀土抛光粉再生', world.organisations.own);
    ports.clock.set(new Date(ports.clock.now().getTime() + 60_000));
    const edited = await flow.editEntry(
      systemPrincipal,
      'need',
      old.id,
      old.version,
      needOf('稀土抛光粉分级', { keywords: ['分级'] }),
    );
    const sent = await flow.moveRevision(systemPrincipal, 'need', old.id, edited.version, 'submit');
    await flow.moveRevision(systemPrincipal, 'need', old.id, sent.version, 'publish');
    await flow.settled();
    expect(await round()).to.equal(1);
    const [text, ...more] = await texts();
    expect(more).to.deep.equal([]);
    expect(text).to.include('1项').and.include('《稀土抛光粉再生》').and.not.include('分级');
  });

  it('tell the others where one is not valid any more or fails', async () => {
    const { ports } = fixture;
    for (const id of ['s1', 's2', 's3']) await saveSearch(ports, other, input({ name: id }), { id });
    const searches = ports.store.collection('savedSearches');
    const {
      version,
      createdAt: _createdAt,
      updatedAt: _updatedAt,
      ...kept
    } = (await searches.stream({ name: 's1' })[Symbol.asyncIterator]().next()).value!;
    await searches.update('s1', version, { ...kept, search: { kind: 'need', facets: { fields: ['gone'] } } });
    await published('稀土抛光粉分级', world.organisations.own);
    expect(await round()).to.equal(2);
    await published('稀土抛光粉再生', world.organisations.own);
    let first = true;
    const failed = await alertSearches(
      ports,
      async (...asked) => {
        if (asked[1].text !== undefined && first) {
          first = false;
          throw new Error('the index is away');
        }
        return newestOf(ports, ...asked);
      },
      tell.bind(null, ports),
    ).catch((error: unknown) => error);
    expect(failed).to.be.an.instanceOf(AggregateError);
    expect(await notices(other.userId)).to.have.length(3);
    expect(await round()).to.equal(1);
    expect(await notices(other.userId)).to.have.length(4);
  });

  it('are silent where only a part of the words is met, on other days, switched off, or for a disabled account', async () => {
    const { ports, flow } = fixture;
    await saveSearch(ports, other, input({ search: { kind: 'need', text: '稀土抛光粉 量子计算' } }), { id: 'part' });
    await saveSearch(ports, other, input({ alert: 'week' }), { id: 'week' });
    await saveSearch(ports, other, input({ alert: 'off' }), { id: 'off' });
    await published('稀土抛光粉分级', world.organisations.own);
    expect(await round()).to.equal(0);
    // Switched on it tells of what comes from now on.
    await changeSavedSearch(ports, other, 'off', 1, input());
    expect(await round()).to.equal(0);
    ports.clock.set(new Date('2026-11-30T02:00:00.000Z'));
    expect(await round()).to.equal(1);
    await published('稀土抛光粉再生', world.organisations.own);
    const user = await flow.getUser(systemPrincipal, other.userId);
    await flow.moveUser(systemPrincipal, other.userId, user.version, 'disable');
    expect(await round()).to.equal(0);
    expect([1, 2, 7].map((weekday) => isAlertDay('week', weekday))).to.deep.equal([true, false, false]);
  });

  it('go with the account that is erased', async () => {
    const { ports, flow } = fixture;
    await saveSearch(ports, other, input(), { id: 's1' });
    const user = await flow.getUser(systemPrincipal, other.userId);
    await flow.eraseUser(systemPrincipal, other.userId, user.version);
    await flow.settled();
    expect(await ports.store.collection('savedSearches').get('s1')).to.equal(undefined);
  });
});
