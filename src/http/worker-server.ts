import type { AddressInfo } from 'node:net';
import type { Flow } from '../flow.ts';
import type { Log } from '../ports/log.ts';
import type { HttpSettings } from './http-settings.ts';
import { closedServer, listening } from './listening.ts';
import { createMetrics } from './metrics.ts';
import { createOperationsServer } from './operations-server.ts';

export interface WorkerServer {
  /** Takes the port of the metrics on the loopback address; null where it is 0. */
  listen(): Promise<{ readonly url: string | null }>;
  close(): Promise<void>;
  setReady(ready: boolean): void;
}

/** What a process without pages shows: metrics, health and readiness, to its own machine alone. */
export function createWorkerServer(options: {
  readonly flow: Flow;
  readonly log: Log;
  readonly settings: Pick<HttpSettings, 'version' | 'metricsPort'>;
}): WorkerServer {
  const { flow, log, settings } = options;
  const metrics = createMetrics(flow);
  let ready = false;
  const server = createOperationsServer({ flow, log, metrics, version: settings.version, isReady: () => ready });
  return {
    async listen() {
      if (settings.metricsPort === 0) return { url: null };
      await listening(server, '127.0.0.1', settings.metricsPort, 'METRICS_PORT');
      return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    },
    async close() {
      ready = false;
      metrics.close();
      const closed = closedServer(server);
      server.closeAllConnections();
      await closed;
    },
    setReady(now) {
      ready = now;
    },
  };
}
