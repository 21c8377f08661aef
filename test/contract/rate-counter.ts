import { expect } from 'chai';
import type { RateCounter } from '../../src/ports/rate-counter.ts';

export interface RateCounterUnderTest {
  readonly counter: RateCounter;
  /** The counter of another process on the same engine; null where an engine has one process. */
  readonly another: RateCounter | null;
  /** Lets so many milliseconds go by. */
  pass(ms: number): Promise<void>;
  /** Milliseconds of the clock by which windows go. */
  now(): number;
  destroy(): Promise<void>;
}

const longMs = 60_000;
const shortMs = 300;

/** What every rate counter promises. */
export function rateCounterContract(name: string, factory: () => Promise<RateCounterUnderTest>): void {
  describe(`rate counter: ${name}`, () => {
    let under: RateCounterUnderTest;
    let counter: RateCounter;
    beforeEach(async () => {
      under = await factory();
      counter = under.counter;
    });
    afterEach(() => under.destroy());

    const counts = async (key: string, times: number, from = counter): Promise<number[]> => {
      const found: number[] = [];
      for (let time = 0; time < times; time += 1) found.push((await from.hit(key, longMs)).count);
      return found;
    };

    it('counts the hits of a key, each key for itself', async () => {
      expect(await counts('一', 3)).to.deep.equal([1, 2, 3]);
      expect(await counts('二', 2)).to.deep.equal([1, 2]);
      expect(await counts('一', 1)).to.deep.equal([4]);
    });

    it('counts hits that come at once, none of them twice', async () => {
      const hits = await Promise.all(Array.from({ length: 50 }, () => counter.hit('key', longMs)));
      expect(hits.map(({ count }) => count).sort((a, b) => a - b)).to.deep.equal(
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
    });

    it('ends a window as long after its first hit as it is wide, whatever comes in between', async () => {
      const before = under.now();
      const first = await counter.hit('key', longMs);
      const after = under.now();
      const second = await counter.hit('key', longMs);
      for (const { resetAt } of [first, second]) {
        expect(resetAt.getTime()).to.be.within(before + longMs - (under.now() - before) - 1, after + longMs + 1);
      }
    });

    it('begins another window when one has run out', async () => {
      const first = await counter.hit('key', shortMs);
      let last = first;
      let next = await counter.hit('key', shortMs);
      while (next.count !== 1) {
        expect(next.count).to.equal(last.count + 1);
        last = next;
        await under.pass(shortMs / 5);
        next = await counter.hit('key', shortMs);
      }
      expect(last.count).to.be.greaterThan(1);
      expect(under.now()).to.be.at.least(first.resetAt.getTime() - 1);
      expect(next.resetAt.getTime()).to.be.greaterThan(first.resetAt.getTime());
    });

    it('forgets a key', async () => {
      await counts('key', 5);
      await counts('other', 2);
      await counter.forget('key');
      await counter.forget('never hit');
      expect(await counts('key', 1)).to.deep.equal([1]);
      expect(await counts('other', 1)).to.deep.equal([3]);
    });

    it('takes a hit back, and nothing where there is none', async () => {
      await counts('key', 3);
      await counter.takeBack('key');
      expect(await counts('key', 1)).to.deep.equal([3]);
      for (let time = 0; time < 5; time += 1) await counter.takeBack('key');
      expect(await counts('key', 2)).to.deep.equal([1, 2]);
      await counter.takeBack('never hit');
      expect(await counts('never hit', 1)).to.deep.equal([1]);
    });

    it('takes any key', async () => {
      for (const key of ['', ' ', '键:\n*', '\u0000', '__proto__', 'k'.repeat(100_000)]) {
        expect(await counts(key, 2), key.slice(0, 20)).to.deep.equal([1, 2]);
      }
    });

    it('counts together with other processes, where there can be any', async () => {
      // An engine of one process has nobody to count with: then the key is counted here alone.
      if (!under.another) {
        expect(await counts('key', 3)).to.deep.equal([1, 2, 3]);
        return;
      }
      expect(await counts('key', 2)).to.deep.equal([1, 2]);
      expect(await counts('key', 2, under.another)).to.deep.equal([3, 4]);
      expect(await counts('key', 1)).to.deep.equal([5]);
      await counter.forget('key');
      expect(await counts('key', 1)).to.deep.equal([1]);
    });
  });
}
