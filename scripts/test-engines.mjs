// All engine suites, embedded and cluster, against real servers: MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL must be set.
// Every suite makes databases, indices and keys of its own and removes them, so that rooms run beside each other, as many as
// the machine has cores (two at least, four at most). What is given goes to mocha: `-- -g "way of a need"`. With
// `-- --servers-only` what needs no server is left out: `npm test` runs that.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';
import { runRooms } from './run-rooms.mjs';

const missing = ['MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL'].filter((name) => !process.env[name]);
if (missing.length > 0) {
  process.stderr.write(`set ${missing.join(', ')}: these tests are about real servers\n`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();

// What takes longest is a room of its own, the longest first; the others share some rooms.
const long = [
  'cluster-search-mishaps',
  'cluster-bad-settings',
  'cluster-search-start',
  'cluster-doctor',
  'cluster-walk',
  'cluster-search-rebuild',
  'cluster-job-queue',
  'cluster-collect',
  'cluster-job-outage',
  'cluster-flapping',
  'cooperation-way',
  'cluster-record-store',
  'embedded-record-durability',
  'cluster-docket-closing',
  'embedded-record-store',
];
const serversOnly = process.argv.includes('--servers-only');
const folder = join(root, 'test', 'engines');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length))
  .filter((name) => !serversOnly || /^(cluster-|cooperation-way$)/.test(name));
const rooms = new Map(long.filter((name) => names.includes(name)).map((name) => [name, [name]]));
const short = names.filter((one) => !long.includes(one));
for (const [place, name] of short.filter((one) => one.startsWith('cluster-')).entries()) {
  const room = `cluster, short ${(place % 3) + 1}`;
  rooms.set(room, [...(rooms.get(room) ?? []), name]);
}
const others = short.filter((one) => !one.startsWith('cluster-'));
if (others.length > 0) rooms.set('embedded, short', others);

process.env.NODE_ENV = 'test';
const failed = await runRooms([...rooms], {
  lanes: Math.min(4, Math.max(2, availableParallelism())),
  argumentsOf: (files) => [
    '--no-config',
    '--import=tsx',
    '--timeout=120000',
    ...process.argv.slice(2).filter((given) => given !== '--servers-only'),
    ...files.map((name) => join(folder, `${name}.test.ts`)),
  ],
});
process.exit(failed === 0 ? 0 : 1);
