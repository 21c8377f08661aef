import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { type Role, systemPrincipal } from '../../src/domain/user.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import type { HttpSettings } from '../../src/http/http-settings.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { Log } from '../../src/ports/log.ts';
import type { OperatorPanel } from '../../src/ports/operator-panel.ts';
import type { ServiceFacts } from '../../src/ports/service-facts.ts';
import { pagesFolder } from '../../src/serve.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { type Client, httpClient } from './http-client.ts';

export interface LogLine {
  readonly level: string;
  readonly facts: Record<string, unknown>;
  readonly message: string;
}

/** A log that remembers. */
export function recordingLog(): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts: facts as Record<string, unknown>, message });
  };
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

export const testSecret = 'a-secret-of-the-tests-0123456789-abcdef';
export const password = 'Haizao-gongyi.7731-jianding';
export const otherPassword = 'Xitu-paoguang.5528-fenmo';

const many = { requests: 1_000_000, seconds: 60 };
/** As good as none; the tests of the limits set their own. */
export const generousLimits = {
  login: many,
  account: many,
  register: many,
  registerTry: many,
  search: many,
  export: many,
  write: many,
  all: many,
};

export interface HttpFixture {
  readonly ports: FreshPorts;
  readonly flow: Flow;
  readonly server: HttpServer;
  readonly url: string;
  readonly lines: LogLine[];
  client(): Client;
  /** A client that has logged in as this user. */
  as(login: string, withPassword?: string): Promise<Client>;
  /** Another server on the same engines, as after a restart. */
  another(
    settings?: Partial<HttpSettings>,
  ): Promise<{ server: HttpServer } & Awaited<ReturnType<HttpServer['listen']>>>;
  close(): Promise<void>;
}

export async function openHttp(
  options: {
    readonly settings?: Partial<HttpSettings>;
    readonly now?: string;
    readonly panels?: readonly OperatorPanel[];
    readonly service?: Partial<ServiceFacts>;
  } = {},
): Promise<HttpFixture> {
  const fresh = await freshPorts(options.now === undefined ? {} : { now: options.now });
  const ports = { ...fresh, service: { ...fresh.service, ...options.service } };
  const flow = createFlow(ports, { docket: { ...defaultDocketSettings, size: 12 }, weekly: null });
  await flow.start();
  const { log, lines } = recordingLog();
  const servers: HttpServer[] = [];
  const open = async (settings: Partial<HttpSettings> = {}) => {
    const server = createHttpServer({
      flow,
      log,
      alone: true,
      panels: options.panels ?? [],
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
        pagesFolder,
        ...settings,
      },
    });
    servers.push(server);
    const listening = await server.listen();
    server.setReady(true);
    return { server, ...listening };
  };
  const { server, localUrl: url } = await open(options.settings);
  const client = () => httpClient(url);
  return {
    ports,
    flow,
    server,
    url,
    lines,
    client,
    async as(login, withPassword = password) {
      const one = client();
      const reply = await one.login(login, withPassword);
      if (reply.status !== 200) throw new Error(`${login} could not log in: ${reply.text}`);
      return one;
    },
    another: open,
    async close() {
      await Promise.all(servers.map((one) => one.close(2_000)));
      await flow.stop();
      await ports.close();
    },
  };
}

/** An account that has changed its one-time password; answers its id. */
export async function account(
  { flow }: Pick<HttpFixture, 'flow'>,
  login: string,
  role: Role,
  organisationId?: string,
): Promise<string> {
  const { user, oneTimePassword } = await flow.createUser(systemPrincipal, {
    login,
    name: `测试${login}`,
    role,
    ...(organisationId === undefined ? {} : { organisationId }),
  });
  const signed = await flow.authenticate(login, oneTimePassword!);
  await flow.changePassword(signed.principal, { current: oneTimePassword!, next: password });
  return user.id;
}
