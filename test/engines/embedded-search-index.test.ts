import { expect } from 'chai';
import fc from 'fast-check';
import { createSearchIndex } from '../../src/engines/embedded/search-index.ts';
import { createTopK } from '../../src/engines/embedded/top-k.ts';
import type { Log } from '../../src/ports/log.ts';
import { searchIndexContract } from '../contract/search-index.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = { now: () => new Date('2026-11-23T01:00:00Z') };

searchIndexContract('embedded', async () => createSearchIndex({ clock, log: silent }));

describe('createTopK', () => {
  it('keeps what sorting everything would keep, in that order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (keys, k) => {
          // Ids in another order than slots, so that ties are told by id.
          const idOf = (slot: number) => `id${(slot * 7919) % 1009}`.padStart(8, '0');
          const top = createTopK(k, idOf);
          for (const [slot, key] of keys.entries()) top.offer(slot, key);
          const sorted = keys
            .map((key, slot) => ({ slot, key }))
            .sort((a, b) => b.key - a.key || (idOf(a.slot) < idOf(b.slot) ? -1 : 1));
          expect(top.take()).to.deep.equal(sorted.slice(0, k));
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });
});
