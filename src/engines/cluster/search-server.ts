import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { presentRequestTime } from '../../ports/request-time.ts';
import { createSearchCircuit } from './search-circuit.ts';
import { SearchFault, type SearchFaultKind, searchFault } from './search-fault.ts';
import { createServerPulse } from './server-pulse.ts';

/** How long requests may take, in milliseconds. */
export interface RequestLimits {
  /** Those for which somebody waits at a screen. */
  readonly interactiveMs: number;
  /** Writes, batches and the making of indices. */
  readonly patientMs: number;
}

export const usualLimits: RequestLimits = { interactiveMs: 2_500, patientMs: 30_000 };
/** The client's own limit must never speak first. */
const neverMs = 10 * 60_000;
const mostConnections = 32;

/** What a call hands to the client library. */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly maxRetries: 0;
}

export interface CallLimits {
  /** Whether the whole call with its repetition has `patientMs` (default: `interactiveMs`). */
  readonly patient?: boolean;
  /** Reads that fail in passing are asked once more within the limit; writes are repeated by those who count them. */
  readonly repeat?: boolean;
}

/** The one way to the server: each call has a limit, faults are in our words, and a server that is away is left alone. */
export interface SearchServer {
  call<T>(work: (client: Client, options: CallOptions) => Promise<T>, limits?: CallLimits): Promise<T>;
  /**
   * The same server for one task that somebody waits for: all its calls together have `interactiveMs`. Past the end of the
   * present request's time each call is given up as soon as the server is silent.
   */
  forOneTask(): TimedServer;
  /** Throws `unavailable` after `close`. */
  assertOpen(): void;
  /** Ends at once when the server is closed; then throws `unavailable`. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface TimedServer extends SearchServer {
  /** Waits for what others wait for too, but not beyond the end of the task: then throws `unavailable`. */
  await<T>(work: Promise<T>): Promise<T>;
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

export function createSearchServer(options: {
  readonly url: string;
  readonly log: Log;
  readonly limits?: RequestLimits;
}): SearchServer {
  const { log } = options;
  const { interactiveMs, patientMs } = options.limits ?? usualLimits;
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

  let isRefused = false;
  /** The server takes our login, or takes it no more: told once each. */
  const heardOfLogin = (refused: boolean): void => {
    if (refused === isRefused) return;
    isRefused = refused;
    if (refused) log.error({ setting: 'ELASTICSEARCH_URL' }, 'Elasticsearch refuses the login of this process');
    else log.info({}, 'Elasticsearch takes the login of this process again');
  };

  const pulse = createServerPulse({
    async ask() {
      const signal = AbortSignal.timeout(interactiveMs);
      try {
        await client.ping(undefined, { signal, maxRetries: 0 });
        return true;
      } catch (error) {
        return !isSilence(searchFault(error, signal.aborted));
      }
    },
    givenUp: outOfTime,
  });

  const once = <T>(work: (client: Client, options: CallOptions) => Promise<T>, limitMs: number): Promise<T> =>
    pulse.await((nobodyWaits) => onceAwaited(work, limitMs, nobodyWaits));

  async function onceAwaited<T>(
    work: (client: Client, options: CallOptions) => Promise<T>,
    limitMs: number,
    nobodyWaits: AbortSignal,
  ): Promise<T> {
    assertOpen();
    const isTrial = circuit.enter();
    // Our own signal: the client's limit ends with the headers of an answer, and a body can hang too.
    const controller = new AbortController();
    running.add(controller);
    nobodyWaits.addEventListener('abort', () => controller.abort(), { once: true });
    const limit = setTimeout(() => controller.abort(), Math.max(1, Math.ceil(limitMs)));
    const options = { signal: controller.signal, maxRetries: 0 } as const;
    try {
      // A bulk of half a minute is no way to find out: everybody else would be refused meanwhile.
      if (isTrial) await isBack(options);
      const result = await work(client, options);
      circuit.succeeded();
      pulse.answered();
      heardOfLogin(false);
      return result;
    } catch (error) {
      assertOpen();
      const fault = searchFault(error, controller.signal.aborted);
      if (isSilence(fault)) pulse.unanswered();
      else pulse.answered();
      if (isSilence(fault) || (fault instanceof SearchFault && fault.kind === 'garbled')) circuit.failed();
      else circuit.succeeded();
      if (fault instanceof SearchFault && fault.kind === 'login') heardOfLogin(true);
      throw fault;
    } finally {
      clearTimeout(limit);
      running.delete(controller);
    }
  }

  /** Asks for nothing but an answer, for a short time; lets everybody through when it comes. Throws where it does not. */
  async function isBack(options: CallOptions): Promise<void> {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(interactiveMs)]);
    try {
      await client.ping(undefined, { ...options, signal });
    } catch (error) {
      const fault = searchFault(error, signal.aborted);
      if (!(fault instanceof SearchFault) || isSilence(fault)) throw fault;
    }
    circuit.succeeded();
  }

  const wait = async (ms: number): Promise<void> => {
    await pause(ms, undefined, { signal: closing.signal }).catch(() => undefined);
    assertOpen();
  };

  async function callUntil<T>(
    end: number,
    work: (client: Client, options: CallOptions) => Promise<T>,
    { patient = false, repeat = false }: CallLimits = {},
  ): Promise<T> {
    const started = performance.now();
    const deadline = Math.min(end, started + (patient ? patientMs : interactiveMs));
    if (deadline <= started) throw outOfTime();
    try {
      return await once(work, deadline - started);
    } catch (error) {
      const passes = error instanceof SearchFault && !lasting.has(error.kind) && presentRequestTime()?.isSpent !== true;
      const pauseMs = Math.max(passes ? error.askedMs : 0, 50 + Math.random() * 100);
      if (!repeat || !passes || performance.now() + pauseMs >= deadline) throw error;
      await wait(pauseMs);
      return once(work, deadline - performance.now());
    }
  }

  const server: SearchServer = {
    call: (work, limits) => callUntil(Number.POSITIVE_INFINITY, work, limits),
    forOneTask() {
      const end = performance.now() + interactiveMs;
      return {
        ...server,
        call: (work, limits) => callUntil(end, work, limits),
        async await(work) {
          let late: NodeJS.Timeout | undefined;
          const limit = new Promise<never>((_, reject) => {
            late = setTimeout(() => reject(outOfTime()), Math.max(0, end - performance.now()));
          });
          return pulse.await(() => Promise.race([work, limit])).finally(() => clearTimeout(late));
        },
      };
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
  return server;
}

/** What another try a moment later cannot mend. */
const lasting: ReadonlySet<SearchFaultKind> = new Set(['login', 'refused', 'blocked']);

const isSilence = (fault: unknown): boolean => fault instanceof SearchFault && fault.kind === 'away';

const outOfTime = (): SearchFault => new SearchFault('away', { reason: 'time limit' });
