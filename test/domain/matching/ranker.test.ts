import { expect } from 'chai';
import fc from 'fast-check';
import { featureCount, featureNames } from '../../../src/domain/matching/features.ts';
import { contextNames } from '../../../src/domain/matching/list-context.ts';
import {
  levelNumber,
  movedBy,
  type RankerModel,
  rankedPair,
  rankVector,
  readRankerModel,
  stageFeatures,
} from '../../../src/domain/matching/ranker-model.ts';
import { isMonotone, type TrainingPair, trainRanker } from '../../../src/domain/matching/ranker-training.ts';
import { rankingMetrics } from '../../../src/domain/matching/ranking-metrics.ts';
import { seededRandom } from '../../../src/domain/seeded-random.ts';
import { madeModel } from './made-model.ts';

const at = (name: string) => stageFeatures.list.indexOf(name);
const listLength = featureCount + contextNames.length;

/** Judged pairs whose level follows `charactersOfNeedTitle` with noise; `bm25Title` is made to speak against the fit. */
function madePairs(count: number): TrainingPair[] {
  const random = seededRandom('pairs');
  return Array.from({ length: count }, (_, i) => {
    const listed = Float64Array.from({ length: listLength }, () => random());
    const fit = listed[at('charactersOfNeedTitle')]! + (random() - 0.5) * 0.3;
    listed[at('bm25Title')] = Math.min(1, Math.max(0, 1 - fit));
    const level = fit > 0.9 ? 4 : fit > 0.7 ? 3 : fit > 0.4 ? 2 : 1;
    return { needId: `n${i % 30}`, group: `g${i % 30}`, level, vector: listed.slice(0, featureCount), listed };
  });
}
const pairs = madePairs(900);
const small = { bags: 2, parts: 3, orderTrees: 40, levelTrees: 40, leastRows: 20 };
const model = trainRanker(pairs, small);

describe('training the ranker', () => {
  it('finds what the levels follow, alone and in a list', () => {
    for (const side of ['vector', 'listed'] as const) {
      const judged = pairs.map((pair) => {
        const ranked = rankVector(model, pair[side]);
        return { needId: pair.needId, level: pair.level, score: ranked.score, predicted: levelNumber(ranked.level) };
      });
      expect(rankingMetrics(judged).ndcg10, side).to.be.greaterThan(0.85);
      expect(rankingMetrics(judged).contest, side).to.be.greaterThan(0.75);
    }
  });

  it('never lets more agreement lower a score, even where the judgements say so', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: listLength, maxLength: listLength }),
        fc.integer({ min: 0, max: listLength - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (values, feature, more, alone) => {
          const vector = Float64Array.from(alone ? values.slice(0, featureCount) : values);
          const f = feature % vector.length;
          if (!isMonotone(stageFeatures.list[f]!)) return;
          const better = Float64Array.from(vector);
          better[f] = Math.max(vector[f]!, more);
          expect(rankVector(model, better).score).to.be.at.least(rankVector(model, vector).score - 1e-12);
        },
      ),
      { seed: 3, numRuns: 2000 },
    );
  });

  it('gives the same bytes for the same pairs', () => {
    expect(JSON.stringify(trainRanker(pairs, small))).to.equal(JSON.stringify(model));
    expect(JSON.stringify(trainRanker(pairs, { ...small, seed: 'other' }))).not.to.equal(JSON.stringify(model));
  });

  it('calibrates on needs that the trees did not see: noise is not taken for knowledge', () => {
    const random = seededRandom('noise');
    const noise = pairs.map((pair) => ({ ...pair, level: random() < 0.3 ? 3 : 1 }));
    const trained = trainRanker(noise, small);
    const fair = noise.map(({ vector }) => {
      const { probabilities } = rankVector(trained, vector);
      return probabilities.strong + probabilities.fair;
    });
    expect(Math.max(...fair)).to.be.lessThan(0.5);
    expect(fair.reduce((sum, p) => sum + p, 0) / fair.length).to.be.closeTo(0.3, 0.05);
  });

  it('uses only the features that it is allowed', () => {
    const trained = trainRanker(pairs, { ...small, features: new Set(['longestRun']) });
    const asked = [trained.pair, trained.list].flatMap((stage) =>
      stage.bags.flatMap(({ order, levels }) => [order, ...levels].flatMap(({ feature }) => feature)),
    );
    expect(new Set(asked)).to.deep.equal(new Set([featureNames.indexOf('longestRun')]));
  });

  it('stands features that never vary, needs without any gain, and one pair alone', () => {
    const flat = pairs.map((pair) => ({
      ...pair,
      vector: new Float64Array(featureCount),
      listed: new Float64Array(listLength),
    }));
    const nothing = pairs.map((pair) => ({ ...pair, level: 1 }));
    for (const odd of [flat, nothing, pairs.slice(0, 1)]) {
      const trained = trainRanker(odd, small);
      expect(() => readRankerModel(JSON.parse(JSON.stringify(trained)))).not.to.throw();
      const { score, probabilities } = rankVector(trained, pairs[0]!.vector);
      expect(score).to.be.within(0, 1);
      expect(probabilities.none).to.be.within(0, 1);
    }
  });
});

