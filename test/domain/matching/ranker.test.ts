import { expect } from 'chai';
import fc from 'fast-check';
import { type FeatureName, featureCount, featureNames } from '../../../src/domain/matching/features.ts';
import {
  levelNumber,
  linearScore,
  type RankerModel,
  rankedPair,
  readRankerModel,
} from '../../../src/domain/matching/ranker-model.ts';
import { type TrainingPair, trainRanker } from '../../../src/domain/matching/ranker-training.ts';
import { rankingMetrics } from '../../../src/domain/matching/ranking-metrics.ts';
import { seededRandom, shuffled } from '../../../src/domain/seeded-random.ts';

const at = (name: FeatureName) => featureNames.indexOf(name);

/** Judged pairs whose level follows `charactersOfNeedTitle` with noise; `bm25Title` is made to speak against the fit. */
function madePairs(count: number): TrainingPair[] {
  const random = seededRandom('pairs');
  return Array.from({ length: count }, (_, i) => {
    const vector = Float64Array.from({ length: featureCount }, () => random());
    const fit = vector[at('charactersOfNeedTitle')]! + (random() - 0.5) * 0.3;
    vector[at('bm25Title')] = Math.min(1, Math.max(0, 1 - fit));
    const level = fit > 0.9 ? 4 : fit > 0.7 ? 3 : fit > 0.4 ? 2 : 1;
    return { needId: `n${i % 30}`, level, vector };
  });
}
const pairs = madePairs(900);
const model = trainRanker(pairs);

describe('training the ranker', () => {
  it('finds what the levels follow', () => {
    const judged = pairs.map(({ needId, level, vector }) => {
      const ranked = rankedPair(model, linearScore(model, vector));
      return { needId, level, score: ranked.score, predicted: levelNumber(ranked.level) };
    });
    expect(rankingMetrics(judged).ndcg10).to.be.greaterThan(0.85);
    const largest = featureNames.reduce((best, name) => (model.weights[name] > model.weights[best] ? name : best));
    expect(largest).to.equal('charactersOfNeedTitle');
  });

  it('never lets more agreement lower a score, even where the judgements say so', () => {
    for (const name of featureNames) {
      if (name === 'titleLength' || name === 'titleRarity') continue;
      expect(model.weights[name], name).to.be.at.least(0);
    }
    expect(model.weights.bm25Title).to.equal(0);
  });

  it('gives the same bytes for the same pairs, and hardly another order for another order of the needs', () => {
    expect(JSON.stringify(trainRanker(pairs))).to.equal(JSON.stringify(model));
    const other = trainRanker(shuffled(pairs, seededRandom('order')));
    for (const name of featureNames) expect(other.weights[name], name).to.be.closeTo(model.weights[name], 1e-3);
  });

  it('calibrates: of the pairs that it gives a probability, about that share is so', () => {
    const said = pairs.map(({ level, vector }) => {
      const { probabilities } = rankedPair(model, linearScore(model, vector));
      return { p: probabilities.strong + probabilities.fair, hit: level >= 3 ? 1 : 0 };
    });
    for (const [from, to] of [
      [0, 0.2],
      [0.3, 0.7],
      [0.8, 1],
    ] as const) {
      const some = said.filter(({ p }) => p >= from && p < to);
      const mean = (of: (one: (typeof some)[number]) => number) =>
        some.reduce((sum, one) => sum + of(one), 0) / some.length;
      expect(some.length).to.be.greaterThan(20);
      expect(mean(({ hit }) => hit)).to.be.closeTo(
        mean(({ p }) => p),
        0.08,
      );
    }
  });

  it('stands features that never vary, needs without any gain, and one level alone', () => {
    const flat = pairs.map((pair) => ({ ...pair, vector: new Float64Array(featureCount) }));
    const nothing = pairs.map((pair) => ({ ...pair, level: 1 }));
    for (const odd of [flat, nothing, pairs.slice(0, 1)]) {
      const trained = trainRanker(odd);
      expect(() => readRankerModel(JSON.parse(JSON.stringify(trained)))).not.to.throw();
      const { score, probabilities } = rankedPair(trained, linearScore(trained, pairs[0]!.vector));
      expect(score).to.be.within(0, 1);
      expect(probabilities.none).to.be.within(0, 1);
    }
  });
});

describe('the ranker’s answer', () => {
  const probabilitiesOf = (linear: number) => rankedPair(model, linear).probabilities;

  it('has probabilities that add up to 1 and a score that grows with the linear score, however far', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e3, noNaN: true }),
        (x, more) => {
          const { strong, fair, weak, none } = probabilitiesOf(x);
          for (const p of [strong, fair, weak, none]) expect(p).to.be.within(0, 1);
          expect(strong + fair + weak + none).to.be.closeTo(1, 1e-9);
          expect(rankedPair(model, x + more).score).to.be.at.least(rankedPair(model, x).score);
        },
      ),
      { seed: 7 },
    );
  });

  it('never gives 强 more than 较强 or better, where the curves of the levels cross', () => {
    const crossing: RankerModel = {
      ...model,
      levels: [
        { slope: 3, bias: 0 },
        { slope: 1, bias: 0 },
        { slope: 0.1, bias: 0 },
      ],
    };
    for (const linear of [-20, -3, -0.5, 0.5, 3]) {
      const { strong, fair, weak, none } = rankedPair(crossing, linear).probabilities;
      for (const p of [strong, fair, weak, none]) expect(p).to.be.within(0, 1);
    }
    expect(rankedPair(crossing, -20).score).to.be.lessThan(0.001);
  });

  it('goes through all levels, never back', () => {
    const levels = Array.from({ length: 400 }, (_, i) => levelNumber(rankedPair(model, -10 + i / 20).level));
    expect(new Set(levels)).to.deep.equal(new Set([1, 2, 3, 4]));
    expect(levels).to.deep.equal([...levels].sort());
  });

  it('adds what the facts say to the linear score', () => {
    const { vector } = pairs[0]!;
    expect(linearScore(model, vector, -0.5)).to.be.closeTo(linearScore(model, vector) - 0.5, 1e-12);
  });
});

describe('a model file', () => {
  const good = JSON.parse(JSON.stringify(model)) as RankerModel;

  it('is read as it was written', () => {
    expect(readRankerModel(good)).to.deep.equal(model);
  });

  for (const [what, value] of [
    ['nothing', null],
    ['text', 'model'],
    ['another format', { ...good, format: 2 }],
    ['no name', { ...good, id: '' }],
    ['no intercept', { ...good, intercept: null }],
    ['no weights', { ...good, weights: undefined }],
    ['a missing weight', { ...good, weights: { ...good.weights, bm25Need: undefined } }],
    ['a weight that is no number', { ...good, weights: { ...good.weights, bm25Need: '1' } }],
    ['a feature that is not measured', { ...good, weights: { ...good.weights, semantics: 1 } }],
    ['two levels', { ...good, levels: good.levels.slice(1) }],
    ['levels that fall', { ...good, levels: good.levels.map(({ bias }) => ({ slope: -1, bias })) }],
    ['levels that are null', { ...good, levels: [null, null, null] }],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => readRankerModel(value))
        .to.throw(/排序模型文件不能使用/)
        .with.property('code', 'misconfigured');
    });
  }
});
