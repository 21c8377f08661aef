// Starts by hand, without containers, what docker-compose.yml would start: the same commands with the same settings, `web` and
// two `worker`s, and Redis with its own command and password. Only what containers bring is exchanged: host names, ports,
// folders. Then it does what the file's head says: health checks, `init`, a login, `doctor`, a stop within the grace period.
//   MONGODB_URI and ELASTICSEARCH_URL must be set; redis-server must be installed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ownChild, ownFolder } from './own-children.mjs';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';
import { createClient, firstLogin } from './service-client.mjs';

const missing = ['MONGODB_URI', 'ELASTICSEARCH_URL'].filter((name) => !process.env[name]);
if (missing.length > 0) {
  process.stderr.write(`set ${missing.join(', ')}: the commands are started against real servers\n`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const { parse } = await import('yaml');

const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
const word = () => randomBytes(24).toString('hex');
const outside = {
  QIANXIAN_SECRET: word(),
  MONGODB_PASSWORD: word(),
  MONGODB_ROOT_PASSWORD: word(),
  ELASTICSEARCH_PASSWORD: word(),
  ELASTICSEARCH_ROOT_PASSWORD: word(),
  REDIS_PASSWORD: word(),
};
/** `${NAME:?why}` and `${NAME:-default}` as compose fills them in. */
const filledIn = (value) =>
  String(value).replaceAll(/\$\{([A-Z_]+):([?-])([^}]*)\}/g, (_, name, kind, rest) => {
    if (outside[name] !== undefined) return outside[name];
    assert.equal(kind, '-', `${name} has to be set`);
    return rest;
  });
const environmentOf = (service) =>
  Object.fromEntries(Object.entries(service.environment ?? {}).map(([name, value]) => [name, filledIn(value)]));

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
const folder = ownFolder('qianxian-compose-');
const prefix = `compose${Date.now().toString(36)}`;
const running = [];

function start(title, [command, ...args], environment) {
  const child = ownChild(
    spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, HOME: folder, ...environment },
    }),
  );
  const process_ = { title, child, said: '', exited: new Promise((resolve) => child.once('exit', resolve)) };
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    process_.said = (process_.said + chunk).slice(-4000);
  });
  running.push(process_);
  return process_;
}
async function healthy(process_, check) {
  for (let tries = 0; tries < 120; tries++) {
    assert.equal(process_.child.exitCode, null, `${process_.title} ended:\n${process_.said}`);
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${process_.title} did not become healthy:\n${process_.said}`);
}
const succeeds = ([command, ...args], environment) =>
  spawnSync(command, args, { stdio: 'ignore', env: { PATH: process.env.PATH, ...environment } }).status === 0;

try {
  const { redis, web, worker } = services;
  const redisPort = await freePort();
  const redisFolder = join(folder, 'redis');
  mkdirSync(redisFolder);
  const [shell, flag, line] = redis.command.map((part) => part.replaceAll('$$', '$'));
  const redisProcess = start(
    'redis',
    [shell, flag, `${line} --bind 127.0.0.1 --port ${redisPort} --dir ${redisFolder}`],
    environmentOf(redis),
  );
  const redisCheck = redis.healthcheck.test[1].replace('redis-cli', `redis-cli -p ${redisPort}`);
  await healthy(redisProcess, () => succeeds(['sh', '-c', redisCheck], environmentOf(redis)));
  assert.ok(
    !succeeds(['sh', '-c', redisCheck], { REDISCLI_AUTH: 'wrong' }),
    'Redis lets nobody in without its password',
  );
  console.log('redis: its command starts it, its health check passes, its password is asked for');

  // The document server of the tests knows no accounts, and a database of its own is used there.
  const mongo = new URL(process.env.MONGODB_URI);
  mongo.pathname = `/${prefix}`;
  const search = new URL(process.env.ELASTICSEARCH_URL);
  const settingsOf = async (service, name) => {
    const environment = environmentOf(service);
    assert.match(environment.MONGODB_URI, new RegExp(`^mongodb://qianxian:${outside.MONGODB_PASSWORD}@mongodb:27017/`));
    environment.MONGODB_URI = mongo.href;
    environment.ELASTICSEARCH_URL = environment.ELASTICSEARCH_URL.replace('elasticsearch:9200', search.host);
    environment.REDIS_URL = environment.REDIS_URL.replace('redis:6379', `127.0.0.1:${redisPort}`);
    return {
      ...environment,
      QIANXIAN_PREFIX: prefix,
      QIANXIAN_DATA: join(folder, name),
      METRICS_PORT: String(await freePort()),
      ...(environment.PORT ? { PORT: String(await freePort()) } : {}),
    };
  };
  const started = [];
  for (const [name, service] of [
    ['web', web],
    ['worker-1', worker],
    ['worker-2', worker],
  ]) {
    const environment = await settingsOf(service, name);
    const [, node, flag, code] = service.healthcheck.test;
    const check = [
      node,
      flag,
      code.replace(':3000', `:${environment.PORT}`).replace(':9464', `:${environment.METRICS_PORT}`),
    ];
    const process_ = start(name, service.command, environment);
    started.push({ process_, environment });
    await healthy(process_, () => succeeds(check));
    console.log(`${name}: ${service.command.join(' ')} is healthy`);
  }

  const { environment } = started[0];
  const qianxian = (...args) =>
    spawnSync(process.execPath, ['scripts/qianxian.mjs', ...args, '--json'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, ...environment },
    });
  const made = qianxian('init');
  assert.equal(made.status, 0, made.stderr);
  const { login, oneTimePassword } = JSON.parse(made.stdout);
  const url = `http://127.0.0.1:${environment.PORT}`;
  const administrator = await firstLogin(url, login, oneTimePassword, '海州湾-容器-2468-启动');
  assert.equal((await administrator.get('/api/v1/session')).user.role, 'admin');
  const ready = await createClient(url).get('/readyz');
  assert.deepEqual(ready.engines, { store: 'ok', index: 'ok', queue: 'ok' });
  const examined = qianxian('doctor');
  const findings = JSON.parse(examined.stdout);
  // 3: nothing but warnings, for instance of a server that is older than what was tested.
  assert.ok(
    examined.status === 0 || examined.status === 3,
    JSON.stringify(
      findings.filter((one) => !one.ok),
      null,
      2,
    ) + examined.stderr,
  );
  for (const { process_ } of started) {
    for (const secret of Object.values(outside)) assert.ok(!process_.said.includes(secret), 'no password in the log');
  }
  console.log(`init, login, readiness and doctor (${findings.length} checks) went well; no password was logged`);

  for (const { process_ } of started.reverse()) {
    const asked = Date.now();
    process_.child.kill('SIGTERM');
    assert.equal(await process_.exited, 0, `${process_.title}:\n${process_.said}`);
    // Of the 30 s that compose grants; a process that keeps something open takes far longer than this.
    assert.ok(Date.now() - asked < 10_000, `${process_.title} did not stop by itself`);
    console.log(`${process_.title}: stopped by SIGTERM after ${((Date.now() - asked) / 1000).toFixed(1)} s`);
  }
} finally {
  for (const { child } of running) if (child.exitCode === null) child.kill('SIGKILL');
  await Promise.all(running.map(({ exited }) => exited));
  await removeTraces();
}

/** The database and the indices that this check made. */
async function removeTraces() {
  const mongo = new URL(process.env.MONGODB_URI);
  mongo.pathname = `/${prefix}`;
  const { default: mongoose } = await import('mongoose');
  const connection = await mongoose.createConnection(mongo.href, { serverSelectionTimeoutMS: 2000 }).asPromise();
  await connection.dropDatabase();
  await connection.close();
  const search = process.env.ELASTICSEARCH_URL.replace(/\/$/, '');
  const listed = await (await fetch(`${search}/_cat/indices/${prefix}*?format=json`)).json();
  for (const { index } of listed) await fetch(`${search}/${index}`, { method: 'DELETE' });
}
