import { expect } from 'chai';
import { recallQuery, recallTermLimit } from '../../../src/domain/matching/recall-query.ts';
import { madeAchievement, madeNeed, statisticsOf } from './made-records.ts';

const need = madeNeed('n', {
  title: '稀土|抛光粉|的|回收',
  keyTechnology: '回收|率|不低于|95|%',
  goal: '系统|节能',
});
const common = Array.from({ length: 20 }, (_, i) => madeAchievement(`c${i}`, { title: '系统|节能|回收' }));
const statistics = statisticsOf([need, ...common]);

describe('recall query', () => {
  it('asks for the title’s words first, the rarest of them before common ones', () => {
    const words = recallQuery(need, statistics).map(({ word }) => word);
    expect(words.slice(0, 2)).to.have.members(['稀土', '抛光粉']);
    expect(words.indexOf('抛光粉')).to.be.lessThan(words.indexOf('系统'));
  });

  it('leaves out function words and bare figures', () => {
    const words = recallQuery(need, statistics).map(({ word }) => word);
    expect(words).not.to.include.members(['的']);
    expect(words).not.to.include('95');
    expect(words).not.to.include('不低于');
  });

  it('gives a word of two fields more than each alone, and leaves idf to the index', () => {
    const weights = new Map(recallQuery(need, statistics).map(({ word, weight }) => [word, weight]));
    expect(weights.get('回收')).to.be.greaterThan(weights.get('抛光粉')!);
    expect(weights.get('稀土')).to.equal(3);
  });

  it('is bounded, best first, and the same every time', () => {
    const long = madeNeed('long', {
      title: '电炉',
      description: Array.from({ length: 300 }, (_, i) => `词${i}`).join('|'),
    });
    const query = recallQuery(long, statisticsOf([long]));
    expect(query).to.have.length(recallTermLimit);
    expect(query[0]!.word).to.equal('电炉');
    expect(recallQuery(long, statisticsOf([long]))).to.deep.equal(query);
  });

  it('asks nothing for a record without words', () => {
    expect(recallQuery(madeNeed('empty', {}), statistics)).to.deep.equal([]);
    expect(recallQuery(madeNeed('figures', { title: '100|200' }), statistics)).to.deep.equal([]);
  });
});
