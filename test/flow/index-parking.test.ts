import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { createFeed } from '../../src/flow/feed.ts';
import { retryParkedChanges } from '../../src/flow/parked-changes.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { listParkedChanges } from '../../src/steps/parking/read-parked-changes.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { achievementEntry } from '../steps/indexing/entry-fixtures.ts';

describe('a record that the index fails on again and again', function () {
  this.timeout(120_000);
  let shared: FreshPorts;
  before(async () => {
    shared = await freshPorts();
  });
  after(() => shared.close());

  it('is put aside with its reason while all others are indexed, and comes in once the cause is mended', async () => {
    let isBroken = true;
    const ports: Ports = {
      ...shared,
      segmenter: {
        ...shared.segmenter,
        segment: async (texts, mode) => {
          if (isBroken && texts.includes('坏记录')) throw new Error('cannot segment it');
          return shared.segmenter.segment(texts, mode);
        },
      },
    };
    const achievements = shared.store.collection('achievements');
    await achievements.insert(achievementEntry('a1', { title: '除尘' }));
    await achievements.insert(achievementEntry('a2', { title: '坏记录' }));
    await achievements.insert(achievementEntry('a3', { title: '除尘' }));
    const feed = createFeed(ports);
    try {
      await feed.indexed();
      const held = async () => [...(await ports.index.held('achievement', ['a1', 'a2', 'a3'])).keys()].sort();
      expect(await held()).to.deep.equal(['a1', 'a3']);
      const { items } = await listParkedChanges(ports, systemPrincipal);
      expect(items).to.have.length(1);
      expect(items[0]).to.include({ consumer: 'index', recordId: 'a2', reason: 'Error: cannot segment it' });

      expect(await retryParkedChanges(ports, new AbortController().signal)).to.equal(0);
      isBroken = false;
      expect(await retryParkedChanges(ports, new AbortController().signal)).to.equal(1);
      expect(await held()).to.deep.equal(['a1', 'a2', 'a3']);
      expect((await listParkedChanges(ports, systemPrincipal)).items).to.deep.equal([]);
    } finally {
      await feed.stop();
    }
  });
});
