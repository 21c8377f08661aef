import { expect } from 'chai';
import fc from 'fast-check';
import type { AchievementDraft } from '../../../src/domain/achievement.ts';
import type { Evidence, Explanation, IndicatorCheck } from '../../../src/domain/match.ts';
import { explain, rankPair } from '../../../src/domain/matching/explanation.ts';
import { askingNeed } from '../../../src/domain/matching/features.ts';
import type { MatchProfile } from '../../../src/domain/matching/match-profile.ts';
import { prepareRecord } from '../../../src/domain/matching/prepared-record.ts';
import type { NeedDraft } from '../../../src/domain/need.ts';
import { madeModel } from './made-model.ts';
import { madeAchievement, madeEncoder, madeNeed, statisticsOf } from './made-records.ts';

const model = madeModel();
const encoder = madeEncoder();
const filler = Array.from({ length: 80 }, (_, i) =>
  madeAchievement(`f${i}`, { title: `系统|装置|号${i}`, abstract: '系统|稳定' }),
);

function explained(need: NeedDraft, achievement: AchievementDraft, checks: readonly IndicatorCheck[] = []) {
  const n = madeNeed('n', need);
  const a = madeAchievement('a', achievement);
  const statistics = statisticsOf([n, a, ...filler]);
  return {
    n,
    a,
    explanation: explain(
      model,
      askingNeed(prepareRecord(n, statistics, encoder)),
      prepareRecord(a, statistics, encoder),
      checks,
    ),
  };
}

/** Every quote stands where it says it stands. */
function expectQuotes(profile: MatchProfile, evidence: readonly Evidence[]): void {
  for (const { field, text, start, end } of evidence) {
    const [name, place] = field.split('.');
    const own = profile.texts.find((one) => one.field === name)!;
    const original = place === undefined ? own.text : own.text.split('\n')[Number(place)]!;
    expect(original.slice(start, end), field).to.equal(text);
    expect(text).not.to.equal('');
  }
}
const allQuotes = (explanation: Explanation, side: 'need' | 'achievement'): Evidence[] => [
  ...explanation.terms.flatMap((term) => term[side]),
  ...(side === 'need' ? explanation.needSentences : explanation.achievementSentences),
];

const check = (
  name: string,
  verdict: IndicatorCheck['verdict'],
  written: string,
  found: string | null,
): IndicatorCheck => {
  const evidence = (text: string): Evidence => ({ field: 'abstract', text, start: 0, end: text.length });
  return {
    name,
    verdict,
    target: { written, evidence: evidence(written) },
    found: found === null ? null : { written: found, evidence: evidence(found) },
    reason: '',
  };
};

const need: NeedDraft = {
  title: '稀土|抛光粉|废渣|回收|系统',
  keywords: ['稀土|抛光粉', '废渣'],
  problem: '废渣|堆放|多年。氟化物|难以|浸出。',
  keyTechnology: '回收|率|≥|95|%',
  budgetWan: 60,
  industry: 'C',
};
const achievement: AchievementDraft = {
  title: '抛光粉|废渣|资源化|工艺',
  abstract: '天气|很好。采用|分级|浸出，稀土|回收|率|96|%。系统|稳定。',
  keywords: ['稀土', '抛光粉'],
  industry: 'E',
  priceMinWan: 80,
};

