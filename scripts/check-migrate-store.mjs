// Moves a filled data folder into MongoDB and back with `qianxian migrate-store`, once killed in the middle, and compares the
// hashes of every collection: folder, database and second folder must hold the same. The source must stay as it was.
//   node scripts/check-migrate-store.mjs [DATA]     with DATA (papers.jsonl, relevance/…) also the 10,402 abstracts
// MONGODB_URI must be set; two databases of its own are used and dropped.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';

if (!process.env.MONGODB_URI) {
  process.stderr.write('set MONGODB_URI: records are moved into a real server\n');
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const data = process.argv[2] ? resolve(process.argv[2]) : undefined;
const folder = mkdtempSync(join(tmpdir(), 'qianxian-move-'));
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
/** Starts a move and kills it as soon as it is at its records; answers whether it was still at work. */
async function killed(from, to) {
  const child = spawn(process.execPath, [program, 'migrate-store', '--to', to, '--json'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: settingsOf(from),
  });
  let said = '';
  const ended = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
    if (/迁移记录/.test(said)) setTimeout(() => child.kill('SIGKILL'), 30 + Math.random() * 400);
  });
  const { code, signal } = await ended;
  assert.ok(signal === 'SIGKILL' || code === 0, said);
  return signal === 'SIGKILL';
}
const hashesOf = ({ collections, files }) => ({
  ...Object.fromEntries(Object.entries(collections).map(([name, { sha256 }]) => [name, sha256])),
  files: files.sha256,
});
const recordsOf = ({ collections }) => Object.values(collections).reduce((sum, { records }) => sum + records, 0);

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
  const [there, back] = [database(`${title}`), join(folder, `${title}-back`)];
  const cut = await killed(source, there);
  const out = qianxian(source, 'migrate-store', '--to', there);
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
    `${title}: ${recordsOf(out)} records and ${out.files.count} files; to MongoDB ${cut ? 'killed once, then ' : ''}` +
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
  const { default: mongoose } = await import('mongoose');
  for (const address of databases) {
    const connection = await mongoose.createConnection(address, { serverSelectionTimeoutMS: 2000 }).asPromise();
    await connection.dropDatabase();
    await connection.close();
  }
  rmSync(folder, { recursive: true, force: true });
}
