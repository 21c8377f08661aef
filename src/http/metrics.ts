import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Flow } from '../flow.ts';

export interface Metrics {
  observe(facts: { method: string; route: string; status: number; seconds: number }): void;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
  /** Media type of that text. */
  readonly contentType: string;
  close(): void;
}

/** Figures of the running service. They name routes by their template: no id, no query, no person. */
export function createMetrics(flow: Flow): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const durations = new Histogram({
    name: 'qianxian_http_request_seconds',
    help: 'Duration of requests by route template',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers,
  });
  const errors = new Counter({
    name: 'qianxian_http_errors_total',
    help: 'Answers of status 500 and above',
    registers,
  });

  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  new Gauge({
    name: 'qianxian_event_loop_delay_seconds',
    help: 'Event-loop delay since the last reading',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const quantile of [50, 90, 99]) {
        const nanoseconds = delay.percentile(quantile);
        this.set({ quantile: `0.${quantile}` }, Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);
      }
      delay.reset();
    },
  });
  new Gauge({
    name: 'qianxian_memory_bytes',
    help: 'Memory of the process',
    labelNames: ['kind'],
    registers,
    collect() {
      const { rss, heapUsed, external } = process.memoryUsage();
      this.set({ kind: 'resident' }, rss);
      this.set({ kind: 'heap' }, heapUsed);
      this.set({ kind: 'external' }, external);
    },
  });
  new Gauge({
    name: 'qianxian_feed_lag_changes',
    help: 'Changes that wait for a consumer of the changes feed',
    labelNames: ['consumer'],
    registers,
    async collect() {
      for (const [consumer, lag] of Object.entries(await flow.lags())) this.set({ consumer }, lag);
    },
  });
  new Gauge({
    name: 'qianxian_index_refusals',
    help: 'Records that the search index refused for good (see doctor)',
    registers,
    async collect() {
      this.set(await flow.ports.store.collection('indexRefusals').count());
    },
  });
  new Gauge({
    name: 'qianxian_jobs',
    help: 'Jobs by state',
    labelNames: ['state'],
    registers,
    async collect() {
      for (const [state, count] of Object.entries(await flow.ports.queue.counts())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'qianxian_dockets',
    help: 'Dockets by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const dockets = flow.ports.store.collection('dockets');
      for (const state of ['open', 'closed']) this.set({ state }, await dockets.count({ state }));
    },
  });
  new Gauge({
    name: 'qianxian_records',
    help: 'Records by kind and state',
    labelNames: ['kind', 'state'],
    registers,
    async collect() {
      for (const kind of ['needs', 'achievements'] as const) {
        for (const state of ['submitted', 'published', 'archived']) {
          this.set({ kind, state }, await flow.ports.store.collection(kind).count({ state }));
        }
      }
    },
  });

  return {
    observe({ method, route, status, seconds }) {
      durations.observe({ method, route, status: String(status) }, seconds);
      if (status >= 500) errors.inc();
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: () => delay.disable(),
  };
}
