import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { expect } from 'chai';
import mongoose, { type Connection } from 'mongoose';
import { randomId } from '../../src/domain/ids.ts';
import { isBuilt, runCommand } from '../cli/run-command.ts';
import { dropDatabases, freshDatabase, mongoUri } from './cluster-records.ts';

const missing = [
  ...['MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL']
    .filter((name) => !process.env[name])
    .map((name) => `${name} is not set`),
  ...(isBuilt ? [] : ['dist is not built']),
];
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')})`;

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly state: string;
  readonly detail: string;
  readonly mend: string;
}

(missing.length === 0 ? describe : describe.skip)(`doctor on three servers${reason}`, function () {
  this.timeout(120_000);
  const database = freshDatabase();
  const prefix = `t${randomId()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')}`;
  let folder: string;
  let direct: Connection;
  let environment: Record<string, string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-doctor-'));
    const uri = new URL(mongoUri!);
    uri.pathname = `/${database}`;
    direct = await mongoose.createConnection(uri.href, { bufferCommands: false }).asPromise();
    environment = {
      MONGODB_URI: uri.href,
      ELASTICSEARCH_URL: process.env.ELASTICSEARCH_URL!,
      REDIS_URL: process.env.REDIS_URL!,
      QIANXIAN_PREFIX: prefix,
      QIANXIAN_LOG: 'error',
    };
  });
  after(async () => {
    if (!folder) return;
    await direct.close();
    await dropDatabases([database]);
    const client = new Client({ node: process.env.ELASTICSEARCH_URL! });
    for (const kind of ['need', 'achievement']) {
      const indices = Object.keys(await client.indices.get({ index: `${prefix}-${kind}-*`, allow_no_indices: true }));
      if (indices.length > 0) await client.indices.delete({ index: indices });
    }
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) => runCommand(join(folder, 'data'), args, environment);
  const doctor = async (...args: string[]) => {
    const ended = await run('doctor', '--json', ...args);
    return { code: ended.code, findings: JSON.parse(ended.stdout) as Finding[] };
  };
  const of = (findings: readonly Finding[], check: string) => findings.filter((one) => one.check === check);

  it('says of a new database what to do, and is content when it is done', async () => {
    const fresh = await doctor();
    expect(fresh.code).to.equal(1);
    expect(of(fresh.findings, '数据库的索引')[0]!.mend).to.include('qianxian init');
    const seeded = await run('seed', '--demo');
    expect(seeded.code, seeded.stderr).to.equal(0);
    expect((await run('reindex')).code).to.equal(0);
    const { code, findings } = await doctor();
    expect(
      findings.filter(({ ok }) => !ok),
      JSON.stringify(findings),
    ).to.deep.equal([]);
    // The server of the tests is older than what the program is made for, and late in the year the next one's holidays are missing.
    const warnings = findings.filter(({ state }) => state === 'warning');
    expect(code).to.equal(warnings.length > 0 ? 3 : 0);
    for (const { check } of warnings) expect(check).to.be.oneOf(['数据库 MongoDB', '工作日']);
    expect(of(findings, '数据库 MongoDB')[0]!.detail).to.match(/版本 \d.*(单机|副本集)/);
    expect(of(findings, '检索引擎 Elasticsearch')[0]!.detail).to.match(/版本 8\./);
    expect(of(findings, '任务队列 Redis')[0]!.detail).to.match(/版本 \d/);
    expect(of(findings, '索引')[0]!.detail).to.include('与数据库一致');
  });

  it('names indexes that somebody has dropped, and makes them again when asked', async () => {
    await direct.db!.collection('users').dropIndex('unique_login');
    await direct.db!.collection('needs').dropIndex('by_state');
    const { code, findings } = await doctor();
    expect(code).to.equal(1);
    const [finding] = of(findings, '数据库的索引');
    expect(finding!.detail).to.include('users.unique_login').and.to.include('needs.by_state');
    expect(finding!.mend).to.include('doctor --mend');
    // One fault hides nothing of the others.
    for (const check of ['索引', '搁置的变更', '账号']) expect(of(findings, check), check).to.have.length(1);
    expect(of((await doctor('--mend')).findings, '数据库的索引')[0]!.detail).to.include('已补建');
    expect(of((await doctor()).findings, '数据库的索引')[0]).to.include({ state: 'good' });
    const names = (await direct.db!.collection('users').listIndexes().toArray()).map(({ name }) => name);
    expect(names).to.include('unique_login');
  });

  it('tells of records that the index lacks, of jobs that failed, that nobody takes or that stand still', async () => {
    let now = Date.now() - 5 * 60_000;
    const client = new Client({ node: process.env.ELASTICSEARCH_URL! });
    const { hits } = await client.search({ index: `${prefix}-need`, size: 1 });
    await client.delete({ index: `${prefix}-need`, id: hits.hits[0]!._id!, refresh: true });
    await client.close();
    const jobs = await import('../../src/engines/cluster/record-store.ts').then(({ openRecordStore }) =>
      openRecordStore({
        uri: environment.MONGODB_URI!,
        clock: { now: () => new Date(now) },
        log: { debug() {}, info() {}, warn() {}, error() {} },
      }),
    );
    const job = { name: 'weekly-run', key: null, data: {}, attempts: 5, runAt: '2026-01-01T00:00:00.000Z' };
    await jobs.collection('jobs').insert({ ...job, id: 'f', state: 'failed', reason: '检索服务器不在' });
    await jobs.collection('jobs').insert({ ...job, id: 'w', state: 'waiting' });
    await jobs.collection('jobs').insert({ ...job, id: 'r', name: 'match-part', state: 'running' });
    now = Date.now();
    await jobs.collection('jobs').insert({ ...job, id: 'l', name: 'send-notices', state: 'running' });
    await jobs.close();

    const { code, findings } = await doctor();
    expect(code).to.equal(1);
    expect(of(findings, '索引')[0]).to.include({ ok: false, detail: '与数据库差 1 条' });
    expect(of(findings, '索引')[0]!.mend).to.include('reindex');
    expect(of(findings, '任务')[0]!.detail).to.include('检索服务器不在');
    expect(of(findings, '任务')[0]!.mend).to.include('jobs retry');
    expect(of(findings, '任务积压')[0]).to.include({ state: 'warning' });
    const [stalled] = of(findings, '任务停顿');
    expect(stalled).to.include({ state: 'warning' });
    expect(stalled!.detail).to.include('match-part').and.not.to.include('send-notices');
    expect(stalled!.mend).to.include('--worker');
  });
});
