// Runs the mocha files room by room, as many rooms at once as the machine has cores (at most four), the longest first.
// A room is a folder of `test`; a file that takes minutes is a room of its own. Coverage, when c8 started this, is that of
// all rooms together.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { root } from './prepare.mjs';
import { runRooms } from './run-rooms.mjs';

// Minutes each, the longest first, so that none is left over at the end; a file of a folder may have a room of its own.
const longest = [
  'web',
  'engines',
  'steps',
  'cli',
  'http/access.test.ts',
  'http',
  'flow/random-people.test.ts',
  'http/property.test.ts',
  'flow/walk.test.ts',
  'flow',
];
const alone = longest.filter((name) => name.endsWith('.test.ts'));

/** @type {Map<string, string[]>} Files of each room. */
const rooms = new Map(longest.map((name) => [name, alone.includes(name) ? [name] : []]));
for (const path of readdirSync(join(root, 'test'), { recursive: true }).sort()) {
  const file = String(path).split(sep).join('/');
  if (!file.endsWith('.test.ts') || alone.includes(file)) continue;
  const room = file.includes('/') ? file.slice(0, file.indexOf('/')) : 'whole';
  rooms.set(room, [...(rooms.get(room) ?? []), file]);
}

const failed = await runRooms(
  [...rooms].filter(([, files]) => files.length > 0),
  {
    lanes: Math.min(4, availableParallelism()),
    argumentsOf: () => [],
    environmentOf: (files) => ({ QIANXIAN_TEST_FILES: files.join(',') }),
  },
);
process.exitCode = failed === 0 ? 0 : 1;
