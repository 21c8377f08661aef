// Starts the service as `npm start` does, waits until it is ready, reads one page, stops it by SIGTERM.
// Answers 0 when every step went well; says how long the install and the start took.
import { spawn } from 'node:child_process';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';

const installing = Date.now();
ensureInstalled();
const building = Date.now();
ensureBuilt();
const starting = Date.now();
const child = spawn(process.execPath, ['scripts/start.mjs', '--json'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const limit = setTimeout(() => {
  console.error('not ready after 120 s');
  child.kill('SIGKILL');
}, 120_000);
let said = '';
child.stdout.setEncoding('utf8');
child.stdout.on('data', (chunk) => {
  said += chunk;
  let ready;
  try {
    ready = JSON.parse(said);
  } catch {
    return;
  }
  const readyAt = Date.now();
  (async () => {
    const response = await fetch(`${ready.url}/readyz`);
    console.log(
      `install ${((building - installing) / 1000).toFixed(1)} s, build ${((starting - building) / 1000).toFixed(1)} s, ` +
        `ready after ${((readyAt - starting) / 1000).toFixed(1)} s, /readyz ${response.status}`,
    );
    if (response.status !== 200) process.exitCode = 1;
    child.kill('SIGTERM');
  })().catch((error) => {
    console.error(error);
    process.exitCode = 1;
    child.kill('SIGKILL');
  });
});
child.on('exit', (code) => {
  clearTimeout(limit);
  if (code !== 0) process.exitCode = 1;
});
