import { expect } from 'chai';
import type { Client } from '../http/http-client.ts';
import { makeWorld } from '../http/world.ts';
import { type ClusterWeb, clusterWebs, webMissing } from './cluster-web.ts';
import { type OwnRedis, ownRedis, ownRedisMissing } from './own-redis.ts';

const reason = webMissing === null ? '' : ` (skipped: ${webMissing})`;
const panel = '/panels/jobs';

(webMissing === null ? describe : describe.skip)(`the panel of the job queue${reason}`, () => {
  const webs = clusterWebs();
  let web: ClusterWeb;
  let admin: Client;

  before(async () => {
    web = await webs.open();
    await makeWorld(web);
    admin = await web.as('admin');
  });
  after(() => webs.destroy());

  const queues = async () => (await admin.get(`${panel}/api/queues`)).body.queues as Record<string, unknown>[];

  it('shows its page, Chinese, with files of this service alone', async () => {
    const page = await admin.get(panel);
    expect(page.status, page.text).to.equal(200);
    expect(page.text)
      .to.include('<base href="/panels/jobs/" />')
      .and.to.include('任务队列（只读）')
      .and.to.include('"lng":"zh-CN"');
    expect(page.headers.get('x-powered-by')).to.equal(null);
    const files = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file!);
    expect(files.filter((file) => file.endsWith('.js')).length).to.be.greaterThan(0);
    for (const file of [...files, 'static/locales/zh-CN/messages.json']) {
      const reply = await admin.get(`${panel}/${file}`);
      expect(reply.status, file).to.equal(200);
      expect(reply.text.length, file).to.be.greaterThan(0);
    }
    // A page within the panel that is opened by its address.
    expect((await admin.get(`${panel}/queue/weekly-run`)).text).to.equal(page.text);
    expect((await web.client().get(`${panel}/${files[0]}`)).status).to.equal(401);
  });

  it('shows every queue read-only, and what waits there', async () => {
    const id = await web.queue.add('weekly-run', { week: '2026-W48' });
    const shown = await queues();
    expect(shown.map(({ name }) => name)).to.include.members([...web.queue.names(), '+reminders']);
    for (const queue of shown) {
      expect([queue.readOnlyMode, queue.allowRetries], String(queue.name)).to.deep.equal([true, false]);
    }
    const [waiting] = shown.filter(({ name }) => name === 'weekly-run');
    expect((waiting!.counts as Record<string, number>).waiting).to.equal(1);
    const looked = await admin.get(`${panel}/api/queues?activeQueue=weekly-run&status=latest&page=1`);
    expect(looked.text).to.include(id);
    // Of a job there is its number alone; what it is about stays in the store.
    expect(looked.text).to.not.include('2026-W48');
  });

  it('changes nothing, whatever its library offers', async () => {
    const before = await web.queue.counts();
    for (const [method, path] of [
      ['PUT', '/api/queues/weekly-run/pause'],
      ['PUT', '/api/queues/weekly-run/empty'],
      ['PUT', '/api/queues/pause'],
      ['PUT', '/api/queues/weekly-run/obliterate'],
      ['POST', '/api/queues/weekly-run/add'],
    ] as const) {
      expect((await admin.request(method, panel + path, { json: {} })).status, path).to.equal(405);
    }
    expect(await web.queue.counts()).to.deep.equal(before);
    const queue = web.queue.bells.queueOf('weekly-run');
    expect([await queue.isPaused(), await queue.count()]).to.deep.equal([false, 1]);
  });

  it('is told to nobody else', async () => {
    for (const login of ['member', 'manager', 'staff']) {
      const client = await web.as(login);
      for (const path of ['', '/api/queues', '/static/favicon.ico'])
        expect((await client.get(panel + path)).status, `${login} ${path}`).to.equal(403);
    }
  });

  it('has addresses that are not its own answered by the house', async () => {
    const reply = await admin.get(`${panel}/static/nothing.js`);
    expect(reply.status).to.equal(404);
    expect(reply.body.detail).to.match(/\p{Script=Han}/u);
  });
});

const missing = webMissing ?? ownRedisMissing();

(missing === null ? describe : describe.skip)(
  `the panel of the job queue, while Redis is away${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let server: OwnRedis;
    let webs: ReturnType<typeof clusterWebs>;

    before(async () => {
      server = await ownRedis();
      await server.start();
      webs = clusterWebs({ redisUrl: server.url });
    });
    after(async () => {
      await webs?.destroy();
      await server?.destroy();
    });

    it('says so, and is there again with it; failed jobs are told and retried meanwhile', async () => {
      const web = await webs.open();
      await makeWorld(web);
      const admin = await web.as('admin');
      expect((await admin.get(panel)).status).to.equal(200);
      await server.kill();
      for (const path of ['', '/api/queues']) {
        const away = await admin.get(panel + path);
        expect(away.status, away.text).to.equal(503);
        expect(away.body.detail).to.include('Redis');
        expect(away.headers.get('retry-after')).to.match(/^\d+$/);
      }
      await web.ports.store.collection('jobs').insert({
        id: 'failed-one',
        name: 'weekly-run',
        key: null,
        data: { week: '2026-W48' },
        state: 'failed',
        attempts: 5,
        runAt: web.ports.clock.now().toISOString(),
        reason: '检索服务器不在',
      });
      const failed = await admin.get('/api/v1/jobs?state=failed');
      expect(failed.body.items.map((job: { reason: string }) => job.reason)).to.deep.equal(['检索服务器不在']);
      expect((await admin.post('/api/v1/jobs/failed-one/retry')).status).to.equal(204);
      expect((await admin.get('/api/v1/jobs')).body.counts.waiting).to.equal(1);
      await server.start();
      while (!web.redis.isReady) await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await admin.get(`${panel}/api/queues`)).status).to.equal(200);
    });
  },
);
