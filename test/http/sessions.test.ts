import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { sessionIdOf } from '../../src/http/session-store.ts';
import { httpClient } from './http-client.ts';
import { type HttpFixture, openHttp, otherPassword, password } from './open-http.ts';
import { makeWorld, type World } from './world.ts';

const sid = 'qianxian.sid';

describe('login sessions', () => {
  let fixture: HttpFixture;
  let world: World;

  const at = (minutes: number) => fixture.ports.clock.set(new Date(Date.UTC(2026, 10, 23, 1, minutes)));

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
  });
  beforeEach(() => at(0));
  after(async () => {
    await fixture.close();
  });

  const records = async () => (await fixture.ports.store.collection('sessions').find({ limit: 1000 })).items;

  it('begin with a cookie that scripts and other sites do not get', async () => {
    const client = fixture.client();
    const response = await fetch(`${fixture.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'member', password }),
    });
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith(`${sid}=`))!;
    expect(cookie)
      .to.match(/; HttpOnly/i)
      .and.to.match(/; SameSite=Lax/i)
      .and.to.match(/; Path=\//i);
    expect(cookie).not.to.match(/; Secure/i);
    expect(client.cookies.size).to.equal(0);
  });

  it('have Secure cookies of this very host where the public address is https', async () => {
    const { url, localUrl } = await fixture.another({ publicUrl: 'https://qianxian.example.com' });
    expect(url).to.equal('https://qianxian.example.com');
    const response = await fetch(`${localUrl}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://qianxian.example.com' },
      body: JSON.stringify({ login: 'member', password }),
    });
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).to.equal(2);
    for (const cookie of cookies)
      expect(cookie)
        .to.match(/^__Host-qianxian\.(sid|csrf)=/)
        .and.to.match(/; Secure/i);
    expect(response.headers.get('strict-transport-security')).to.match(/max-age=31536000/);
  });

  it('keep a hash of the token in the store, never the token', async () => {
    const client = await fixture.as('member');
    const token = decodeURIComponent(client.cookies.get(sid)!).replace(/^s:/, '').split('.')[0]!;
    expect(Buffer.from(token, 'base64').length * 8).to.be.at.least(128);
    const stored = await records();
    expect(stored.map(({ id }) => id)).to.include(sessionIdOf(token));
    expect(JSON.stringify(stored)).not.to.include(token);
  });

  it('get a new token at login, whatever token came', async () => {
    const client = await fixture.as('member');
    const first = client.cookies.get(sid);
    const again = await client.login('member', password);
    expect(again.status).to.equal(200);
    const second = client.cookies.get(sid);
    expect(second).not.to.equal(first);
    const thief = fixture.client();
    thief.cookies.set(sid, first!);
    expect((await thief.get('/api/v1/session')).status).to.equal(401);
  });

  it('are not made out of a token that somebody else chose', async () => {
    const client = fixture.client();
    const chosen = 's%3AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    client.cookies.set(sid, chosen);
    expect((await client.get('/api/v1/session')).status).to.equal(401);
    await client.login('member', password);
    expect(client.cookies.get(sid)).not.to.equal(chosen);
  });

  it('are not stored for people who only read', async () => {
    const before = (await records()).length;
    const client = fixture.client();
    await client.get('/api/v1/needs');
    await client.get('/api/v1/search?kind=need');
    expect((await records()).length).to.equal(before);
    expect(client.cookies.size).to.equal(0);
  });

  it('end after 15 idle minutes for the bureau and 30 for others', async () => {
    const staff = await fixture.as('staff');
    const member = await fixture.as('member');
    at(14);
    expect((await staff.get('/api/v1/session')).status).to.equal(200);
    expect((await member.get('/api/v1/session')).status).to.equal(200);
    at(14 + 16);
    expect((await staff.get('/api/v1/session')).status).to.equal(401);
    expect((await member.get('/api/v1/session')).status).to.equal(200);
    at(14 + 16 + 31);
    expect((await member.get('/api/v1/session')).status).to.equal(401);
  });

  it('end after twelve hours whatever happens', async () => {
    const member = await fixture.as('member');
    for (let minute = 20; minute < 12 * 60; minute += 20) {
      at(minute);
      expect((await member.get('/api/v1/session')).status, `minute ${minute}`).to.equal(200);
    }
    at(12 * 60 + 1);
    expect((await member.get('/api/v1/session')).status).to.equal(401);
  });

  it('are not written at every request', async () => {
    const member = await fixture.as('member');
    const token = decodeURIComponent(member.cookies.get(sid)!).replace(/^s:/, '').split('.')[0]!;
    const version = async () => (await fixture.ports.store.collection('sessions').get(sessionIdOf(token)))!.version;
    const before = await version();
    for (let count = 0; count < 5; count++) await member.get('/api/v1/needs');
    expect(await version()).to.equal(before);
    at(2);
    await member.get('/api/v1/needs');
    expect(await version()).to.equal(before + 1);
  });

  it('end at logout, in the store too', async () => {
    const member = await fixture.as('member');
    const cookie = member.cookies.get(sid)!;
    const before = (await records()).length;
    expect((await member.delete('/api/v1/session')).status).to.equal(204);
    expect(member.cookies.has(sid)).to.equal(false);
    expect((await records()).length).to.equal(before - 1);
    const thief = fixture.client();
    thief.cookies.set(sid, cookie);
    expect((await thief.get('/api/v1/session')).status).to.equal(401);
  });

  it('end everywhere else when the password is changed, and go on here under a new token', async () => {
    const here = await fixture.as('manager');
    const there = await fixture.as('manager');
    const before = here.cookies.get(sid);
    const changed = await here.post('/api/v1/session/password', { current: password, next: otherPassword });
    expect(changed.status, changed.text).to.equal(200);
    expect(here.cookies.get(sid)).not.to.equal(before);
    expect((await here.get('/api/v1/session')).status).to.equal(200);
    expect((await there.get('/api/v1/session')).status).to.equal(401);
    // The new CSRF token holds as well.
    expect((await here.post('/api/v1/session/password', { current: otherPassword, next: password })).status).to.equal(
      200,
    );
  });

  it('end when the account is disabled or its password is reset', async () => {
    const id = world.users.otherMember;
    const first = await fixture.as('other-member');
    const { version } = await fixture.flow.getUser(systemPrincipal, id);
    const disabled = await fixture.flow.moveUser(systemPrincipal, id, version, 'disable');
    expect((await first.get('/api/v1/session')).status).to.equal(401);
    expect((await first.post('/api/v1/needs', {})).status).to.equal(401);
    expect((await fixture.client().login('other-member', password)).status).to.equal(401);
    await fixture.flow.moveUser(systemPrincipal, id, disabled.version, 'enable');
    // Enabling brings no old session back.
    expect((await first.get('/api/v1/session')).status).to.equal(401);
    const second = await fixture.as('other-member');
    const oneTime = await fixture.flow.resetPassword(systemPrincipal, id);
    expect((await second.get('/api/v1/session')).status).to.equal(401);
    const third = await fixture.as('other-member', oneTime);
    await third.post('/api/v1/session/password', { current: oneTime, next: password });
  });

  it('of a void epoch do not stand in the way of a new login', async () => {
    const client = await fixture.as('other-member');
    const oneTime = await fixture.flow.resetPassword(systemPrincipal, world.users.otherMember);
    expect((await client.login('other-member', oneTime)).status).to.equal(200);
    expect((await client.post('/api/v1/session/password', { current: oneTime, next: password })).status).to.equal(200);
    expect((await client.get('/api/v1/needs')).status).to.equal(200);
  });

  it('with a one-time password only let it be changed', async () => {
    const client = await fixture.as('fresh', world.freshPassword);
    const session = await client.get('/api/v1/session');
    expect(session.body.mustChangePassword).to.equal(true);
    const refused = await client.get('/api/v1/needs');
    expect(refused.status).to.equal(403);
    expect(refused.body.detail).to.include('一次性密码');
    expect((await client.post('/api/v1/needs', { content: {} })).status).to.equal(403);
    const changed = await client.post('/api/v1/session/password', { current: world.freshPassword, next: password });
    expect(changed.status, changed.text).to.equal(200);
    expect(changed.body.mustChangePassword).to.equal(false);
    expect((await client.get('/api/v1/needs')).status).to.equal(200);
  });

  it('are swept when they have expired', async () => {
    await fixture.as('member');
    at(60 * 24);
    const { server } = await fixture.another();
    expect((await records()).length).to.equal(0);
    await server.close();
  });

  it('lock an account after five wrong passwords, and say no more than that', async () => {
    const { user, oneTimePassword } = await fixture.flow.createUser(systemPrincipal, {
      login: 'guessed',
      name: '被猜',
      role: 'member',
      organisationId: world.organisations.own,
    });
    const wrong = await fixture.client().login('guessed', 'wrong password 1');
    for (let count = 2; count <= 5; count++) await fixture.client().login('guessed', `wrong password ${count}`);
    const locked = await fixture.client().login('guessed', oneTimePassword!);
    const unknown = await fixture.client().login('nobody-at-all', 'whatever');
    expect([wrong.status, locked.status, unknown.status]).to.deep.equal([401, 401, 401]);
    expect(new Set([wrong, locked, unknown].map(({ body }) => body.detail)).size).to.equal(1);
    at(16);
    expect((await fixture.client().login('guessed', oneTimePassword!)).status).to.equal(200);
    expect(user.state).to.equal('active');
  });
});

