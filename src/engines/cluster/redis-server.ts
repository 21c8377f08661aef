import { Redis, type RedisOptions } from 'ioredis';
import { QianxianError } from '../../domain/errors.ts';
import { within } from '../../ports/job-book.ts';
import type { Log } from '../../ports/log.ts';
import { misconfiguredRedis, type RedisAddress, readRedisAddress } from './redis-address.ts';
import { findingsOf, type RedisFacts, type RedisFinding, readInfo, unfitFor } from './redis-findings.ts';
import { firstWords, speaksTls } from './server-probe.ts';

/** A command that takes longer is given up. */
export const commandMs = 2_000;
/** A start waits so long for a server that does not answer, then goes on without it. */
const firstAnswerMs = 2_500;
const longestReconnectMs = 5_000;
/** Where data is due and none comes for so long, the connection is taken for dead. */
const silentMs = 5_000;
/** Blocking reads answer after a few seconds even where there is nothing. */
const silentBlockingMs = 20_000;

/** One Redis server for all that this process does with it. */
export interface RedisServer {
  /**
   * For commands that must not wait: rejects at once while the server is away, and after 2 s where it does not answer.
   * Errors of it carry the arguments of their command, so only `describe` of them goes to a log.
   */
  readonly client: Redis;
  readonly isReady: boolean;
  /** What the server says; null until it was reached, and where it is not told. */
  readonly version: string | null;
  /** What an operator should mend about the server; empty until it was reached. */
  readonly findings: readonly RedisFinding[];
  /** A connection of its own, for blocking reads or subscriptions; it waits while the server is away. */
  connect(kind: 'blocking' | 'subscriber'): Redis;
  /** Calls back whenever the server is there (again); answers a function that ends that. */
  onReady(listener: () => void): () => void;
  /** Throws `unavailable` where the server does not answer. */
  ping(): Promise<void>;
  /** An error without arguments and secrets. */
  describe(error: unknown): { readonly name: string; readonly message: string; readonly code?: string };
  close(): Promise<void>;
}

/**
 * Connects. Throws `misconfigured` where the address is wrong, or what is there is no Redis, refuses the password or cannot
 * be used; a server that is merely away does not hinder the start: it is looked for with growing pauses, up to 5 s.
 */
