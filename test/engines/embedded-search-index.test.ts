import { expect } from 'chai';
import fc from 'fast-check';
import { createSearchIndex } from '../../src/engines/embedded/search-index.ts';
import { keysOf } from '../../src/engines/embedded/title-suggestions.ts';
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

describe('keysOf', () => {
  const keys = (title: string, words: string) => keysOf(title, words.split(' ')).map(({ key }) => key);

  it('gives title, pinyin and initials from the beginning and from each word', () => {
    expect(keys('紫菜（干燥）', '紫菜 干燥')).to.deep.equal([
      '紫菜干燥',
      'zicaiganzao',
      'zcgz',
      '干燥',
      'ganzao',
      'gz',
    ]);
  });

  it('knows which keys begin where the title begins', () => {
    expect(keysOf('紫菜', ['紫菜']).every(({ atStart }) => atStart)).to.equal(true);
    expect(keysOf('紫菜干燥', ['紫菜', '干燥']).find(({ key }) => key === 'gz')?.atStart).to.equal(false);
  });

  it('stays small for the longest title, and takes titles without words', () => {
    const long = keysOf('长'.repeat(20_000), ['长']);
    expect(long.length).to.be.at.most(48);
    for (const { key } of long) expect(key.length).to.be.at.most(40 * 6);
    expect(keys('abc', 'x')).to.include('abc');
    expect(keysOf('', [])).to.deep.equal([]);
    expect(keysOf('。。', ['。'])).to.deep.equal([]);
  });

  it('takes rare characters beyond the basic plane', () => {
    expect(keys('𠮷田式', '𠮷 田 式')).to.include('𠮷田式').and.to.include('tianshi');
  });
});
