// Runs the mocha files room by room, as many rooms at once as the machine has cores (at most four), the longest first.
// A room is a folder of `test`; a file that takes minutes is a room of its own. What a room printed is shown when it
// ends, so that nothing is mixed. Coverage, when c8 started this, is that of all rooms together.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
// Minutes each, in this order; the rest follows by folder.
const long = ['http/property.test.ts', 'flow/walk.test.ts', 'http/access.test.ts', 'flow/random-people.test.ts'];
const longFolders = ['engines', 'http', 'steps', 'flow', 'cli'];

/** @type {Map<string, string[]>} Files of each room. */
const rooms = new Map(long.map((file) => [file, [file]]));
for (const folder of longFolders) rooms.set(folder, []);
for (const path of readdirSync(join(root, 'test'), { recursive: true }).sort()) {
  const file = String(path).split(sep).join('/');
  if (!file.endsWith('.test.ts') || long.includes(file)) continue;
  const room = file.includes('/') ? file.slice(0, file.indexOf('/')) : 'whole';
  rooms.set(room, [...(rooms.get(room) ?? []), file]);
}

const waiting = [...rooms].filter(([, files]) => files.length > 0);
let failed = 0;

/** @param {string} room @param {string[]} files @returns {Promise<void>} */
function run(room, files) {
  const started = Date.now();
  return new Promise((done) => {
    const child = spawn(process.execPath, [mocha], {
      cwd: root,
      env: { ...process.env, QIANXIAN_TEST_FILES: files.join(',') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let shown = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        shown += text;
      });
    }
    child.on('close', (code, signal) => {
      if (code !== 0) failed++;
      const verdict = code === 0 ? 'ok' : `FAILED (${signal ?? `exit ${code}`})`;
      process.stdout.write(`\n-- ${room}${shown.trimEnd()}\n-- ${room}: ${verdict} (${secondsSince(started)} s)\n`);
      done();
    });
  });
}

/** @param {number} started */
function secondsSince(started) {
  return ((Date.now() - started) / 1000).toFixed(0);
}

async function lane() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await run(...next);
}

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
process.exitCode = failed === 0 ? 0 : 1;
