import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { sweepLinks } from '../../src/steps/accounts/account-links.ts';
import { tokenIn } from '../mail-folder.ts';
import type { Client } from './http-client.ts';
import { account, type HttpFixture, openHttp, otherPassword, password } from './open-http.ts';
import { makeWorld, type World } from './world.ts';

const start = '2026-11-23T01:00:00.000Z';

describe('links that are mailed', () => {
  let fixture: HttpFixture;
  let world: World;
  let manager: Client;
  let counter = 0;
  const at = (minutes: number) => fixture.ports.clock.set(new Date(Date.parse(start) + minutes * 60_000));
  before(async () => {
    fixture = await openHttp({ now: start });
    world = await makeWorld(fixture);
  });
  beforeEach(async () => {
    at(0);
    manager = await fixture.as('manager');
  });
  after(() => fixture.close());

  /** The tokens that were mailed to an address, once everything has been sent. */
  async function mailed(to: string, kind: 'invitation' | 'reset', count: number): Promise<string[]> {
    for (let tries = 0; tries < 100; tries += 1) {
      await fixture.flow.settled();
      const tokens = await tokenIn(fixture.ports.folder, to, kind);
      if (tokens.length >= count) return tokens;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return tokenIn(fixture.ports.folder, to, kind);
  }
  const post = (path: string, body: object, client = fixture.client()) => client.post(`/api/v1${path}`, body);
  async function invite(client = manager, more: object = {}) {
    counter += 1;
    const email = `guest${counter}@example.com`;
    const reply = await post('/account-invitations', { email, role: 'member', ...more }, client);
    expect(reply.status, reply.text).to.equal(201);
    const [token] = await mailed(email, 'invitation', 1);
    return { id: reply.body.id as string, email, token: token!, login: `guest${counter}` };
  }
  const accept = (token: string, login: string, withPassword = password) =>
    post('/account-invitations/acceptance', { token, login, name: '受邀人', password: withPassword });
  const stored = async (id: string) => (await fixture.ports.store.collection('accountLinks').get(id))!;

  describe('an invitation', () => {
    it('is mailed once, shown without changing anything, accepted once', async () => {
      const { id, email, token, login } = await invite();
      expect(token).to.match(/^[\w-]{43}$/);
      expect(JSON.stringify(await stored(id))).to.not.include(token);
      for (let count = 0; count < 3; count += 1) {
        const shown = await post('/account-invitations/lookup', { token });
        expect(shown.body).to.deep.include({ organisation: '示例抛光材料有限公司', role: 'member', name: null });
        expect(shown.text).to.not.include(email);
      }
      expect((await accept(token, login)).status).to.equal(201);
      const session = await (await fixture.as(login)).get('/api/v1/session');
      expect(session.body.user).to.include({ role: 'member', organisationId: world.organisations.own });
      const again = await accept(token, `${login}b`);
      const lookup = await post('/account-invitations/lookup', { token });
      const madeUp = await accept('A'.repeat(43), `${login}c`);
      expect([again.status, lookup.status, madeUp.status]).to.deep.equal([404, 404, 404]);
      expect(new Set([again, lookup, madeUp].map(({ body }) => body.detail)).size).to.equal(1);
      const list = await manager.get('/api/v1/account-invitations');
      expect(list.body.items.find((one: { id: string }) => one.id === id)).to.include({ state: 'used', sent: true });
      await fixture.flow.settled();
      expect((await tokenIn(fixture.ports.folder, email, 'invitation')).length).to.equal(1);
    });

    it('is accepted by one of many who try at once', async () => {
      const { token, login } = await invite();
      const replies = await Promise.all([1, 2, 3, 4].map((place) => accept(token, `${login}-${place}`)));
      expect(replies.map(({ status }) => status).sort()).to.deep.equal([201, 404, 404, 404]);
      const made = (await fixture.ports.store.collection('users').find({ limit: 1000 })).items;
      expect(made.filter((user) => user.login.startsWith(`${login}-`)).length).to.equal(1);
    });

    it('goes on where it was cut off, for him alone', async () => {
      const { id, token, login } = await invite();
      expect((await accept(token, login)).status).to.equal(201);
      // As if the process had died between the account and the link.
      const { version, createdAt: _c, updatedAt: _u, userId: _i, ...rest } = await stored(id);
      await fixture.ports.store.collection('accountLinks').update(id, version, { ...rest, state: 'open' });
      expect((await accept(token, login, otherPassword)).status).to.equal(404);
      expect((await accept(token, `${login}x`)).status).to.equal(404);
      expect((await accept(token, login)).status).to.equal(201);
      expect((await stored(id)).state).to.equal('used');
    });

    it('ends after seven days, is sent again under another token, and is revoked', async () => {
      const { id, email, token, login } = await invite();
      at(7 * 24 * 60 - 1);
      expect((await post('/account-invitations/lookup', { token })).status).to.equal(200);
      at(7 * 24 * 60 + 1);
      expect((await accept(token, login)).status).to.equal(404);
      const later = await fixture.as('manager');
      const resend = await post(
        `/account-invitations/${id}/actions/resend`,
        { version: (await stored(id)).version },
        later,
      );
      expect(resend.status, resend.text).to.equal(200);
      const tokens = await mailed(email, 'invitation', 2);
      const [fresh] = tokens.filter((one) => one !== token);
      expect((await accept(token, login)).status).to.equal(404);
      expect((await post('/account-invitations/lookup', { token: fresh! })).status).to.equal(200);
      const revoke = await post(
        `/account-invitations/${id}/actions/revoke`,
        { version: (await stored(id)).version },
        later,
      );
      expect(revoke.body.state).to.equal('revoked');
      expect((await accept(fresh!, login)).status).to.equal(404);
      const dead = await post(
        `/account-invitations/${id}/actions/resend`,
        { version: (await stored(id)).version },
        later,
      );
      expect(dead.status).to.equal(409);
    });

    it('is only for those whom the inviter may invite, into his own organisation, and not twice', async () => {
      const email = 'twice@example.com';
      expect((await post('/account-invitations', { email, role: 'manager' }, manager)).status).to.equal(403);
      const other = { email, role: 'member', organisationId: world.organisations.other };
      expect((await post('/account-invitations', other, manager)).status).to.equal(403);
      expect((await post('/account-invitations', { email, role: 'admin' }, manager)).status).to.equal(422);
      expect((await post('/account-invitations', { email: 'nowhere', role: 'member' }, manager)).status).to.equal(422);
      const staff = await fixture.as('staff');
      expect((await post('/account-invitations', { email, role: 'member' }, staff)).body.errors[0].field).to.equal(
        'organisationId',
      );
      expect((await post('/account-invitations', { email, role: 'member' }, manager)).status).to.equal(201);
      expect((await post('/account-invitations', { email, role: 'member' }, manager)).status).to.equal(409);
    });

    it('of another organisation is not found', async () => {
      const { id } = await invite(await fixture.as('staff'), { organisationId: world.organisations.other });
      const { version } = await stored(id);
      for (const action of ['resend', 'revoke']) {
        expect((await post(`/account-invitations/${id}/actions/${action}`, { version }, manager)).status).to.equal(404);
      }
      const list = await manager.get('/api/v1/account-invitations');
      expect(list.body.items.map((one: { id: string }) => one.id)).to.not.include(id);
    });

    it('asks for a free login and a good password, and stays open meanwhile', async () => {
      const { token, login } = await invite();
      expect((await accept(token, 'staff')).body.errors[0].field).to.equal('login');
      expect((await accept(token, login, 'short')).body.errors[0].field).to.equal('password');
      expect((await accept(token, login)).status).to.equal(201);
    });

    it('is no token for anything else', async () => {
      const { token } = await invite();
      expect((await post('/password-resets/lookup', { token })).status).to.equal(404);
      expect((await post('/password-resets/use', { token, password })).status).to.equal(404);
    });
  });

  describe('a reset of a password', () => {
    async function forgetful() {
      counter += 1;
      const login = `forgetful${counter}`;
      const id = await account(fixture, login, 'member', world.organisations.own);
      const users = fixture.ports.store.collection('users');
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await users.get(id))!;
      await users.update(id, version, { ...rest, email: `${login}@example.com` });
      return { id, login, email: `${login}@example.com` };
    }
    const request = (login: string) => post('/password-resets', { login });

    it('is answered alike whether or not there is such an account', async () => {
      const { login } = await forgetful();
      await fixture.flow.createUser(systemPrincipal, { login: 'no-address', name: '无信箱', role: 'staff' });
      const replies = await Promise.all([login, 'nobody-at-all', 'no-address', 'disabled'].map(request));
      for (const reply of replies) expect(reply.status).to.equal(202);
      expect(new Set(replies.map(({ text }) => text)).size).to.equal(1);
      expect((await request('')).status).to.equal(422);
    });

    it('sets a new password once, ends every session, and lifts a lock', async () => {
      const { id, login, email } = await forgetful();
      const open = await fixture.as(login);
      await request(login);
      const [token] = await mailed(email, 'reset', 1);
      for (let count = 0; count < 5; count += 1) await fixture.client().login(login, `wrong password ${count}`);
      expect((await fixture.client().login(login, password)).status).to.equal(401);
      expect((await post('/password-resets/lookup', { token: token! })).body.login).to.equal(login);
      const weak = await post('/password-resets/use', { token: token!, password: 'weak' });
      expect(weak.body.errors[0].field).to.equal('password');
      const tries = await Promise.all(
        [1, 2, 3].map(() => post('/password-resets/use', { token: token!, password: otherPassword })),
      );
      expect(tries.map(({ status }) => status).sort()).to.deep.equal([204, 404, 404]);
      expect((await open.get('/api/v1/session')).status).to.equal(401);
      expect((await fixture.client().login(login, password)).status).to.equal(401);
      expect((await fixture.client().login(login, otherPassword)).status).to.equal(200);
      expect((await fixture.ports.store.collection('users').get(id))!.mustChangePassword).to.equal(false);
    });

    it('is void after an hour, after the password was changed otherwise, and for a disabled account', async () => {
      const late = await forgetful();
      const changed = await forgetful();
      const disabled = await forgetful();
      const tokens: string[] = [];
      for (const { login, email } of [late, changed, disabled]) {
        await request(login);
        tokens.push((await mailed(email, 'reset', 1))[0]!);
      }
      await fixture.flow.resetPassword(systemPrincipal, changed.id);
      const { version } = await fixture.flow.getUser(systemPrincipal, disabled.id);
      await fixture.flow.moveUser(systemPrincipal, disabled.id, version, 'disable');
      for (const token of tokens.slice(1)) {
        expect((await post('/password-resets/use', { token, password: otherPassword })).status).to.equal(404);
      }
      at(61);
      expect((await post('/password-resets/use', { token: tokens[0]!, password: otherPassword })).status).to.equal(404);
    });

    it('is mailed three times an hour at most', async () => {
      const { id, login } = await forgetful();
      for (let count = 0; count < 6; count += 1) expect((await request(login)).status).to.equal(202);
      const links = fixture.ports.store.collection('accountLinks');
      expect(await links.count({ userId: id })).to.equal(3);
      at(61);
      await request(login);
      expect(await links.count({ userId: id })).to.equal(4);
    });
  });

  it('that ended a month ago are removed with the addresses in them', async () => {
    const { id } = await invite();
    at(36 * 24 * 60);
    await sweepLinks(fixture.ports);
    expect((await stored(id)).email).to.include('@');
    at(38 * 24 * 60);
    expect(await sweepLinks(fixture.ports)).to.be.above(0);
    expect(await fixture.ports.store.collection('accountLinks').get(id)).to.equal(undefined);
  });
});
