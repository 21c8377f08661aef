import { expect } from 'chai';
import { noFigures, type RandomWorld, randomWorld } from './random-people.ts';

/** So many, or as many as go into the time, but some at least; `npm run soak:states` runs ten thousand. */
const sequences = 300;
const fewest = 60;
const timeMs = 60_000;

describe('random people on needs, achievements, dockets, invitations, answers and partnerships', function () {
  this.timeout(600_000);

  it('never reach an unknown state, see a contact before consent or cause anything twice, also where the process is killed', async () => {
    const figures = noFigures();
    let world: RandomWorld | undefined;
    try {
      const began = performance.now();
      for (let number = 0; number < sequences; number += 1) {
        if (number >= fewest && performance.now() - began > timeMs) break;
        if (number % 60 === 0) {
          await world?.check();
          await world?.close();
          world = await randomWorld(figures);
        }
        await world!.run(`people-${number}`);
      }
      await world?.check();
    } finally {
      await world?.close();
    }
    // What was to be tried was tried.
    for (const key of ['agreed', 'answersSent', 'mails', 'messages', 'looks', 'kills', 'refused'] as const) {
      expect(figures[key], key).to.be.above(figures.sequences / 30);
    }
    expect(figures.contactsShown).to.be.above(0);
  });
});
