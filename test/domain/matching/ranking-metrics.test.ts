import { expect } from 'chai';
import {
  bootstrapSpread,
  gainOf,
  ndcg10,
  ndcgByNeed,
  rankingMetrics,
  recallAt,
} from '../../../src/domain/matching/ranking-metrics.ts';
import { seededRandom, shuffled } from '../../../src/domain/seeded-random.ts';

const scored = (levels: readonly number[]) => levels.map((level, i) => ({ level, score: -i }));

describe('ranking metrics', () => {
  it('take gains 0, 1, 3, 7', () => {
    expect([1, 2, 3, 4].map(gainOf)).to.deep.equal([0, 1, 3, 7]);
  });

  it('give 1 to the best order and the sum by hand to another', () => {
    expect(ndcg10(scored([4, 3, 2, 1]))).to.equal(1);
    const got = 1 / Math.log2(2) + 7 / Math.log2(3);
    const best = 7 / Math.log2(2) + 1 / Math.log2(3);
    expect(ndcg10(scored([2, 4]))).to.be.closeTo(got / best, 1e-12);
  });

  it('count ten places and no more', () => {
    const behind = [...Array<number>(10).fill(1), 4];
    expect(ndcg10(scored(behind))).to.equal(0);
    const tenth = [...Array<number>(9).fill(1), 4];
    expect(ndcg10(scored(tenth))).to.be.closeTo(1 / Math.log2(11), 1e-12);
  });

  it('share the gain among equal scores, so that the order of a file never pays', () => {
    const tied = [
      { level: 4, score: 1 },
      { level: 1, score: 1 },
    ];
    const expected = (7 / 2) * (1 + 1 / Math.log2(3));
    expect(ndcg10(tied)).to.be.closeTo(expected / 7, 1e-12);
    expect(ndcg10([...tied].reverse())).to.equal(ndcg10(tied));
  });

  it('leave needs out where every level is 1, and take the mean over needs, not pairs', () => {
    expect(ndcg10(scored([1, 1]))).to.equal(undefined);
    const judged = [
      { needId: 'a', level: 4, score: 2, predicted: 4 },
      { needId: 'b', level: 1, score: 2, predicted: 2 },
      { needId: 'c', level: 1, score: 3, predicted: 1 },
      { needId: 'c', level: 2, score: 2, predicted: 4 },
      { needId: 'c', level: 1, score: 1, predicted: 1 },
    ];
    expect([...ndcgByNeed(judged).keys()]).to.deep.equal(['a', 'c']);
    const metrics = rankingMetrics(judged);
    expect(metrics).to.include({ needs: 2, pairs: 5 });
    expect(metrics.ndcg10).to.be.closeTo((1 + 1 / Math.log2(3)) / 2, 1e-12);
    expect(metrics.mae).to.be.closeTo(3 / 5, 1e-12);
    expect(metrics.contest).to.be.closeTo(1 / 1.6, 1e-12);
  });

  it('measure recall over the first k, over k where more are relevant', () => {
    expect(recallAt(2, ['a', 'b', 'c'], new Set(['a', 'c']))).to.equal(0.5);
    expect(recallAt(2, ['a', 'b', 'c'], new Set(['a', 'b', 'c']))).to.equal(1);
    expect(recallAt(2, ['a'], new Set())).to.equal(undefined);
  });

  it('tell the spread of a mean, the same for the same seed', () => {
    const values = Array.from({ length: 100 }, (_, i) => i / 100);
    const spread = bootstrapSpread(values, seededRandom('s'));
    expect(spread.low).to.be.within(0.4, 0.49);
    expect(spread.high).to.be.within(0.5, 0.59);
    expect(bootstrapSpread(values, seededRandom('s'))).to.deep.equal(spread);
    expect(bootstrapSpread([], seededRandom('s')).low).to.deep.equal(Number.NaN);
  });
});

describe('seeded random', () => {
  it('repeats for a seed, differs between seeds, stays in [0, 1) and is even', () => {
    const draw = (seed: string) => Array.from({ length: 10_000 }, seededRandom(seed));
    expect(draw('a')).to.deep.equal(draw('a'));
    expect(draw('a')).not.to.deep.equal(draw('b'));
    expect(Math.min(...draw('a'))).to.be.at.least(0);
    expect(Math.max(...draw('a'))).to.be.lessThan(1);
    expect(draw('a').filter((value) => value < 0.25).length).to.be.within(2300, 2700);
  });

  it('shuffles without loss, and brings each item to each place', () => {
    const items = ['a', 'b', 'c'];
    const random = seededRandom('shuffle');
    const firsts = new Map<string, number>();
    for (let i = 0; i < 3000; i += 1) {
      const order = shuffled(items, random);
      expect([...order].sort()).to.deep.equal(items);
      firsts.set(order[0]!, (firsts.get(order[0]!) ?? 0) + 1);
    }
    for (const count of firsts.values()) expect(count).to.be.within(850, 1150);
    expect(items).to.deep.equal(['a', 'b', 'c']);
  });
});
