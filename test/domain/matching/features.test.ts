import { expect } from 'chai';
import fc from 'fast-check';
import { askingNeed, type FeatureName, featureNames, features } from '../../../src/domain/matching/features.ts';
import type { MatchProfile } from '../../../src/domain/matching/match-profile.ts';
import { prepareRecord, titleText } from '../../../src/domain/matching/prepared-record.ts';
import { madeAchievement, madeEncoder, madeNeed, statisticsOf } from './made-records.ts';

const filler = Array.from({ length: 30 }, (_, i) =>
  madeAchievement(`f${i}`, { title: `系统|研制|${String.fromCharCode(0x4e00 + i * 7)}` }),
);

function measure(need: MatchProfile, achievement: MatchProfile, encoder = madeEncoder()): Record<FeatureName, number> {
  const statistics = statisticsOf([need, achievement, ...filler]);
  const vector = features(
    askingNeed(prepareRecord(need, statistics, encoder)),
    prepareRecord(achievement, statistics, encoder),
  );
  return Object.fromEntries(featureNames.map((name, i) => [name, vector[i]!])) as Record<FeatureName, number>;
}
const oneSided = ['titleLength', 'titleRarity', 'needTitleLength', 'needTitleRarity', 'needLength'];
const measures = featureNames.filter((name) => !oneSided.includes(name));

