import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { createJobPanel } from '../../src/engines/cluster/job-panel.ts';
import { type ClusterJobQueue, createJobQueue } from '../../src/engines/cluster/job-queue.ts';
import { createRateCounter } from '../../src/engines/cluster/rate-counter.ts';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import { openRedis, type RedisServer } from '../../src/engines/cluster/redis-server.ts';
import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import { createVault } from '../../src/engines/embedded/vault.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import type { HttpSettings } from '../../src/http/http-settings.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { doubledFeed } from '../flow/doubled-feed.ts';
import { type Client, httpClient } from '../http/http-client.ts';
import { generousLimits, password, recordingLog, testSecret } from '../http/open-http.ts';
import { freshPorts } from '../steps/fresh-ports.ts';
import { dropDatabases, freshDatabase, mongoUri, silent } from './cluster-records.ts';
import { dropPrefixes, freshPrefix, mappingsFolder } from './cluster-search.ts';

/** What the tests of web processes need; without it they are skipped. */
export const webMissing = mongoUri && process.env.REDIS_URL ? null : 'MONGODB_URI or REDIS_URL is not set';

/** One web process: engines, connections and caches of its own. */
export interface ClusterWeb {
  readonly url: string;
  readonly ports: Ports;
  readonly flow: Flow;
  readonly queue: ClusterJobQueue;
  readonly redis: RedisServer;
  client(): Client;
  as(login: string, withPassword?: string): Promise<Client>;
  close(): Promise<void>;
}

/**
 * Opens web processes on one database and one set of keys, as `start --web` does. What they search is in memory unless
 * `searchUrl` says where Elasticsearch is.
 */
export function clusterWebs(
  options: {
    readonly redisUrl?: string;
    readonly mongoUrl?: string;
    readonly searchUrl?: string;
    /** Every batch of changes is handed to each consumer twice. */
    readonly doubled?: true;
  } = {},
): {
  open(settings?: Partial<HttpSettings>): Promise<ClusterWeb>;
  /** Closes what is open and removes what was written. */
  destroy(): Promise<void>;
} {
  const database = freshDatabase();
  const prefix = freshPrefix();
  const webs: ClusterWeb[] = [];
  const redisUrl = options.redisUrl ?? process.env.REDIS_URL!;
  const log = silent;

  return {
    async open(settings = {}) {
      const base = await freshPorts();
      const { clock } = base;
      const uri = options.mongoUrl ?? mongoUri!;
      const opened = await openRecordStore({ uri, database, clock, log, migrate: true });
      const store = options.doubled ? doubledFeed(opened) : opened;
      const redis = await openRedis({ uri: redisUrl, log });
      const queue = createJobQueue({ redis, store, clock, log, prefix });
      const rates = createRateCounter({ redis, log, prefix });
      const { searchUrl } = options;
      const index = searchUrl
        ? await openSearchIndex({ url: searchUrl, mappings: mappingsFolder, prefix, clock, log })
        : base.index;
      // All processes of one service have one secret.
      const ports = { ...base, store, index, queue, rates, vault: createVault(testSecret) };
      const flow = createFlow(ports, { docket: { ...defaultDocketSettings, size: 12 }, weekly: null });
      const server = createHttpServer({
        flow,
        log: recordingLog().log,
        alone: false,
        panels: [createJobPanel({ redis, queue, path: '/panels/jobs' })],
        settings: {
          version: '0.0.0-test',
          secret: testSecret,
          publicUrl: '',
          production: false,
          proxyHops: 0,
          host: '127.0.0.1',
          port: 0,
          metricsPort: 0,
          limits: generousLimits,
          ...settings,
        },
      });
      const { localUrl: url } = await server.listen();
      server.setReady(true);
      const web: ClusterWeb = {
        url,
        ports,
        flow,
        queue,
        redis,
        client: () => httpClient(url),
        async as(login, withPassword = password) {
          const one = httpClient(url);
          const reply = await one.login(login, withPassword);
          if (reply.status !== 200) throw new Error(`${login} could not log in: ${reply.text}`);
          return one;
        },
        async close() {
          await server.close(2_000);
          await flow.stop();
          await queue.close();
          await redis.close();
          if (index !== base.index) await index.close();
          await store.close();
          await base.close();
        },
      };
      webs.push(web);
      return web;
    },
    async destroy() {
      const { client } = webs[0]!.redis;
      const keys = webs[0]!.redis.isReady ? await client.keys(`${prefix}:*`) : [];
      if (keys.length > 0) await client.del(keys);
      for (const web of webs.splice(0)) await web.close();
      await dropDatabases([database]);
      if (options.searchUrl) await dropPrefixes([prefix]);
    },
  };
}
