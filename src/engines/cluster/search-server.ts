import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { createSearchCircuit } from './search-circuit.ts';
import { SearchFault, searchFault } from './search-fault.ts';

/** How long a request may take in which somebody waits at a screen. */
export const interactiveMs = 2_500;
/** How long writes, batches and the making of indices may take. */
export const patientMs = 30_000;
/** The client's own limit must never speak first. */
const neverMs = 10 * 60_000;
const mostConnections = 32;

/** What a call hands to the client library. */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly maxRetries: 0;
}

export interface CallLimits {
  /** For the whole call with its repetition (default `interactiveMs`). */
  readonly limitMs?: number;
  /** Reads that fail in passing are asked once more within the limit; writes are repeated by those who count them. */
  readonly repeat?: boolean;
}

/** The one way to the server: each call has a limit, faults are in our words, and a server that is away is left alone. */
export interface SearchServer {
  call<T>(work: (client: Client, options: CallOptions) => Promise<T>, limits?: CallLimits): Promise<T>;
  /** Throws `unavailable` after `close`. */
  assertOpen(): void;
  /** Ends at once when the server is closed; then throws `unavailable`. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The address without the login, and the login. Throws `misconfigured`, never naming the password. */
export function readSearchAddress(address: string): {
  readonly node: URL;
  readonly auth?: { readonly username: string; readonly password: string };
} {
  let node: URL;
  let username: string;
  let password: string;
  try {
    node = new URL(address);
    username = decodeURIComponent(node.username);
    password = decodeURIComponent(node.password);
  } catch {
    throw new QianxianError(
      'misconfigured',
      'ELASTICSEARCH_URL 不是有效的地址，应写成 http://主机:9200 或 https://用户名:密码@主机:9200',
    );
  }
  if (node.protocol !== 'http:' && node.protocol !== 'https:') {
    throw new QianxianError(
      'misconfigured',
      'ELASTICSEARCH_URL 应以 http:// 或 https:// 开头，例如 http://127.0.0.1:9200',
    );
  }
  node.username = '';
  node.password = '';
  node.search = '';
  node.hash = '';
  return username === '' ? { node } : { node, auth: { username, password } };
}

export function createSearchServer(options: { readonly url: string; readonly log: Log }): SearchServer {
  const { log } = options;
  const { node, auth } = readSearchAddress(options.url);
  const client = new Client({
    node: node.href,
    ...(auth ? { auth } : {}),
    maxRetries: 0,
    requestTimeout: neverMs,
    sniffOnStart: false,
    // Words and ids come from outside: `__proto__` is one like any other, and `JSON.parse` makes an own key of it.
    disablePrototypePoisoningProtection: true,
    agent: { connections: mostConnections },
  });
  const circuit = createSearchCircuit({
    now: () => performance.now(),
    random: Math.random,
    onChange: (isOpen) => {
      if (isOpen) log.warn({}, 'Elasticsearch is away');
      else log.info({}, 'Elasticsearch is back');
    },
  });
  const closing = new AbortController();
  const running = new Set<AbortController>();
  const assertOpen = (): void => {
    if (closing.signal.aborted) throw new QianxianError('unavailable', '检索服务已经关闭');
  };

  async function once<T>(work: (client: Client, options: CallOptions) => Promise<T>, limitMs: number): Promise<T> {
    assertOpen();
    circuit.enter();
    // Our own signal: the client's limit ends with the headers of an answer, and a body can hang too.
    const controller = new AbortController();
    running.add(controller);
    const limit = setTimeout(() => controller.abort(), Math.max(1, Math.ceil(limitMs)));
    try {
      const result = await work(client, { signal: controller.signal, maxRetries: 0 });
      circuit.succeeded();
      return result;
    } catch (error) {
      assertOpen();
      const fault = searchFault(error, controller.signal.aborted);
      if (fault instanceof SearchFault && fault.kind === 'away') circuit.failed();
      else circuit.succeeded();
      throw fault;
    } finally {
      clearTimeout(limit);
      running.delete(controller);
    }
  }

  const wait = async (ms: number): Promise<void> => {
    await pause(ms, undefined, { signal: closing.signal }).catch(() => undefined);
    assertOpen();
  };

  return {
    async call(work, { limitMs = interactiveMs, repeat = false } = {}) {
      const deadline = performance.now() + limitMs;
      try {
        return await once(work, limitMs);
      } catch (error) {
        const passes = error instanceof SearchFault && error.kind !== 'login' && error.kind !== 'refused';
        const pauseMs = 50 + Math.random() * 100;
        if (!repeat || !passes || performance.now() + pauseMs >= deadline) throw error;
        await wait(pauseMs);
        return once(work, deadline - performance.now());
      }
    },
    assertOpen,
    wait,
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      for (const controller of running) controller.abort();
      await client.close();
    },
  };
}
