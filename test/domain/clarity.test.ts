import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type ClarityCode, needClarity } from '../../src/domain/clarity.ts';
import { industries } from '../../src/domain/codes/national-codes.ts';
import { activityTypes, technologyFields } from '../../src/domain/codes/technology-codes.ts';
import { type NeedDraft, needDraft } from '../../src/domain/need.ts';
import { vagueWords } from '../../src/domain/vague-words.ts';
import { packageRoot } from '../../src/package-root.ts';

const clear: NeedDraft = {
  title: '稀土抛光粉的粒度控制',
  startYear: 2026,
  endYear: 2028,
  problem:
    '现有沉淀法制备的铈基抛光粉粒径分布宽，大颗粒在玻璃基板上划出擦痕，每月报废约3%。分级筛分只能去掉10微米以上的颗粒，细颗粒团聚后又会长大。煅烧窑前后温差达到40℃，同一批料的硬度不一致。',
  keyTechnology:
    '沉淀反应的成核与长大分开控制，中位粒径D50为1.2～1.5微米，粒度合格率≥95%。煅烧温差不超过±5℃。悬浮液静置24小时沉降率≤8%，对现有抛光机和水质适用。',
  goal: '建成年产800吨的生产线，单位产品电耗降低15%以上，报废率降到0.5%以下，两年内收回投资。',
  keywords: ['抛光粉', '粒度'],
  budgetWan: 120,
  solutionModes: ['cooperative'],
  activityType: 'development',
  fields: ['materials'],
  industry: 'C',
};

const pointsOf = (content: NeedDraft, code: ClarityCode) =>
  needClarity(content).parts.find((one) => one.code === code)!;