describe('the ranker’s answer', () => {
  const curve = { own: 1, order: 0.5, bias: 0 };
  const thresholds = { weak: 0.5, fair: 0.5, strong: 0.5 };
  const said = (x: number, adjustment = 0) =>
    rankedPair(thresholds, [curve, curve, curve], { order: x, levels: [x + 2, x, x - 2] }, adjustment);

  it('has probabilities that add up to 1 and a score that grows with what the trees say, however far', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e3, noNaN: true }),
        (x, more) => {
          const { strong, fair, weak, none } = said(x).probabilities;
          for (const p of [strong, fair, weak, none]) expect(p).to.be.within(0, 1);
          expect(strong + fair + weak + none).to.be.closeTo(1, 1e-9);
          expect(said(x + more).score).to.be.at.least(said(x).score);
        },
      ),
      { seed: 7 },
    );
  });

  it('never gives 强 more than 较强 or better, where the levels cross', () => {
    for (const x of [-20, -3, -0.5, 0.5, 3]) {
      const { probabilities } = rankedPair(thresholds, [curve, curve, curve], { order: 0, levels: [x, -x, 2 * x] });
      for (const p of Object.values(probabilities)) expect(p).to.be.within(0, 1);
    }
  });

  it('goes through all levels, never back, and moves with the facts', () => {
    const levels = Array.from({ length: 400 }, (_, i) => levelNumber(said(-10 + i / 20).level));
    expect(new Set(levels)).to.deep.equal(new Set([1, 2, 3, 4]));
    expect(levels).to.deep.equal([...levels].sort());
    expect(said(0.5, -0.5).score).to.be.lessThan(said(0.5).score);
  });
});

describe('an answer that is moved by judgements', () => {
  const curve = { own: 1, order: 0.5, bias: 0 };
  const thresholds = { weak: 0.5, fair: 0.5, strong: 0.5 };
  const said = (x: number) => rankedPair(thresholds, [curve, curve, curve], { order: x, levels: [x + 2, x, x - 2] });
  const expected = ({ probabilities: { strong, fair, weak } }: ReturnType<typeof said>) => weak + 2 * fair + 3 * strong;

  it('is expected to be better by so many levels, with chances in their order', () => {
    for (const by of [-0.8, -0.1, 0, 0.1, 0.8]) {
      const moved = movedBy(said(0), thresholds, by);
      expect(expected(moved)).to.be.closeTo(expected(said(0)) + by, 1e-6);
      const { strong, fair, weak, none } = moved.probabilities;
      for (const p of [strong, fair, weak, none]) expect(p).to.be.within(0, 1);
      expect(strong + fair + weak + none).to.be.closeTo(1, 1e-9);
    }
    expect(movedBy(said(0), thresholds, 0.3).score).to.be.greaterThan(said(0).score);
    expect(levelNumber(movedBy(said(0), thresholds, 1.2).level)).to.be.greaterThan(levelNumber(said(0).level));
  });

  it('stays an answer where more is asked than there is', () => {
    for (const x of [-40, 0, 40]) {
      for (const by of [-5, 5]) {
        const { score, probabilities } = movedBy(said(x), thresholds, by);
        expect(score).to.be.within(0, 1);
        for (const p of Object.values(probabilities)) expect(p).to.be.within(0, 1);
      }
    }
  });
});

