import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { settings } from '../../src/config.ts';
import { packageRoot } from '../../src/package-root.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
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
          expect(service.restart, name).to.equal('unless-stopped');
          expect(service.healthcheck?.test.length, name).to.be.above(1);
          expect(service.image, name).to.match(/:\d+\.\d+/);
          const kept = (service.volumes ?? []).map((volume) => volume.split(':')[0]!);
          expect(kept.length, name).to.be.above(0);
          for (const volume of kept) expect(volumes, name).to.have.property(volume);
        }
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
    expect(Object.keys(services)).to.deep.equal(['web', 'worker', 'mongodb', 'elasticsearch', 'redis']);
    for (const name of ['web', 'worker'] as const) {
      expect(services[name]!.depends_on).to.deep.equal({
        mongodb: { condition: 'service_healthy' },
        elasticsearch: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      });
      expect(services[name]!.environment).to.include.keys('MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL');
    }
    for (const name of ['worker', 'mongodb', 'elasticsearch', 'redis']) {
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
