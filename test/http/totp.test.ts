import { expect } from 'chai';
import { Secret, TOTP } from 'otpauth';
import { systemPrincipal } from '../../src/domain/user.ts';
import type { Client } from './http-client.ts';
import { account, type HttpFixture, openHttp, password } from './open-http.ts';
import { makeWorld } from './world.ts';

const start = Date.parse('2026-11-23T01:00:00.000Z');

/** What an app shows at a time (the example values of RFC 6238 are in the test of the library that both sides use). */
const codeAt = (secret: string, at: Date) =>
  TOTP.generate({
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    timestamp: at.getTime(),
  });

describe('the second factor', () => {
  let fixture: HttpFixture;
  let counter = 0;
  const at = (seconds: number) => fixture.ports.clock.set(new Date(start + seconds * 1000));
  const now = () => fixture.ports.clock.now();
  before(async () => {
    fixture = await openHttp({ now: new Date(start).toISOString() });
    await makeWorld(fixture);
  });
  beforeEach(() => at(0));
  after(() => fixture.close());

  async function enrolled() {
    counter += 1;
    const login = `totp${counter}`;
    const id = await account(fixture, login, 'staff');
    const client = await fixture.as(login);
    const begun = await client.post('/api/v1/session/totp', { password });
    expect(begun.status, begun.text).to.equal(200);
    const { secret, uri } = begun.body as { secret: string; uri: string };
    const confirmed = await client.post('/api/v1/session/totp/confirmation', { code: codeAt(secret, now()) });
    expect(confirmed.status, confirmed.text).to.equal(200);
    client.csrfToken = confirmed.body.session.csrfToken;
    return { id, login, client, secret, uri, recovery: confirmed.body.recovery as string[] };
  }
  const second = (client: Client, code: string) => client.post('/api/v1/session/second-factor', { code });
  async function half(login: string) {
    const client = fixture.client();
    const reply = await client.login(login, password);
    expect(reply.status, reply.text).to.equal(200);
    expect(reply.body).to.deep.equal({ secondFactor: true });
    return client;
  }

  it('is set up with a code, shown as an otpauth address, kept sealed, and asked for from then on', async () => {
    const { id, login, secret, uri, client, recovery } = await enrolled();
    expect(new URL(uri).protocol).to.equal('otpauth:');
    const parsed = new URL(uri).searchParams;
    expect(parsed.get('secret')).to.equal(secret);
    expect([parsed.get('period'), parsed.get('digits'), parsed.get('algorithm')]).to.deep.equal(['30', '6', 'SHA1']);
    expect(Secret.fromBase32(secret).bytes.length).to.equal(20);
    expect(new Set(recovery).size).to.equal(10);
    const stored = JSON.stringify(await fixture.ports.store.collection('users').get(id));
    for (const one of [secret, ...recovery]) expect(stored).to.not.include(one);
    expect((await client.get('/api/v1/session')).status).to.equal(200);

    at(60);
    const other = await half(login);
    expect((await other.get('/api/v1/session')).status).to.equal(401);
    const done = await second(other, codeAt(secret, now()));
    expect(done.status, done.text).to.equal(200);
    expect(done.body.user.login).to.equal(login);
    expect((await other.get('/api/v1/needs')).status).to.equal(200);
  });

  it('takes no code twice, none of before one that was taken, and half a minute of drift', async () => {
    const { login, secret } = await enrolled();
    // The code of the setting up was taken as well.
    expect((await second(await half(login), codeAt(secret, now()))).status).to.equal(401);
    at(300);
    const early = codeAt(secret, new Date(now().getTime() - 30_000));
    const code = codeAt(secret, now());
    const late = codeAt(secret, new Date(now().getTime() + 30_000));
    expect((await second(await half(login), late)).status).to.equal(200);
    for (const used of [late, code, early]) expect((await second(await half(login), used)).status).to.equal(401);
    at(600);
    expect((await second(await half(login), codeAt(secret, new Date(now().getTime() - 90_000)))).status).to.equal(401);
    expect((await second(await half(login), codeAt(secret, now()))).status).to.equal(200);
  });

  it('takes one code in one of many logins at once', async () => {
    const { login, secret } = await enrolled();
    at(120);
    const clients = await Promise.all([1, 2, 3].map(() => half(login)));
    const code = codeAt(secret, now());
    const replies = await Promise.all(clients.map((client) => second(client, code)));
    expect(replies.map(({ status }) => status).sort()).to.deep.equal([200, 401, 401]);
  });

  it('locks after five wrong codes, and a right password between them buys no more', async () => {
    const { id, login, secret } = await enrolled();
    at(120);
    for (let count = 0; count < 5; count += 1) {
      expect((await second(await half(login), '000000')).status).to.equal(401);
    }
    expect((await fixture.ports.store.collection('users').get(id))!.lockedUntil).to.be.a('string');
    expect((await fixture.client().login(login, password)).status).to.equal(401);
    at(120 + 16 * 60);
    expect((await second(await half(login), codeAt(secret, now()))).status).to.equal(200);
  });

  it('must come within five minutes, to the same session, after the password', async () => {
    const { login, secret } = await enrolled();
    at(60);
    expect((await second(fixture.client(), codeAt(secret, now()))).status).to.equal(401);
    const client = await half(login);
    at(60 + 299);
    expect((await second(client, '000000')).status).to.equal(401);
    at(60 + 301);
    expect((await second(client, codeAt(secret, now()))).status).to.equal(401);
    const again = await half(login);
    await fixture.flow.resetPassword(systemPrincipal, await idOf(login));
    expect((await second(again, codeAt(secret, now()))).status).to.equal(401);
  });

  async function idOf(login: string) {
    return (await fixture.ports.store.collection('users').find({ where: { login } })).items[0]!.id;
  }

  it('gives way to a recovery code, each once, however it is typed', async () => {
    const { login, recovery } = await enrolled();
    const [first, other] = recovery;
    expect((await second(await half(login), first!.toUpperCase().replace('-', ' '))).status).to.equal(200);
    expect((await second(await half(login), first!)).status).to.equal(401);
    expect((await second(await half(login), other!)).status).to.equal(200);
  });

  it('is taken away with a code, or by another administrator, and never by oneself without one', async () => {
    const { id, login, client, secret } = await enrolled();
    expect((await client.post('/api/v1/session/totp/removal', { code: '000000' })).status).to.equal(422);
    const admin = await fixture.as('admin');
    const staff = await fixture.as('staff');
    const path = `/api/v1/users/${id}/actions/reset-totp`;
    expect((await staff.post(path, {})).status).to.equal(403);
    expect((await client.post(path, {})).status).to.equal(403);
    expect((await admin.post(path, {})).status).to.equal(204);
    expect((await admin.post(path, {})).status).to.equal(409);
    expect((await client.get('/api/v1/session')).status).to.equal(401);
    const plain = await fixture.as(login);
    expect((await plain.get('/api/v1/needs')).status).to.equal(200);

    const mine = await enrolled();
    at(90);
    const removed = await mine.client.post('/api/v1/session/totp/removal', { code: codeAt(mine.secret, now()) });
    expect(removed.status, removed.text).to.equal(200);
    expect((await fixture.as(mine.login)).csrfToken).to.be.a('string');
    expect(secret).to.not.equal(mine.secret);
  });

  it('is begun with the password alone, and holds nothing until it is confirmed', async () => {
    const client = await fixture.as('member');
    expect((await client.post('/api/v1/session/totp', { password: 'wrong' })).status).to.equal(422);
    expect((await client.post('/api/v1/session/totp/confirmation', { code: '123456' })).status).to.equal(409);
    expect((await client.post('/api/v1/session/totp', { password })).status).to.equal(200);
    expect((await client.post('/api/v1/session/totp/confirmation', { code: '000000' })).status).to.equal(422);
    expect((await fixture.as('member')).csrfToken).to.be.a('string');
  });
});

