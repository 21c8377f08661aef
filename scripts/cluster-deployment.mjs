// A deployment of its own on the three servers, for scripts: a database, a prefix of index names and keys, processes, and a
// look into the store beside them. MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL say where the servers are.
import { spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { ownChild } from './own-children.mjs';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';
import { startService } from './service-client.mjs';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends the script where one of the variables is not set. */
export function demandServers(...names) {
  const missing = ['MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL', ...names].filter((name) => !process.env[name]);
  if (missing.length > 0) {
    process.stderr.write(`set ${missing.join(', ')}: this is about real servers\n`);
    process.exit(2);
  }
  ensureInstalled();
  ensureBuilt();
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function seededRandom(seed) {
  let state = (Number(seed) * 2654435761) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Runs a command of the program; answers its status and what it printed. */
export function qianxian(environment, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'main.js'), ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: environment,
  });
  return { status, stdout, stderr };
}

/** The same beside the script; resolves when it has ended. */
export function qianxianBeside(environment, ...args) {
  const child = ownChild(
    spawn(process.execPath, [join(root, 'dist', 'main.js'), ...args, '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    }),
  );
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (chunk) => {
      said[name] += chunk;
    });
  }
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...said })));
}

/** The environment of a process that has its own engines. */
export function embeddedEnvironment(dataFolder, settings = {}) {
  const { MONGODB_URI: _mongo, ELASTICSEARCH_URL: _search, REDIS_URL: _redis, ...alone } = process.env;
  return { ...alone, NODE_ENV: 'test', QIANXIAN_LOG: 'error', QIANXIAN_DATA: dataFolder, ...settings };
}

/** `name`: letters and digits, different for each deployment. */
export function clusterDeployment(name, folder, settings = {}) {
  const address = new URL(process.env.MONGODB_URI);
  address.pathname = `/${name}`;
  const environment = {
    ...process.env,
    NODE_ENV: 'test',
    QIANXIAN_LOG: 'error',
    QIANXIAN_WEEKLY: 'off',
    QIANXIAN_PREFIX: name.toLowerCase().replaceAll('_', '-'),
    QIANXIAN_SECRET: 'a-secret-of-a-test-that-nobody-else-has-0123456789',
    MONGODB_URI: address.href,
    ...settings,
  };
  let processes = 0;
  return {
    name,
    environment,
    /** `--web` or `--worker`. A start while a server is away is repeated, as a supervisor does. */
    async start(role) {
      processes += 1;
      const data = join(folder, `${name}-${processes}`);
      for (let tries = 1; ; tries++) {
        try {
          return await startService(data, environment, [role]);
        } catch (error) {
          if (tries === 10) throw error;
          await pause(1_000);
        }
      }
    },
    /** Store, index and queue beside the processes, without taking part in their work. */
    async look() {
      const { compose } = await import('../dist/compose.js');
      const { readConfig } = await import('../dist/config.js');
      const { createFlow } = await import('../dist/flow.js');
      const { defaultDocketSettings } = await import('../dist/domain/docket.js');
      const config = readConfig({ ...environment, QIANXIAN_DATA: join(folder, `${name}-look`) });
      const quiet = { debug() {}, info() {}, warn() {}, error() {} };
      const composed = await compose(config, { log: quiet, serving: false, migrate: true });
      const flow = createFlow(composed.ports, {
        docket: { ...defaultDocketSettings, size: config.docketSize },
        weekly: null,
      });
      return {
        ports: composed.ports,
        flow,
        async close() {
          await flow.stop();
          await composed.close();
        },
      };
    },
    /** Names of its indices, the lease of rebuilds among them. */
    indices: () => indicesOf(environment.QIANXIAN_PREFIX),
    async removeTraces() {
      const { default: mongoose } = await import('mongoose');
      const connection = await mongoose.createConnection(address.href, { serverSelectionTimeoutMS: 5000 }).asPromise();
      await connection.dropDatabase();
      await connection.close();
      for (const index of await indicesOf(environment.QIANXIAN_PREFIX)) {
        await fetch(`${searchOrigin()}/${index}`, { method: 'DELETE', headers: searchLogin() });
      }
      const { Redis } = await import('ioredis');
      const redis = new Redis(process.env.REDIS_URL);
      const keys = await redis.keys(`${environment.QIANXIAN_PREFIX}:*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
    },
  };
}

/**
 * Resolves when no change waits for a consumer any more, also none that a killed process held (15 s); answers what is left
 * after `limitMs`. Only then does a count show what was done twice: until then it may still come.
 */
export async function handedOver(store, limitMs = 60_000) {
  for (const end = Date.now() + limitMs; ; await pause(500)) {
    const waiting = await store
      .lags()
      .then((lags) => Object.entries(lags).filter(([, count]) => count > 0))
      .catch((error) => [['store', error.message]]);
    if (waiting.length === 0 || Date.now() > end) return waiting;
  }
}

/** What was put aside because something failed on it again and again: changes, and records that the index refused. */
export async function putAside(store) {
  const [changes, refusals] = await Promise.all(
    ['parkedChanges', 'indexRefusals'].map((collection) => store.collection(collection).find({ limit: 5 })),
  );
  return [...changes.items, ...refusals.items];
}

const searchOrigin = () => new URL(process.env.ELASTICSEARCH_URL).origin;
function searchLogin() {
  const { username, password } = new URL(process.env.ELASTICSEARCH_URL);
  if (!username) return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}
async function indicesOf(prefix) {
  const answer = await fetch(`${searchOrigin()}/_cat/indices/${prefix}-*?format=json`, { headers: searchLogin() });
  return (await answer.json()).map(({ index }) => index);
}

/** The three servers, through the `engines` command that ENGINES names: it starts and kills them one by one. */
export function engines(action, server) {
  const child = spawn(process.env.ENGINES, [action, server], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve, reject) =>
    // Not `close`: a server that it starts may hold the pipe.
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`engines ${action} ${server} ended with ${code}: ${said}`)),
    ),
  );
}

/**
 * A door on loopback in front of the server of an address: `shut` breaks every connection and refuses new ones, as when the
 * server is killed; `open` lets them in again.
 */
export async function doorBefore(address) {
  const target = new URL(address);
  const sockets = new Set();
  let server;
  const listen = (port) =>
    new Promise((resolve, reject) => {
      server = createServer((socket) => {
        const behind = connect(Number(target.port), target.hostname);
        for (const [one, other] of [
          [socket, behind],
          [behind, socket],
        ]) {
          sockets.add(one);
          one.on('error', () => one.destroy());
          one.once('close', () => {
            sockets.delete(one);
            other.destroy();
          });
          one.on('data', (data) => other.write(data));
        }
      });
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
  const port = await listen(0);
  const shown = new URL(address);
  shown.host = `127.0.0.1:${port}`;
  return {
    address: shown.href,
    async shut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    open: () => listen(port),
  };
}
