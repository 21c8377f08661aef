import { expect } from 'chai';
import fc from 'fast-check';
import type { AchievementDraft } from '../../../src/domain/achievement.ts';
import { adjustmentRange, compareFacts, factAdjustment } from '../../../src/domain/matching/fact-comparison.ts';
import { matchProfile } from '../../../src/domain/matching/match-profile.ts';
import type { NeedDraft } from '../../../src/domain/need.ts';

const compare = (need: NeedDraft, achievement: AchievementDraft) =>
  compareFacts(matchProfile('need', 'n', need, []).facts, matchProfile('achievement', 'a', achievement, []).facts);

describe('comparison of stated facts', () => {
  it('says nothing where a side says nothing', () => {
    expect(compare({}, {})).to.deep.equal([]);
    expect(compare({ fields: ['energy'], industry: 'C', budgetWan: 1, solutionModes: ['equity'] }, {})).to.deep.equal(
      [],
    );
    expect(
      compare({}, { fields: ['energy'], industry: 'C', priceMinWan: 9, cooperationModes: ['equity'] }),
    ).to.deep.equal([]);
  });

  for (const [what, need, achievement, text, sign] of [
    ['a common field', { fields: ['energy', 'marine'] }, { fields: ['marine'] }, '技术领域相同（海洋）', 1],
    [
      'other fields',
      { fields: ['marine'] },
      { fields: ['energy'] },
      '技术领域不同：需求为海洋，成果为新能源与高效节能',
      -1,
    ],
    ['the same industry', { industry: 'C' }, { industry: 'C' }, '应用行业相同（制造业）', 1],
    ['another industry', { industry: 'C' }, { industry: 'E' }, '应用行业不同：需求为制造业，成果为建筑业', -1],
    ['a common discipline', { disciplines: ['430'] }, { disciplines: ['430', '530'] }, '学科相同（材料科学）', 1],
    [
      'a price above the budget',
      { budgetWan: 50 },
      { priceMinWan: 80, priceMaxWan: 120 },
      '成果价格80万元起，高于需求拟投入的50万元',
      -1,
    ],
    [
      'ways that do not meet',
      { solutionModes: ['equity'] },
      { cooperationModes: ['service'] },
      '合作方式不一致：需求希望技术入股，成果提供技术服务',
      -1,
    ],
    ['a low TRL', { activityType: 'development' }, { trl: 3 }, '成果成熟度偏低（TRL 3），离应用尚有距离', -1],
    ['an early stage', {}, { stage: 'early' }, '成果成熟度偏低（初期），离应用尚有距离', -1],
    [
      'an exclusive licence',
      {},
      { licensedScope: '华东地区独占许可' },
      '成果可能已独家许可，需先核实许可范围：华东地区独占许可',
      -1,
    ],
    ['a signed contract', {}, { transferStage: 'signed' }, '成果已签约，需先核实能否再合作', -1],
  ] as const) {
    it(`names ${what}`, () => {
      const findings = compare(need as NeedDraft, achievement as AchievementDraft);
      expect(findings.map((finding) => finding.text)).to.deep.equal([text]);
      expect(Math.sign(findings[0]!.effect)).to.equal(sign);
    });
  }

  for (const [what, need, achievement] of [
    ['a price within the budget', { budgetWan: 80 }, { priceMinWan: 80, priceMaxWan: 200 }],
    ['ways that meet under another name', { solutionModes: ['transfer'] }, { cooperationModes: ['licence'] }],
    ['one way of several that meets', { solutionModes: ['equity', 'cooperative'] }, { cooperationModes: ['joint'] }],
    ['a way that rules nothing out', { solutionModes: ['other'] }, { cooperationModes: ['equity'] }],
    ['basic research with a low TRL', { activityType: 'basic' }, { trl: 2 }],
    ['a TRL that outweighs the stage', {}, { trl: 6, stage: 'early' }],
    ['a licence that is not exclusive', {}, { licensedScope: '已普通许可（非独占）给两家' }],
    ['no exclusive licence', {}, { licensedScope: '无独家许可' }],
  ] as const) {
    it(`has nothing against ${what}`, () => {
      const findings = compare(need as NeedDraft, achievement as AchievementDraft);
      expect(findings.filter(({ effect }) => effect < 0)).to.deep.equal([]);
    });
  }

  it('stays within its bounds whatever comes together', () => {
    const all = compare(
      { fields: ['marine'], industry: 'C', budgetWan: 1, solutionModes: ['equity'] },
      {
        fields: ['energy'],
        industry: 'E',
        priceMinWan: 9,
        cooperationModes: ['service'],
        trl: 1,
        licensedScope: '独家',
        transferStage: 'signed',
      },
    );
    expect(all).to.have.length(7);
    expect(factAdjustment(all)).to.equal(adjustmentRange.lowest);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true })), (effects) => {
        const sum = factAdjustment(effects.map((effect) => ({ about: 'price', effect, text: '' })));
        expect(sum).to.be.within(adjustmentRange.lowest, adjustmentRange.highest);
      }),
      { seed: 3 },
    );
    expect(factAdjustment([])).to.equal(0);
  });
});
