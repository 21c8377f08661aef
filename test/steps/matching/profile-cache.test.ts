import { expect } from 'chai';
import type { MatchProfile } from '../../../src/domain/matching/match-profile.ts';
import { profileCache } from '../../../src/steps/matching/profile-cache.ts';
import type { StoredSource } from '../../../src/steps/matching/segment-profiles.ts';

const source = (id: string, version = 1, kind: StoredSource['kind'] = 'need'): StoredSource => ({
  kind,
  id,
  version,
  content: {},
});
const profile = (id: string, words: number): MatchProfile => ({
  kind: 'need',
  id,
  texts: [{ field: 'title', text: '', words: Array.from({ length: words }, () => '词') }],
  facts: { technologyFields: [], disciplines: [], modes: [] },
  matchedHash: '',
});

describe('profiles that are kept', () => {
  it('are those of the same version of the same record', () => {
    const cache = profileCache(100);
    const kept = profile('n1', 10);
    cache.put(source('n1'), kept);
    expect(cache.get(source('n1'))).to.equal(kept);
    expect(cache.get(source('n1', 2))).to.equal(undefined);
    expect(cache.get(source('n1', 1, 'achievement'))).to.equal(undefined);
    expect(cache.get(source('n2'))).to.equal(undefined);
  });

  it('hold no more words than they may, and a new version takes the room of the old one', () => {
    const cache = profileCache(100);
    cache.put(source('n1'), profile('n1', 60));
    cache.put(source('n2'), profile('n2', 60));
    expect(cache.get(source('n2'))).to.equal(undefined);
    cache.put(source('n1', 2), profile('n1', 30));
    cache.put(source('n2'), profile('n2', 60));
    expect(cache.get(source('n2'))).to.not.equal(undefined);
    cache.put(source('n3'), profile('n3', 20));
    expect(cache.get(source('n3'))).to.equal(undefined);
  });
});
