// Random sequences of actions by random people over needs, achievements, dockets, invitations, answers and partnerships, with
// every message delivered twice and the process killed in between; see test/flow/random-people.ts for what must hold.
//   npm run soak:states -- [--sequences 10000] [--seed 1] [--from 0] [--disk]
// Prints a line every 500 sequences and the figures; ends with 1 at the first thing that does not hold, with its trace, whose first
// line is the seed. `--from` begins at that sequence, so that ten thousand can be run in pieces. The stores are kept in memory
// (/dev/shm) where that is there, since what is looked for is not durability; `--disk` keeps them in the folder for temporary files.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { noFigures, type RandomWorld, randomWorld } from '../test/flow/random-people.ts';

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    disk: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const end = from + Number(values.sequences);
const memory = '/dev/shm';
const folder = !values.disk && existsSync(memory) ? mkdtempSync(`${memory}/qianxian-soak-`) : undefined;
if (folder !== undefined) process.env.TMPDIR = folder;
const figures = noFigures();
const started = Date.now();
let world: RandomWorld | undefined;
try {
  for (let number = from; number < end; number += 1) {
    if (number === from || number % 100 === 0) {
      await world?.check();
      await world?.close();
      world = await randomWorld(figures);
      if (number % 500 === 0)
        console.log(`${number}/${end}`, JSON.stringify({ ...figures, pages: figures.pages.size }));
    }
    await world!.run(`${values.seed}-${number}`);
  }
  await world?.check();
} finally {
  await world?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${((Date.now() - started) / 60_000).toFixed(1)} min (seed ${values.seed})`,
  JSON.stringify({ ...figures, pages: figures.pages.size }),
);
