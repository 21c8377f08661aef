import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Runs the tests of the engines of both families, and says which servers were not there to test against. */
const root = fileURLToPath(new URL('..', import.meta.url));
const servers = { MONGODB_URI: 'MongoDB', ELASTICSEARCH_URL: 'Elasticsearch', REDIS_URL: 'Redis' };
const missing = Object.entries(servers).filter(([name]) => !process.env[name]);
const specs = readdirSync(`${root}/test/engines`, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.test.ts'))
  .sort()
  .map((file) => `test/engines/${file}`);

const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
const { status } = spawnSync(
  process.execPath,
  [mocha, '--no-config', '--import=tsx', '--timeout', '120000', '--forbid-only', '--reporter', 'dot', ...specs],
  { cwd: root, stdio: 'inherit' },
);
for (const [name, server] of missing) console.log(`skipped: tests against ${server}, because ${name} is not set`);
process.exit(status ?? 1);
