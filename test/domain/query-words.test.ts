import { expect } from 'chai';
import { queryWords } from '../../src/domain/query-words.ts';

describe('queryWords', () => {
  it('looks for words once and leaves particles out', () => {
    expect(queryWords(['稀土', '的', '抛光粉', '和', '稀土'])).to.deep.equal(['稀土', '抛光粉']);
    expect(queryWords(['treatment', 'of', 'water'])).to.deep.equal(['treatment', 'water']);
  });

  it('keeps words that stand everywhere but were asked for', () => {
    expect(queryWords(['技术', '方法'])).to.deep.equal(['技术', '方法']);
  });

  it('looks for particles where nothing else was asked', () => {
    expect(queryWords(['的', '了', '的'])).to.deep.equal(['的', '了']);
    expect(queryWords([])).to.deep.equal([]);
  });
});