describe('the clarity of a need', () => {
  it('is full where everything is said, and nothing where nothing is', () => {
    const { score, parts } = needClarity(clear);
    expect(score, JSON.stringify(parts)).to.equal(100);
    expect(parts.every(({ advice }) => advice === null)).to.equal(true);
    const empty = needClarity({});
    expect(empty.score).to.equal(0);
    expect(empty.parts.every(({ points }) => points === 0)).to.equal(true);
    for (const { advice } of empty.parts) expect(advice).to.match(/请/);
    expect(parts.reduce((sum, { most }) => sum + most, 0)).to.equal(100);
  });

  const lacks: readonly (readonly [what: string, change: NeedDraft, code: ClarityCode, says: RegExp])[] = [
    ['a field of the form', { keywords: [] }, 'complete', /请填写关键字；/],
    ['the industry', { industry: undefined }, 'complete', /领域和应用行业/],
    ['the discipline of basic research', { activityType: 'basic' }, 'complete', /学科分类/],
    [
      'every figure',
      {
        keyTechnology: '研究沉淀反应的成核与长大规律，以及煅烧时的团聚机理。',
        goal: '建成示范线。',
        problem: '颗粒粗大不均。',
      },
      'indicators',
      /没有可以核对的数值指标.*“粒度≥67%”/,
    ],
    [
      'more than one figure',
      { keyTechnology: '粒度合格率≥95%。', goal: '建成生产线。', problem: '不均匀。' },
      'indicators',
      /只有1项/,
    ],
    ['one of the three parts', { goal: undefined }, 'substance', /“预期目标”写得空；请写明/],
    ['substance behind many words', { problem: '有问题。'.repeat(60) }, 'substance', /“主要问题”写得简单/],
    [
      'a figure behind a big word',
      { goal: '显著提高产品质量，达到国际领先水平。' },
      'precise',
      /“显著提高产品质量.*”没有数值；请写明/,
    ],
    ['the money', { budgetWan: undefined }, 'budget', /没有填写拟投入资金/],
    ['money', { budgetWan: 0 }, 'budget', /填的是0/],
    ['an end', { endYear: undefined }, 'time', /没有填写需求截止年/],
    ['an end after the beginning', { endYear: 2026 }, 'time', /不晚于起始年/],
  ];
  for (const [what, change, code, says] of lacks) {
    it(`says so where it lacks ${what}, and how to mend it`, () => {
      const changed = { ...clear, ...change };
      const found = pointsOf(changed, code);
      expect(found.points).to.be.lessThan(found.most);
      expect(found.advice).to.match(says);
      expect(needClarity(changed).score).to.be.lessThan(100);
    });
  }

  it('takes no big word amiss beside a figure, and no figure in a name for one', () => {
    expect(pointsOf({ ...clear, goal: '产能大幅提高50%以上，报废率降低到0.5%。' }, 'precise').advice).to.equal(null);
    expect(pointsOf({ ...clear, goal: '提高3D打印件的强度，改善表面。' }, 'precise').advice).to.match(/3D打印/);
    expect(pointsOf({ ...clear, goal: '优化5G通信的覆盖和时延要求。' }, 'precise').advice).to.match(/5G/);
  });

  it('counts the same text in two parts, and the same figure twice, once', () => {
    const copied = { ...clear, keyTechnology: clear.problem, goal: clear.problem };
    expect(pointsOf(copied, 'substance').points).to.be.lessThan(pointsOf(clear, 'substance').points);
    const twice = { problem: '粒度合格率≥95%', keyTechnology: '粒度合格率≥95%', goal: '粒度合格率≥95%' };
    expect(pointsOf(twice, 'indicators').points).to.equal(10);
  });

  /** Sentences without a big word, in the way of the form. */
  const sound = fc
    .record({
      thing: fc.constantFrom('球磨机', '电解槽', '反应釜', '蒸发器', '压滤机', '回转窑', '传感器', '轴承座'),
      fault: fc.constantFrom('出口温度偏差', '密封圈磨损', '料浆回流', '读数漂移', '结垢堵塞', '振动异响'),
      amount: fc.integer({ min: 1, max: 9_000 }),
      unit: fc.constantFrom('吨', '小时', '微米', '千瓦时', '次'),
    })
    .map(({ thing, fault, amount, unit }) => `${thing}在运行${amount}${unit}后出现${fault}，由${fault}引起停机`);
  const demanded = fc
    .record({
      name: fc.constantFrom('粒度合格率', '脱硝率', '回收率', '抗拉强度', '使用寿命', '处理能力', '单位能耗'),
      sign: fc.constantFrom('≥', '≤', '不低于', '不超过'),
      amount: fc.integer({ min: 1, max: 99 }),
      unit: fc.constantFrom('%', 'MPa', 'h', 't/h'),
    })
    .map(({ name, sign, amount, unit }) => `${name}${sign}${amount}${unit}`);
  const big = fc.constantFrom(...vagueWords.map(({ word }) => word)).map((word) => `要求${word}，达到行业内公认的水平`);
  const textOf = fc
    .array(fc.oneof(sound, demanded, big), { maxLength: 6 })
    .map((sentences) => sentences.map((one) => `${one}。`).join(''));
  const draft: fc.Arbitrary<NeedDraft> = fc.record(
    {
      title: fc.constantFrom('低温脱硝', '稀土抛光粉'),
      startYear: fc.constantFrom(2026, 2027),
      endYear: fc.constantFrom(2026, 2028, 2029),
      problem: textOf,
      keyTechnology: textOf,
      goal: textOf,
      keywords: fc.constantFrom<string[]>([], ['脱硝']),
      budgetWan: fc.constantFrom(0, 50),
      solutionModes: fc.constantFrom<NeedDraft['solutionModes']>([], ['cooperative']),
      activityType: fc.constantFrom(...activityTypes.map(({ code }) => code)),
      fields: fc.constantFrom<NeedDraft['fields']>([], [technologyFields[0].code]),
      industry: fc.constantFrom(industries[0].code),
      disciplines: fc.constantFrom<NeedDraft['disciplines']>([]),
    },
    { requiredKeys: [] },
  );

  /** What the advice of a part asks for, done. */
  type Mend = (content: NeedDraft, sentence: string, indicator: string) => NeedDraft;
  const mends: Readonly<Record<string, Mend>> = {
    'a missing field': (content) => {
      const fields: NeedDraft = {
        title: '低温脱硝',
        startYear: 2026,
        endYear: 2030,
        keywords: ['脱硝'],
        solutionModes: ['transfer'],
        activityType: 'applied',
        fields: [technologyFields[1].code],
        industry: industries[1].code,
        disciplines: undefined,
      };
      const missing = Object.entries(fields).find(([name, value]) => {
        const own = (content as Record<string, unknown>)[name];
        return value !== undefined && (own === undefined || (Array.isArray(own) && own.length === 0));
      });
      return missing ? { ...content, [missing[0]]: missing[1] } : content;
    },
    'an indicator': (content, _, indicator) => ({
      ...content,
      keyTechnology: `${content.keyTechnology ?? ''}${indicator}。`,
    }),
    'a sentence about the problem': (content, sentence) => ({
      ...content,
      problem: `${content.problem ?? ''}${sentence}。`,
    }),
    'a sentence about the goal': (content, sentence) => ({ ...content, goal: `${content.goal ?? ''}${sentence}。` }),
    'a sentence at the beginning': (content, sentence) => ({
      ...content,
      keyTechnology: `${sentence}。${content.keyTechnology ?? ''}`,
    }),
    'the money': (content) => ({ ...content, budgetWan: 80 }),
    'a figure after every big word': (content) => ({
      ...content,
      problem: content.problem?.replaceAll('公认的水平', '公认的水平，即达到12%以上'),
      goal: content.goal?.replaceAll('公认的水平', '公认的水平，即达到12%以上'),
    }),
  };
  for (const [what, mend] of Object.entries(mends)) {
    it(`is never lowered by ${what}`, () => {
      fc.assert(
        fc.property(draft, sound, demanded, (content, sentence, indicator) => {
          const before = needClarity(content);
          const after = needClarity(mend(content, sentence, indicator));
          expect(after.score).to.be.at.least(before.score);
          for (const [place, { code, points }] of before.parts.entries()) {
            // Choosing the kind of activity may bring another question with it; the whole is not lower for that.
            if (what !== 'a missing field') expect(after.parts[place]!.points, code).to.be.at.least(points);
          }
        }),
        { numRuns: 1_000 },
      );
    });
  }

  it('stays within its bounds, with an advice wherever something is left', () => {
    fc.assert(
      fc.property(draft, (content) => {
        const { score, parts } = needClarity(content);
        expect(score).to.be.within(0, 100);
        for (const { points, most, advice } of parts) {
          expect(points).to.be.within(0, most);
          expect(advice === null).to.equal(points === most);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('tells real needs apart', function () {
    const file = join(packageRoot, '..', 'shared', 'data', 'relevance', 'needs.jsonl');
    if (!existsSync(file)) {
      this.test!.title += ' (skipped: the data of real needs is not here)';
      this.skip();
    }
    const needs = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { title: string; description: string });
    const scores = needs
      .map(({ title, description }) => {
        const content = needDraft.safeParse({
          title: title.trim().slice(0, 100),
          problem: description.trim().slice(0, 500),
        });
        return content.success ? needClarity(content.data).score : -1;
      })
      .filter((score) => score >= 0)
      .sort((a, b) => a - b);
    expect(scores.length).to.be.greaterThan(100);
    expect(scores[Math.floor(scores.length * 0.9)]! - scores[Math.floor(scores.length * 0.1)]!).to.be.greaterThan(10);
  });
});
