import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readConfig, settings } from '../../src/config.ts';
import { packageRoot } from '../../src/package-root.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly security_opt?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const composed = (path: string) => parse(read(path), { merge: true }) as Compose;
const known = new Set<string>([...settings.map((row) => row.name), 'TZ']);

describe('containers', () => {
  for (const file of ['docker-compose.yml', 'docker-compose.embedded.yml']) {
    describe(file, () => {
      const { services, volumes } = composed(file);

      it('starts, watches and keeps every service', () => {
        for (const [name, service] of Object.entries(services)) {
          expect(service.image, name).to.match(/:\d+\.\d+/);
          const kept = (service.volumes ?? []).map((volume) => volume.split(':')[0]!);
          const files = kept.filter((volume) => volume.startsWith('./'));
          for (const path of files) expect(existsSync(join(packageRoot, path)), path).to.equal(true);
          // What runs once and ends keeps nothing.
          if (service.restart === 'no') {
            expect(service.entrypoint, name).to.have.length.above(1);
            continue;
          }
          expect(service.restart, name).to.equal('unless-stopped');
          expect(service.healthcheck?.test.length, name).to.be.above(1);
          expect(kept.length, name).to.be.above(files.length);
          for (const volume of kept) if (!files.includes(volume)) expect(volumes, name).to.have.property(volume);
        }
      });

      it('gives no container more rights than it needs', () => {
        for (const [name, service] of Object.entries(services)) {
          expect(service.security_opt, name).to.deep.equal(['no-new-privileges:true']);
          expect(service.cap_drop, name).to.deep.equal(['ALL']);
          expect(service.privileged, name).to.equal(undefined);
          const rooted = ['mongodb', 'redis'].includes(name);
          expect(service.cap_add ?? [], name).to.have.length(rooted ? 5 : 0);
        }
      });

      it('passes on every setting that a deployment may want to change', () => {
        // A dictionary is a file, which a deployment mounts itself; the others belong to the containers.
        const own = ['QIANXIAN_DATA', 'QIANXIAN_DICTIONARY', 'QIANXIAN_PREFIX'];
        const passed = new Set(Object.values(services).flatMap((service) => Object.keys(service.environment ?? {})));
        const wanted = settings
          .map(({ name }) => name)
          .filter((name) => name.startsWith('QIANXIAN_') && !own.includes(name));
        expect(wanted.filter((name) => !passed.has(name))).to.deep.equal([]);
      });

      it('sets only what the program reads, and takes every password from outside', () => {
        for (const [name, service] of Object.entries(services)) {
          for (const [variable, value] of Object.entries(service.environment ?? {})) {
            if (service.build) expect(known.has(variable), `${name}: ${variable}`).to.equal(true);
            // A password stands alone, or in an address before its @.
            if (/SECRET|PASSWORD|REDISCLI_AUTH/.test(variable))
              expect(value, variable).to.match(/^\$\{[A-Z_]+:\?.+\}$/);
            if (/^[a-z]+:\/\/.*@/.test(value))
              expect(value, variable).to.match(/^[a-z]+:\/\/\w*:\$\{[A-Z_]+:\?[^}]+\}@/);
          }
        }
        expect(read(file)).to.not.match(/changeme|:-[^}]*(?:password|secret)/i);
      });

      it('runs the program as its command line is', () => {
        for (const service of Object.values(services).filter((one) => one.build)) {
          const [node, script, ...options] = service.command!;
          expect(node).to.equal('node');
          expect(existsSync(join(packageRoot, script!)), script).to.equal(true);
          for (const option of options) expect(['--web', '--worker']).to.include(option);
        }
      });
    });
  }

  it('the servers wait for nobody, the service for all three; none of them can be reached from outside', () => {
    const { services } = composed('docker-compose.yml');
    expect(Object.keys(services)).to.deep.equal([
      'web',
      'worker',
      'mongodb',
      'elasticsearch',
      'elasticsearch-account',
      'redis',
    ]);
    for (const name of ['web', 'worker'] as const) {
      expect(services[name]!.depends_on).to.deep.equal({
        mongodb: { condition: 'service_healthy' },
        elasticsearch: { condition: 'service_healthy' },
        'elasticsearch-account': { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
      });
      expect(services[name]!.environment).to.include.keys('MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL');
    }
    for (const name of ['worker', 'mongodb', 'elasticsearch', 'elasticsearch-account', 'redis']) {
      expect(services[name]!.ports, name).to.equal(undefined);
    }
    expect(services.web!.ports).to.deep.equal(['127.0.0.1:3000:3000']);
    expect(services.elasticsearch!.environment).to.include({ 'xpack.security.enabled': 'true' });
    expect(services.elasticsearch!.environment!.ES_JAVA_OPTS).to.match(/-Xms(\S+) -Xmx\1$/);
    const redis = services.redis!.command!.join(' ');
    expect(redis)
      .to.include('--appendonly yes')
      .and.include('--maxmemory-policy noeviction')
      .and.include('--requirepass');
  });

  it('the service logs in with accounts of its own, and never as the one that may do everything', () => {
    const { services } = composed('docker-compose.yml');
    for (const name of ['web', 'worker'] as const) {
      const { MONGODB_URI, ELASTICSEARCH_URL, ...rest } = services[name]!.environment!;
      expect(MONGODB_URI).to.match(/^mongodb:\/\/qianxian:\$\{MONGODB_PASSWORD:.*authSource=qianxian$/);
      expect(ELASTICSEARCH_URL).to.match(/^http:\/\/qianxian:\$\{ELASTICSEARCH_PASSWORD:/);
      expect(JSON.stringify(rest)).not.to.include('ROOT_PASSWORD');
    }
    expect(services.mongodb!.environment!.MONGO_INITDB_ROOT_PASSWORD).to.include('MONGODB_ROOT_PASSWORD');
    expect(services.elasticsearch!.environment!.ELASTIC_PASSWORD).to.include('ELASTICSEARCH_ROOT_PASSWORD');
    const made: object[] = [];
    const script = new Function('db', 'process', read('containers/mongodb-account.js'));
    script(
      { getSiblingDB: (database: string) => ({ createUser: (user: object) => made.push({ database, ...user }) }) },
      { env: { QIANXIAN_MONGODB_PASSWORD: 'of the account' } },
    );
    const roles = [{ role: 'readWrite', db: 'qianxian' }];
    expect(made).to.deep.equal([{ database: 'qianxian', user: 'qianxian', pwd: 'of the account', roles }]);
  });

  const curl = spawnSync('curl', ['--version']).status === 0;
  const reason = curl ? '' : ' (skipped: there is no curl)';
  (curl ? it : it.skip)(`the account on Elasticsearch reaches the program's own indices alone${reason}`, async () => {
    const asked: { readonly what: string; readonly login?: string; readonly body: unknown }[] = [];
    const server = createServer(async (request, response) => {
      const body = JSON.parse((await request.toArray()).join(''));
      asked.push({ what: `${request.method} ${request.url}`, login: request.headers.authorization, body });
      response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const passwords = { ELASTIC_PASSWORD: 'oftheroot', QIANXIAN_ELASTICSEARCH_PASSWORD: 'oftheaccount' };
    const run = () => {
      const env = { PATH: process.env.PATH, ...passwords };
      const child = spawn('sh', [join(packageRoot, 'containers', 'elasticsearch-account.sh'), address], { env });
      return once(child, 'exit');
    };
    try {
      expect(await run()).to.deep.equal([0, null]);
      const login = `Basic ${Buffer.from('elastic:oftheroot').toString('base64')}`;
      const indices = [{ names: ['qianxian-*'], privileges: ['manage', 'read', 'write'] }];
      expect(asked).to.deep.equal([
        { what: 'PUT /_security/role/qianxian', login, body: { cluster: ['monitor'], indices } },
        {
          what: 'PUT /_security/user/qianxian',
          login,
          body: { password: 'oftheaccount', roles: ['qianxian'], full_name: '牵线' },
        },
      ]);
      // The names that the program gives its indices where nothing is set.
      expect(readConfig({}).prefix).to.equal('qianxian');
    } finally {
      server.close();
    }
    expect((await run())[0], 'without a server it fails').to.not.equal(0);
  });

  it('the image copies what is there, and what is not left out', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap((line) =>
      line[1]!.split(' ').slice(0, -1),
    );
    const sent = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(copied.length).to.be.above(8);
    for (const path of copied) {
      expect(existsSync(join(packageRoot, path)), path).to.equal(true);
      expect(sent, path).to.include(path.split('/')[0]);
    }
  });
});
