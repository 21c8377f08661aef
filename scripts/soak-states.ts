// Random sequences of actions by random people over needs, achievements, dockets, invitations, answers and partnerships, with
// every message delivered twice; see test/flow/random-people.ts for what must hold.
//   npm run soak:states -- [--sequences 10000] [--seed 1]
// Prints a line every 500 sequences and the figures; ends with 1 at the first thing that does not hold, with its trace.
import { parseArgs } from 'node:util';
import { noFigures, type RandomWorld, randomWorld } from '../test/flow/random-people.ts';

const { values } = parseArgs({
  options: { sequences: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const sequences = Number(values.sequences);
const figures = noFigures();
const started = Date.now();
let world: RandomWorld | undefined;
try {
  for (let number = 0; number < sequences; number += 1) {
    if (number % 100 === 0) {
      await world?.check();
      await world?.close();
      world = await randomWorld(figures);
      if (number % 500 === 0) console.log(`${number}/${sequences}`, JSON.stringify(figures));
    }
    await world!.run(`${values.seed}-${number}`);
  }
  await world?.check();
} finally {
  await world?.close();
}
console.log(`${((Date.now() - started) / 60_000).toFixed(1)} min (seed ${values.seed})`, JSON.stringify(figures));
