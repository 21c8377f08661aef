import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { createFlow } from '../../src/flow.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { doubledFeed } from './doubled-feed.ts';

/**
 * Serves and works like `start`, but hands every batch of changes to each consumer twice. The first start makes an
 * administrator. Prints one line of JSON when it is ready; runs until it is killed.
 */
const config = readConfig();
const log = {
  debug() {},
  info() {},
  warn() {},
  error: (facts: object, message: string) => console.error(message, facts),
};
// What a killed process leaves is taken over soon, so that a walk with many kills does not take all day.
const { ports, panels } = await compose(config, { log, serving: true, migrate: true, leaseMs: 3_000 });
const flow = createFlow({ ...ports, store: doubledFeed(ports.store) }, { docket: defaultDocketSettings, weekly: null });
const server = createHttpServer({
  flow,
  log,
  alone: config.servers === null,
  panels,
  settings: {
    version: '0.0.0-test',
    secret: config.secret,
    publicUrl: config.publicUrl,
    production: config.production,
    proxyHops: 0,
    host: config.host,
    port: config.port,
    metricsPort: 0,
  },
});
const { localUrl } = await server.listen();
let admin: { login: string; password: string } | null = null;
if ((await ports.store.collection('users').count()) === 0) {
  const made = await flow.createUser(systemPrincipal, { login: 'admin', name: '系统管理员', role: 'admin' });
  admin = { login: made.user.login, password: made.oneTimePassword! };
}
await flow.start();
server.setReady(true);
process.stdout.write(`${JSON.stringify({ url: localUrl, admin })}\n`);
