import { expect } from 'chai';
import { createRateCounter } from '../../src/engines/embedded/rate-counter.ts';
import { rateCounterContract } from '../contract/rate-counter.ts';

rateCounterContract('embedded', async () => {
  let now = Date.UTC(2026, 10, 23);
  return {
    counter: createRateCounter({ now: () => now }),
    another: null,
    async pass(ms) {
      now += ms;
    },
    now: () => now,
    async destroy() {},
  };
});

describe('rate counter: embedded, its memory', () => {
  let now = 0;
  beforeEach(() => {
    now = 1_000_000;
  });
  const counterOf = (mostKeys: number) => createRateCounter({ mostKeys, now: () => now });

  it('is bounded, and windows that have run out make room first', async () => {
    const counter = counterOf(3);
    await counter.hit('old', 10);
    for (const key of ['a', 'b']) await counter.hit(key, 1_000);
    now += 10;
    await counter.hit('c', 1_000);
    expect(counter.size).to.equal(3);
    expect((await counter.hit('a', 1_000)).count).to.equal(2);
    for (let key = 0; key < 1_000; key += 1) await counter.hit(`flood ${key}`, 1_000);
    expect(counter.size).to.equal(3);
  });

  it('does not let a flood of keys wipe out a source near its limit', async () => {
    const counter = counterOf(10);
    for (let hit = 0; hit < 9; hit += 1) await counter.hit('guesser', 1_000);
    for (let key = 0; key < 1_000; key += 1) await counter.hit(`flood ${key}`, 1_000);
    expect((await counter.hit('guesser', 1_000)).count).to.equal(10);
  });

  it('lets no window last longer because the clock was set back', async () => {
    const counter = counterOf(10);
    await counter.hit('key', 1_000);
    now -= 3_600_000;
    const { count, resetAt } = await counter.hit('key', 1_000);
    expect(count).to.equal(1);
    expect(resetAt.getTime()).to.equal(now + 1_000);
  });
});
