import { join } from 'node:path';
import { type Composed, compose } from './compose.ts';
import type { Config } from './config.ts';
import { type DemoReport, demoFolder, demoState, loadDemo } from './demo.ts';
import { defaultDocketSettings } from './domain/docket.ts';
import { QianxianError } from './domain/errors.ts';
import { createFlow } from './flow.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { createWorkerServer, type WorkerServer } from './http/worker-server.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { sessionSecret } from './secret.ts';

export interface Served {
  /** As users reach it; as the machine reaches a worker's figures, or null where it shows none. */
  readonly url: string | null;
  readonly demo: DemoReport | null;
  /** The folder has no user yet: somebody must run `qianxian init`. */
  readonly needsInit: boolean;
  /** Running requests and jobs end, then everything is closed. Safe to call twice. */
  close(): Promise<void>;
}

/** Where `scripts/prepare.mjs` puts the pages that it builds. */
export const pagesFolder = join(packageRoot, 'dist-web');

/** What a process does: answers requests (`web`), keeps the index, the effects and the jobs going (`worker`), or both. */
export interface ProcessRoles {
  readonly web: boolean;
  readonly worker: boolean;
}

/**
 * Serves, works, or both, in one process. The port is taken first, so that a taken one costs no time; readiness follows
 * when the index is current, the demo data (outside production, in an empty store) is in and its week is matched.
 * Throws `misconfigured` for a single role on the embedded engines: no second process could have the other one.
 */
export async function serve(
  config: Config,
  options: { readonly log: Log; readonly clock?: Clock; readonly roles?: ProcessRoles },
): Promise<Served> {
  const { log, roles = { web: true, worker: true } } = options;
  const alone = config.servers === null;
  if (alone && !(roles.web && roles.worker)) {
    throw new QianxianError(
      'misconfigured',
      '内置引擎一个数据文件夹只有一个进程，不能分成 --web 和 --worker：请去掉这个选项，或设置 MONGODB_URI、ELASTICSEARCH_URL、REDIS_URL 后再分',
    );
  }
  const composed: Composed = await compose(config, {
    log,
    serving: true,
    migrate: true,
    ...(options.clock ? { clock: options.clock } : {}),
  });
  const flow = createFlow(composed.ports, {
    docket: { ...defaultDocketSettings, size: config.docketSize, secondReview: config.secondReview },
    weekly: config.weekly,
  });
  let closing: Promise<void> | undefined;
  let http: HttpServer | WorkerServer | undefined;
  const close = () => {
    closing ??= (async () => {
      await http?.close();
      await flow.stop();
      await composed.close();
    })();
    return closing;
  };
  try {
    const settings = {
      version: packageVersion,
      publicUrl: config.publicUrl,
      production: config.production,
      proxyHops: config.proxyHops,
      host: config.host,
      port: config.port,
      metricsPort: config.metricsPort,
      sessions: config.sessions,
      pagesFolder,
    };
    http = roles.web
      ? createHttpServer({
          flow,
          log,
          alone,
          panels: composed.panels,
          settings: { ...settings, secret: await sessionSecret(config, composed.ports.store) },
        })
      : createWorkerServer({ flow, log, settings });
    const { url } = await http.listen();
    let demo: DemoReport | null = null;
    // Processes that share the work are not a trial; several at once would load the same.
    if (roles.web && roles.worker && !config.production && (await demoState(flow)) === 'empty') {
      demo = await loadDemo(flow, demoFolder);
      await flow.runWeek();
    }
    if (roles.worker) await flow.start();
    http.setReady(true);
    const needsInit = (await composed.ports.store.collection('users').count()) === 0;
    return { url, demo, needsInit, close };
  } catch (error) {
    await close();
    throw error;
  }
}
