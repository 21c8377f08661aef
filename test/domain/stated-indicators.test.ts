import { expect } from 'chai';
import { needClarity } from '../../src/domain/clarity.ts';
import { statedIndicators } from '../../src/domain/stated-indicators.ts';

describe('indicators for the author to confirm', () => {
  it('of a need are what it asks for, each once, not what is now', () => {
    const found = statedIndicators('need', {
      problem: '目前合格率只有82%，能耗高。',
      keyTechnology: '要求粒度≥67%，能耗下降不低于15%。',
      goal: '粒度≥67%，年新增产值不低于800万元。',
    });
    expect(found).to.deep.equal([
      { field: 'keyTechnology', text: '粒度≥67%', written: '粒度≥67%' },
      { field: 'keyTechnology', text: '能耗降低≥15%', written: '能耗下降不低于15%' },
    ]);
  });

  it('of an achievement are what it states', () => {
    const found = statedIndicators('achievement', { abstract: '粒度达到72%；传统工艺收率为60%。', advantage: 3 });
    expect(found.map(({ text }) => text)).to.deep.equal(['粒度为72%']);
  });

  it('that its author took out do not make a need clearer', () => {
    const need = { keyTechnology: '要求粒度≥67%，能耗下降不低于15%。' };
    const points = (notIndicators?: string[]) =>
      needClarity({ ...need, notIndicators }).parts.find(({ code }) => code === 'indicators')!.points;
    expect(points(['能耗降低≥15%'])).to.be.lessThan(points());
    expect(points(['没有这一项'])).to.equal(points());
  });
});