describe('features of a pair', () => {
  const need = madeNeed('n', {
    title: '稀土|抛光粉|回收|系统',
    keyTechnology: '氟化物|浸出',
    description: '废渣|沉降|分级',
  });

  it('are all 1 or near for a record beside itself, and all 0 for strangers', () => {
    const same = measure(
      madeNeed('n', { title: '稀土|抛光粉|回收' }),
      madeAchievement('a', { title: '稀土|抛光粉|回收' }),
    );
    for (const name of measures) {
      if (name.startsWith('bm25') || name.startsWith('rarest')) expect(same[name], name).to.be.greaterThan(0.2);
      else expect(same[name], name).to.be.closeTo(name === 'longestRun' ? 7 / 8 : 1, 1e-6);
    }
    const stranger = measure(need, madeAchievement('a', { title: '心理|咨询|平台' }));
    for (const name of measures) expect(stranger[name], name).to.equal(0);
  });

  it('count a rare shared word for more than a common one', () => {
    const rare = measure(need, madeAchievement('a', { title: '抛光粉|分析' }));
    const common = measure(need, madeAchievement('a', { title: '系统|分析' }));
    for (const name of [
      'wordsOfNeedTitle',
      'wordsOfNeed',
      'rarestInTitles',
      'rarestShared',
      'charactersOfNeedTitle',
    ] as const) {
      expect(rare[name], name).to.be.greaterThan(common[name]);
    }
  });

  it('count a rare shared character for more than a common one', () => {
    const rare = measure(madeNeed('n', { title: '钴|系' }), madeAchievement('a', { title: '钴' }));
    const common = measure(madeNeed('n', { title: '钴|系' }), madeAchievement('a', { title: '系' }));
    for (const name of ['charactersOfNeedTitle', 'characterCosine'] as const) {
      expect(rare[name], name).to.be.greaterThan(0.9);
      expect(common[name], name).to.be.lessThan(0.3);
    }
  });

  it('find by characters what the dictionary cuts apart', () => {
    const apart = measure(madeNeed('n', { title: '褐藻胶|提取' }), madeAchievement('a', { title: '褐|藻|胶类|提纯' }));
    expect(apart.wordsOfNeedTitle).to.equal(0);
    expect(apart.charactersOfNeedTitle).to.be.greaterThan(0.5);
    expect(apart.bigramsOfNeedTitle).to.be.greaterThan(0.3);
    expect(apart.longestRun).to.equal(3 / 8);
  });

  it('find what only the body says, for less than what the title says', () => {
    const title = measure(need, madeAchievement('a', { title: '抛光粉|制备', abstract: '方法|可行' }));
    const body = measure(need, madeAchievement('a', { title: '方法|可行', abstract: '抛光粉|制备' }));
    const nowhere = measure(need, madeAchievement('a', { title: '方法|可行', abstract: '工艺|可靠' }));
    for (const name of [
      'bm25Title',
      'wordsOfNeedTitle',
      'wordsOfNeed',
      'charactersOfNeedTitle',
      'bigramsOfNeedTitle',
    ] as const) {
      expect(body[name], name).to.be.greaterThan(nowhere[name]);
      expect(title[name], name).to.be.greaterThan(body[name]);
    }
  });

  it('ask the other fields of the need too, not the title alone', () => {
    const key = measure(need, madeAchievement('a', { title: '氟化物|浸出' }));
    const stranger = measure(need, madeAchievement('a', { title: '污泥|干化' }));
    expect(key.wordsOfNeedTitle).to.equal(0);
    for (const name of [
      'bm25Need',
      'wordsOfNeed',
      'wordsOfTitleInNeed',
      'charactersOfTitleInNeed',
      'bigramsOfTitleInNeed',
      'bigramCosineNeed',
    ] as const) {
      expect(key[name], name).to.be.greaterThan(stranger[name]);
    }
  });

  it('find by meaning what is said in other words', () => {
    const asked = madeNeed('n', { title: '抛光粉|回收' });
    const other = madeAchievement('a', { title: '研磨料|再生' });
    const knowing = madeEncoder(['抛研', '光磨', '粉料', '回再', '收生']);
    const meant = measure(asked, other, knowing);
    for (const name of [
      'meaningOfNeedTitle',
      'meaningOfNeed',
      'meaningOfTitleInNeed',
      'wordsMeantOfNeedTitle',
      'rareWordsMeantOfNeedTitle',
      'wordsMeantOfTitle',
      'wordsMeantOfTitleInNeed',
    ] as const) {
      expect(meant[name], name).to.be.closeTo(1, 1e-3);
      expect(measure(asked, madeAchievement('a', { title: '心理|咨询' }), knowing)[name], name).to.equal(0);
    }
    for (const name of ['wordsOfNeedTitle', 'charactersOfNeedTitle'] as const) expect(meant[name], name).to.equal(0);
  });

  it('tell a demanding need by its length and its rare words', () => {
    const short = measure(madeNeed('n', { title: '系统' }), madeAchievement('a', { title: '系统' }));
    const long = measure(
      madeNeed('n', { title: '稀土|抛光粉|回收|系统', description: '氟化物|浸出' }),
      madeAchievement('a', { title: '系统' }),
    );
    for (const name of ['needTitleLength', 'needTitleRarity', 'needLength'] as const) {
      expect(long[name], name).to.be.greaterThan(short[name]);
    }
  });

  it('never lose by a text that is added to the achievement', () => {
    const bare = measure(need, madeAchievement('a', { title: '抛光粉|制备' }));
    const full = measure(
      need,
      madeAchievement('a', { title: '抛光粉|制备', abstract: '稀土|废渣|氟化物', scenario: '回收' }),
    );
    for (const name of measures) {
      if (name.startsWith('bm25')) continue;
      expect(full[name], name).to.be.at.least(bare[name] - 1e-6);
    }
  });

  it('meet simplified and traditional, full and half width, upper and lower case', () => {
    const plain = measure(madeNeed('n', { title: '海带|ab|加工' }), madeAchievement('a', { title: '海带|ab|加工' }));
    const other = measure(madeNeed('n', { title: '海帶|ＡＢ|加工' }), madeAchievement('a', { title: '海带|ab|加工' }));
    expect(other.charactersOfNeedTitle).to.be.closeTo(plain.charactersOfNeedTitle, 1e-6);
  });

  it('take keywords, else a first sentence, for a title that is missing', () => {
    const keywords = madeAchievement('a', { keywords: ['抛光粉', '回收'], abstract: '一句。两句。' });
    expect(titleText(keywords)?.field).to.equal('keywords');
    const abstract = madeAchievement('a', { abstract: '研究|抛光粉|回收。第二|句|话' });
    expect(titleText(abstract)).to.deep.include({ field: 'abstract', text: '研究抛光粉回收。' });
    expect(titleText(abstract)?.words).to.include('抛光粉').and.not.include('第二');
    expect(measure(need, abstract).charactersOfNeedTitle).to.be.greaterThan(0.4);
    expect(titleText(madeAchievement('a', {}))).to.equal(undefined);
  });

  it('are finite and within 0 and 1 for whatever is written', () => {
    const word = fc.oneof(
      fc.constantFrom('系统', '抛光粉', '__proto__', 'constructor', '100', '%', '\ud800', '\u0000', '𠮷', 'ﬃ', 'é', ''),
      fc.string({ maxLength: 6, unit: 'binary' }),
    );
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join('|'));
    const content = fc.record(
      { title: text, abstract: text, description: text, keywords: fc.array(text, { maxLength: 3 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(content, content, (a, b) => {
        const vector = measure(madeNeed('n', a), madeAchievement('a', b));
        for (const name of featureNames) expect(vector[name], name).to.be.within(0, 1);
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('stand 20,000 characters, and nothing at all', () => {
    const long = '电炉|节能|'.repeat(3400).slice(0, 20_000);
    const vector = measure(
      madeNeed('n', { title: '电炉|节能', description: long }),
      madeAchievement('a', { abstract: long }),
    );
    for (const name of featureNames) expect(vector[name], name).to.be.within(0, 1);
    const nothing = measure(madeNeed('n', {}), madeAchievement('a', {}));
    for (const name of featureNames) expect(nothing[name], name).to.equal(0);
  });
});
