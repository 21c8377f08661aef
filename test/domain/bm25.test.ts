import { expect } from 'chai';
import { fieldFrequency, inverseDocumentFrequency, wordScore } from '../../src/domain/bm25.ts';

describe('bm25', () => {
  it('weighs a word by how few documents hold it, always above nothing', () => {
    // ln(1 + (10 − 1 + 0.5) / (1 + 0.5)) = ln(7.333…)
    expect(inverseDocumentFrequency(1, 10)).to.be.closeTo(1.99243, 1e-5);
    // ln(1 + 0.5 / 10.5): also a word of every document counts a little
    expect(inverseDocumentFrequency(10, 10)).to.be.closeTo(0.04652, 1e-5);
    expect(inverseDocumentFrequency(2, 10)).to.be.below(inverseDocumentFrequency(1, 10));
  });

  it('counts a frequency in a field of average length as it is, less in a longer one', () => {
    expect(fieldFrequency(2, 1, 50, 50)).to.equal(2);
    expect(fieldFrequency(2, 3, 50, 50)).to.equal(6);
    // 1 / (0.25 + 0.75 × 2) = 0.5714…
    expect(fieldFrequency(1, 1, 100, 50)).to.be.closeTo(0.571429, 1e-6);
    // 1 / (0.25 + 0.75 × 0.5) = 1.6
    expect(fieldFrequency(1, 1, 25, 50)).to.be.closeTo(1.6, 1e-12);
  });

  it('saturates: half of the weight at a frequency of k1 = 1.2, never all of it', () => {
    expect(wordScore(4, 1.2)).to.be.closeTo(2, 1e-12);
    expect(wordScore(4, 1)).to.be.closeTo(4 / 2.2, 1e-12);
    expect(wordScore(4, 1e9)).to.be.below(4);
    expect(wordScore(4, 0)).to.equal(0);
  });
});
