import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { mostOfOrganisation, mostToAddress, settleInvitation } from '../../src/steps/accounts/account-invitations.ts';
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
  async function mailed(to: string, kind: 'invitation' | 'reset' | 'address', count: number): Promise<string[]> {
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

    it('takes the account of a cut-off acceptance along when it is revoked, also where that was cut off as well', async () => {
      const cutOff = async () => {
        const { id, token, login } = await invite();
        expect((await accept(token, login)).status).to.equal(201);
        await fixture.flow.settled();
        // As if the process had died between the account and the link.
        const { version, createdAt: _c, updatedAt: _u, userId: _i, ...rest } = await stored(id);
        const open = await fixture.ports.store
          .collection('accountLinks')
          .update(id, version, { ...rest, state: 'open' });
        return { id, login, open };
      };
      const made = async (login: string) =>
        (await fixture.ports.store.collection('users').find({ where: { login } })).items;
      const first = await cutOff();
      const revoked = await post(
        `/account-invitations/${first.id}/actions/revoke`,
        { version: first.open.version },
        manager,
      );
      expect(revoked.status).to.equal(200);
      expect(await made(first.login)).to.deep.equal([]);

      const second = await cutOff();
      const { version, createdAt: _c, updatedAt: _u, ...rest } = second.open;
      await fixture.ports.store.collection('accountLinks').update(second.id, version, { ...rest, state: 'revoked' });
      await settleInvitation(fixture.ports, second.id);
      await settleInvitation(fixture.ports, second.id);
      expect(await made(second.login)).to.deep.equal([]);

      // Left to itself the feed brings it to its end.
      const third = await cutOff();
      await settleInvitation(fixture.ports, third.id);
      expect((await stored(third.id)).state).to.equal('used');
      expect(await made(third.login)).to.have.length(1);
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

    it('is no way to have the bureau write to anybody as often as one likes', async () => {
      await account(fixture, 'flooder', 'manager', world.organisations.other);
      const flooder = await fixture.as('flooder');
      const send = async (email: string, client = flooder) =>
        (await post('/account-invitations', { email, role: 'member' }, client)).status;
      expect(await send('flooded@example.com')).to.equal(201);
      const { items } = await fixture.ports.store
        .collection('accountLinks')
        .find({ where: { email: 'flooded@example.com' } });
      const resend = async (client = flooder) => {
        await fixture.flow.settled();
        const reply = await post(
          `/account-invitations/${items[0]!.id}/actions/resend`,
          { version: (await stored(items[0]!.id)).version },
          client,
        );
        return reply.status;
      };
      for (let count = 1; count < mostToAddress; count += 1) expect(await resend()).to.equal(200);
      expect(await resend()).to.equal(429);
      // Nor by the bureau, nor after it was revoked.
      expect(await resend(await fixture.as('staff'))).to.equal(429);
      await fixture.flow.settled();
      const { version } = await stored(items[0]!.id);
      await post(`/account-invitations/${items[0]!.id}/actions/revoke`, { version }, flooder);
      expect(await send('flooded@example.com')).to.equal(429);

      let sent = 0;
      while ((await send(`mass${sent}@example.com`)) === 201) sent += 1;
      expect(await send('one-more@example.com')).to.equal(429);
      expect(sent).to.be.below(mostOfOrganisation);
      at(24 * 60 + 1);
      const tomorrow = await fixture.as('flooder');
      expect(await send('one-more@example.com', tomorrow)).to.equal(201);
      expect(await send('flooded@example.com', tomorrow)).to.equal(201);
      // All of it has gone before the clock is put back.
      await mailed('flooded@example.com', 'invitation', mostToAddress + 1);
      await mailed('one-more@example.com', 'invitation', 1);
    });
  });

  describe('a change', () => {
    it('of a number and another address of one’s own: the number at once, the address once its link was used', async () => {
      const owner = await fixture.as('other-member');
      const put = (body: object) => owner.request('PUT', '/api/v1/session/contact', { json: body });
      const self = async () => (await owner.get(`/api/v1/users/${world.users.otherMember}`)).body;
      expect((await put({ current: 'wrong', mobile: '13800001111' })).body.errors[0].field).to.equal('current');
      expect((await put({ current: password, mobile: '0518-12345678' })).body.errors[0].field).to.equal('mobile');
      const email = 'own-new@example.com';
      const changed = await put({ current: password, email, mobile: '138 0000 1111' });
      expect(changed.body, changed.text).to.deep.include({ mobile: '13800001111', email: null });
      expect(changed.body.awaiting).to.match(/\*/);
      expect(await self()).to.include({ mobile: '13800001111', email: null });
      expect(JSON.stringify((await (await fixture.as('staff')).get('/api/v1/users?limit=100')).body)).to.not.include(
        '13800001111',
      );
      const [token] = await mailed(email, 'address', 1);
      const confirm = () => post('/address-confirmations', { token: token! });
      expect((await confirm()).status).to.equal(204);
      expect((await confirm()).status).to.equal(404);
      expect(await self()).to.include({ email });
      // Where he is reached as yet he learns that somebody asks for another address.
      await put({ current: password, email: 'thief@example.com' });
      await fixture.flow.settled();
      const notices = (
        await fixture.ports.store.collection('notices').find({
          where: { userId: world.users.otherMember },
          limit: 100,
        })
      ).items;
      expect(notices.map(({ subject }) => subject)).to.include('有人要更改您的信箱');
      expect((await put({ current: password, email: null, mobile: null })).body).to.deep.include({
        email: null,
        mobile: null,
      });
      expect((await put({ current: password, email: 'third@example.com' })).status).to.equal(200);
      expect((await put({ current: password, email: 'fourth@example.com' })).status).to.equal(429);
    });

    it('for another address is void once the password was changed', async () => {
      const id = await account(fixture, 'mover', 'member', world.organisations.own);
      const owner = await fixture.as('mover');
      const email = 'late-new@example.com';
      const asked = await owner.request('PUT', '/api/v1/session/contact', { json: { current: password, email } });
      expect(asked.status, asked.text).to.equal(200);
      const [token] = await mailed(email, 'address', 1);
      await fixture.flow.resetPassword(systemPrincipal, id);
      expect((await post('/address-confirmations', { token: token! })).status).to.equal(404);
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
