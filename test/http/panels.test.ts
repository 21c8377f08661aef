import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { panelRow } from '../../src/http/mount-panels.ts';
import { routes } from '../../src/http/routes.ts';
import type { OperatorPanel } from '../../src/ports/operator-panel.ts';
import { type HttpFixture, openHttp } from './open-http.ts';
import { makeWorld, type World } from './world.ts';

/** What the panel below was asked. */
const asked: { url: string | undefined; session: unknown }[] = [];

const panel: OperatorPanel = {
  path: '/panels/test',
  title: '面板',
  handle(request, response, next) {
    asked.push({ url: request.url, session: (request as { session?: unknown }).session });
    if (request.url === '/away') {
      next(new QianxianError('unavailable', '任务队列暂时不在', { retryAfter: 5 }));
    } else if (request.url === '/nowhere') next();
    else response.end('<p>');
  },
};

describe('panels of engines', () => {
  let fixture: HttpFixture;
  let world: World;

  before(async () => {
    fixture = await openHttp({ panels: [panel] });
    world = await makeWorld(fixture);
  });
  beforeEach(() => asked.splice(0));
  after(async () => {
    await fixture.close();
  });

  it('are for administrators alone, at their path and everywhere below', async () => {
    const clients = {
      anonymous: fixture.client(),
      fresh: await fixture.as('fresh', world.freshPassword),
      member: await fixture.as('member'),
      manager: await fixture.as('manager'),
      staff: await fixture.as('staff'),
      admin: await fixture.as('admin'),
    };
    for (const below of ['', '/', '/api/queues', '/static/js/main.js', '/%2e%2e%2fx', '//x']) {
      const got: Record<string, number> = {};
      for (const [actor, client] of Object.entries(clients)) {
        const reply = await client.get(panel.path + below);
        got[actor] = reply.status;
        if (reply.status >= 400) expect(reply.body.detail, actor).to.match(/\p{Script=Han}/u);
      }
      expect(got, below).to.deep.equal({
        anonymous: 401,
        fresh: 403,
        member: 403,
        manager: 403,
        staff: 403,
        admin: 200,
      });
    }
    expect(asked.length).to.equal(6);
  });

  it('stand in the way of no address of the table, nor of one that only begins alike', async () => {
    expect(routes.filter(({ path }) => path.startsWith('/panels'))).to.deep.equal([]);
    expect(panelRow(panel)).to.deep.equal({ method: 'get', path: '/panels/test', roles: ['admin'] });
    const admin = await fixture.as('admin');
    for (const path of ['/panels', '/panels/testing', '/Panels/test', '/panels/other'])
      expect((await admin.get(path)).status, path).to.equal(404);
    expect(asked).to.deep.equal([]);
  });

  it('are asked to show, never to change, whoever asks and with whatever token', async () => {
    const admin = await fixture.as('admin');
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const reply = await admin.request(
        method,
        '/panels/test/api/queues/pause',
        method === 'OPTIONS' ? {} : { json: {} },
      );
      expect(reply.status, method).to.equal(405);
      expect(reply.headers.get('allow')).to.equal('GET, HEAD');
      expect(reply.body.detail).to.include('只能查看');
    }
    expect(asked).to.deep.equal([]);
  });

  it('keep the policy of the house, but for what their own addresses are relative to', async () => {
    const admin = await fixture.as('admin');
    const [house, own] = [await admin.get('/healthz'), await admin.get(panel.path)].map((reply) =>
      reply.headers.get('content-security-policy')!.split(';'),
    );
    expect(house).to.include("base-uri 'none'");
    expect(own).to.deep.equal(house!.map((rule) => (rule === "base-uri 'none'" ? "base-uri 'self'" : rule)));
    expect((await admin.get(panel.path)).headers.get('cache-control')).to.equal('no-store');
  });

  it('see no session, and looking at them is no sign that somebody works', async () => {
    const at = (minutes: number) => fixture.ports.clock.set(new Date(Date.UTC(2026, 10, 23, 1, minutes)));
    at(0);
    const [looking, working] = [await fixture.as('admin'), await fixture.as('admin')];
    for (const minute of [5, 10, 14]) {
      at(minute);
      expect((await looking.get(panel.path)).status).to.equal(200);
      expect((await working.get('/api/v1/jobs')).status).to.equal(200);
    }
    at(16);
    expect((await looking.get(panel.path)).status).to.equal(401);
    expect((await working.get('/api/v1/jobs')).status).to.equal(200);
    expect(asked.map(({ session }) => session)).to.deep.equal([undefined, undefined, undefined]);
    at(0);
  });

  it('get addresses relative to their path; what they cannot answer is answered by the house', async () => {
    const admin = await fixture.as('admin');
    await admin.get('/panels/test/queue/x?page=2');
    expect(asked.map(({ url }) => url)).to.deep.equal(['/queue/x?page=2']);
    const nowhere = await admin.get('/panels/test/nowhere');
    expect([nowhere.status, nowhere.headers.get('content-type')]).to.deep.equal([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    const away = await admin.get('/panels/test/away');
    expect([away.status, away.headers.get('retry-after'), away.body.detail]).to.deep.equal([
      503,
      '5',
      '任务队列暂时不在',
    ]);
  });

  it('are logged and measured by their path, whatever is asked below it', () => {
    const lines = fixture.lines.filter(({ message }) => message === 'request').map(({ facts }) => facts.route);
    expect(lines).to.include('/panels/test');
    expect(lines.join(' ')).to.not.include('/panels/test/');
  });
});

describe('without panels', () => {
  it('there is no such address', async () => {
    const fixture = await openHttp();
    try {
      await makeWorld(fixture);
      expect((await (await fixture.as('admin')).get('/panels/jobs')).status).to.equal(404);
    } finally {
      await fixture.close();
    }
  });
});
