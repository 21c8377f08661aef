import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { type HttpFixture, openHttp, password } from './open-http.ts';
import { makeWorld, needOf } from './world.ts';

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function refusal(work: Promise<unknown>): Promise<QianxianError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the running service', () => {
  let fixture: HttpFixture;

  before(async () => {
    fixture = await openHttp();
    await makeWorld(fixture);
  });
  after(async () => {
    await fixture.close();
  });

  it('says that it runs, and whether it is ready', async () => {
    const { server, localUrl } = await fixture.another();
    const ready = async () => {
      const response = await fetch(`${localUrl}/readyz`);
      return [response.status, (await response.json()) as Record<string, unknown>] as const;
    };
    expect((await fetch(`${localUrl}/healthz`)).status).to.equal(200);
    expect(await ready()).to.deep.equal([
      200,
      { status: 'ready', indexLag: 0, engines: { store: 'ok', index: 'ok', queue: 'ok' } },
    ]);
    server.setReady(false);
    expect((await ready())[0]).to.equal(503);
    server.setReady(true);
    expect((await ready())[0]).to.equal(200);
    await server.close();
  });

  it('is not ready while the store does not answer', async () => {
    const store = fixture.ports.store as { ping: () => Promise<void> };
    const before = store.ping;
    store.ping = () => Promise.reject(new QianxianError('unavailable', '数据库没有应答'));
    try {
      const reply = await fixture.client().get('/readyz');
      expect(reply.status).to.equal(503);
      expect(reply.headers.get('retry-after')).to.match(/^\d+$/);
    } finally {
      store.ping = before;
    }
  });

  it('refuses a taken port in one clear line', async () => {
    const { port } = new URL(fixture.url);
    const { code, message } = await refusal(fixture.another({ port: Number(port) }));
    expect(code).to.equal('misconfigured');
    expect(message).to.include(port).and.to.include('PORT').and.not.to.include('\n');
  });

  it('refuses a taken port of the metrics, and lets go of the one it had taken', async () => {
    const { port: taken } = new URL(fixture.url);
    const port = await freePort();
    const error = await refusal(fixture.another({ port, metricsPort: Number(taken) }));
    expect(error.message).to.include('METRICS_PORT');
    const { server } = await fixture.another({ port });
    await server.close();
  });

  it('refuses an address that this machine does not have', async () => {
    const { code, message } = await refusal(fixture.another({ host: '203.0.113.7' }));
    expect(code).to.equal('misconfigured');
    expect(message).to.include('HOST');
  });

  it('shows its figures on the loopback port alone', async () => {
    const { server, metricsUrl, localUrl } = await fixture.another({ metricsPort: await freePort() });
    await fetch(`${localUrl}/api/v1/needs?organisationId=somebody-in-particular`);
    await fetch(`${localUrl}/nowhere/at-all`);
    expect(new URL(metricsUrl!).hostname).to.equal('127.0.0.1');
    const text = await (await fetch(metricsUrl!)).text();
    for (const name of [
      'qianxian_http_request_seconds_count{method="GET",route="/api/v1/needs",status="200"} 1',
      'qianxian_http_request_seconds_count{method="GET",route="(none)",status="404"} 1',
      'qianxian_event_loop_delay_seconds',
      'qianxian_feed_lag_changes{consumer="index"} 0',
      'qianxian_jobs{state="waiting"}',
      'qianxian_dockets{state="open"}',
      'qianxian_memory_bytes{kind="resident"}',
    ]) {
      expect(text).to.include(name);
    }
    expect(text).not.to.include('somebody-in-particular');
    expect(text).not.to.include('at-all');
    expect((await fetch(`${localUrl}/metrics`)).status).to.equal(404);
    expect((await fetch(metricsUrl!.replace('/metrics', '/'))).status).to.equal(404);
    await server.close();
    expect(await fetch(metricsUrl!).catch(() => 'closed')).to.equal('closed');
  });

  it('logs each request without query, body or name', async () => {
    const client = await fixture.as('member');
    fixture.lines.length = 0;
    await client.get('/api/v1/search?kind=need&text=%E7%A7%98%E5%AF%86%E8%AF%8D');
    await client.post('/api/v1/needs', { content: needOf('日志里不该有的标题') });
    await fixture.client().login('member', 'wrong-password-in-log');
    const requests = fixture.lines.filter(({ message }) => message === 'request');
    expect(requests.map(({ facts }) => [facts.route, facts.status])).to.deep.equal([
      ['/api/v1/search', 200],
      ['/api/v1/needs', 201],
      ['/api/v1/session', 401],
    ]);
    for (const { facts } of requests) expect(facts.requestId).to.match(/^[0-9a-z]{20}$/);
    expect(requests[0]!.facts.userId).to.be.a('string');
    const text = JSON.stringify(fixture.lines);
    for (const secret of ['秘密词', '%E7%A7%98', '日志里不该有', 'wrong-password', '测试member', password]) {
      expect(text, secret).not.to.include(secret);
    }
  });

  it('keeps the tokens of links out of logs, measures and the audit, and lets no page pass them on', async () => {
    const { server, metricsUrl, localUrl } = await fixture.another({ metricsPort: await freePort() });
    try {
      fixture.lines.length = 0;
      const token = 'secret-of-a-link-secret-of-a-link-secret-of';
      for (const [method, path] of [
        ['GET', `/invitation-links/${token}`],
        ['GET', `/renewals/${token}`],
        ['GET', `/api/v1/invitation-links/${token}`],
        ['POST', `/api/v1/invitation-links/${token}/answer`],
        ['GET', `/api/v1/renewals/${token}`],
        ['POST', `/api/v1/renewals/${token}`],
        ['PUT', `/api/v1/renewals/${token}`],
        ['GET', `/api/v1/unknown/${token}`],
      ] as const) {
        const reply = await fetch(localUrl + path, { method });
        expect(reply.headers.get('referrer-policy'), path).to.equal('no-referrer');
        await reply.text();
      }
      for (const path of ['/api/v1/invitation-links/lookup', '/api/v1/renewal-links/use']) {
        const headers = { 'content-type': 'application/json' };
        const reply = await fetch(localUrl + path, { method: 'POST', headers, body: JSON.stringify({ token }) });
        expect(reply.status, path).to.equal(404);
        expect(await reply.text()).to.not.include(token);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(fixture.lines.filter(({ message }) => message === 'request')).to.have.length(10);
      expect(JSON.stringify(fixture.lines)).to.not.include(token);
      expect(await (await fetch(metricsUrl!)).text()).to.not.include(token);
      for await (const entry of fixture.ports.store.collection('audit').stream()) {
        expect(JSON.stringify(entry)).to.not.include(token);
      }
    } finally {
      await server.close();
    }
  });

  it('sends headers that keep pages in their place and answers out of caches', async () => {
    const { headers } = await fixture.client().get('/api/v1/needs');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-frame-options')).to.equal('DENY');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    expect(headers.get('x-powered-by')).to.equal(null);
    expect(headers.get('etag')).to.equal(null);
    expect(headers.get('strict-transport-security')).to.equal(null);
    const policy = headers.get('content-security-policy')!;
    expect(policy).to.include("default-src 'none'").and.to.include("frame-ancestors 'none'");
    expect(policy).not.to.match(/unsafe-inline|unsafe-eval|https?:|\*/);
  });

  it('has a page that says what it is, and one that shows the interface, without a script in either', async () => {
    const home = await fixture.client().get('/');
    expect(home.headers.get('content-type')).to.match(/^text\/html; charset=utf-8/);
    // The pages where they are built, else the few lines that say how to build them.
    expect(home.text)
      .to.include('牵线')
      .and.not.to.match(/<script(?![^>]* src=)/);
    const docs = await fixture.client().get('/api/docs');
    expect(docs.text).not.to.match(/<script(?![^>]* src=)/);
    expect(docs.text).not.to.match(/style=|\son\w+=|https?:\/\//);
    for (const [, source] of docs.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await fixture.client().get(source!);
      expect(asset.status, source).to.equal(200);
      expect(asset.text.length, source).to.be.greaterThan(100);
    }
  });

  it('offers the template under a Chinese name', async () => {
    const client = await fixture.as('member');
    const { headers, text } = await client.get('/api/v1/templates/need');
    expect(headers.get('content-disposition')).to.include(
      `filename*=UTF-8''${encodeURIComponent('需求导入模板')}.xlsx`,
    );
    expect(headers.get('content-disposition')).to.match(/^[\x20-\x7e]+$/);
    expect(text.startsWith('PK')).to.equal(true);
  });

  it('answers HEAD like GET without a body', async () => {
    const reply = await fixture.client().request('HEAD', '/api/v1/needs');
    expect([reply.status, reply.text]).to.deep.equal([200, '']);
  });

  it('shows contacts to nobody in a list, and in a record to its owner and the bureau alone', async () => {
    const all = [
      await fixture.as('staff'),
      await fixture.as('member'),
      await fixture.as('other-member'),
      fixture.client(),
    ];
    for (const client of all) {
      for (const path of [
        '/api/v1/needs',
        '/api/v1/achievements',
        '/api/v1/organisations',
        '/api/v1/search?kind=need',
      ]) {
        const { text } = await client.get(path);
        expect(text, path).not.to.match(/机密|13800000000|contact\d+@|0518-12345678/);
      }
    }
    const { body } = await all[1]!.get('/api/v1/needs?state=published');
    const own = body.items[0].id as string;
    const seen = await Promise.all(
      all.map(async (client) => /王机密/.test((await client.get(`/api/v1/needs/${own}`)).text)),
    );
    expect(seen).to.deep.equal([true, true, false, false]);
  });

  it('never sends a field that the contract does not name', async () => {
    const users = await (await fixture.as('admin')).get('/api/v1/users');
    expect(users.body.items.length).to.be.greaterThan(5);
    for (const secret of ['passwordHash', 'argon2', 'sessionEpoch', 'failures', 'createdBy', 'madeFrom']) {
      expect(users.text).not.to.include(secret);
    }
    // Not even where a step answers more than it should.
    const flow = fixture.flow as { listUsers: (...given: never[]) => Promise<{ items: readonly object[] }> };
    const { listUsers } = flow;
    flow.listUsers = async (...given) => {
      const page = await listUsers(...given);
      return {
        ...page,
        items: page.items.map((user) => ({ ...user, passwordHash: '$argon2id$', contact: '13800000000' })),
      };
    };
    const leaking = await (await fixture.as('admin')).get('/api/v1/users');
    flow.listUsers = listUsers;
    expect(leaking.status).to.equal(200);
    expect(leaking.text).not.to.match(/argon2|13800000000/);
    const staff = await fixture.as('staff');
    const created = await staff.post('/api/v1/needs', {
      organisationId: (await staff.get('/api/v1/organisations')).body.items[0].id,
      content: needOf('只给合同里的字段'),
    });
    expect(created.status, created.text).to.equal(201);
    expect(created.text).not.to.include('madeFrom');
  });
});

