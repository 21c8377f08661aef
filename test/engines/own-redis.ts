import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A Redis server that belongs to one test: it may be killed, halted, emptied and set otherwise. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  /** Starts it (again), with what its files hold; resolves when it answers. */
  start(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Halts it: connections stand, nothing is answered. */
  halt(): void;
  goOn(): void;
  /** A client for the test's own looks; closed with the server. */
  client(): Redis;
  destroy(): Promise<void>;
}

/** Whether tests with servers of their own can run here, or why not. */
export function ownRedisMissing(): string | null {
  if (!process.env.REDIS_URL) return 'REDIS_URL is not set';
  return spawnSync('redis-server', ['--version']).status === 0 ? null : 'there is no redis-server in the PATH';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(/PONG|NOAUTH/.test(data.toString()));
    });
    socket.write('PING\r\n');
  });
}

/** Not started yet. `settings` are arguments of redis-server, for instance `--appendonly no`. */
export async function ownRedis(settings: readonly string[] = []): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-redis-'));
  const port = await freePort();
  const clients: Redis[] = [];
  let server: ChildProcess | undefined;

  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async start() {
      const defaults = [
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
        '--maxmemory-policy',
        'noeviction',
        '--save',
        '',
      ];
      server = spawn(
        'redis-server',
        ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...defaults, ...settings],
        { stdio: 'ignore' },
      );
      while (!(await answers(port))) {
        if (server.exitCode !== null) throw new Error('redis-server ended');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    kill,
    halt: () => void server?.kill('SIGSTOP'),
    goOn: () => void server?.kill('SIGCONT'),
    client() {
      const client = new Redis({ host: '127.0.0.1', port });
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    async destroy() {
      for (const client of clients) client.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
