import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import { isBuilt, runCommand } from '../cli/run-command.ts';
import { dropDatabases, freshDatabase, mongoUri, silent } from './cluster-records.ts';
import { openSearchProxy, type SearchProxy } from './search-proxy.ts';
import { openSearchStandIn, type SearchStandIn } from './search-stand-in.ts';

const redisUrl = process.env.REDIS_URL;
const reason = !isBuilt ? 'needs dist' : mongoUri && redisUrl ? '' : 'needs MONGODB_URI and REDIS_URL';
const password = 'geheim-9f3c';

/** What an operator sees at a start or a check-up before a search server that cannot be used. */
(reason === '' ? describe : describe.skip)(
  `starting before a wrong search server${reason === '' ? '' : ` (skipped: ${reason})`}`,
  function () {
    this.timeout(400_000);
    const database = freshDatabase();
    let folder: string;
    let standIn: SearchStandIn;
    let proxy: SearchProxy;
    const environment = (url: string): Record<string, string> => {
      const uri = new URL(mongoUri!);
      uri.pathname = `/${database}`;
      return {
        MONGODB_URI: uri.href,
        REDIS_URL: redisUrl!,
        ELASTICSEARCH_URL: url,
        QIANXIAN_PREFIX: database,
        QIANXIAN_WEEKLY: 'off',
        PORT: '0',
      };
    };
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'qianxian-'));
      const clock = { now: () => new Date() };
      const store = await openRecordStore({ uri: mongoUri!, database, clock, log: silent, migrate: true });
      await store.close();
      standIn = await openSearchStandIn();
      proxy = await openSearchProxy(standIn.url);
    });
    after(async () => {
      await proxy.close();
      await standIn.close();
      await rm(folder, { recursive: true, force: true });
      await dropDatabases([database]);
    });
    afterEach(() => proxy.mishap(() => undefined));

    const say = (status: number, body: object) => proxy.mishap(() => ({ answers: status, body: JSON.stringify(body) }));
    const withLogin = (url: string) => url.replace('http://', `http://u:${password}@`);
    const wrong: Readonly<Record<string, { readonly url: () => string; readonly tells: RegExp }>> = {
      'an address of another scheme': {
        url: () => withLogin(proxy.url).replace('http', 'ftp'),
        tells: /ELASTICSEARCH_URL 不是 http:\/\/ 或 https:\/\/ 开头的地址/,
      },
      'a wrong password': {
        url: () => {
          say(401, { error: { type: 'security_exception', reason: 'unable to authenticate' }, status: 401 });
          return withLogin(proxy.url);
        },
        tells: /拒绝了用户名、密码或权限，请检查 ELASTICSEARCH_URL/,
      },
      'version 7': {
        url: () => {
          say(200, { version: { number: '7.17.29' } });
          return withLogin(proxy.url);
        },
        tells: /版本（7\.17\.29）太旧.*ELASTICSEARCH_URL/,
      },
      'another product': {
        url: () => {
          proxy.mishap(() => ({ answers: 200, body: '<html>Willkommen</html>' }));
          return withLogin(proxy.url);
        },
        tells: /ELASTICSEARCH_URL 指向的不是 Elasticsearch/,
      },
    };
    for (const [title, { url, tells }] of Object.entries(wrong)) {
      it(`ends with one clear line for ${title}, and so does the check-up`, async () => {
        const given = environment(url());
        const started = await runCommand(folder, ['start'], given);
        expect(started.code, started.stderr).to.be.a('number').and.not.equal(0);
        const lines = started.stderr.split('\n').filter((line) => tells.test(line));
        expect(lines, started.stderr).to.have.length(1);
        const checked = await runCommand(folder, ['doctor'], given);
        expect(checked.code).to.not.equal(0);
        expect(checked.stdout).to.match(tells);
        for (const { stdout, stderr } of [started, checked]) expect(stdout + stderr).not.to.include(password);
      });
    }

    it('ends with one clear line for an alias that is a plain index', async () => {
      await fetch(`${standIn.url}/${database}-need`, { method: 'PUT', body: '{}' });
      const { code, stderr } = await runCommand(folder, ['start'], environment(proxy.url));
      await fetch(`${standIn.url}/${database}-need`, { method: 'DELETE' });
      expect(code).to.not.equal(0);
      expect(stderr).to.match(/-need 是一个普通索引，不是别名：请把它删除或改名/);
    });

    it('starts before an index of another version once it was rebuilt, and says so before', async () => {
      const given = environment(proxy.url);
      const first = await runCommand(folder, ['reindex'], given);
      expect(first.code, first.stderr).to.equal(0);
      const name = standIn.indices().find((index) => index.startsWith(`${database}-need-`))!;
      const _meta = { qianxian: { shape: 'other', averages: {}, stamp: null } };
      await fetch(`${standIn.url}/${name}/_mapping`, { method: 'PUT', body: JSON.stringify({ _meta }) });
      const refused = await runCommand(folder, ['start'], given);
      expect(refused.code).to.not.equal(0);
      expect(refused.stderr).to.match(/另一版本的程序建立的，请运行 npx qianxian reindex/);
      expect((await runCommand(folder, ['reindex'], given)).code).to.equal(0);
      const { code, stderr } = await runCommand(folder, ['start', '--json'], given, { stopAt: '"' });
      expect(code, stderr).to.equal(0);
    });

    it('tells in the check-up that the index takes no writes, and what to do', async () => {
      const given = environment(proxy.url);
      expect((await runCommand(folder, ['reindex'], given)).code).to.equal(0);
      standIn.block(true);
      const { code, stdout } = await runCommand(folder, ['doctor'], given);
      standIn.block(false);
      expect(code).to.not.equal(0);
      expect(stdout).to.match(/✗ 检索引擎：索引 \S+-need-\d+ 是只读的（index\.blocks\.read_only_allow_delete）/);
      expect(stdout).to.match(/办法：多半是 ELASTICSEARCH_URL 所指服务器的磁盘快满了/);
    });
  },
);
