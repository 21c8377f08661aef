import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { findingsOf } from '../../src/engines/cluster/redis-findings.ts';
import { type Ended, isBuilt, runCommand } from '../cli/run-command.ts';
import { type FakeMongoKind, fakeMongo } from './fake-mongo.ts';
import { type OwnRedis, ownRedis, ownRedisMissing } from './own-redis.ts';

const plainPassword = 'p@ss:w/ord#9';
const secret = encodeURIComponent(plainPassword);
/** In no form that an address can give it. */
const leaks = [plainPassword, secret, 'ss:w/ord', 'ss%3Aw', encodeURIComponent(secret)];

/** Nothing listens there. */
const nowhere = '127.0.0.1:1';

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
  readonly mend: string;
}

/** What operators are told of settings that cannot work: everything that is printed is looked through for passwords. */
describe('bad settings of servers', function () {
  this.timeout(120_000);
  let folder: string;

  before(async function () {
    if (!isBuilt) {
      console.log('      skipped: dist is not built; `npm test` builds it');
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'qianxian-settings-'));
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const given = (environment: Record<string, string>) => ({
    MONGODB_URI: `mongodb://op:${secret}@${nowhere}/x`,
    ELASTICSEARCH_URL: `http://op:${secret}@${nowhere}`,
    REDIS_URL: `redis://op:${secret}@${nowhere}`,
    QIANXIAN_LOG: 'debug',
    ...environment,
  });
  const run = async (args: readonly string[], environment: Record<string, string>): Promise<Ended> => {
    const ended = await runCommand(join(folder, 'data'), args, environment);
    for (const leak of leaks) expect(`${ended.stdout}${ended.stderr}`, leak).not.to.include(leak);
    expect(ended.stderr).not.to.match(/\n\s+at /);
    return ended;
  };
  const doctor = async (environment: Record<string, string>) => {
    const ended = await run(['doctor', '--json'], environment);
    return { code: ended.code, findings: JSON.parse(ended.stdout) as Finding[] };
  };
  const found = (findings: readonly Finding[], check: string) => {
    const one = findings.find((finding) => finding.check.includes(check));
    if (!one) throw new Error(`nothing of ${check} in ${JSON.stringify(findings)}`);
    return one;
  };

  describe('as they are written', () => {
    const cases = [
      [
        'MONGODB_URI of another scheme',
        { MONGODB_URI: `postgres://op:${secret}@db/x` },
        /MONGODB_URI 不是 mongodb:\/\//,
      ],
      [
        'ELASTICSEARCH_URL of another scheme',
        { ELASTICSEARCH_URL: `es://op:${secret}@es` },
        /ELASTICSEARCH_URL 不是 http:/,
      ],
      ['REDIS_URL of another scheme', { REDIS_URL: `http://op:${secret}@r` }, /REDIS_URL 不是 redis:/],
      [
        'one of three',
        { ELASTICSEARCH_URL: '', REDIS_URL: '' },
        /ELASTICSEARCH_URL 没有设置（已设 MONGODB_URI）.*REDIS_URL 没有设置/,
      ],
      ['two of three', { MONGODB_URI: '' }, /MONGODB_URI 没有设置（已设 ELASTICSEARCH_URL、REDIS_URL）/],
    ] as const;
    for (const [title, environment, said] of cases) {
      it(`${title}: one line that names it and the mend, and 2`, async () => {
        for (const args of [['start'], ['user', 'list']]) {
          const ended = await run(args, given(environment));
          expect(ended.code, ended.stderr).to.equal(2);
          const lines = ended.stderr.split('\n').filter((line) => said.test(line));
          expect(lines, ended.stderr).to.have.length(1);
          expect(lines[0]).to.match(/请/);
          expect(ended.stdout).to.equal('');
        }
        const { code, findings } = await doctor(given(environment));
        expect(code).to.equal(2);
        expect(found(findings, '设置').detail).to.match(said);
        expect(found(findings, '设置').mend).to.match(/请/);
      });
    }

    it('addresses that are none are named as well', async () => {
      for (const [environment, said] of [
        [{ MONGODB_URI: `mongodb://op:${secret}@@:x/` }, /MONGODB_URI/],
        [{ ELASTICSEARCH_URL: `http://op:${secret}@host:99999` }, /ELASTICSEARCH_URL/],
        [{ REDIS_URL: `redis://op:${secret}@host:port` }, /REDIS_URL/],
      ] as const) {
        const { code, findings } = await doctor(given(environment));
        expect(code).to.be.oneOf([1, 4]);
        const bad = findings.filter(({ state }) => state === 'bad');
        expect(bad.map(({ detail }) => detail).join()).to.match(said);
        expect(bad.every(({ mend }) => mend !== '')).to.equal(true);
      }
    });

    it('servers that nobody answers at are each named by doctor, and end everything else with 4', async () => {
      const { code, findings } = await doctor(given({}));
      expect(code).to.equal(4);
      for (const [check, setting] of [
        ['MongoDB', 'MONGODB_URI'],
        ['Elasticsearch', 'ELASTICSEARCH_URL'],
        ['Redis', 'REDIS_URL'],
      ] as const) {
        expect(found(findings, check)).to.include({ state: 'unreachable' });
        expect(found(findings, check).mend).to.include(setting);
      }
      const ended = await run(['user', 'list'], given({}));
      expect(ended.code).to.equal(4);
      expect(ended.stderr).to.include('MONGODB_URI');
    });
  });

  describe('of MongoDB, as the server answers', () => {
    const cases: readonly (readonly [FakeMongoKind, string, RegExp, number])[] = [
      ['refuses the login', '', /MONGODB_URI 里的用户名或密码不对/, 2],
      ['gives no rights', '', /没有读写权限.*MONGODB_URI.*readWrite/, 2],
      ['is a secondary', '?directConnection=true', /MONGODB_URI 所指的是副本集的从节点.*replicaSet/, 2],
      ['is a secondary', '?replicaSet=rs0', /MONGODB_URI 所指的副本集现在没有能写入的主节点/, 4],
    ];
    for (const [kind, query, said, code] of cases) {
      it(`that ${kind}${query === '' ? '' : ` (${query.slice(1)})`} are told apart`, async () => {
        const server = await fakeMongo(kind);
        const login = kind === 'refuses the login' ? `op:${secret}@` : '';
        const environment = given({ MONGODB_URI: `mongodb://${login}127.0.0.1:${server.port}/x${query}` });
        try {
          const ended = await run(['user', 'list'], environment);
          expect(ended.stderr).to.match(said);
          expect(ended.code).to.equal(code);
          const seen = await doctor(environment);
          // The other two are away here.
          expect(seen.code).to.equal(4);
          const finding = found(seen.findings, '数据库');
          const bad = seen.findings.find(({ detail }) => said.test(detail));
          expect(bad, JSON.stringify(finding)).to.include({ state: code === 4 ? 'unreachable' : 'bad' });
        } finally {
          await server.close();
        }
      });
    }
  });

  const missing = ownRedisMissing();
  (missing === null ? describe : describe.skip)(
    `of Redis, as the server answers${missing === null ? '' : ` (skipped: ${missing})`}`,
    () => {
      let server: OwnRedis | undefined;
      afterEach(() => server?.destroy());
      const looked = async (settings: readonly string[], login: string) => {
        server = await ownRedis(settings);
        await server.start();
        const seen = await doctor(given({ REDIS_URL: `redis://${login}127.0.0.1:${server.port}` }));
        return seen.findings.filter(({ check }) => check.includes('Redis'));
      };

      it('a wrong password and none at all', async () => {
        const [wrong] = await looked(['--requirepass', 'another'], `:${secret}@`);
        expect(wrong).to.include({ state: 'bad' });
        expect(wrong!.detail).to.match(/REDIS_URL 的用户名或密码不对/);
        await server?.destroy();
        const [none] = await looked(['--requirepass', plainPassword], '');
        expect(none!.detail).to.match(/REDIS_URL 没有写密码/);
        await server?.destroy();
        const [right] = await looked(['--requirepass', plainPassword], `:${secret}@`);
        expect(right).to.include({ state: 'good' });
      });

      it('no append-only file, and a memory that is emptied when it is full: warnings, with what to set', async () => {
        const seen = await looked(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'], '');
        expect(seen.map(({ state }) => state)).to.deep.equal(['good', 'warning', 'warning']);
        expect(seen[1]!.detail).to.match(/REDIS_URL.*AOF/);
        expect(seen[1]!.mend).to.include('appendonly yes');
        expect(seen[2]!.mend).to.include('noeviction');
      });
    },
  );

  it('an old Redis is a warning that says what was tried', () => {
    const config = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' };
    const [old] = findingsOf({ info: { redis_version: '5.0.14' }, config });
    expect(old!.advice).to.match(/REDIS_URL.*5\.0\.14.*6\.2/);
    for (const version of ['6.2.0', '7.4.1', '8.0.0']) {
      expect(findingsOf({ info: { redis_version: version }, config })).to.deep.equal([]);
    }
  });
});
