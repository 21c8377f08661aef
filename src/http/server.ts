import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { QianxianError } from '../domain/errors.ts';
import { randomId } from '../domain/ids.ts';
import type { Flow } from '../flow.ts';
import type { Log } from '../ports/log.ts';
import type { OperatorPanel } from '../ports/operator-panel.ts';
import { createApp } from './app.ts';
import type { HttpSettings } from './http-settings.ts';
import { createIdempotency } from './idempotency.ts';
import { closedServer, listening } from './listening.ts';
import { createMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { createOperationsServer } from './operations-server.ts';
import { problemAnswer } from './problem-answer.ts';
import type { ServiceState } from './route.ts';
import { routes } from './routes.ts';
import { defaultSessionLimits, RecordSessionStore } from './session-store.ts';
import { createSessions } from './sessions.ts';

const sweepEveryMs = 10 * 60_000;

export interface HttpServer {
  readonly app: Express;
  /** Takes the port (and that of the metrics); rejects with one clear line where it cannot. */
  listen(): Promise<{
    /** As users reach it. */
    readonly url: string;
    /** As this machine reaches it. */
    readonly localUrl: string;
    readonly metricsUrl: string | null;
  }>;
  /** Takes no new requests, lets running ones end within `timeoutMs` (default 10,000), then cuts off. Safe to call twice. */
  close(timeoutMs?: number): Promise<void>;
  /** What `/readyz` says. */
  setReady(ready: boolean): void;
}

/** The HTTP door: one server for users, and one on the loopback address for metrics. */
export function createHttpServer(options: {
  readonly flow: Flow;
  readonly log: Log;
  readonly settings: HttpSettings;
  /** Whether no other process serves the same store: what is marked as running was then left by one that died. */
  readonly alone: boolean;
  /** What engines bring along for administrators; none where absent. */
  readonly panels?: readonly OperatorPanel[];
}): HttpServer {
  const { flow, log, settings, alone, panels = [] } = options;
  const { ports } = flow;
  let ready = false;
  let closing: Promise<void> | undefined;
  const ending = new AbortController();
  const running = new Set<ServerResponse>();
  const sockets = new Set<Socket>();

  const sessionStore = new RecordSessionStore(ports, settings.sessions ?? defaultSessionLimits);
  const idempotency = createIdempotency(ports, settings.secret);
  const metrics = createMetrics(flow);
  const isReady = () => ready && closing === undefined;
  const operations = createOperationsServer({ flow, log, metrics, version: settings.version, isReady });
  let document: object | undefined;
  const service: ServiceState = {
    isReady,
    document: () => {
      document ??= openApiDocument(routes, settings);
      return document;
    },
    version: settings.version,
  };
  const app = createApp({
    flow,
    log,
    settings,
    routes,
    panels,
    sessions: createSessions(ports, sessionStore, settings),
    idempotency,
    metrics,
    service,
    ending: ending.signal,
    isClosing: () => closing !== undefined,
  });

  const server = createServer(
    {
      headersTimeout: 10_000,
      // For uploads; JSON bodies have a shorter limit of their own.
      requestTimeout: 300_000,
      // Longer than a proxy in front keeps a connection that rests (60 s is usual): where we closed it first, a request that is
      // just on its way to us would be lost.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => {
      running.add(response);
      response.once('close', () => {
        running.delete(response);
        // One that had begun to answer before closing did has promised to keep the connection.
        if (closing) request.socket.destroySoon();
      });
      app(request, response);
    },
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    const { body } = problemAnswer(
      new QianxianError('malformed', status === 408 ? '请求没有在时限内传完' : '不是有效的 HTTP 请求'),
      randomId(),
    );
    const text = JSON.stringify({ ...body, status });
    socket.end(
      `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n` +
        `Content-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  });

  let sweeper: NodeJS.Timeout | undefined;
  async function sweep(): Promise<void> {
    try {
      await sessionStore.sweep();
      await idempotency.sweep();
    } catch (error) {
      log.warn({ err: error }, 'old sessions could not be removed');
    }
  }

  return {
    app,

    async listen() {
      if (alone) await idempotency.releaseAbandoned();
      await listening(server, settings.host, settings.port, 'PORT');
      let metricsUrl: string | null = null;
      if (settings.metricsPort > 0) {
        try {
          await listening(operations, '127.0.0.1', settings.metricsPort, 'METRICS_PORT');
        } catch (error) {
          await new Promise((resolve) => server.close(resolve));
          throw error;
        }
        metricsUrl = `http://127.0.0.1:${(operations.address() as AddressInfo).port}/metrics`;
      }
      await sweep();
      sweeper = setInterval(sweep, sweepEveryMs);
      sweeper.unref();
      const { port } = server.address() as AddressInfo;
      const localUrl = `http://${shownHost(settings.host)}:${port}`;
      return { url: settings.publicUrl || localUrl, localUrl, metricsUrl };
    },

    close(timeoutMs = 10_000) {
      closing ??= (async () => {
        ready = false;
        clearInterval(sweeper);
        metrics.close();
        const closed = Promise.all([closedServer(server), closedServer(operations)]);
        operations.closeAllConnections();
        const busy = new Set([...running].map((response) => response.socket));
        // Node counts a connection on which nothing came yet as busy; here it is not.
        for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
        for (const response of running) if (!response.headersSent) response.setHeader('Connection', 'close');
        const cut = setTimeout(() => {
          ending.abort();
          server.closeAllConnections();
        }, timeoutMs);
        await closed;
        clearTimeout(cut);
        ending.abort();
      })();
      return closing;
    },

    setReady(now) {
      ready = now;
    },
  };
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
