import { expect } from 'chai';
import mongoose from 'mongoose';
import { QianxianError } from '../../src/domain/errors.ts';
import { createMongoGate } from '../../src/engines/cluster/mongo-gate.ts';
import { inRequestTime, outsideRequestTime } from '../../src/ports/request-time.ts';

const { MongoNetworkError, MongoServerError } = mongoose.mongo;
const slow = () =>
  new MongoServerError({ message: 'operation exceeded time limit', code: 50, codeName: 'MaxTimeMSExpired' });

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    expect(error).to.be.instanceOf(QianxianError);
    return (error as QianxianError).code;
  }
}

describe('the gate before MongoDB', () => {
  /** More calls than are let through at once, of which the first ends with this error. */
  const outcomesBehind = async (error: Error): Promise<unknown[]> => {
    const gate = createMongoGate(5_000);
    let letEnd = () => {};
    const door = new Promise<void>((resolve) => {
      letEnd = resolve;
    });
    const first = outcomeOf(
      gate.run(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw error;
      }),
    );
    const others = Array.from({ length: 63 }, () => outcomeOf(gate.run(() => door.then(() => 'answered'))));
    const waiting = Array.from({ length: 10 }, () => outcomeOf(gate.run(async () => 'answered')));
    const outcomes = [await first, ...(await Promise.all(waiting))];
    letEnd();
    expect(new Set(await Promise.all(others))).to.deep.equal(new Set(['answered']));
    await gate.close();
    return outcomes;
  };

  it('lets those who wait behind one slow call go on', async () => {
    expect(await outcomesBehind(slow())).to.deep.equal(['unavailable', ...Array(10).fill('answered')]);
  });

  it('answers those at once who wait behind a call that the server did not answer', async () => {
    const outcomes = await outcomesBehind(new MongoNetworkError('connection closed'));
    expect(outcomes).to.deep.equal(Array(11).fill('unavailable'));
  });

  it('lets the answer to its one try come in, however soon those whom it refuses ask again', async () => {
    const gate = createMongoGate(5_000);
    const lost = () => Promise.reject(new MongoNetworkError('connection closed'));
    for (let n = 0; n < 16; n++) expect(await outcomeOf(gate.run(lost))).to.equal('unavailable');
    await new Promise((resolve) => setTimeout(resolve, 300));
    let isBack = false;
    const one = gate.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      isBack = true;
    });
    // Without end where nothing that waits for its turn gets one; so many refusals take a second or two at the most.
    let asked = 0;
    while (!isBack && asked < 1_000_000) {
      asked += 1;
      await outcomeOf(gate.run(async () => 'answered'));
    }
    expect(isBack, `after ${asked} refusals`).to.equal(true);
    await one;
    await gate.close();
  });

  it('says once that the login is refused, until it is taken again, and lets what comes wait', async () => {
    let heard = 0;
    const gate = createMongoGate(5_000, { refused: () => heard++ });
    const denied = () => Promise.reject(new MongoServerError({ message: 'Authentication failed', code: 18 }));
    for (let n = 0; n < 3; n++) expect(await outcomeOf(gate.run(denied))).to.equal('unavailable');
    expect(heard).to.equal(1);
    await gate.run(async () => 'answered');
    expect(await outcomeOf(gate.run(denied))).to.equal('unavailable');
    expect(heard).to.equal(2);
    await gate.close();
  });

  describe('in the time of a request', () => {
    const requestMs = 500;
    const never = () => new Promise<never>(() => {});
    const answersIn = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms, 'answered'));

    /** How a request of these calls ends, one after the other, and after how many milliseconds. */
    const asked = async (
      gate: ReturnType<typeof createMongoGate>,
      calls: readonly (() => Promise<unknown>)[],
    ): Promise<{ outcome: unknown; ms: number }> => {
      const began = performance.now();
      const outcome = await inRequestTime(requestMs, async () => {
        let last: unknown;
        for (const call of calls) last = await outcomeOf(gate.run(call));
        return last;
      });
      return { outcome, ms: performance.now() - began };
    };

    it('gives up a call past its end when the server is silent, however late the call began', async () => {
      const gate = createMongoGate(4_000, { ask: never });
      const { outcome, ms } = await asked(gate, [answersIn(230), answersIn(230), never]);
      expect(outcome).to.equal('unavailable');
      expect(ms).to.be.within(requestMs, requestMs + 1_500);
    });

    it('waits for a slow call of a server that still answers', async () => {
      const gate = createMongoGate(4_000, { ask: answersIn(30) });
      const { outcome, ms } = await asked(gate, [answersIn(230), answersIn(230), answersIn(1_500)]);
      expect(outcome).to.equal('answered');
      expect(ms).to.be.greaterThan(1_900);
    });

    it('takes the answers to others for signs of life', async () => {
      const gate = createMongoGate(4_000, { ask: never });
      const others = setInterval(() => outsideRequestTime(() => gate.run(answersIn(10))), 100);
      const { outcome } = await asked(gate, [answersIn(1_500)]).finally(() => clearInterval(others));
      expect(outcome).to.equal('answered');
    });

    it('refuses at once what is asked past its end after a call that was not answered', async () => {
      const gate = createMongoGate(100, { ask: never });
      let sent = false;
      const { outcome } = await asked(gate, [
        never,
        async () => {
          sent = true;
        },
      ]);
      expect(outcome).to.equal('unavailable');
      expect(sent).to.equal(false);
    });

    it('asks nothing more for a request of which one call was given up', async () => {
      const silent = createMongoGate(4_000, { ask: never });
      const other = createMongoGate(4_000, { ask: answersIn(10) });
      const outcomes = await inRequestTime(requestMs, async () => [
        await outcomeOf(silent.run(never)),
        await outcomeOf(other.run(answersIn(10))),
      ]);
      expect(outcomes).to.deep.equal(['unavailable', 'unavailable']);
      expect(await other.run(answersIn(10))).to.equal('answered');
    });

    it('does not send what was given up while it waited for its turn', async () => {
      const gate = createMongoGate(4_000, { ask: never });
      let letEnd = () => {};
      const door = new Promise<void>((resolve) => {
        letEnd = resolve;
      });
      const before = Array.from({ length: 64 }, () => gate.run(() => door));
      let sent = false;
      const { outcome } = await asked(gate, [
        async () => {
          sent = true;
        },
      ]);
      expect(outcome).to.equal('unavailable');
      letEnd();
      await Promise.all(before);
      await gate.close();
      expect(sent).to.equal(false);
    });

    it('bounds neither background work nor what was lifted out of it', async () => {
      const gate = createMongoGate(4_000, { ask: never });
      expect(await outsideRequestTime(() => outcomeOf(gate.run(answersIn(1_000))))).to.equal('answered');
      const lifted = inRequestTime(1, async (time) => {
        const waiting = outcomeOf(gate.run(answersIn(1_000)));
        time.lift();
        return waiting;
      });
      expect(await lifted).to.equal('answered');
    });
  });
});
