// Runs mocha files room by room, several rooms at once, in the order in which they are given. What a room printed is shown
// when it ends, so that nothing is mixed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ownChild } from './own-children.mjs';
import { root } from './prepare.mjs';

const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
const secondsSince = (started) => ((Date.now() - started) / 1000).toFixed(0);

/**
 * @param {readonly (readonly [string, readonly string[]])[]} rooms Names, and files under `test`.
 * @param {{ lanes: number, argumentsOf: (files: readonly string[]) => readonly string[],
 *   environmentOf?: (files: readonly string[]) => Record<string, string> }} options
 * @returns {Promise<number>} how many rooms failed
 */
export async function runRooms(rooms, { lanes, argumentsOf, environmentOf = () => ({}) }) {
  const waiting = [...rooms];
  let failed = 0;

  const run = (room, files) => {
    const started = Date.now();
    return new Promise((done) => {
      const child = ownChild(
        spawn(process.execPath, [mocha, ...argumentsOf(files)], {
          cwd: root,
          env: { ...process.env, ...environmentOf(files) },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
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
  };
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await run(...next);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
}
