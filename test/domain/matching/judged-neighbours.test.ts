import { expect } from 'chai';
import {
  expectedLevel,
  type JudgedOffer,
  judgedLimit,
  judgedNeighbours,
} from '../../../src/domain/matching/judged-neighbours.ts';
import { prepareRecord } from '../../../src/domain/matching/prepared-record.ts';
import { madeAchievement, madeEncoder, statisticsOf } from './made-records.ts';

const encoder = madeEncoder();

function records(titles: readonly string[]) {
  const profiles = titles.map((title, i) => madeAchievement(`a${i}`, { title }));
  const statistics = statisticsOf(profiles);
  return profiles.map((profile) => prepareRecord(profile, statistics, encoder));
}

describe('what judgements of a need say of its other candidates', () => {
  const [polish, polishToo, kelp, kelpToo, test] = records([
    '稀土|抛光粉|回收',
    '稀土|抛光粉|研制',
    '海带|加工|系统',
    '海带|加工|平台',
    '心理|咨询',
  ]);
  const judged = (record = polish!, level = 1, expected = 2.5): JudgedOffer => ({ record, level, expected });

  it('is nothing where nothing was judged', () => {
    expect(judgedNeighbours([])).to.equal(undefined);
  });

  it('moves what is like the judged one in its direction, and names it', () => {
    const leaning = judgedNeighbours([judged(), judged(kelp, 4, 2)])!;
    expect(leaning(polishToo!)!.by).to.be.lessThan(-0.1);
    expect(leaning(polishToo!)!.like).to.deep.equal({ achievementId: 'a0', title: '稀土抛光粉回收', level: 1 });
    expect(leaning(kelpToo!)!.by).to.be.greaterThan(0.1);
    expect(leaning(kelpToo!)!.like).to.include({ achievementId: 'a2', level: 4 });
  });

  it('leaves alone what is like none of them, and what was judged as expected', () => {
    expect(judgedNeighbours([judged()])!(test!)).to.equal(undefined);
    expect(judgedNeighbours([judged(polish, 2, 2)])!(polishToo!)).to.equal(undefined);
  });

  it('moves the judged one itself most, but not beyond its judgement: one judgement may err', () => {
    const leaning = judgedNeighbours([judged()])!;
    expect(leaning(polish!)!.by).to.be.lessThan(leaning(polishToo!)!.by);
    expect(2.5 + leaning(polish!)!.by).to.be.greaterThan(1);
  });

  it('is surer of two that agree, and undecided between two of the same kind that differ', () => {
    const [one, other] = records(['稀土|抛光粉|回收', '稀土|抛光粉|研制']);
    const third = records(['稀土|抛光粉|节能'])[0]!;
    const alone = judgedNeighbours([judged(one)])!(third)!.by;
    expect(judgedNeighbours([judged(one), judged(other)])!(third)!.by).to.be.lessThan(alone);
    const differing = judgedNeighbours([judged(one, 1, 2.5), judged(other, 4, 2.5)])!(third)?.by ?? 0;
    expect(Math.abs(differing)).to.be.lessThan(Math.abs(alone));
  });

  it('says the same in whatever order the judgements come', () => {
    const all = [judged(), judged(kelp, 4, 2), judged(test, 3, 1)];
    const forth = judgedNeighbours(all)!(polishToo!)!.by;
    expect(judgedNeighbours([...all].reverse())!(polishToo!)!.by).to.equal(forth);
  });

  it('looks at so many judgements at most, and stays finite with copies of one title', () => {
    const many = records(Array.from({ length: judgedLimit + 20 }, () => '稀土|抛光粉'));
    const leaning = judgedNeighbours(many.map((record) => judged(record)))!(polishToo!)!;
    expect(leaning.by).to.be.within(-1.5, -0.3);
  });
});

describe('the level that is expected', () => {
  it('is the mean of the four', () => {
    expect(expectedLevel({ none: 0.5, weak: 0.25, fair: 0.125, strong: 0.125 })).to.equal(1.875);
  });
});