describe('explanation', () => {
  const { n, a, explanation } = explained(need, achievement);

  it('names the terms that carry the score, each only once, with shares that add up to 1 at most', () => {
    const terms = explanation.terms.map(({ term }) => term);
    expect(terms).to.deep.equal(['抛光粉废渣', '稀土', '回收']);
    const sum = explanation.terms.reduce((total, { share }) => total + share, 0);
    expect(sum).to.be.within(0.5, 1);
    expect(explanation.terms.map(({ share }) => share)).to.deep.equal(
      explanation.terms.map(({ share }) => share).sort((x, y) => y - x),
    );
    for (const term of terms) expect(terms.filter((other) => other.includes(term))).to.deep.equal([term]);
  });

  it('quotes both sides where they say it, keywords by their place', () => {
    expectQuotes(n, allQuotes(explanation, 'need'));
    expectQuotes(a, allQuotes(explanation, 'achievement'));
    const joined = explanation.terms.find(({ term }) => term === '抛光粉废渣')!;
    expect(joined.achievement.map(({ field, text }) => [field, text])).to.deep.equal([
      ['title', '抛光粉废渣'],
      ['keywords.1', '抛光粉'],
    ]);
    for (const term of explanation.terms) {
      expect(term.need, term.term).not.to.deep.equal([]);
      expect(term.achievement, term.term).not.to.deep.equal([]);
    }
  });

  it('shows the sentences that hold the terms, not the others', () => {
    expect(explanation.achievementSentences.map(({ text }) => text).join()).to.include('分级浸出');
    expect(explanation.achievementSentences.map(({ text }) => text).join()).not.to.include('天气');
    expect(explanation.needSentences).not.to.deep.equal([]);
  });

  it('says what speaks against it and what is missing', () => {
    expect(explanation.against).to.deep.equal([
      '应用行业不同：需求为制造业，成果为建筑业',
      '成果价格80万元起，高于需求拟投入的60万元',
    ]);
    expect(explanation.missing).to.deep.equal(['成果未说明成熟度', '成果未说明合作方式', '成果未说明知识产权状态']);
  });

  it('states it in words and numbers, the first objection included, and never a bare score', () => {
    expect(explanation.statement).to.match(
      /^双方都提到“.+”，占判断依据的\d+%；判为“(强|较强|弱|无)”：按人工判断过的配对估计，这样的100对里约有\d+对合适（强或较强）。需留意：应用行业不同/,
    );
  });

  it('counts the indicators, puts unmet ones first and asks for unknown ones', () => {
    const checks = [
      check('回收率', 'met', '≥95%', '96%'),
      check('电耗', 'unmet', '≤345 kWh/t', '372 kWh/t'),
      check('周期', 'unknown', '≤39 min', null),
    ];
    const counted = explained(need, achievement, checks).explanation;
    expect(counted.statement).to.include('3项指标中1项达到、1项未达到、1项没有认出数值');
    expect(counted.against[0]).to.equal('指标未达到：要求电耗≤345 kWh/t，成果为372 kWh/t');
    const once = explained(need, achievement, [check('D50', 'unmet', 'D50=1.2μm', 'D50=2.5μm')]).explanation;
    expect(once.against[0]).to.equal('指标未达到：要求D50=1.2μm，成果为D50=2.5μm');
    expect(counted.missing).to.include('没有在成果里认出的指标：周期');
    expect(counted.indicators).to.deep.equal(checks);
    const many = Array.from({ length: 6 }, (_, i) => check(`指标${i}`, 'unknown', '≥1', null));
    expect(explained(need, achievement, many).explanation.missing).to.include(
      '没有在成果里认出的指标：指标0、指标1、指标2、指标3等6项',
    );
  });

  it('shows nobody a character that names nothing as a reason', () => {
    const { terms, statement } = explained(
      { title: '用|海带|养殖|高|锂' },
      { title: '锂|烘干|海带|成套|用|装置|高' },
    ).explanation;
    expect(terms.map(({ term }) => term))
      .to.include.members(['海带', '锂'])
      .and.not.include('用')
      .and.not.include('高');
    expect(statement).to.not.include('“用”');
  });

  it('says so where only common words are shared, or none', () => {
    const common = explained({ title: '系统|升级' }, { title: '系统|装置' }).explanation;
    expect(common.against).to.include('双方共有的都是常见词，没有共同的专门术语');
    const none = explained({ title: '海带|加工' }, { title: '心理|咨询' }).explanation;
    expect(none.terms).to.deep.equal([]);
    expect(none.against).to.include('双方没有共同的词语');
    expect(none.statement).to.match(/^双方没有共同的词语；判为“无”/);
    expect(none.needSentences).to.deep.equal([]);
  });

  it('joins neighbouring words into the term that both titles have, whole words only', () => {
    const { explanation: joined } = explained(
      { title: '环保|装备|企业|管理|系统' },
      { title: '设备|企业|管理|系统|设计' },
    );
    const terms = joined.terms.map(({ term }) => term);
    expect(terms).to.include('管理系统');
    expect(terms.some((term) => term.startsWith('备'))).to.equal(false);
  });

  it('shows terms as the texts write them, and cuts no number or unit in two', () => {
    const { explanation: written } = explained({ title: 'N型|TOPCon|电池|浆料' }, { title: 'N型|TOPCon|电池|银浆' });
    const terms = written.terms.map(({ term }) => term).join(' ');
    expect(terms)
      .to.match(/N型/)
      .and.not.match(/n型|topcon/);
    expect(written.statement).to.not.match(/n型|topcon/);
    const { explanation: cut } = explained({ title: '5000|t/|d|水泥窑|脱硝' }, { title: '2500|t/|d|水泥窑|喷氨' });
    const shared = cut.terms.map(({ term }) => term);
    expect(shared).to.include('水泥窑');
    expect(shared.filter((term) => /d水泥窑/.test(term))).to.deep.equal([]);
  });

  it('holds for archive records with a title alone, an abstract alone, and nothing', () => {
    const title = explained({ title: '稀土|抛光粉|回收' }, { title: '抛光粉|回收' }).explanation;
    expect(title.terms[0]!.term).to.equal('抛光粉回收');
    expect(title.missing).to.include('成果没有摘要，只能按名称和关键词判断');
    expect(title.missing).to.include('需求没有说明主要问题和技术关键，只能按名称判断');
    const abstract = explained({ description: '稀土|抛光粉|回收' }, { abstract: '采用|抛光粉|废渣。其他' });
    expect(abstract.explanation.missing).to.include.members(['成果没有名称', '需求没有名称']);
    expect(abstract.explanation.achievementSentences.map(({ text }) => text)).to.deep.equal(['采用抛光粉废渣。']);
    expectQuotes(abstract.a, allQuotes(abstract.explanation, 'achievement'));
    const nothing = explained({}, {}).explanation;
    expect(nothing.terms).to.deep.equal([]);
    expect(nothing.statement).to.match(/^双方没有共同的词语/);
  });

  it('quotes the original writing of full-width and traditional text', () => {
    const { a: other, explanation: quoted } = explained({ title: '海带|加工' }, { title: '海带|ＡＢ|加工' });
    expectQuotes(other, allQuotes(quoted, 'achievement'));
  });

  it('goes by the same numbers as the ranking', () => {
    const statistics = statisticsOf([n, a, ...filler]);
    const ranked = rankPair(
      model,
      askingNeed(prepareRecord(n, statistics, encoder)),
      prepareRecord(a, statistics, encoder),
    );
    const { explanation: own } = explained(need, achievement);
    const percent = Math.round((ranked.probabilities.strong + ranked.probabilities.fair) * 100);
    expect(own.statement).to.include(`约有${percent}对合适`);
  });

  it('never fails, and never quotes what is not there, whatever is written', () => {
    const word = fc.constantFrom(
      '系统',
      '抛光粉',
      '回收',
      '稀土',
      'ＡＢ',
      'ab',
      '。',
      '\n',
      '95',
      '㎡',
      'İ',
      '𠮷',
      '臺灣',
      '\u0301',
    );
    const text = fc.array(word, { maxLength: 14 }).map((words) => words.join('|'));
    fc.assert(
      fc.property(text, text, text, text, (title, problem, name, abstract) => {
        const made = explained({ title, problem }, { title: name, abstract });
        expectQuotes(made.n, allQuotes(made.explanation, 'need'));
        expectQuotes(made.a, allQuotes(made.explanation, 'achievement'));
        const sum = made.explanation.terms.reduce((total, { share }) => total + share, 0);
        expect(sum).to.be.at.most(1);
        expect(made.explanation.statement).not.to.match(/NaN|undefined|null/);
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});