describe('a model file', () => {
  const good = JSON.parse(JSON.stringify(model)) as RankerModel;
  const bag = good.pair.bags[0]!;
  const withOrder = (order: unknown): unknown => ({ ...good, pair: { ...good.pair, bags: [{ ...bag, order }] } });

  it('is read as it was written', () => {
    expect(readRankerModel(good)).to.deep.equal(model);
    expect(() => readRankerModel(madeModel())).not.to.throw();
  });

  for (const [what, value, reason] of [
    ['nothing', null, '不是模型'],
    ['text', 'model', '不是模型'],
    ['an older format', { ...good, format: 1 }, '较早版本'],
    ['a newer format', { ...good, format: 3 }, '更新版本'],
    ['no format', { ...good, format: undefined }, '不是本版本的格式'],
    ['no name', { ...good, id: '' }, '缺少名称'],
    ['no features', { ...good, features: undefined }, '缺少特征名称'],
    ['a missing feature', { ...good, features: good.features.slice(1) }, '缺少特征 bm25Title'],
    ['a feature that is not measured', { ...good, features: [...good.features, 'telepathy'] }, '不认识特征 telepathy'],
    ['features in another order', { ...good, features: [...good.features].reverse() }, '特征的顺序不同'],
    ['no thresholds', { ...good, thresholds: { title: good.thresholds.title } }, '缺少等级的界限'],
    ['no trees', { ...good, list: { ...good.list, bags: [] } }, '缺少决策树'],
    ['two levels', { ...good, pair: { ...good.pair, bags: [{ ...bag, levels: bag.levels.slice(1) }] } }, '缺少等级的'],
    ['a base that is no number', withOrder({ ...bag.order, base: null }), '树的基准不是数字'],
    ['a list that is cut', withOrder({ ...bag.order, left: bag.order.left.slice(1) }), '树的各列长短不一'],
    ['no leaves', withOrder({ ...bag.order, leaves: undefined }), '树不完整'],
    [
      'a feature beside the vector',
      withOrder({ ...bag.order, feature: bag.order.feature.map(() => 99) }),
      '不认识的特征',
    ],
    [
      'a threshold that is no number',
      withOrder({ ...bag.order, threshold: bag.order.threshold.map(() => '1') }),
      '不是数字',
    ],
    ['a branch that leads back', withOrder({ ...bag.order, left: bag.order.left.map(() => 0) }), '树枝不存在'],
    ['a leaf that is not there', withOrder({ ...bag.order, right: bag.order.right.map(() => -1e6) }), '树枝不存在'],
    ['a root that is not there', withOrder({ ...bag.order, roots: [1e6] }), '树根不存在'],
    [
      'curves that fall',
      { ...good, pair: { ...good.pair, curves: good.pair.curves.map((one) => ({ ...one, own: -1 })) } },
      '等级曲线不完整',
    ],
    ['curves that are null', { ...good, list: { ...good.list, curves: [null, null, null] } }, '等级曲线不完整'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => readRankerModel(value))
        .to.throw(new RegExp(`排序模型文件不能使用：.*${reason}`))
        .with.property('code', 'misconfigured');
    });
  }
});
