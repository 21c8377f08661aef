// `npm test`: installs what is missing, then everything that must hold, cheapest first. Stops at the first failure.
// `npm test -- FILE…` runs only these mocha files.
import { spawnSync } from 'node:child_process';
import { join, relative, resolve, sep } from 'node:path';
import { ensureBuilt, ensureInstalled, ensurePagesBuilt, root } from './prepare.mjs';

ensureInstalled();

const bin = (name) => join(root, 'node_modules', ...name.split('/'));
const node = process.execPath;
const files = process.argv.slice(2);

function step(title, args, env = {}) {
  process.stdout.write(`\n== ${title}\n`);
  const started = Date.now();
  const result = spawnSync(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'test', NO_UPDATE_NOTIFIER: '1', ...env },
  });
  process.stdout.write(
    `== ${title}: ${result.status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  if (result.status !== 0) process.exit(result.status ?? 1);
}

if (files.length > 0) {
  if (files.some((file) => file.includes('web'))) ensurePagesBuilt();
  const named = files.map((file) => relative(join(root, 'test'), resolve(file)).split(sep).join('/'));
  step('mocha', [bin('mocha/bin/mocha.js'), '--reporter=spec', '--timeout=120000'], {
    QIANXIAN_TEST_FILES: named.join(','),
  });
  process.exit(0);
}

step('format and lint (biome)', [bin('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings', '.']);
step('types (tsc)', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']);
step('types of the pages (tsc)', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'src/web/tsconfig.json']);
step('rules of import (dependency-cruiser)', [
  bin('dependency-cruiser/bin/dependency-cruise.mjs'),
  '--config',
  '.dependency-cruiser.cjs',
  'src',
]);
ensureBuilt();
step('tests (mocha, coverage by c8)', [
  bin('c8/bin/c8.js'),
  '--config',
  '.c8rc.json',
  node,
  join(root, 'scripts', 'test-rooms.mjs'),
]);
