import { expect } from 'chai';
import type { EntryState } from '../../src/domain/entry.ts';
import { lossOf } from '../../src/domain/pair-standing.ts';

describe('why a pair has lost a side', () => {
  const published = { content: {}, at: '', by: '', revision: 1 };
  for (const [state, wasPublished, loss] of [
    ['published', true, null],
    ['archived', false, null],
    // An archived record that somebody completes goes this way for the first time.
    ['draft', false, null],
    ['submitted', false, null],
    ['returned', false, null],
    ['withdrawn', true, '需求已撤回'],
    ['expired', true, '需求已过期'],
    // It expired and is examined anew: nobody but its author and the bureau sees it.
    ['submitted', true, '需求已过期'],
    ['returned', true, '需求已过期'],
  ] as [EntryState, boolean, string | null][]) {
    it(`${state}${wasPublished ? ', once published' : ''}: ${loss ?? 'none'}`, () =>
      expect(lossOf('need', { state, published: wasPublished ? published : null })).to.equal(loss));
  }
  it('a record that is gone', () => expect(lossOf('achievement', undefined)).to.equal('成果已删除'));
});
