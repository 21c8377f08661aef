import { expect } from 'chai';
import { breather } from '../../../src/steps/matching/breathe.ts';

/** Work that holds the event loop for longer than a slice. */
function busy(): void {
  const until = performance.now() + 12;
  while (performance.now() < until);
}

describe('breathing in long work', () => {
  it('hands the event loop a turn after every long stretch', async () => {
    const breathe = breather();
    let turns = 0;
    for (let stretch = 0; stretch < 5; stretch += 1) {
      setImmediate(() => {
        turns += 1;
      });
      busy();
      await breathe();
      expect(turns).to.equal(stretch + 1);
    }
  });

  it('stops work that was called off', async () => {
    const controller = new AbortController();
    const breathe = breather(controller.signal);
    busy();
    await breathe();
    controller.abort();
    busy();
    const error = await Promise.resolve(breathe()).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'unavailable');
  });
});
