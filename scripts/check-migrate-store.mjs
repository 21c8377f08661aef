// Moves a filled data folder into MongoDB and back with `qianxian migrate-store`, once killed in the middle, and compares the
// hashes of every collection: folder, database and second folder must hold the same. The source must stay as it was.
//   node scripts/check-migrate-store.mjs [DATA]     with DATA (papers.jsonl, relevance/…) also the 10,402 abstracts
// MONGODB_URI must be set; two databases of its own are used and dropped.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ownChild, ownFolder } from './own-children.mjs';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';

if (!process.env.MONGODB_URI) {
  process.stderr.write('set MONGODB_URI: records are moved into a real server\n');
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const { default: mongoose } = await import('mongoose');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const data = process.argv[2] ? resolve(process.argv[2]) : undefined;
const folder = ownFolder('qianxian-move-');
const program = join(root, 'dist', 'main.js');
const { MONGODB_URI: server, ELASTICSEARCH_URL: _search, REDIS_URL: _queue, ...alone } = process.env;
const stamp = Date.now().toString(36);
const databases = [];

function database(name) {
  const address = new URL(server);
  address.pathname = `/move_${stamp}_${name}`;
  databases.push(address.href);
  return address.href;
}
const settingsOf = (place) => ({
  ...alone,
  NODE_ENV: 'test',
  QIANXIAN_LOG: 'error',
  ...(place.startsWith('mongodb')
    ? {
        QIANXIAN_DATA: join(folder, 'unused'),
        MONGODB_URI: place,
        // Not spoken to: a move opens records and files alone.
        ELASTICSEARCH_URL: 'http://127.0.0.1:9',
        REDIS_URL: 'redis://127.0.0.1:9',
      }
    : { QIANXIAN_DATA: place }),
});
function qianxian(place, ...args) {
  const result = spawnSync(process.execPath, [program, ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: settingsOf(place),
  });
  assert.equal(result.status, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
}
/** How many documents a database holds of the program's collections, beside what the store keeps for itself. */
async function recordsIn(connection) {
  const names = (await connection.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const counts = names
    .filter((name) => !name.startsWith('store_'))
    .map((name) => connection.db.collection(name).estimatedDocumentCount());
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
/** Starts a move and kills it (SIGKILL) once so many records are there; answers how many were there in the end. */
async function killed(from, to, atRecords) {
  const connection = await mongoose.createConnection(to, { serverSelectionTimeoutMS: 2000 }).asPromise();
  try {
    const child = ownChild(
      spawn(process.execPath, [program, 'migrate-store', '--to', to, '--json'], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: settingsOf(from),
      }),
    );
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    const ended = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    let over = false;
    ended.then(() => {
      over = true;
    });
    while (!over && (await recordsIn(connection)) < atRecords) await pause(1);
    child.kill('SIGKILL');
    const { code, signal } = await ended;
    assert.ok(signal === 'SIGKILL' || code === 0, said);
    // What was on its way to the server may still arrive.
    await pause(500);
    return { cut: signal === 'SIGKILL', records: await recordsIn(connection) };
  } finally {
    await connection.close();
  }
}
/** A database in which a move was cut off with some records there and others not, and how many there were. */
async function cutOff(title, source) {
  for (let tries = 0; tries < 5; tries++) {
    const there = database(`${title}_${tries}`);
    // Sooner and sooner: the last one may be far on already when it is heard of.
    const { cut, records } = await killed(source, there, Math.ceil((Math.random() * 200) / 4 ** tries));
    if (cut && records > 0) return { there, cutAt: records };
  }
  return assert.fail(`${title}: no move was killed in the middle`);
}
const hashesOf = ({ collections, files }) => ({
  ...Object.fromEntries(Object.entries(collections).map(([name, { sha256 }]) => [name, sha256])),
  files: files.sha256,
});
const recordsOf = ({ collections }) => Object.values(collections).reduce((sum, { records }) => sum + records, 0);
/** With what is left of removed ones. */
const documentsOf = ({ collections }) =>
  Object.values(collections).reduce((sum, { records, removed }) => sum + records + removed, 0);

/** What the files of a data folder are, without those that opening a database makes. */
function contentOf(path) {
  const hash = createHash('sha256');
  for (const name of readdirSync(path, { recursive: true }).sort()) {
    const file = join(path, name);
    if (statSync(file).isFile() && !/-(wal|shm)$|lock/.test(name)) hash.update(name).update(readFileSync(file));
  }
  return hash.digest('hex');
}

async function thereAndBack(title, source) {
  const before = contentOf(source);
  const back = join(folder, `${title}-back`);
  const { there, cutAt } = await cutOff(title, source);
  const out = qianxian(source, 'migrate-store', '--to', there);
  const sum = documentsOf(out);
  assert.ok(cutAt < sum, `the kill left ${cutAt} of ${sum} records: it was not in the middle`);
  assert.ok(out.copied.records > 0 && out.copied.records <= sum - cutAt, 'what was there already is not copied again');
  const home = qianxian(there, 'migrate-store', '--to', back);
  assert.deepEqual(hashesOf(home), hashesOf(out), 'the same in the folder, the database and the second folder');
  assert.equal(contentOf(source), before, 'the source is as it was');
  const again = qianxian(source, 'migrate-store', '--to', there);
  assert.deepEqual(again.copied, { records: 0, files: 0 }, 'a move that was done copies nothing');
  const findings = spawnSync(process.execPath, [program, 'doctor', '--json'], {
    cwd: root,
    encoding: 'utf8',
    env: settingsOf(back),
  });
  const broken = JSON.parse(findings.stdout).filter(({ check, ok }) => ['数据库', '索引'].includes(check) && !ok);
  assert.deepEqual(broken, [], 'doctor finds the second folder whole');
  console.log(
    `${title}: ${recordsOf(out)} records and ${out.files.count} files; to MongoDB killed when ${cutAt} were there, then ` +
      `${out.copied.records} copied in ${out.seconds.toFixed(1)} s, back in ${home.seconds.toFixed(1)} s ` +
      `(copied and read back on both sides); all ${Object.keys(out.collections).length} hashes equal`,
  );
}

try {
  const demo = join(folder, 'demo');
  qianxian(demo, 'seed', '--demo');
  qianxian(demo, 'match');
  await thereAndBack('demo', demo);
  if (data && existsSync(join(data, 'papers.jsonl'))) {
    const real = join(folder, 'real');
    qianxian(real, 'init');
    for (const [kind, file, mapping] of [
      ['achievement', 'papers.jsonl', 'papers.json'],
      ['need', 'relevance/needs.jsonl', 'relevance-needs.json'],
      ['need', 'relevance/needs-unjudged.jsonl', 'relevance-needs.json'],
    ]) {
      const shape = join(root, 'mappings', mapping);
      qianxian(
        real,
        'import',
        join(data, file),
        '--kind',
        kind,
        '--mapping',
        shape,
        '--as',
        'archive',
        '--source',
        kind,
      );
    }
    await thereAndBack('real', real);
  }
} finally {
  for (const address of databases) {
    const connection = await mongoose.createConnection(address, { serverSelectionTimeoutMS: 2000 }).asPromise();
    await connection.dropDatabase();
    await connection.close();
  }
}
