import { expect } from 'chai';
import { corpusCounter, corpusStatistics } from '../../src/domain/matching/corpus-statistics.ts';
import { explain, rankPair } from '../../src/domain/matching/explanation.ts';
import { askingNeed } from '../../src/domain/matching/features.ts';
import { prepareRecord } from '../../src/domain/matching/prepared-record.ts';
import { createSegmenter } from '../../src/engines/jieba/segmenter.ts';
import type { Segmenter } from '../../src/ports/segmenter.ts';
import { shippedModel } from '../../src/steps/matching/model-files.ts';
import { type ProfileSource, segmentProfiles } from '../../src/steps/matching/segment-profiles.ts';

/** Pairs that fit by a term; without it the score must fall, else the explanation told of something that does not matter. */
const pairs = [
  ['电梯曳引钢丝绳断丝在线检测系统', '基于漏磁的钢丝绳断丝识别', '漏磁传感器阵列识别断丝，定位误差小于20毫米。'],
  ['稀土抛光粉废渣回收利用技术', '失效稀土抛光粉再生方法', '以玻璃抛光废渣为原料，碱焙烧除硅铝后酸溶沉淀。'],
  ['大型转盘轴承淬火机', '风电转盘轴承滚道感应淬火工艺', '滚道淬硬层深度5至8毫米，软带小于10毫米。'],
  ['污泥固废无害化处理', '城市污泥低温干化技术', '污泥含水率由80%降到30%。'],
  ['多晶硅电池制绒技术', '多晶硅表面湿法制绒添加剂', '反射率降到18%以下，提高电池效率。'],
] as const;

describe('the terms of an explanation, by the shipped model', () => {
  let segmenter: Segmenter;
  before(async () => {
    segmenter = await createSegmenter({ log: { debug() {}, info() {}, warn() {}, error() {} } });
  });
  after(() => segmenter.close());

  for (const [asked, title, abstract] of pairs) {
    it(`${asked}: the score falls when the first term is taken from the achievement`, async () => {
      const { model, background, encoder } = await shippedModel();
      const look = async (own: { readonly title: string; readonly abstract: string }) => {
        const sources: ProfileSource[] = [
          { kind: 'need', id: 'n', content: { title: asked, problem: `需要解决${asked}的问题。` } },
          { kind: 'achievement', id: 'a', content: own },
        ];
        const [need, achievement] = await segmentProfiles(segmenter, sources);
        const statistics = corpusStatistics(corpusCounter().counted(), background);
        const asking = askingNeed(prepareRecord(need!, statistics, encoder));
        const record = prepareRecord(achievement!, statistics, encoder);
        return { ...rankPair(model, asking, record), terms: explain(model, asking, record, []).terms };
      };
      const whole = await look({ title, abstract });
      const [first] = whole.terms;
      expect(first!.share).to.be.greaterThan(0.1);
      const without = (text: string): string => text.replaceAll(first!.term, '某某');
      expect(without(title)).not.to.equal(title);
      const less = await look({ title: without(title), abstract: without(abstract) });
      expect(less.score, first!.term).to.be.lessThan(whole.score);
    });
  }
});
