import { expect } from 'chai';
import mongoose from 'mongoose';
import { QianxianError } from '../../src/domain/errors.ts';
import { createMongoGate } from '../../src/engines/cluster/mongo-gate.ts';

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
});
