import { expect } from 'chai';
import type { AchievementDraft } from '../../src/domain/achievement.ts';
import { matchLevels } from '../../src/domain/codes/review-codes.ts';
import { corpusCounter, corpusStatistics } from '../../src/domain/matching/corpus-statistics.ts';
import { rankPair } from '../../src/domain/matching/explanation.ts';
import { askingNeed, features } from '../../src/domain/matching/features.ts';
import { listContext } from '../../src/domain/matching/list-context.ts';
import { prepareRecord } from '../../src/domain/matching/prepared-record.ts';
import type { NeedDraft } from '../../src/domain/need.ts';
import { createSegmenter } from '../../src/engines/jieba/segmenter.ts';
import type { Segmenter } from '../../src/ports/segmenter.ts';
import { shippedModel } from '../../src/steps/matching/model-files.ts';
import { type ProfileSource, segmentProfiles } from '../../src/steps/matching/segment-profiles.ts';

/**
 * The order in which the shipped model puts a few achievements for a need, and why. A retrained model must keep it: these are
 * things that a clerk would notice at once.
 */
interface Golden {
  readonly why: string;
  readonly need: NeedDraft;
  /** Best first; neighbours must differ in score, those that stand together may stand in any order. */
  readonly order: readonly (AchievementDraft | readonly AchievementDraft[])[];
}

const goldens: readonly Golden[] = [
  {
    // Which half of a need weighs more, the object or the task, is left open: either alone is no match.
    why: 'the same object and task before either alone, before words that everybody shares',
    need: {
      title: '稀土抛光粉废渣回收利用技术',
      problem: '玻璃加工产生的稀土抛光粉废渣每年约600吨，目前堆放，铈、镧没有回收。',
      keyTechnology: '废渣中稀土氧化物回收率不低于92%，再生抛光粉切削率达到新粉的90%以上。',
    },
    order: [
      {
        title: '失效稀土抛光粉再生方法',
        abstract: '以玻璃抛光废渣为原料，碱焙烧除硅铝后酸溶沉淀，稀土氧化物回收率94%，再生抛光粉切削率与新粉相当。',
      },
      [
        {
          title: '高铈抛光粉粒度与形貌控制',
          abstract: '共沉淀法制备高铈抛光粉，D50为1.1微米，用于手机盖板玻璃抛光。',
        },
        {
          title: '废旧轮胎回收利用技术',
          abstract: '废旧轮胎低温粉碎，胶粉回收利用率95%以上。',
        },
      ],
      { title: '企业管理系统回收站技术', abstract: '通过逻辑删除实现数据恢复。' },
    ],
  },
  {
    why: 'a common word (系统、在线、检测) carries less than the one rare word that names the thing',
    need: { title: '电梯曳引钢丝绳断丝在线检测系统', problem: '钢丝绳断丝靠人工目测，漏检多。' },
    order: [
      { title: '基于漏磁的钢丝绳损伤识别', abstract: '漏磁传感器阵列识别断丝，定位误差小于20毫米。' },
      { title: '水质在线检测系统', abstract: '对化学需氧量、氨氮在线检测的系统。' },
      { title: '心理测评系统', abstract: '在线问卷与统计。' },
    ],
  },
  {
    why: 'another name for the same thing (褐藻胶, 褐藻酸钠) is found by its characters',
    need: { title: '海带褐藻胶提取废水减量', keyTechnology: '吨胶废水降到200立方米以下，钙化水回用。' },
    order: [
      { title: '褐藻酸钠清洁提取工艺', abstract: '酶解预处理加低水比消化，钙化水循环，吨产品用水下降60%。' },
      { title: '海参养殖池底质改良', abstract: '复合菌剂改良底质，减少换水。' },
      { title: '光伏组件清洗机器人', abstract: '无水清洗。' },
    ],
  },
  {
    why: 'what only the abstract says counts, where titles say nothing',
    need: { title: '加热炉钢坯氧化烧损控制', keyTechnology: '烧损率由1.2%降到0.7%以下。' },
    order: [
      {
        title: '一种炉内气氛协同调控方法',
        abstract: '按钢坯温度调节空燃比和炉压，轧钢加热炉钢坯氧化烧损率由1.15%降到0.66%。',
      },
      { title: '一种炉内气氛协同调控方法', abstract: '用于陶瓷烧成，色差减小。' },
      { title: '一种播种方法', abstract: '精量播种。' },
    ],
  },
  {
    why: 'the same technology: a stated fact that rules it out puts it behind',
    need: {
      title: '钛合金粉末近净成形',
      budgetWan: 50,
      activityType: 'development',
      industry: 'C',
      solutionModes: ['transfer'],
    },
    order: [
      { title: '钛合金粉末热等静压近净成形', trl: 7, priceMinWan: 30, industry: 'C', cooperationModes: ['transfer'] },
      { title: '钛合金粉末热等静压近净成形', trl: 2, priceMinWan: 90, industry: 'C', cooperationModes: ['equity'] },
      {
        title: '钛合金粉末热等静压近净成形',
        trl: 2,
        priceMinWan: 90,
        industry: 'C',
        cooperationModes: ['equity'],
        licensedScope: '全国独占许可',
      },
      { title: '食用菌栽培', trl: 9, priceMinWan: 1, industry: 'C', cooperationModes: ['transfer'] },
    ],
  },
];

