import { expect } from 'chai';
import { jobsOverHttp } from '../contract/jobs-over-http.ts';
import type { Client } from '../http/http-client.ts';
import { makeWorld } from '../http/world.ts';
import type { FreshPorts } from '../steps/fresh-ports.ts';
import { type ClusterWeb, clusterWebs, webMissing } from './cluster-web.ts';
import { type OwnRedis, ownRedis, ownRedisMissing } from './own-redis.ts';

const missing = webMissing ?? ownRedisMissing();
const reason = missing === null ? '' : ` (skipped: ${missing})`;

(missing === null ? describe : describe.skip)(`jobs over HTTP, on MongoDB and Redis${reason}`, () => {
  let server: OwnRedis;
  let webs: ReturnType<typeof clusterWebs>;
  let web: ClusterWeb;
  let staff: Client;

  before(async () => {
    server = await ownRedis();
    await server.start();
    webs = clusterWebs({ redisUrl: server.url });
    web = await webs.open();
    await makeWorld(web);
    staff = await web.as('staff');
  });
  after(async () => {
    await webs?.destroy();
    await server?.destroy();
  });

  jobsOverHttp(() => web);

  describe('a request that asks for work while Redis', () => {
    const ways = [
      { away: 'is killed', leave: () => server.kill(), comeBack: () => server.start() },
      { away: 'does not answer', leave: async () => server.halt(), comeBack: async () => server.goOn() },
    ] as const;
    for (const { away, leave, comeBack } of ways) {
      it(`${away} is answered within the limit; a worker is told when it is back`, async function () {
        this.timeout(60_000);
        await leave();
        let jobId: string;
        try {
          const started = performance.now();
          const reply = await staff.post('/api/v1/matching-runs', {});
          const tookMs = performance.now() - started;
          expect(reply.status, reply.text).to.equal(202);
          // 2 s for the one command that nobody answers, and the rest of the request.
          expect(tookMs).to.be.below(2_900);
          jobId = reply.body.jobId;
          expect(await web.ports.store.collection('jobs').get(jobId)).to.include({ state: 'waiting', attempts: 0 });
          // Asked for again it is the same work, and nobody waits for a Redis that has just not answered.
          const againAt = performance.now();
          expect((await staff.post('/api/v1/matching-runs', {})).body.jobId).to.equal(jobId);
          expect(performance.now() - againAt).to.be.below(2_900);
        } finally {
          await comeBack();
        }
        const worker = await webs.open();
        // Jobs that have become due just now are left to whoever added them.
        (worker.ports.clock as FreshPorts['clock']).set(new Date(web.ports.clock.now().getTime() + 10_000));
        await worker.queue.start();
        const jobs = worker.ports.store.collection('jobs');
        for (;;) {
          const job = await jobs.get(jobId);
          // Begun, whatever becomes of it without an index: the bell has come through.
          if (!job || job.attempts > 0) break;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        await worker.queue.close(0);
        const left = await jobs.get(jobId);
        if (left) await jobs.remove(left.id, left.version);
      });
    }
  });
});
