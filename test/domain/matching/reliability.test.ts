import { expect } from 'chai';
import {
  featureGroup,
  featureGroups,
  featureShares,
  withoutGroup,
} from '../../../src/domain/matching/feature-shares.ts';
import { featureCount } from '../../../src/domain/matching/features.ts';
import { stageFeatures } from '../../../src/domain/matching/ranker-model.ts';
import { reliabilityTable } from '../../../src/domain/matching/reliability.ts';
import { madeModel } from './made-model.ts';

describe('reliability', () => {
  it('sets what was said beside what was seen, range by range', () => {
    const table = reliabilityTable([
      { said: 0.02, seen: false },
      { said: 0.45, seen: true },
      { said: 0.41, seen: false },
      { said: 1, seen: true },
    ]);
    expect(table).to.deep.equal([
      { from: 0, to: 0.05, pairs: 1, said: 0.02, seen: 0 },
      { from: 0.4, to: 0.5, pairs: 2, said: 0.43, seen: 0.5 },
      { from: 0.7, to: 1, pairs: 1, said: 1, seen: 1 },
    ]);
    expect(reliabilityTable([])).to.deep.equal([]);
  });
});

describe('shares of the features', () => {
  it('go to the features that move the order, and add up to 1', () => {
    const vectors = [0, 1].map((value) => {
      const vector = new Float64Array(featureCount);
      vector[stageFeatures.pair.indexOf('longestRun')] = value;
      vector[stageFeatures.pair.indexOf('meaningOfNeed')] = value / 2;
      vector[stageFeatures.pair.indexOf('titleLength')] = value;
      return vector;
    });
    const shares = featureShares(madeModel().pair, vectors, (row) => 1 - row);
    expect(shares.slice(0, 2).map(({ feature }) => feature)).to.deep.equal(['longestRun', 'meaningOfNeed']);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-9);
    expect(shares.find(({ feature }) => feature === 'titleLength')?.share).to.equal(0);
    const still = featureShares(madeModel().pair, vectors, (row) => row);
    expect(still.every(({ share }) => share === 0)).to.equal(true);
  });

  it('belong to one group each', () => {
    expect(featureGroup('wordsMeantOfTitle')).to.equal('meaning');
    expect(featureGroup('wordsOfNeed')).to.equal('words');
    expect(featureGroup('bigramCosine')).to.equal('characters');
    expect(featureGroup('needLength')).to.equal('record');
    expect(featureGroup('listMeaning')).to.equal('list');
    const sizes = featureGroups.map((group) => stageFeatures.list.length - withoutGroup(group).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(stageFeatures.list.length);
    expect(Math.min(...sizes)).to.be.greaterThan(0);
  });
});
