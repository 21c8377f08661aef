// All engine suites, embedded and cluster, against real servers: MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL must be set.
// Every suite makes databases, indices and keys of its own and removes them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';

const missing = ['MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL'].filter((name) => !process.env[name]);
if (missing.length > 0) {
  process.stderr.write(`set ${missing.join(', ')}: these tests are about real servers\n`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const folder = join(root, 'test', 'engines');
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    '--no-config',
    '--import=tsx',
    '--timeout=120000',
    ...process.argv.slice(2),
    ...files.map((name) => join(folder, name)),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test' } },
);
process.exit(status ?? 1);
