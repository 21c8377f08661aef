import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { compareIndex } from '../../../src/steps/indexing/compare-index.ts';
import { indexChanges } from '../../../src/steps/indexing/index-changes.ts';
import { mendIndex } from '../../../src/steps/indexing/mend-index.ts';
import { achievementEntry } from './entry-fixtures.ts';
import { type IndexingPorts, indexingPorts } from './indexing-ports.ts';

const none = { count: 0, first: [] };
const { signal } = new AbortController();
const now = { settleMs: 0 };

describe('mending the index', () => {
  let ports: IndexingPorts;
  let warned: object[];
  beforeEach(async () => {
    const made = await indexingPorts();
    warned = [];
    const index = { ...made.index, keeps: 'durable' as const, stamp: () => made.segmenter.version() };
    ports = { ...made, index, log: { ...made.log, warn: (facts: object) => void warned.push(facts) } };
    for (const id of ['changed', 'same', 'withdrawn']) await add(id);
    await indexed();
  });
  afterEach(() => ports.close());
  const add = (id: string, title = id) =>
    ports.store.collection('achievements').insert(achievementEntry(id, { title }));
  const indexed = async () => {
    const following = ports.store.follow(
      'index',
      { collections: ['achievements'], from: 'beginning' },
      indexChanges(ports),
    );
    await following.caughtUp();
    await following.stop();
  };
  /** Three changes of which the index was told nothing: a new record, a changed one, a withdrawn one. */
  const lost = async (): Promise<void> => {
    await add('new');
    const achievements = ports.store.collection('achievements');
    await achievements.update('changed', 1, achievementEntry('changed', { title: '改过的' }));
    await achievements.update('withdrawn', 1, achievementEntry('withdrawn', { title: '撤' }, 'withdrawn'));
  };
  it('puts again what differs, says how much, and has nothing to do a second time', async () => {
    expect(await mendIndex(ports, signal, now)).to.deep.equal({ mended: 0, more: false });
    await lost();
    expect(await mendIndex(ports, signal, now)).to.deep.equal({ mended: 3, more: false });
    expect(await compareIndex(ports)).to.deep.equal({ refused: none, missing: none, extra: none, stale: none });
    expect(warned).to.deep.equal([{ missing: 1, extra: 1, stale: 1, more: false }]);
    expect(await mendIndex(ports, signal, now)).to.deep.equal({ mended: 0, more: false });
    expect(warned).to.have.length(1);
  });

  it('takes no more than its share, and the rest the next time', async () => {
    await lost();
    expect(await mendIndex(ports, signal, { ...now, most: 2 })).to.deep.equal({ mended: 2, more: true });
    expect(await mendIndex(ports, signal, { ...now, most: 2 })).to.deep.equal({ mended: 1, more: false });
    expect(await compareIndex(ports)).to.deep.equal({ refused: none, missing: none, extra: none, stale: none });
  });

  it('leaves to the feed what it writes meanwhile, and does nothing when it is to stop', async () => {
    await lost();
    const mending = mendIndex(ports, signal, { settleMs: 300 });
    await indexed();
    expect(await mending).to.deep.equal({ mended: 0, more: false });
    await add('newer');
    expect(await mendIndex(ports, AbortSignal.abort(), now)).to.deep.equal({ mended: 0, more: false });
    expect((await compareIndex(ports)).missing.count).to.equal(1);
  });

  it('leaves alone an index that is to be filled, or whose server is away, and tells of other faults', async () => {
    await lost();
    const nothing = { mended: 0, more: false };
    const other = { ...ports.index, stamp: async () => 'other words' };
    expect(await mendIndex({ ...ports, index: other }, signal, now)).to.deep.equal(nothing);
    const memory = { ...ports.index, keeps: 'memory' as const };
    expect(await mendIndex({ ...ports, index: memory }, signal, now)).to.deep.equal(nothing);
    const broken = (error: Error) => ({ ...ports, index: { ...ports.index, held: () => Promise.reject(error) } });
    expect(await mendIndex(broken(new QianxianError('unavailable', '不在')), signal, now)).to.deep.equal(nothing);
    const thrown = await mendIndex(broken(new Error('a bug')), signal, now).catch((error: Error) => error);
    expect(thrown).to.have.property('message', 'a bug');
    expect((await compareIndex(ports)).missing.count).to.equal(1);
  });
});
