import { expect } from 'chai';
import { requestTimeMs } from '../../src/http/request-time-limit.ts';
import { inRequestTime } from '../../src/ports/request-time.ts';
import type { Client, Reply } from '../http/http-client.ts';
import { generousLimits, password } from '../http/open-http.ts';
import { makeWorld, type World } from '../http/world.ts';
import { searchUrl } from './cluster-search.ts';
import { type ClusterWeb, clusterWebs, webMissing } from './cluster-web.ts';
import { openServerDoor, type ServerDoor } from './server-door.ts';

const missing = webMissing ?? (searchUrl ? null : 'ELASTICSEARCH_URL is not set');
const answerLimitMs = 3_000;

/** The address of a server with a door in front. */
function throughDoor(address: string, door: ServerDoor): string {
  return address.replace(/^(\w+:\/\/(?:[^@/]*@)?)[^/?]+/, `$1127.0.0.1:${door.port}`);
}
function doorTo(address: string): Promise<ServerDoor> {
  const { hostname, port } = new URL(address.replace(/^\w+:/, 'http:'));
  return openServerDoor({ host: hostname, port: Number(port) });
}

(missing === null ? describe : describe.skip)(
  `a web process whose servers come and go${missing ? ` (skipped: ${missing})` : ''}`,
  function () {
    this.timeout(120_000);
    let doors: Record<'documents' | 'search' | 'queue', ServerDoor>;
    let webs: ReturnType<typeof clusterWebs>;
    let web: ClusterWeb;
    let world: World;
    let staff: Client;

    before(async () => {
      doors = {
        documents: await doorTo(process.env.MONGODB_URI!),
        search: await doorTo(searchUrl!),
        queue: await doorTo(process.env.REDIS_URL!),
      };
      webs = clusterWebs({
        mongoUrl: throughDoor(process.env.MONGODB_URI!, doors.documents),
        searchUrl: throughDoor(searchUrl!, doors.search),
        redisUrl: throughDoor(process.env.REDIS_URL!, doors.queue),
      });
      web = await webs.open({ limits: { ...generousLimits, search: { requests: 60, seconds: 60 } } });
      world = await makeWorld(web);
      staff = await web.as('staff');
    });
    after(async () => {
      await webs.destroy();
      for (const door of Object.values(doors)) await door.close();
    });
    afterEach(async () => {
      for (const door of Object.values(doors)) await door.restore();
      for (const end = Date.now() + 45_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
        const { status, body } = await web.client().get('/readyz');
        if (status === 200 && body.status === 'ready') break;
        expect(Date.now(), JSON.stringify(body)).to.be.lessThan(end);
      }
    });

    /** Answers within 3 s with this status; 503 says when to come again, and why in words. */
    async function expectAnswer(asked: Promise<Reply>, status: number, what: string): Promise<Reply> {
      const began = Date.now();
      const reply = await asked;
      expect(Date.now() - began, what).to.be.lessThan(answerLimitMs);
      expect(reply.status, `${what}: ${reply.text}`).to.equal(status);
      if (status === 503) {
        expect(Number(reply.headers.get('retry-after')), what).to.be.within(1, 60);
        expect(reply.body.status, what).to.equal(503);
        expect(reply.body.detail ?? reply.body.title, what).to.match(/[\u4e00-\u9fff]/);
      }
      return reply;
    }
    const write = () =>
      staff.post('/api/v1/needs', { organisationId: world.organisations.own, content: { title: '停机期间的需求' } });
    const login = async () => {
      const client = web.client();
      return client.login('member', password);
    };
    const search = '/api/v1/search?kind=need&text=%E7%A8%80%E5%9C%9F';
    const away = (name: 'documents' | 'search' | 'queue', outage: 'cut' | 'silence') => doors[name][outage]();

    for (const outage of ['cut', 'silence'] as const) {
      const how = outage === 'cut' ? 'is gone' : 'is silent';

      it(`refuses searches alone while Elasticsearch ${how}`, async () => {
        await away('search', outage);
        // More than the failures after which the server is left alone: all of them are answered in time.
        for (let round = 0; round < 3; round++) {
          await Promise.all([
            expectAnswer(staff.get(search), 503, 'search'),
            expectAnswer(staff.get('/api/v1/suggestions?text=xitu'), 503, 'suggestions'),
            expectAnswer(staff.get('/api/v1/needs'), 200, 'list'),
            expectAnswer(write(), 201, 'write'),
            expectAnswer(login(), 200, 'login'),
          ]);
        }
        const { body } = await expectAnswer(web.client().get('/readyz'), 200, 'readiness');
        expect(body).to.deep.include({ status: 'degraded', engines: { store: 'ok', index: 'away', queue: 'ok' } });
      });

      it(`serves everything while Redis ${how}, and goes on counting requests`, async () => {
        await away('queue', outage);
        await expectAnswer(staff.get(search), 200, 'search');
        await expectAnswer(staff.get('/api/v1/needs'), 200, 'list');
        await expectAnswer(write(), 201, 'write');
        await expectAnswer(login(), 200, 'login');
        await expectAnswer(staff.post('/api/v1/matching-runs', {}), 202, 'a run is asked for');
        const { body } = await expectAnswer(web.client().get('/readyz'), 200, 'readiness');
        expect(body).to.deep.include({ status: 'degraded', engines: { store: 'ok', index: 'ok', queue: 'away' } });
        const eager = await web.as(outage === 'cut' ? 'manager' : 'member');
        const statuses: number[] = [];
        for (let asked = 0; asked < 61; asked++) statuses.push((await eager.get('/api/v1/suggestions?text=x')).status);
        expect(statuses).to.deep.equal([...Array(60).fill(200), 429]);
        await expectAnswer(staff.get(search), 200, 'another source');
      });

      it(`refuses what needs records while MongoDB ${how}, and says so`, async () => {
        await away('documents', outage);
        for (let round = 0; round < 2; round++) {
          await Promise.all([
            expectAnswer(staff.get('/api/v1/needs'), 503, 'list'),
            expectAnswer(staff.get('/api/v1/session'), 503, 'session'),
            expectAnswer(write(), 503, 'write'),
            expectAnswer(login(), 503, 'login'),
            expectAnswer(web.client().get('/readyz'), 503, 'readiness'),
            expectAnswer(web.client().get('/healthz'), 200, 'health'),
            expectAnswer(web.client().get('/api/v1/codes'), 200, 'codes'),
          ]);
        }
      });
    }

    /** One call after the other is slow, then the server says nothing any more: their limits do not add up. */
    const slowThenSilent = async (asked: () => Promise<Reply>, slowMs: number, what: string) => {
      doors.documents.slow(slowMs);
      const falling = setTimeout(() => doors.documents.silence(), slowMs * 2 + 100);
      try {
        await expectAnswer(asked(), 503, what);
      } finally {
        clearTimeout(falling);
        await doors.documents.restore();
      }
    };

    it('refuses in time what began while MongoDB was slow and fell silent', async () => {
      await slowThenSilent(() => staff.get('/api/v1/needs'), 1_200, 'list');
    });

    it('refuses a search in time whose records were slow and whose index is silent', async () => {
      doors.documents.slow(700);
      await away('search', 'silence');
      await expectAnswer(staff.get(search), 503, 'search');
    });

    it('refuses a write in time, and frees its key for the next try', async () => {
      const key = 'a-write-that-met-an-outage';
      const body = { organisationId: world.organisations.own, content: { title: '停机期间写的一条' } };
      const send = () => staff.post('/api/v1/needs', body, { 'idempotency-key': key });
      await slowThenSilent(send, 700, 'write');
      for (const end = Date.now() + 90_000; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
        const { status } = await send();
        if (status === 201) break;
        expect(status).to.be.oneOf([409, 503]);
        expect(Date.now()).to.be.lessThan(end);
      }
      const titles: string[] = [];
      for await (const { content } of web.ports.store.collection('needs').stream()) titles.push(String(content.title));
      expect(titles.filter((title) => title === body.content.title)).to.have.length(1);
    });

    it('answers what takes long while MongoDB is slow, but there', async () => {
      doors.documents.slow(200);
      const needs = web.ports.store.collection('needs');
      const began = performance.now();
      await inRequestTime(requestTimeMs, async () => {
        for (let call = 0; call < 16; call++) await needs.get(`nothing-${call}`);
      });
      expect(performance.now() - began).to.be.greaterThan(3_000);
      const reply = await write();
      expect(reply.status, reply.text).to.equal(201);
    });
  },
);