describe('order of matches by the shipped model', () => {
  let segmenter: Segmenter;
  before(async () => {
    segmenter = await createSegmenter({ log: { debug() {}, info() {}, warn() {}, error() {} } });
  });
  after(() => segmenter.close());

  async function rank(need: NeedDraft, offers: readonly AchievementDraft[]) {
    const { model, background, encoder } = await shippedModel();
    const sources: ProfileSource[] = [
      { kind: 'need', id: 'need', content: need },
      ...offers.map((content, i) => ({ kind: 'achievement' as const, id: `${i}`, content })),
    ];
    const profiles = await segmentProfiles(segmenter, sources);
    const counter = corpusCounter();
    for (const profile of profiles) counter.add(profile);
    const statistics = corpusStatistics(counter.counted(), background);
    const [asked, ...offered] = profiles.map((profile) => prepareRecord(profile, statistics, encoder));
    const asking = askingNeed(asked!);
    const listed = offered.map((record) => ({ record, vector: features(asking, record) }));
    const context = listContext(listed);
    return listed.map(({ record, vector }) => rankPair(model, asking, record, context, vector));
  }

  for (const { why, need, order } of goldens) {
    it(`${need.title}: ${why}`, async () => {
      const groups = order.map((one) => (Array.isArray(one) ? (one as AchievementDraft[]) : [one as AchievementDraft]));
      const scores = (await rank(need, groups.flat())).map(({ score }) => score);
      const scored = groups.map((group) => group.map((offer) => ({ offer, score: scores.shift()! })));
      for (let i = 1; i < scored.length; i += 1) {
        for (const better of scored[i - 1]!) {
          for (const worse of scored[i]!) {
            const what = `${better.offer.title} before ${worse.offer.title}`;
            expect(better.score, what).to.be.greaterThan(worse.score);
          }
        }
      }
    });
  }

  it('calls the same thing 较强 or 强, and another world 无', async () => {
    const [same, other] = await rank({ title: '高速电梯导轨激光检测装置', problem: '导轨接头偏差影响乘坐舒适。' }, [
      { title: '电梯导轨激光检测装置', abstract: '激光检测高速电梯导轨接头偏差。' },
      { title: '水稻育秧', abstract: '基质育秧。' },
    ]);
    expect(['strong', 'fair']).to.include(same!.level);
    expect(other!.level).to.equal('none');
  });

  it('gives sane, finite answers to absurd records', async () => {
    const offers: AchievementDraft[] = [
      {},
      { title: '12345 67890' },
      { title: 'A novel method for rapid prototyping of turbine blades' },
      { title: '。。。，，' },
      { title: '电', abstract: '电炉节能'.repeat(700) },
      { keywords: ['__proto__', 'constructor'] },
    ];
    for (const need of [
      {},
      { title: '100' },
      { title: 'turbine blades' },
      { description: '电炉节能降耗。'.repeat(2857) },
    ] satisfies NeedDraft[]) {
      for (const { score, probabilities, level } of await rank(need, offers)) {
        expect(score).to.be.within(0, 1);
        expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).to.be.closeTo(1, 1e-9);
        expect(matchLevels.map(({ code }) => code)).to.include(level);
      }
    }
    const english = await rank({ title: 'turbine blades' }, offers);
    expect(english.indexOf(english.reduce((a, b) => (a.score >= b.score ? a : b)))).to.equal(2);
  });
});