describe('forged requests', () => {
  let fixture: HttpFixture;

  before(async () => {
    fixture = await openHttp();
    await makeWorld(fixture);
  });
  after(async () => {
    await fixture.close();
  });

  const draft = { content: { title: '伪造的需求' } };

  it('are refused without the token, with another one, and with that of another session', async () => {
    const member = await fixture.as('member');
    const manager = await fixture.as('manager');
    const right = member.csrfToken;
    for (const token of [undefined, 'x', `${right}x`, manager.csrfToken]) {
      member.csrfToken = token;
      const reply = await member.post('/api/v1/needs', draft);
      expect(reply.status, String(token)).to.equal(403);
      expect(reply.body.detail).to.include('x-csrf-token');
    }
    member.csrfToken = right;
    expect((await member.post('/api/v1/needs', draft)).status).to.equal(201);
  });

  it('are refused where only the cookie has the token', async () => {
    const member = await fixture.as('member');
    member.csrfToken = undefined;
    expect([...member.cookies.keys()]).to.include('qianxian.csrf');
    expect((await member.delete('/api/v1/session')).status).to.equal(403);
    expect((await member.get('/api/v1/session')).status).to.equal(200);
  });

  it('of another site are refused, the login first of all', async () => {
    const credentials = { login: 'member', password };
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      const reply = await fixture.client().post('/api/v1/session', credentials, headers);
      expect(reply.status, JSON.stringify(headers)).to.equal(403);
      expect(reply.headers.getSetCookie()).to.deep.equal([]);
    }
    const own = await fixture.client().post('/api/v1/session', credentials, { origin: fixture.url });
    expect(own.status).to.equal(200);
  });

  it('need no token where nothing is changed', async () => {
    const member = await fixture.as('member');
    member.csrfToken = undefined;
    expect((await member.get('/api/v1/needs')).status).to.equal(200);
  });

  it('cannot be helped along by X-Forwarded headers without a proxy', async () => {
    const reply = await httpClient(fixture.url).post(
      '/api/v1/session',
      { login: 'member', password },
      { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    );
    expect(reply.status).to.equal(403);
  });
});
