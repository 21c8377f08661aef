// What a script leaves behind when it ends, however it ends: no process that it started, and no folder of its own.
// A SIGKILL alone cannot be helped.
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set();
const folders = new Set();

function clear() {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
process.on('exit', clear);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // `exit` is told of it, which a signal without a listener would not do.
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

/** Answers the child process, which is killed (SIGKILL) when this script ends before it. */
export function ownChild(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A new folder for temporary files that goes with this script. */
export function ownFolder(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.add(folder);
  return folder;
}