export async function openRedis(options: { readonly uri: string; readonly log: Log }): Promise<RedisServer> {
  const { log } = options;
  const address = readRedisAddress(options.uri);
  const said = new Set<string>();
  const listeners = new Set<() => void>();
  const connections = new Set<Redis>();
  let findings: readonly RedisFinding[] = [];
  let version: string | null = null;
  let away = false;
  let closed = false;
  let opened = false;
  let lastError: unknown;
  /** What the server refuses this process for, while it does. */
  let refusal: QianxianError | null = null;

  const describe = (error: unknown) => describeError(error, address);

  function connection(more: RedisOptions): Redis {
    const made = new Redis({ ...baseOptions(address), ...more });
    // Every connection has its own listeners of the queue; none of them is left behind.
    made.setMaxListeners(0);
    connections.add(made);
    made.once('end', () => {
      connections.delete(made);
      // ioredis leaves the timer of a silent connection running when the connection ends: it would keep the process for
      // as long as `socketTimeout`.
      clearTimeout((made as unknown as { socketTimeoutTimer?: NodeJS.Timeout }).socketTimeoutTimer);
    });
    return made;
  }

  const client = connection({
    lazyConnect: true,
    enableReadyCheck: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandMs,
    socketTimeout: silentMs,
  });

  async function readFacts(): Promise<RedisFacts> {
    const info = await client.info().then(readInfo, (error: unknown) => {
      if (isForbidden(error)) return null;
      throw error;
    });
    try {
      const config: Record<string, string> = {};
      for (const name of ['appendonly', 'maxmemory-policy']) {
        const [, value] = (await client.config('GET', name)) as string[];
        if (value !== undefined) config[name] = value;
      }
      // A server that hides the settings answers nothing instead of an error.
      return { info, config: Object.keys(config).length === 2 ? config : null };
    } catch (error) {
      if (isForbidden(error)) return { info, config: null };
      throw error;
    }
  }

  /** Looks the server over; answers why it cannot be used, if so. */
  async function examine(): Promise<QianxianError | null> {
    const facts = await readFacts();
    const unfit = unfitFor(facts);
    if (unfit) return misconfiguredRedis(unfit.reason, unfit.mend);
    findings = findingsOf(facts);
    version = facts.info?.redis_version ?? null;
    for (const { message, advice } of findings) {
      if (said.has(message)) continue;
      said.add(message);
      log.warn({ setting: 'REDIS_URL', advice }, message);
    }
    return null;
  }

  client.on('error', (error) => {
    if (!opened || closed) return;
    const fault = faultOf(error, address);
    refusal = fault ?? refusal;
    if (fault && !said.has(fault.message)) {
      said.add(fault.message);
      log.error({ setting: 'REDIS_URL', advice: fault.message }, 'Redis refuses this process');
    }
    noteAway(error);
  });
  client.on('close', () => {
    if (opened && !closed) noteAway(undefined);
  });
  client.on('ready', () => {
    // Should it come again, it is told again.
    if (refusal) said.delete(refusal.message);
    refusal = null;
    if (away) {
      away = false;
      log.info({ server: address.shown }, 'Redis is back');
    }
    if (!opened) return;
    examine().then(
      (fault) => {
        if (fault) log.error({ setting: 'REDIS_URL', advice: fault.message }, 'this Redis cannot be used');
      },
      // It went away again; the next time it is there it is looked at anew.
      (error: unknown) => log.debug({ error: describe(error) }, 'Redis could not be looked over'),
    );
    for (const listener of listeners) listener();
  });

  function noteAway(error: unknown): void {
    if (away) return;
    away = true;
    log.warn(
      { server: address.shown, ...(error === undefined ? {} : { error: describe(error) }) },
      'Redis is away: jobs are kept in the record store and handed out when it is back',
    );
  }

  async function close(): Promise<void> {
    closed = true;
    listeners.clear();
    for (const one of connections) one.disconnect();
  }

  try {
    const first = new Promise<QianxianError | null>((resolve, reject) => {
      client.on('error', (error) => {
        lastError = error;
        const fault = faultOf(error, address);
        if (fault) resolve(fault);
      });
      client.once('ready', () => examine().then(resolve, reject));
    });
    client.connect().catch(() => {});
    let fault: QianxianError | null = null;
    await within(
      firstAnswerMs,
      first.then(
        (found) => {
          fault = found;
        },
        (error: unknown) => log.debug({ error: describe(error) }, 'Redis could not be looked over'),
      ),
    );
    // With TLS it hangs up on who speaks without, or answers in words that are none.
    if (client.status !== 'ready' && !address.tls && isHungUp(lastError) && (await speaksTls(address))) {
      throw misconfiguredRedis('以 redis:// 开头，而服务器要求 TLS', '请改为 rediss://，或检查端口');
    }
    if (fault) throw fault;
    if (client.status !== 'ready' && address.tls && (await answersWithoutTls(address))) throw noTls();
  } catch (error) {
    await close();
    throw error;
  }
  opened = true;
  if (client.status !== 'ready') noteAway(lastError);

  return {
    client,
    get isReady() {
      return client.status === 'ready';
    },
    get version() {
      return version;
    },
    get findings() {
      return findings;
    },

    connect(kind) {
      const made = connection({
        // What the queue library demands of such connections.
        maxRetriesPerRequest: null,
        enableReadyCheck: false,
        ...(kind === 'blocking' ? { socketTimeout: silentBlockingMs } : {}),
      });
      made.on('error', (error) => log.debug({ error: describe(error), kind }, 'a connection to Redis failed'));
      return made;
    },

    onReady(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async ping() {
      try {
        await client.ping();
      } catch (error) {
        throw new QianxianError(
          'unavailable',
          refusal?.message ?? '任务队列（Redis）没有应答，新的任务会保留到它恢复后运行',
          {
            retryAfter: 5,
            cause: new Error(describe(error).message),
          },
        );
      }
    },

    describe,
    close,
  };
}

function baseOptions(address: RedisAddress): RedisOptions {
  return {
    host: address.host,
    port: address.port,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    db: address.db,
    ...(address.tls ? { tls: {} } : {}),
    connectionName: 'qianxian',
    connectTimeout: 2_000,
    keepAlive: 10_000,
    // Many processes that lost one server must not come back in step.
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), longestReconnectMs) * (0.75 + Math.random() / 2),
    // After a failover the old primary is read-only: look for the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

/** What an error says about the settings, or null where the server is merely away. */
function faultOf(error: unknown, address: RedisAddress): QianxianError | null {
  const { message, code = '' } = describeError(error, address);
  if (/WRONGPASS|invalid password|invalid username-password/i.test(message)) {
    return misconfiguredRedis('的用户名或密码不对', '请核对密码；密码中的特殊字符要用 % 编码');
  }
  if (/NOAUTH/.test(message))
    return misconfiguredRedis('没有写密码，而服务器要求密码', '请写成 redis://:密码@主机:6379');
  if (/DB index is out of range|SELECT is not allowed/i.test(message)) {
    return misconfiguredRedis(`末尾的数据库编号 ${address.db} 在服务器上不存在`, '请改为 0 到 15 之间的编号，或去掉');
  }
  if (/Protocol error/i.test(message)) {
    return misconfiguredRedis(`所指的 ${address.shown} 不是 Redis`, '请检查主机和端口；服务器使用 TLS 时写 rediss://');
  }
  if (/wrong version number|packet length too long|before secure TLS connection/i.test(message)) {
    return noTls();
  }
  if (/certificate|CERT_|ERR_TLS/i.test(`${message} ${code}`)) {
    return misconfiguredRedis(
      '的服务器证书不被信任',
      '请用主机名与证书相符的地址，自签证书用 NODE_EXTRA_CA_CERTS 指定',
    );
  }
  return null;
}

/** Whether somebody is there, who does not answer as Redis does: nobody who is away hangs up. */
function isHungUp(error: unknown): boolean {
  return !(error instanceof Error && /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(error.message));
}

function noTls(): QianxianError {
  return misconfiguredRedis('以 rediss:// 开头，而服务器没有使用 TLS', '请改为 redis://，或检查端口');
}

/** A server without TLS does not refuse a TLS greeting, it waits for its end: only a word in the clear tells. */
async function answersWithoutTls(address: RedisAddress): Promise<boolean> {
  return /^(\+PONG|-NOAUTH|-DENIED)/.test(await firstWords(address, 'PING\r\n'));
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && /NOPERM|unknown command|disabled|not allowed|unsupported/i.test(error.message);
}

/** Replies name the command that failed with its arguments, and some repeat them in the text: neither goes further. */
function describeError(
  error: unknown,
  address: RedisAddress,
): { readonly name: string; readonly message: string; readonly code?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: 'not an error' };
  let { message } = error;
  for (const secret of [address.password, address.username]) {
    if (secret) message = message.replaceAll(secret, '…');
  }
  const { code } = error as NodeJS.ErrnoException;
  return { name: error.name, message, ...(typeof code === 'string' ? { code } : {}) };
}
