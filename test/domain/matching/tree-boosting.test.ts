import { expect } from 'chai';
import { type BoostedTrees, treeScorer, walkingScorer } from '../../../src/domain/matching/boosted-trees.ts';
import {
  type BoostingOptions,
  binaryLoss,
  binRows,
  boostTrees,
  listLoss,
} from '../../../src/domain/matching/tree-boosting.ts';
import { seededRandom } from '../../../src/domain/seeded-random.ts';

const options = (monotone: readonly number[] = [0, 0, 0]): BoostingOptions => ({
  trees: 60,
  leaves: 6,
  rate: 0.1,
  leastRows: 10,
  ridge: 1,
  rowShare: 0.8,
  featureShare: 1,
  monotone,
  random: seededRandom('boosting'),
});
const random = seededRandom('rows');
const rows = Array.from({ length: 800 }, () => Float64Array.from([random(), random(), Math.round(random() * 3) / 3]));
const all = Int32Array.from(rows, (_, i) => i);
const set = binRows(rows, 3);

describe('binning', () => {
  it('puts equal values together and keeps their order', () => {
    expect(set.thresholds[2]).to.have.length(3);
    rows.forEach((row, i) => {
      for (let f = 0; f < 3; f += 1) {
        const cuts = set.thresholds[f]!;
        const bin = set.bins[f]![i]!;
        if (bin > 0) expect(row[f]!).to.be.greaterThan(cuts[bin - 1]!);
        if (bin < cuts.length) expect(row[f]!).to.be.at.most(cuts[bin]!);
      }
    });
    expect(binRows([Float64Array.of(1), Float64Array.of(1)], 1).thresholds[0]).to.deep.equal([]);
  });
});

describe('boosting', () => {
  it('learns what depends on two features at once', () => {
    const outcomes = rows.map(([a, b]) => (a! > 0.5 !== b! > 0.5 ? 1 : 0));
    const { score } = treeScorer(boostTrees(set, all, binaryLoss(outcomes, all), options()));
    const right = rows.filter((row, i) => score(row) > 0 === (outcomes[i] === 1)).length;
    expect(right / rows.length).to.be.greaterThan(0.95);
  });

  it('never falls with a feature that it may not fall with, whatever the outcomes say', () => {
    const outcomes = rows.map(([a, b]) => (a! < 0.3 || b! > 0.6 ? 1 : 0));
    const { score } = treeScorer(boostTrees(set, all, binaryLoss(outcomes, all), options([1, 0, -1])));
    for (const row of rows.slice(0, 100)) {
      let before = Number.NEGATIVE_INFINITY;
      for (let value = -0.1; value <= 1.1; value += 0.02) {
        const now = score([value, row[1]!, row[2]!]);
        expect(now).to.be.at.least(before - 1e-12);
        before = now;
      }
    }
    const free = treeScorer(boostTrees(set, all, binaryLoss(outcomes, all), options()));
    expect(free.score([0.1, 0.2, 0])).to.be.greaterThan(free.score([0.6, 0.2, 0]));
  });

  it('orders within lists, whatever their general level', () => {
    // The list's number shifts every gain: only the difference within a list tells.
    const lists = Array.from({ length: 40 }, (_, list) => all.filter((row) => row % 40 === list));
    const gains = rows.map(([a], i) => 2 ** (Math.floor(a! * 3) + (i % 2)));
    const { score } = treeScorer(boostTrees(set, all, listLoss(gains, lists, seededRandom('gains')), options()));
    let right = 0;
    let compared = 0;
    for (const list of lists) {
      for (let i = 1; i < list.length; i += 1) {
        const [one, other] = [rows[list[i - 1]!]!, rows[list[i]!]!];
        if (Math.abs(one[0]! - other[0]!) < 0.34) continue;
        compared += 1;
        if (score(one) > score(other) === one[0]! > other[0]!) right += 1;
      }
    }
    expect(right / compared).to.be.greaterThan(0.97);
  });

  it('repeats to the digit, and sees nothing of rows that it is not given', () => {
    const outcomes = rows.map(([a]) => (a! > 0.5 ? 1 : 0));
    const some = all.filter((row) => row % 2 === 0);
    const grown = JSON.stringify(boostTrees(set, some, binaryLoss(outcomes, some), options()));
    const turned = outcomes.map((one, row) => (row % 2 === 0 ? one : 1 - one));
    expect(JSON.stringify(boostTrees(set, some, binaryLoss(turned, some), options()))).to.equal(grown);
  });

  it('stands too few rows and outcomes that are all the same', () => {
    const few = all.slice(0, 5);
    expect(treeScorer(boostTrees(set, few, binaryLoss([1, 0, 1, 0, 1], few), options())).score(rows[0]!)).to.be.finite;
    const same = boostTrees(
      set,
      all,
      binaryLoss(
        rows.map(() => 0),
        all,
      ),
      options(),
    );
    expect(treeScorer(same).score(rows[0]!)).to.be.lessThan(-3);
  });
});

describe('answers of trees', () => {
  const outcomes = rows.map(([a, b]) => (a! > 0.5 !== b! > 0.5 ? 1 : 0));
  const grown = (leaves: number): BoostedTrees =>
    boostTrees(set, all, binaryLoss(outcomes, all), { ...options(), leaves, leastRows: 2 });

  it('are those of walking from the root, on thresholds, beside them and without a number, for small trees and large', () => {
    for (const trees of [grown(6), grown(32), grown(60)]) {
      const [fast, walked] = [treeScorer(trees), walkingScorer(trees)];
      const values = [...trees.threshold.slice(0, 40), -1, 2, Number.NaN, Number.POSITIVE_INFINITY];
      const vectors = [...rows.slice(0, 100), ...values.map((value, i) => [value, values[(i * 7) % 40]!, 0.5])];
      for (const vector of vectors) expect(fast.score(vector)).to.equal(walked.score(vector));
    }
  });

  it('are the one leaf of a tree that asks nothing', () => {
    const trees = { base: 1, roots: [~0], feature: [], threshold: [], left: [], right: [], leaves: [2] };
    expect(treeScorer(trees).score([])).to.equal(3);
    expect(walkingScorer(trees).score([])).to.equal(3);
  });
});
