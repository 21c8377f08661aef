import { expect } from 'chai';
import { createIdempotency, type IdempotentRequest } from '../../src/http/idempotency.ts';
import type { Client } from './http-client.ts';
import { type HttpFixture, openHttp, recordingLog, testSecret } from './open-http.ts';
import { makeWorld, needOf, type World } from './world.ts';

describe('requests with an Idempotency-Key', () => {
  let fixture: HttpFixture;
  let world: World;
  let member: Client;
  let staff: Client;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
  });
  beforeEach(async () => {
    fixture.ports.clock.set('2026-11-23T01:00:00.000Z');
    member = await fixture.as('member');
    staff = await fixture.as('staff');
  });
  after(async () => {
    await fixture.close();
  });

  const needs = () => fixture.ports.store.collection('needs').count();
  const create = (client: Client, key: string, title = '幂等试验的需求') =>
    client.post(
      '/api/v1/needs',
      { organisationId: world.organisations.own, content: needOf(title) },
      { 'idempotency-key': key },
    );
  const records = async () => (await fixture.ports.store.collection('idempotency').find({ limit: 1000 })).items;

  it('are carried out once and answered alike', async () => {
    const before = await needs();
    const first = await create(member, 'once');
    const again = await create(member, 'once');
    expect([first.status, again.status]).to.deep.equal([201, 201]);
    expect(again.text).to.equal(first.text);
    expect(first.headers.get('idempotency-replayed')).to.equal(null);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    expect(await needs()).to.equal(before + 1);
  });

  it('are others for other people, addresses and keys', async () => {
    const before = await needs();
    const ids = new Set<string>();
    for (const reply of [await create(member, 'mine'), await create(staff, 'mine'), await create(member, 'mine2')]) {
      expect(reply.status).to.equal(201);
      ids.add(reply.body.id);
    }
    expect(ids.size).to.equal(3);
    expect(await needs()).to.equal(before + 3);
  });

  it('with another content are refused', async () => {
    await create(member, 'content');
    const other = await create(member, 'content', '另一个内容');
    expect(other.status).to.equal(422);
    expect(other.body.errors[0]).to.include({ field: 'Idempotency-Key', label: '请求编号' });
  });

  it('are compared by meaning, not by the order of keys', async () => {
    const key = { 'idempotency-key': 'order' };
    const first = await member.post('/api/v1/needs', { content: { title: '顺序一样', goal: '目标' } }, key);
    const again = await member.post('/api/v1/needs', { content: { goal: '目标', title: '顺序一样' } }, key);
    expect(again.status).to.equal(201);
    expect(again.text).to.equal(first.text);
  });

  it('at the same moment are one: the twin waits or is told so, nothing is doubled', async () => {
    const before = await needs();
    const replies = await Promise.all(Array.from({ length: 8 }, () => create(member, 'twins')));
    const made = replies.filter(({ status }) => status === 201);
    const told = replies.filter(({ status }) => status === 409);
    expect(made.length).to.be.at.least(1);
    expect(made.length + told.length).to.equal(8);
    for (const reply of told) expect(reply.headers.get('retry-after')).to.match(/^\d+$/);
    expect(new Set(made.map(({ body }) => body.id)).size).to.equal(1);
    expect(await needs()).to.equal(before + 1);
  });

  it('that failed may be sent again under the same key, changed', async () => {
    const key = { 'idempotency-key': 'failed' };
    const failed = await member.post(`/api/v1/needs/${world.needs.draft}/actions/submit`, { version: 999 }, key);
    expect(failed.status).to.equal(409);
    const { version } = (await member.get(`/api/v1/needs/${world.needs.draft}`)).body;
    const done = await member.post(`/api/v1/needs/${world.needs.draft}/actions/submit`, { version }, key);
    expect(done.status, done.text).to.equal(200);
  });

  it('answer a change alike although the version has moved on', async () => {
    const created = await create(member, 'to-submit');
    const key = { 'idempotency-key': 'submit' };
    const path = `/api/v1/needs/${created.body.id}/actions/submit`;
    const first = await member.post(path, { version: 1 }, key);
    const again = await member.post(path, { version: 1 }, key);
    expect([first.status, again.status]).to.deep.equal([200, 200]);
    expect(again.text).to.equal(first.text);
    // Without the key the second one comes too late.
    expect((await member.post(path, { version: 1 })).status).to.equal(409);
  });

  it('are forgotten after a day', async () => {
    const first = await create(member, 'a-day');
    fixture.ports.clock.set('2026-11-24T02:00:00.000Z');
    const later = await fixture.as('member');
    // What it made is found again by its id, which follows from the key.
    const again = await create(later, 'a-day');
    expect(again.status).to.equal(201);
    expect(again.body.id).to.equal(first.body.id);
    expect(again.headers.get('idempotency-replayed')).to.equal(null);
  });

  it('after a crash find what the first one made', async () => {
    // The first request made the record and died before it could keep its answer.
    const first = await create(member, 'crash');
    const before = await needs();
    const stored = (await records()).find(({ state, updatedAt }) => state === 'done' && updatedAt)!;
    expect(stored).not.to.equal(undefined);
    for (const record of await records()) {
      const { version, createdAt: _, updatedAt: __, status: ___, body: ____, ...rest } = record;
      await fixture.ports.store.collection('idempotency').update(record.id, version, {
        ...rest,
        state: 'running',
        expiresAt: new Date(fixture.ports.clock.now().getTime() + 60_000).toISOString(),
      });
    }
    const waiting = await create(member, 'crash');
    expect(waiting.status, 'the process that runs it might be alive').to.equal(409);
    // The next start of the service knows that nobody is.
    const { server } = await fixture.another();
    const again = await create(member, 'crash');
    expect(again.status, again.text).to.equal(201);
    expect(again.body.id).to.equal(first.body.id);
    expect(await needs()).to.equal(before);
    await server.close();
  });

  it('keep their answers sealed, one-time passwords above all', async () => {
    const login = `sealed${Date.now() % 1000}`;
    const body = { login, name: '封存', role: 'member', organisationId: world.organisations.own };
    const first = await staff.post('/api/v1/users', body, { 'idempotency-key': 'sealed' });
    expect(first.status, first.text).to.equal(201);
    const secret = first.body.oneTimePassword;
    expect(secret).to.be.a('string');
    expect(JSON.stringify(await records())).not.to.include(secret);
    const again = await staff.post('/api/v1/users', body, { 'idempotency-key': 'sealed' });
    expect(again.body.oneTimePassword).to.equal(secret);
  });

  it('are carried out again where the secret was changed, and still make nothing twice', async () => {
    const first = await create(member, 'rotated');
    const { localUrl } = await fixture.another({ secret: `another-${testSecret}` });
    const { httpClient } = await import('./http-client.ts');
    const { password } = await import('./open-http.ts');
    const client = httpClient(localUrl);
    await client.login('member', password);
    const before = await needs();
    const again = await create(client, 'rotated');
    expect(again.status).to.equal(201);
    expect(again.body.id).to.equal(first.body.id);
    expect(await needs()).to.equal(before);
  });

  it('are refused with a key that is none', async () => {
    for (const key of ['a b', 'x'.repeat(201)]) {
      const reply = await create(member, key);
      expect(reply.status).to.equal(422);
      expect(reply.body.errors[0].field).to.equal('Idempotency-Key');
    }
  });

  it('do not keep logins', async () => {
    const before = (await records()).length;
    const client = fixture.client();
    await client.post('/api/v1/session', { login: 'member', password: 'wrong' }, { 'idempotency-key': 'login' });
    expect((await records()).length).to.equal(before);
  });

  it('that run longer than their lease keep their key', async () => {
    const { log } = recordingLog();
    const idempotency = createIdempotency({ ...fixture.ports, log }, testSecret);
    const request: IdempotentRequest = { userId: 'u', target: 'POST /x', key: 'long', content: 'c' };
    let finish!: () => void;
    const first = idempotency.once(request, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { status: 200, body: '{}' };
    });
    // Until the first one has its key.
    while (!finish) await new Promise((resolve) => setImmediate(resolve));
    let told = '';
    await idempotency
      .once(request, async () => ({ status: 200, body: '{"twice":true}' }))
      .catch((error: Error) => {
        told = error.message;
      });
    expect(told).to.include('正在处理');
    finish();
    expect((await first).body).to.equal('{}');
    const replay = await idempotency.once(request, async () => ({ status: 200, body: '{"twice":true}' }));
    expect(replay).to.deep.equal({ status: 200, body: '{}', replayed: true });
    fixture.ports.clock.set('2026-11-25T01:00:00.000Z');
    expect(await idempotency.sweep()).to.be.at.least(1);
  });
});
