import { join } from 'node:path';
import { type Composed, compose } from './compose.ts';
import type { Config } from './config.ts';
import { type DemoReport, demoState, loadDemo } from './demo.ts';
import { defaultDocketSettings } from './domain/docket.ts';
import { createFlow } from './flow.ts';
import { createHttpServer } from './http/server.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { sessionSecret } from './secret.ts';

export interface Served {
  readonly url: string;
  readonly demo: DemoReport | null;
  /** The folder has no user yet: somebody must run `qianxian init`. */
  readonly needsInit: boolean;
  /** Running requests and jobs end, then everything is closed. Safe to call twice. */
  close(): Promise<void>;
}

export const demoFolder = join(packageRoot, 'scripts', 'demo-data');

/**
 * Serves and works in one process. The port is taken first, so that a taken one costs no time; readiness follows
 * when the index is current, the demo data (outside production, in an empty folder) is in and its week is matched.
 */
export async function serve(config: Config, options: { log: Log; clock?: Clock }): Promise<Served> {
  const { log } = options;
  const composed: Composed = await compose(config, {
    log,
    serving: true,
    ...(options.clock ? { clock: options.clock } : {}),
  });
  const flow = createFlow(composed.ports, {
    docket: { ...defaultDocketSettings, size: config.docketSize },
    weekly: config.weekly,
  });
  let closing: Promise<void> | undefined;
  let http: Awaited<ReturnType<typeof createHttpServer>> | undefined;
  const close = () => {
    closing ??= (async () => {
      await http?.close();
      await flow.stop();
      await composed.close();
    })();
    return closing;
  };
  try {
    http = createHttpServer({
      flow,
      log,
      settings: {
        version: packageVersion,
        secret: await sessionSecret(config),
        publicUrl: config.publicUrl,
        production: config.production,
        proxyHops: config.proxyHops,
        host: config.host,
        port: config.port,
        metricsPort: config.metricsPort,
      },
    });
    const { url } = await http.listen();
    let demo: DemoReport | null = null;
    if (!config.production && (await demoState(flow)) === 'empty') {
      demo = await loadDemo(flow, demoFolder);
      await flow.runWeek();
    }
    await flow.start();
    http.setReady(true);
    const needsInit = (await composed.ports.store.collection('users').count()) === 0;
    return { url, demo, needsInit, close };
  } catch (error) {
    await close();
    throw error;
  }
}