describe('a service that stops', () => {
  /** An explanation takes a while; the test holds it until the service is told to stop. */
  async function heldRequest(fixture: HttpFixture) {
    const client = await fixture.as('staff');
    const store = fixture.flow.ports.store as unknown as { collection: (name: string) => Record<string, unknown> };
    const before = store.collection;
    let arrived!: () => void;
    const held = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let release!: () => void;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.collection = (name) => {
      const collection = before(name);
      if (name !== 'achievements') return collection;
      return {
        ...collection,
        find: async (...given: unknown[]) => {
          arrived();
          await released;
          return (collection.find as (...rest: unknown[]) => unknown)(...given);
        },
      };
    };
    const answer = client.get('/api/v1/achievements').catch((error: unknown) => error);
    await held;
    const undo = () => {
      store.collection = before;
    };
    return { answer, release, undo };
  }

  it('lets the running request end, takes no new one, and closes idle connections', async () => {
    const fixture = await openHttp();
    try {
      await makeWorld(fixture);
      const { port } = new URL(fixture.url);
      const idle = connect(Number(port), '127.0.0.1');
      await new Promise((resolve) => idle.once('connect', resolve));
      const idleClosed = new Promise((resolve) => idle.once('close', resolve));
      idle.on('error', () => {});
      const { answer, release, undo } = await heldRequest(fixture);
      const closed = fixture.server.close(10_000);
      expect(await fetch(`${fixture.url}/healthz`).catch(() => 'refused')).to.equal('refused');
      release();
      const reply = (await answer) as { status: number; headers: Headers };
      undo();
      expect(reply.status).to.equal(200);
      expect(reply.headers.get('connection')).to.equal('close');
      await closed;
      await idleClosed;
      await fixture.server.close();
    } finally {
      await fixture.close();
    }
  });

  it('closes a connection on which only half a head has come', async () => {
    const fixture = await openHttp();
    try {
      await makeWorld(fixture);
      const { port } = new URL(fixture.url);
      const { answer, release, undo } = await heldRequest(fixture);
      // A request whose head is half sent when the stop comes.
      const socket = connect(Number(port), '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.on('error', () => {});
      socket.write('GET /api/v1/codes HTTP/1.1\r\nHost: x\r\n');
      await new Promise((resolve) => setImmediate(resolve));
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk;
      });
      const ended = new Promise((resolve) => socket.once('close', resolve));
      const closed = fixture.server.close(10_000);
      socket.write('\r\n');
      await ended;
      // Either the connection counted as idle and was closed, or the request is told that the service stops.
      if (said !== '')
        expect(said)
          .to.match(/^HTTP\/1\.1 503 /)
          .and.to.match(/Connection: close/i);
      release();
      await answer;
      undo();
      await closed;
    } finally {
      await fixture.close();
    }
  });

  it('cuts off what does not end in time', async () => {
    const fixture = await openHttp();
    try {
      await makeWorld(fixture);
      const { answer, release, undo } = await heldRequest(fixture);
      await fixture.server.close(50);
      expect(await answer).to.be.instanceOf(Error);
      release();
      undo();
    } finally {
      await fixture.close();
    }
  });

  it('frees its port', async () => {
    const fixture = await openHttp();
    try {
      const port = Number(new URL(fixture.url).port);
      await fixture.server.close();
      const { server } = await fixture.another({ port });
      await server.close();
    } finally {
      await fixture.close();
    }
  });
});

describe('a slow client', () => {
  it('that sends its head byte by byte does not keep others waiting', async () => {
    const fixture = await openHttp();
    try {
      const { port } = new URL(fixture.url);
      const sockets = Array.from({ length: 200 }, () => {
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
        return socket;
      });
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
      const reply = await new Promise<IncomingMessage>((resolve, reject) => {
        httpRequest({ port, host: '127.0.0.1', path: '/healthz' }, resolve).on('error', reject).end();
      });
      reply.resume();
      expect(reply.statusCode).to.equal(200);
      for (const socket of sockets) socket.destroy();
    } finally {
      await fixture.close();
    }
  });
});
