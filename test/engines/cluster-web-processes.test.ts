import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { mostFailures } from '../../src/steps/accounts/login.ts';
import type { Client } from '../http/http-client.ts';
import { account, otherPassword, password } from '../http/open-http.ts';
import { makeWorld, type World } from '../http/world.ts';
import { type ClusterWeb, clusterWebs, webMissing } from './cluster-web.ts';

const reason = webMissing === null ? '' : ` (skipped: ${webMissing})`;

(webMissing === null ? describe : describe.skip)(`two web processes on one store${reason}`, () => {
  const webs = clusterWebs();
  let one: ClusterWeb;
  let other: ClusterWeb;
  let world: World;

  before(async () => {
    one = await webs.open();
    other = await webs.open();
    world = await makeWorld(one);
  });
  after(() => webs.destroy());

  /** The same browser at the other process, as behind a balancer. */
  const movedTo = (web: ClusterWeb, client: Client): Client => {
    const moved = web.client();
    for (const [name, value] of client.cookies) moved.cookies.set(name, value);
    moved.csrfToken = client.csrfToken;
    return moved;
  };
  const userOf = async (id: string) => (await one.ports.store.collection('users').get(id))!;

  describe('sessions', () => {
    const draft = { content: { title: '稀土抛光粉的分级' } };

    it('begun in one are good in the other, for reading and for writing', async () => {
      const here = await one.as('member');
      const there = movedTo(other, here);
      expect((await there.get('/api/v1/session')).body.user.login).to.equal('member');
      expect((await there.post('/api/v1/needs', draft)).status).to.equal(201);
      there.csrfToken = 'x';
      expect((await there.post('/api/v1/needs', draft)).status).to.equal(403);
    });

    it('ended in one are ended in the other', async () => {
      const here = await one.as('member');
      const there = movedTo(other, here);
      for (const client of [here, there]) expect((await client.get('/api/v1/session')).status).to.equal(200);
      expect((await there.delete('/api/v1/session')).status).to.equal(204);
      expect((await here.get('/api/v1/session')).status).to.equal(401);
    });

    it('end in both where the password is changed, or the account disabled, in one', async () => {
      const here = await one.as('manager');
      const there = await other.as('manager');
      for (const client of [here, there]) expect((await client.get('/api/v1/session')).status).to.equal(200);
      const changed = await there.post('/api/v1/session/password', { current: password, next: otherPassword });
      expect(changed.status, changed.text).to.equal(200);
      expect((await here.get('/api/v1/session')).status).to.equal(401);
      expect((await there.get('/api/v1/session')).status).to.equal(200);

      const { version } = await userOf(world.users.manager);
      await one.flow.moveUser(systemPrincipal, world.users.manager, version, 'disable');
      expect((await there.get('/api/v1/session')).status).to.equal(401);
    });
  });

  describe('wrong passwords', () => {
    it('are counted together and lock the account in both', async () => {
      const id = await account(one, 'counted', 'staff');
      const tries = [one, one, one, other, other];
      expect(tries.length).to.equal(mostFailures);
      for (const [index, web] of tries.entries()) {
        expect((await userOf(id)).failures).to.equal(index);
        expect((await web.client().login('counted', `wrong password ${index}`)).status).to.equal(401);
      }
      expect((await userOf(id)).lockedUntil).to.be.a('string');
      for (const web of [one, other]) expect((await web.client().login('counted', password)).status).to.equal(401);
    });

    it('in many tries at once are counted up to the lock and no further, and the right one among them is of no use after it', async () => {
      const id = await account(one, 'flooded', 'staff');
      const tries = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : other)).map((web, index) =>
        web.client().login('flooded', `wrong password ${index}`),
      );
      const statuses = (await Promise.all(tries)).map(({ status }) => status);
      expect(new Set(statuses)).to.deep.equal(new Set([401]));
      const user = await userOf(id);
      expect(user.failures).to.equal(mostFailures);
      expect(user.lockedUntil).to.be.a('string');
      const late = await Promise.all([one, other].map((web) => web.client().login('flooded', password)));
      expect(late.map(({ status }) => status)).to.deep.equal([401, 401]);
    });
  });

  it('requests of one source are limited in both together', async () => {
    const few = { limits: { login: { requests: 4, seconds: 600 } } };
    const [first, second] = [await webs.open(few), await webs.open(few)];
    const statuses: number[] = [];
    for (const web of [first, second, first, second, first, second]) {
      statuses.push((await web.client().login('nobody-at-all', 'whatever it is')).status);
    }
    expect(statuses).to.deep.equal([401, 401, 401, 401, 429, 429]);
  });

  it('a request that reaches both under one Idempotency-Key is carried out once', async () => {
    const here = await one.as('staff');
    const there = movedTo(other, here);
    const content = { title: '同一请求发到两个进程' };
    const body = { organisationId: world.organisations.own, content };
    const headers = { 'idempotency-key': 'both-at-once' };
    const replies = await Promise.all([here, there].map((client) => client.post('/api/v1/needs', body, headers)));
    for (const { status, text } of replies) expect(status, text).to.be.oneOf([201, 409]);
    const again = await there.post('/api/v1/needs', body, headers);
    expect(again.status, again.text).to.equal(201);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    const ids = [...replies, again].filter(({ status }) => status === 201).map((reply) => reply.body.id);
    expect(new Set(ids).size).to.equal(1);
    const found = (await one.ports.store.collection('needs').find({ limit: 1000 })).items;
    expect(found.filter((need) => need.content.title === content.title).length).to.equal(1);
  });
});