describe('where the bureau needs a second factor', () => {
  let fixture: HttpFixture;
  before(async () => {
    fixture = await openHttp({ service: { requireTotp: true } });
    await makeWorld(fixture);
  });
  after(() => fixture.close());

  it('its people can do nothing but set it up; others need none', async () => {
    const staff = await fixture.as('staff');
    const session = await staff.get('/api/v1/session');
    expect(session.body.mustEnrolTotp).to.equal(true);
    const refused = await staff.get('/api/v1/needs');
    expect(refused.status).to.equal(403);
    expect(refused.body.detail).to.include('两步验证');
    expect((await (await fixture.as('member')).get('/api/v1/needs')).status).to.equal(200);
    const begun = await staff.post('/api/v1/session/totp', { password });
    const code = codeAt(begun.body.secret, fixture.ports.clock.now());
    const confirmed = await staff.post('/api/v1/session/totp/confirmation', { code });
    expect(confirmed.body.session.mustEnrolTotp).to.equal(false);
    expect((await staff.get('/api/v1/needs')).status).to.equal(200);
  });
});

describe('the list of sessions', () => {
  let fixture: HttpFixture;
  before(async () => {
    fixture = await openHttp({ now: new Date(start).toISOString() });
    await makeWorld(fixture);
  });
  after(() => fixture.close());

  it('shows where one is logged in, and ends one of them or all others', async () => {
    const [here, there, elsewhere] = [
      await fixture.as('member'),
      await fixture.as('member'),
      await fixture.as('member'),
    ];
    const foreign = await fixture.as('manager');
    fixture.ports.clock.set(new Date(start + 5 * 60_000));
    const list = await here.get('/api/v1/sessions');
    expect(list.status, list.text).to.equal(200);
    expect(list.body.items.length).to.equal(3);
    const [current, ...others] = list.body.items;
    expect(current).to.include({ current: true, usedAt: new Date(start + 5 * 60_000).toISOString() });
    expect(current.startedAt).to.equal(new Date(start).toISOString());
    expect(current.address).to.match(/127\.0\.0\.1/);
    expect(current.device).to.match(/node/i);
    expect(others.map((one: { current: boolean }) => one.current)).to.deep.equal([false, false]);

    expect((await foreign.delete(`/api/v1/sessions/${others[0].id}`)).status).to.equal(404);
    expect((await here.delete(`/api/v1/sessions/${others[0].id}`)).status).to.equal(204);
    const left = await Promise.all([there, elsewhere].map(async (one) => (await one.get('/api/v1/session')).status));
    expect(left.sort()).to.deep.equal([200, 401]);
    expect((await here.delete('/api/v1/sessions')).body).to.deep.equal({ ended: 1 });
    for (const one of [there, elsewhere]) expect((await one.get('/api/v1/session')).status).to.equal(401);
    expect((await here.get('/api/v1/session')).status).to.equal(200);
    expect((await foreign.get('/api/v1/session')).status).to.equal(200);
  });

  it('leaves out those that a change of the password has ended', async () => {
    const id = await account(fixture, 'changing', 'staff');
    await fixture.as('changing');
    await fixture.flow.resetPassword(systemPrincipal, id);
    expect(await fixture.flow.listSessions({ userId: id, role: 'staff', name: '' }, undefined)).to.deep.equal([]);
  });

  it('sessions last as long as the operator says', async () => {
    const { server, localUrl } = await fixture.another({ sessions: { idleBureau: 5, idle: 10, hours: 1 } });
    const { httpClient } = await import('./http-client.ts');
    const [staff, member] = [httpClient(localUrl), httpClient(localUrl)];
    const begin = fixture.ports.clock.now().getTime();
    const later = (minutes: number) => fixture.ports.clock.set(new Date(begin + minutes * 60_000));
    await staff.login('staff', password);
    const { body } = await member.login('member', password);
    expect(body.endsAt).to.equal(new Date(begin + 3_600_000).toISOString());
    later(6);
    expect((await staff.get('/api/v1/session')).status).to.equal(401);
    for (let minute = 9; minute < 60; minute += 9) {
      later(minute);
      expect((await member.get('/api/v1/session')).status, `minute ${minute}`).to.equal(200);
    }
    later(61);
    expect((await member.get('/api/v1/session')).status).to.equal(401);
    await server.close(2_000);
  });
});
