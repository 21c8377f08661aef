import { expect } from 'chai';
import fc from 'fast-check';
import { QianxianError } from '../../src/domain/errors.ts';
import { guardInput, maxInputDepth } from '../../src/http/input-guard.ts';

function thrownBy(input: unknown): QianxianError | undefined {
  try {
    guardInput(input);
    return undefined;
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('guardInput', () => {
  it('lets through what forms send', () => {
    expect(
      thrownBy({ content: { title: '稀土', keywords: ['甲', '乙'], budgetWan: 1.5, contact: null, ok: true } }),
    ).to.equal(undefined);
    expect(thrownBy({ text: '价格 $100，见 __proto__ 一词' })).to.equal(undefined);
    expect(thrownBy('𠮷和😀')).to.equal(undefined);
  });

  it('names reserved and operator keys wherever they are', () => {
    for (const [input, field] of [
      [JSON.parse('{"__proto__":1}'), '__proto__'],
      [JSON.parse('{"a":[{"__proto__":1}]}'), 'a.0.__proto__'],
      [{ a: { constructor: 1 } }, 'a.constructor'],
      [{ prototype: {} }, 'prototype'],
      [{ a: { $ne: null } }, 'a.$ne'],
    ] as const) {
      const error = thrownBy(input);
      expect(error?.code).to.equal('malformed');
      expect(error?.issues[0]?.field).to.equal(field);
    }
  });

  it('names texts with NUL or half characters', () => {
    const error = thrownBy({ a: 'x\u0000', b: ['好', '\ud800'], c: '\udfff' });
    expect(error?.code).to.equal('invalid');
    expect(error?.issues.map(({ field }) => field)).to.deep.equal(['a', 'b.1', 'c']);
  });

  it('stops at the depth and the number of values that are allowed', () => {
    expect(thrownBy(nested(maxInputDepth))).to.equal(undefined);
    expect(thrownBy(nested(maxInputDepth + 1))?.code).to.equal('malformed');
    expect(thrownBy(JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))?.code).to.equal('malformed');
    expect(thrownBy(Array.from({ length: 19_998 }, () => 1))).to.equal(undefined);
    expect(thrownBy(Array.from({ length: 20_001 }, () => 1))?.code).to.equal('malformed');
  });

  it('judges any JSON without an error of its own, and finds a planted fault', () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (text, plant) => {
        const value: unknown = JSON.parse(text);
        const error = thrownBy(plant ? { value, last: { $set: 1 } } : value);
        if (plant) expect(error).not.to.equal(undefined);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
