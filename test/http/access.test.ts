import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { routes } from '../../src/http/routes.ts';
import {
  type Actor,
  actors,
  expectations,
  productionExpectations,
  type Stage,
  type Target,
} from './access-expectations.ts';
import type { Client } from './http-client.ts';
import { type HttpFixture, openHttp } from './open-http.ts';
import { makeWorld, type World } from './world.ts';

const logins = {
  member: 'member',
  otherMember: 'other-member',
  manager: 'manager',
  staff: 'staff',
  admin: 'admin',
} as const;

/** Of these there is nothing: whoever asks has no session of that name, no registration that waits. */
const nothingThere = ['endSession', 'getOwnRegistration', 'resubmitRegistration', 'addProof', 'withdrawRegistration'];

/** Waits until the audit tells of the refused request: it is written down after the answer has gone. */
async function expectRefusal(fixture: HttpFixture, requestId: string, actor: Actor): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { items } = await fixture.ports.store.collection('audit').find({
      where: { kind: 'refusal' },
      order: { by: 'sequence', direction: 'desc' },
      limit: 10,
    });
    const entry = items.find(({ from }) => from.request === requestId);
    if (entry) {
      expect(entry.facts.code, actor).to.equal('not_found');
      return;
    }
    await sleep(20);
  }
  expect.fail(`${actor}: no entry of the audit tells of the refused request ${requestId}`);
}

describe('who may what, route by route', () => {
  let fixture: HttpFixture;
  let world: World;
  let stage: Stage;
  let counter = 0;

  /** A client that is logged in as the actor; a new one where the test before has logged it out. */
  async function clientOf(actor: Actor): Promise<Client> {
    if (actor === 'anonymous') return fixture.client();
    if (actor === 'fresh') return fixture.as('fresh', world.freshPassword);
    if (actor === 'disabled') {
      const client = await fixture.as('disabled');
      const { id, version } = await fixture.flow.getUser(systemPrincipal, world.users.disabled);
      const disabled = await fixture.flow.moveUser(systemPrincipal, id, version, 'disable');
      undoing.push(async () => {
        await fixture.flow.moveUser(systemPrincipal, id, disabled.version, 'enable');
      });
      return client;
    }
    return fixture.as(logins[actor]);
  }
  const undoing: (() => Promise<void>)[] = [];

  async function send(client: Client, method: string, target: Target) {
    if (target.form) return client.request(method, target.path, { raw: target.form });
    return client.request(method, target.path, target.body === undefined ? {} : { json: target.body });
  }

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    stage = { fixture, world, next: () => ++counter };
  });
  after(async () => {
    await fixture.close();
  });

  it('is listed for every route, and for no other', () => {
    expect(Object.keys(expectations).sort()).to.deep.equal(routes.map((route) => route.operationId).sort());
  });

  for (const route of routes) {
    const { operationId, method } = route;
    const expectation = expectations[operationId];
    if (!expectation) continue;
    it(operationId, async () => {
      const got: Partial<Record<Actor, number>> = {};
      for (const actor of actors) {
        const target = await expectation.target(stage, actor);
        const client = await clientOf(actor);
        const reply = await send(client, method.toUpperCase(), target);
        got[actor] = reply.status;
        for (const undo of undoing.splice(0)) await undo();
        if (reply.status >= 400) expect(reply.body?.detail, actor).to.match(/\p{Script=Han}/u);
        // What is others' answers as if it were not there, and the audit is told.
        // Of several by somebody unknown from one address it is told once.
        if (reply.status === 404 && actor !== 'disabled' && !nothingThere.includes(operationId))
          await expectRefusal(fixture, reply.body!.requestId as string, actor);
      }
      expect(got).to.deep.equal(expectation.statuses);
    });
  }
});

describe('who may read the description of the interface in production', () => {
  it('only the bureau', async () => {
    const fixture = await openHttp({ settings: { production: true } });
    try {
      const world = await makeWorld(fixture);
      for (const [operationId, statuses] of Object.entries(productionExpectations)) {
        const target = await expectations[operationId]!.target({ fixture, world, next: () => 0 }, 'anonymous');
        const got: Partial<Record<Actor, number>> = {};
        for (const actor of ['anonymous', 'member', 'manager', 'staff', 'admin'] as const) {
          const client = actor === 'anonymous' ? fixture.client() : await fixture.as(logins[actor]);
          got[actor] = (await client.get(target.path)).status;
          expect(got[actor], `${operationId} as ${actor}`).to.equal(statuses[actor]);
        }
      }
    } finally {
      await fixture.close();
    }
  });
});
