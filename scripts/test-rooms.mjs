// Runs the mocha files room by room, as many rooms at once as the machine has cores (at most four), the longest first.
// A room is a folder of `test`; a file that takes minutes is a room of its own. Coverage, when c8 started this, is that of
// all rooms together.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { root } from './prepare.mjs';
import { runRooms } from './run-rooms.mjs';

// Minutes each, in this order; the rest follows by folder.
const long = ['http/property.test.ts', 'flow/walk.test.ts', 'http/access.test.ts', 'flow/random-people.test.ts'];
const longFolders = ['engines', 'cli', 'http', 'steps', 'flow'];

/** @type {Map<string, string[]>} Files of each room. */
const rooms = new Map(long.map((file) => [file, [file]]));
for (const folder of longFolders) rooms.set(folder, []);
for (const path of readdirSync(join(root, 'test'), { recursive: true }).sort()) {
  const file = String(path).split(sep).join('/');
  if (!file.endsWith('.test.ts') || long.includes(file)) continue;
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
