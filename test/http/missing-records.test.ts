import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import type { Route, RouteRole } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes.ts';
import { type Actor, actors, expectations, type Stage, type Target } from './access-expectations.ts';
import type { Client } from './http-client.ts';
import { type HttpFixture, openHttp, password } from './open-http.ts';
import { makeWorld, type World } from './world.ts';

/** What stands in an address for something that is stored, and what never was there. A new name must be put here or below. */
const madeUp: Readonly<Record<string, string>> = {
  id: 'n0thing0here0at0all0',
  pairId: 'n0thing0here0at0all0~n0thing0here0at0all1',
  needId: 'n0thing0here0at0all0',
  achievementId: 'n0thing0here0at0all0',
  questionId: 'n0thing0here0at0all0',
  paymentId: 'n0thing0here0at0all0',
  milestoneId: 'n0thing0here0at0all0',
  deliveryId: 'n0thing0here0at0all0',
  batchId: 'n0thing0here0at0all0',
  token: 'n0thing-here-at-all-n0thing-here-at-all-n0th',
  week: '1999-W05',
};
/** What is chosen from a list, or stands in a page of the documentation. */
const choices = ['kind', 'action', 'asset', 'period', 'year'];

const namesIn = ({ path }: Route): readonly string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

/** The address with one of its names leading to nothing. */
function without(route: Route, target: Target, name: string): string {
  const [path = '', query] = target.path.split('?');
  const place = route.path.split('/').indexOf(`{${name}}`);
  const parts = path.split('/');
  parts[place] = madeUp[name]!;
  return parts.join('/') + (query === undefined ? '' : `?${query}`);
}

const roleOf: Readonly<Record<Actor, RouteRole>> = {
  anonymous: 'anonymous',
  disabled: 'anonymous',
  fresh: 'member',
  member: 'member',
  otherMember: 'member',
  manager: 'manager',
  staff: 'staff',
  admin: 'admin',
};

/** Nobody is told more of what is not there than of what is not for him. */
function missingStatus(route: Route, actor: Actor): number {
  if (actor === 'fresh' && !route.beforePasswordChange) return 403;
  if (route.roles.includes(roleOf[actor])) return 404;
  return roleOf[actor] === 'anonymous' ? 401 : 403;
}

/** By operation and the name in its address. */
const otherwise: Readonly<Record<string, Partial<Record<Actor, number>>>> = {
  // A question that was taken back is gone: who takes it back again finds what he wanted.
  'unaskNeed questionId': { staff: 200, admin: 200 },
  'unaskAchievement questionId': { staff: 200, admin: 200 },
  // The record is published: others see it, and are told that they may not answer for it.
  'answerNeedQuestion questionId': { otherMember: 403 },
  'answerAchievementQuestion questionId': { otherMember: 403 },
  // The docket is there, and this need is none that it has to answer.
  'answerNeed needId': { staff: 409, admin: 409 },
};

/**
 * Operations on what everybody, or everybody who is logged in, may know of: others are told that they may not, or are served.
 * For every other one what is others' must be as if it were not there.
 */
const known: readonly string[] = [
  // Organisations that are approved.
  'getOrganisation',
  'editOrganisation',
  'moveOrganisation',
  // Records that are published.
  'answerNeedQuestion',
  'answerAchievementQuestion',
  'moveNeedRevision',
  'moveAchievementRevision',
  'signalInterest',
  // The other member's own: he may not note it himself.
  'moveInterest',
  // Whoever holds the link.
  'openInvitationLink',
  'answerInvitationLink',
  'openRenewal',
  'renewByLink',
];

describe('what is not there', function () {
  this.timeout(600_000);
  let fixture: HttpFixture;
  let world: World;
  let stage: Stage;
  let counter = 0;
  const clients = {} as Record<Actor, Client>;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    stage = { fixture, world, next: () => ++counter };
    for (const actor of actors) {
      if (actor === 'anonymous') clients[actor] = fixture.client();
      else if (actor === 'fresh') clients[actor] = await fixture.as('fresh', world.freshPassword);
      else clients[actor] = await fixture.as(actor === 'otherMember' ? 'other-member' : actor, password);
    }
    const { id, version } = await fixture.flow.getUser(systemPrincipal, world.users.disabled);
    await fixture.flow.moveUser(systemPrincipal, id, version, 'disable');
  });
  after(() => fixture.close());

  const send = ({ method }: Route, actor: Actor, path: string, { form, body }: Target) =>
    clients[actor].request(method.toUpperCase(), path, form ? { raw: form } : body === undefined ? {} : { json: body });
  /** Of a refusal what does not name the request. */
  const told = (body: Record<string, unknown> | undefined) => {
    const { instance: _instance, requestId: _requestId, ...rest } = body ?? {};
    return rest;
  };

  for (const route of routes) {
    const names = namesIn(route);
    for (const name of names.filter((one) => Object.hasOwn(madeUp, one))) {
      it(`${route.operationId}: ${name}`, async () => {
        const expectation = expectations[route.operationId]!;
        const got: Partial<Record<Actor, number>> = {};
        const wanted: Partial<Record<Actor, number>> = {};
        const ofBureau = await expectation.target(stage, 'staff');
        const ofOthers = await expectation.target(stage, 'member');
        for (const actor of actors) {
          const target = actor === 'staff' || actor === 'admin' ? ofBureau : ofOthers;
          const reply = await send(route, actor, without(route, target, name), target);
          got[actor] = reply.status;
          wanted[actor] = otherwise[`${route.operationId} ${name}`]?.[actor] ?? missingStatus(route, actor);
          if (actor === 'otherMember' && name === names[0] && expectation.statuses.otherMember === 404) {
            const others = await send(route, actor, ofOthers.path, ofOthers);
            expect(told(others.body), 'others and missing are told of alike').to.deep.equal(told(reply.body));
          }
        }
        expect(got).to.deep.equal(wanted);
      });
    }
  }

  it("is no refusal that the audit would tell of, as what is others' is", async () => {
    const refused: string[] = [];
    for await (const { facts, subject } of fixture.ports.store.collection('audit').stream({ kind: 'refusal' })) {
      if (facts.code === 'not_found' && subject) refused.push(subject.id);
    }
    expect(refused).to.not.be.empty;
    expect(refused).to.not.include(madeUp.id);
  });

  it('is known for every name in an address', () => {
    for (const route of routes) {
      for (const name of namesIn(route)) {
        expect([...Object.keys(madeUp), ...choices], `${route.path}: a name that no column here tries`).to.include(
          name,
        );
      }
    }
  });

  it('is as what belongs to others, but for what they may know of', () => {
    const open = routes
      .filter((route) => namesIn(route).some((name) => !choices.includes(name)) && route.roles.includes('member'))
      .filter(({ operationId }) => expectations[operationId]!.statuses.otherMember !== 404)
      .map(({ operationId }) => operationId);
    expect(open.sort()).to.deep.equal([...known].sort());
  });
});
