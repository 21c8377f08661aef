#!/usr/bin/env node
/**
 * Shows by the system calls of a real writer that no write is acknowledged before it is on the disk: for every line that
 * the writer prints, the document in that version was written into the log, and an fsync of the log followed and ended
 * before the line. A kill alone cannot show this, because the system keeps what a killed process wrote.
 *
 * Usage: node scripts/check-fsync.mjs [better-sqlite3|node:sqlite]
 * Needs strace; without it, says so and ends with 0.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const driver = process.argv[2] ?? '';
const traced = 'fsync,fdatasync,write,pwrite64';

if (spawnSync('strace', ['-e', 'trace=none', 'true']).status !== 0) {
  console.log('skipped: strace is not installed here, or may not trace (on Debian: apt-get install strace)');
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'qianxian-fsync-'));
try {
  const trace = join(folder, 'trace');
  const writer = ['--import=tsx', 'test/engines/record-writer.ts', folder, 'w', '3', '20', '100', driver].filter(
    Boolean,
  );
  const run = spawnSync(
    'strace',
    ['-f', '-y', '-s', '5000', '-e', `trace=${traced}`, '-o', trace, process.execPath, ...writer],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (run.status !== 0 || !run.stdout.includes('\ndone\n')) {
    throw new Error(`the writer did not get through: ${run.stdout.slice(-300)}${run.stderr.slice(-2_000)}`);
  }
  const { acknowledged, syncs, faults } = judge(readCalls(readFileSync(trace, 'utf8')));
  for (const fault of faults.slice(0, 10)) console.error(fault);
  console.log(
    `${acknowledged} acknowledgements, ${syncs} fsyncs of the log, ${faults.length} acknowledgements before their fsync`,
  );
  const expected = run.stdout.split('\n').filter((line) => / \d+$/.test(line)).length;
  if (acknowledged !== expected || acknowledged === 0) {
    throw new Error(`the trace shows ${acknowledged} acknowledgements, the writer printed ${expected}`);
  }
  if (faults.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * The calls of a trace in the order in which they ended, each on one line of its own.
 * @param {string} text
 * @returns {string[]}
 */
function readCalls(text) {
  /** @type {Map<string, string>} Calls that another thread's calls cut in two, by thread. */
  const begun = new Map();
  const calls = [];
  for (const line of text.split('\n')) {
    const [, thread, call] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    if (call.endsWith('<unfinished ...>')) begun.set(thread, call.slice(0, -'<unfinished ...>'.length));
    else if (call.startsWith('<... '))
      // strace leaves a blank where it cuts, so that the end of a cut fsync would not read as that of a whole one.
      calls.push((begun.get(thread) ?? '').trimEnd() + call.replace(/^<\.\.\. \w+ resumed>\s*/, ''));
    else calls.push(call);
  }
  return calls;
}

/**
 * Goes through the calls and finds acknowledgements that came too early.
 * @param {string[]} calls
 */
function judge(calls) {
  /** What has been written into the log, and not been followed by an fsync of it. */
  let waiting = '';
  /** What the log is known to have on the disk. */
  let safe = '';
  let acknowledged = 0;
  let syncs = 0;
  const faults = [];
  for (const call of calls) {
    if (/^(pwrite64|write)\(\d+<[^>]*-wal>/.test(call)) waiting += `${call}\n`;
    else if (/^(fsync|fdatasync)\(\d+<[^>]*-wal>\)\s+= 0/.test(call)) {
      syncs++;
      safe += waiting;
      waiting = '';
    } else {
      const line = /^write\(1<[^>]*>, "(insert|update|remove) (\S+) (\d+)\\n"/.exec(call);
      if (!line) continue;
      acknowledged++;
      const [, kind, id, version] = line;
      // A removal leaves no text to look for: nothing at all may wait for its fsync then.
      const document = `{\\"id\\":\\"${id}\\",\\"version\\":${version},`;
      if (kind === 'remove' ? waiting !== '' : !safe.includes(document)) {
        faults.push(`acknowledged before its fsync: ${kind} ${id} ${version}`);
      }
    }
  }
  return { acknowledged, syncs, faults };
}
