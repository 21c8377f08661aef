import type { ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import fc, { type GeneratorValue } from 'fast-check';
import { systemPrincipal } from '../../src/domain/user.ts';
import { weekOf } from '../../src/domain/week.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import type { Route, RouteRole } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes.ts';
import type { CollectionName } from '../../src/ports/record-store.ts';
import { type Actor, expectations, type Stage, type Target } from './access-expectations.ts';
import { accountFeeds } from './account-feeds.ts';
import { changedAt, placesIn, strangeValues, valuesOf } from './generated-values.ts';
import type { Client } from './http-client.ts';
import { type HttpFixture, openHttp, password } from './open-http.ts';
import { ajvOf, type OpenApi, type Operation, operationsOf } from './openapi-document.ts';
import { achievementOf, makeWorld, needOf, organisationOf, type World } from './world.ts';

/** Requests for each route. */
const runs = Number(process.env.QIANXIAN_PROPERTY_RUNS ?? 20);
const seed = Number(process.env.QIANXIAN_PROPERTY_SEED ?? 20261123);

const week = '2026-W48';
const closedWeek = '2026-W47';
const reviewer = systemPrincipal;

/** Everything that is not the session's own book-keeping. */
const watched: readonly CollectionName[] = [
  'organisations',
  'users',
  'needs',
  'achievements',
  'attachments',
  'campaigns',
  'calls',
  'callRequests',
  'interests',
  'expiryReminders',
  'matches',
  'dockets',
  'candidateLists',
  'matchingRuns',
  'judgements',
  'settings',
  'jobs',
];

interface Tally {
  requests: number;
  succeeded: number;
  readonly statuses: Map<number, number>;
}

interface Prepared extends Target {
  /** Instead of the role's own client. */
  readonly client?: Client;
  readonly query?: Readonly<Record<string, unknown>>;
}

describe(`generated requests, ${runs} for each route (seed ${seed})`, function () {
  this.timeout(600_000);

  const document = openApiDocument(routes, { version: '0.0.0-test', publicUrl: '' }) as OpenApi;
  const operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
  const ajv = ajvOf(document);
  const validators = new Map<string, ValidateFunction>();
  const tallies = new Map<string, Tally>();

  let fixture: HttpFixture;
  let world: World;
  let stage: Stage;
  let accounts: ReturnType<typeof accountFeeds>;
  let clients: Record<RouteRole, Client>;
  let counter = 1000;
  let writes = 0;
  let caughtUp: () => Promise<void>;
  let stopWatching: () => Promise<void>;
  const people: string[] = [];
  const cursors = new Map<string, { query: string; next: string }>();
  let emptyWeeks = 0;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    stage = { fixture, world, next: () => ++counter };
    accounts = accountFeeds(fixture, world);
    await fillDockets();
    clients = {
      anonymous: fixture.client(),
      member: await fixture.as('member'),
      manager: await fixture.as('manager'),
      staff: await fixture.as('staff'),
      admin: await fixture.as('admin'),
    };
    for (let number = 0; number < 4; number++) {
      const { user } = await fixture.flow.createUser(systemPrincipal, {
        login: `pool${number}`,
        name: '备用账号',
        role: 'member',
        organisationId: world.organisations.own,
      });
      people.push(user.id);
    }
    const following = fixture.ports.store.follow(
      'property-test',
      { collections: [...watched], from: 'beginning' },
      async (changes) => {
        writes += changes.length;
      },
    );
    caughtUp = () => following.caughtUp();
    stopWatching = () => following.stop();
    await caughtUp();
  });

  after(async () => {
    report();
    await stopWatching?.();
    await fixture?.close();
  });

  /** One closed docket with decisions, and an open one with several pairs. */
  async function fillDockets(): Promise<void> {
    const { flow } = fixture;
    const publish = async (kind: 'need' | 'achievement', content: unknown, organisationId: string) => {
      let view = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
      view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'submit');
      await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'publish');
    };
    const topics = ['稀土抛光粉煅烧', '抛光粉粒度分级', '抛光浆料悬浮稳定', '镧铈分离回收'];
    for (const [index, topic] of topics.entries()) {
      const enterprise = await flow.createOrganisation(systemPrincipal, organisationOf(`${topic}公司`, 20 + index));
      const university = await flow.createOrganisation(
        systemPrincipal,
        organisationOf(`${topic}研究院`, 40 + index, 'institute'),
      );
      await publish('need', needOf(`${topic}节能`), enterprise.id);
      await publish('achievement', achievementOf(`${topic}工艺`), university.id);
    }
    const before = await flow.runWeek({ week: closedWeek });
    let seen = before!.docket.version;
    for (const item of before!.docket.items.slice(0, 3)) {
      const marked = await flow.markPair(reviewer, {
        week: closedWeek,
        pairId: item.pairId,
        markVersion: item.markVersion,
        mark: { kind: 'accept' },
      });
      seen = marked.version;
    }
    await flow.closeDocket(reviewer, { week: closedWeek, seen });
    await flow.settled();
    for (const [index, topic] of ['电梯控制柜', '光伏组件清洗', '海藻多糖提取'].entries()) {
      await publish('need', needOf(`${topic}改进${index}`), world.organisations.own);
      await publish('achievement', achievementOf(`${topic}新方法${index}`), world.organisations.other);
    }
    const open = await flow.runWeek({ week });
    await flow.settled();
    if ((before!.docket.items.length ?? 0) < 3 || (open?.docket.items.length ?? 0) < 3) {
      throw new Error('the dockets have too few pairs for this test');
    }
  }

  const docketOf = (wanted: string) => fixture.flow.readDocket(reviewer, wanted);

  /** Requests in order that are cheap to make many times; other routes take those of the table of roles. */
  const feeds: Readonly<Record<string, (g: GeneratorValue, actor: Actor) => Promise<Prepared>>> = {
    login: async (g) => ({
      path: '/api/v1/session',
      body: { login: g(() => fc.constantFrom('member', 'manager', 'staff')), password },
      client: fixture.client(),
    }),
    logout: async () => ({ path: '/api/v1/session', client: await fixture.as('manager') }),
    changePassword: async (g) => {
      const id = people[g(() => fc.nat(people.length - 1))]!;
      const { login, state, version } = await fixture.flow.getUser(systemPrincipal, id);
      if (state === 'disabled') await fixture.flow.moveUser(systemPrincipal, id, version, 'enable');
      const current = await fixture.flow.resetPassword(systemPrincipal, id);
      return {
        path: '/api/v1/session/password',
        body: { current, next: `Haizao-tiqu.${++counter}-chunhua` },
        client: await fixture.as(login, current),
      };
    },
    changeOwnContact: async (g) => ({
      path: '/api/v1/session/contact',
      body: { current: password, mobile: g(() => fc.constantFrom('13800001111', '13900002222')) },
    }),
    getUser: async (g) => ({ path: `/api/v1/users/${g(() => fc.constantFrom(...people))}` }),
    disableUser: async (g) => ({
      path: `/api/v1/users/${await inState(g, 'active')}/actions/disable`,
      body: { version: await versionOf(people.at(-1)!) },
    }),
    resetPassword: async (g) => ({
      path: `/api/v1/users/${g(() => fc.constantFrom(...people))}/actions/reset-password`,
    }),
    markPair: async (g) => {
      const { item } = await openItem(g);
      return {
        path: `/api/v1/dockets/${week}/pairs/${item.pairId}/mark`,
        body: { markVersion: item.markVersion, mark: { kind: 'accept' } },
      };
    },
    unmarkPair: async (g) => {
      let { item } = await openItem(g);
      if (item.mark === null) {
        const marked = await fixture.flow.markPair(reviewer, {
          week,
          pairId: item.pairId,
          markVersion: item.markVersion,
          mark: { kind: 'accept' },
        });
        item = marked.item;
      }
      return { path: `/api/v1/dockets/${week}/pairs/${item.pairId}/unmark`, body: { markVersion: item.markVersion } };
    },
    getDocket: async (g) => ({ path: `/api/v1/dockets/${g(() => fc.constantFrom(week, closedWeek, 'current'))}` }),
    previewClose: async (g) => ({
      path: `/api/v1/dockets/${g(() => fc.constantFrom(week, closedWeek))}/close-preview`,
    }),
    closeDocket: async () => {
      // An old week without pairs: closing it is the same single write, and leaves the two real dockets alone.
      const {
        id: _,
        version: __,
        createdAt: ___,
        updatedAt: ____,
        progress: _____,
        needsToAnswer: ______,
        ...model
      } = await docketOf(closedWeek);
      emptyWeeks++;
      const id = weekOf(new Date(Date.UTC(1995, 0, 2) + emptyWeeks * 7 * 86_400_000));
      const { version } = await fixture.ports.store
        .collection('dockets')
        .insert({ ...model, id, week: id, state: 'open', items: [], corrections: [], closed: null });
      return { path: `/api/v1/dockets/${id}/close`, body: { version } };
    },
    correctDecision: async (g) => {
      const docket = await docketOf(closedWeek);
      const item = docket.items[g(() => fc.nat(2))]!;
      return {
        path: `/api/v1/dockets/${closedWeek}/corrections`,
        body: {
          pairId: item.pairId,
          markVersion: item.markVersion,
          mark: { kind: 'reject', reason: 'off-topic' },
          reason: '看错了技术方向',
        },
      };
    },
    getPair: async (g) => ({ path: `/api/v1/pairs/${(await openItem(g)).item.pairId}` }),
    getRun: async (g) => ({ path: `/api/v1/matching-runs/${g(() => fc.constantFrom(week, closedWeek, 'current'))}` }),
    getCandidates: async (g) => ({ path: `/api/v1/needs/${(await openItem(g)).item.needId}/candidates` }),
    explainPair: async (g) => {
      const { needId, achievementId } = (await openItem(g)).item;
      return { path: `/api/v1/needs/${needId}/explanations/${achievementId}` };
    },
    getTemplate: async (g) => ({
      path: `/api/v1/templates/${g(() => fc.constantFrom('need', 'achievement', 'organisation'))}`,
    }),
    getDocsAsset: async (g) => ({
      path: `/api/docs/${g(() => fc.constantFrom('start.js', 'favicon-32x32.png', 'swagger-ui.css'))}`,
    }),
    getOrganisation: async (g) => ({
      path: `/api/v1/organisations/${g(() => fc.constantFrom(world.organisations.own, world.organisations.other))}`,
    }),
    enableUser: async (g) => ({
      path: `/api/v1/users/${await inState(g, 'disabled')}/actions/enable`,
      body: { version: await versionOf(people.at(-1)!) },
    }),
  };

  async function versionOf(id: string): Promise<number> {
    return (await fixture.flow.getUser(systemPrincipal, id)).version;
  }

  /** An account of the pool in this state; it is then the last one of the pool. */
  async function inState(g: GeneratorValue, state: 'active' | 'disabled'): Promise<string> {
    const index = g(() => fc.nat(people.length - 1));
    const [id] = people.splice(index, 1) as [string];
    people.push(id);
    const user = await fixture.flow.getUser(systemPrincipal, id);
    if (user.state !== state) {
      await fixture.flow.moveUser(systemPrincipal, id, user.version, state === 'active' ? 'enable' : 'disable');
    }
    return id;
  }

  async function openItem(g: GeneratorValue) {
    const docket = await docketOf(week);
    const items = docket.items.filter((item) => !item.void && !item.carriedTo && !item.decidedOn);
    return { docket, item: items[g(() => fc.nat(items.length - 1))]! };
  }

  /** A request for the operation: most of it in order, parts of it generated from the document, some of it strange. */
  async function requestOf(
    g: GeneratorValue,
    operation: Operation,
    actor: Actor,
  ): Promise<Prepared & { headers: Record<string, string>; otherAddress: boolean }> {
    const chance = (percent: number) => chanceOf(g, percent);
    // One thing at a time is out of order, so that what follows it is reached as well.
    const spoilt = chance(55)
      ? 'nothing'
      : g(() => fc.constantFrom('path', 'query', 'body', 'body', 'whole', 'headers'));
    const feed = feeds[operation.operationId] ?? accounts[operation.operationId];
    const good: Prepared = feed
      ? await feed(g, actor)
      : await expectations[operation.operationId]!.target(stage, actor);
    const generated = (name: string, schema: Parameters<typeof valuesOf>[1]) =>
      g(() => valuesOf(document, schema, name));

    // The address: the good one, or each value of it anew.
    let [path = '', searchOfGood = ''] = good.path.split('?');
    if (spoilt === 'path') {
      path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
        const parameter = operation.parameters?.find((one) => one.in === 'path' && one.name === name);
        const value = chance(50) ? String(generated(name, parameter!.schema)) : strangeText(g);
        return encoded(value) || '%20';
      });
    }
    const query = new URLSearchParams(searchOfGood);
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in !== 'query' || query.has(parameter.name) || (!parameter.required && !chance(fewOf(operation))))
        continue;
      if (parameter.name === 'cursor') continue;
      const value = generated(parameter.name, parameter.schema);
      for (const one of Array.isArray(value) ? value : [value]) query.append(parameter.name, String(one));
    }
    let search = query.toString();
    const last = cursors.get(operation.operationId);
    if (last && chance(20)) search = `${last.query}${last.query ? '&' : ''}cursor=${encodeURIComponent(last.next)}`;
    if (spoilt === 'query') search += `${search ? '&' : ''}${encoded(strangeText(g))}=${encoded(strangeText(g))}`;
    searchOfGood = search;

    // The body: the good one with what a form's user writes generated, then perhaps spoilt in one place.
    let body = good.body;
    const schema = operation.requestBody?.content['application/json']?.schema;
    if (schema && typeof body === 'object' && body !== null) {
      const whole = generated('', schema) as Record<string, unknown>;
      const kept = { ...(body as Record<string, unknown>) };
      for (const part of ['content', 'mark', 'reason', 'answer', 'name']) {
        // An organisation's own people may not change what was examined.
        // A registration must be complete, with a code that holds.
        if (operation.operationId === 'resubmitRegistration') continue;
        if (operation.operationId === 'editOrganisation' && actor !== 'staff' && actor !== 'admin') continue;
        if (part in kept && whole[part] !== undefined && chance(60)) kept[part] = whole[part];
      }
      body = spoilt === 'whole' ? whole : kept;
    }
    if (body !== undefined && spoilt === 'body') {
      const places = placesIn(body);
      const place = places[g(() => fc.nat(places.length - 1))]!;
      body = changedAt(body, place, chance(20) ? undefined : g(() => strangeValues));
    }
    const form = good.form;
    const formSchema = operation.requestBody?.content['multipart/form-data']?.schema;
    if (form && formSchema) {
      for (const [name, inner] of Object.entries(formSchema.properties ?? {})) {
        if (
          [
            'file',
            'proof',
            'organisation',
            'applicant',
            'mapping',
            'organisationId',
            'kind',
            'collection',
            'id',
          ].includes(name) ||
          !chance(30)
        )
          continue;
        form.set(name, String(generated(name, inner)));
      }
      if (spoilt === 'body') {
        const name = g(() =>
          fc.constantFrom('kind', 'source', 'mapping', 'archive', 'organisationId', 'unknown', 'file'),
        );
        if (name === 'file')
          form.set(name, new Blob([g(() => fc.uint8Array({ maxLength: 300 }))]), strangeText(g) || 'x');
        else form.set(name, strangeText(g));
      }
      if (spoilt === 'whole') form.delete(g(() => fc.constantFrom('kind', 'source', 'file')));
    }
    const headers: Record<string, string> = {};
    if (operation.method === 'post' && chance(15)) headers['idempotency-key'] = `key-${g(() => fc.nat(20))}`;
    if (operation.method !== 'get' && spoilt === 'headers' && chance(50)) headers['x-csrf-token'] = 'not-the-token';
    return {
      path: searchOfGood === '' ? path : `${path}?${searchOfGood}`,
      ...(body === undefined ? {} : { body }),
      ...(form ? { form } : {}),
      ...(good.client ? { client: good.client } : {}),
      headers,
      otherAddress: spoilt === 'path',
    };
  }

  // Routes that make accounts come last: everything that happens is told to all who are there.
  const makesPeople = (route: Route) =>
    /\/(users|account-invitations|registrations|password-resets)\b/.test(route.path);
  for (const route of [...routes.filter((one) => !makesPeople(one)), ...routes.filter(makesPeople)]) {
    const operation = operations.get(route.operationId)!;
    it(`${route.method} ${route.path}`, async () => {
      const tally: Tally = { requests: 0, succeeded: 0, statuses: new Map() };
      tallies.set(route.operationId, tally);
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (g) => {
          const actor = actorOf(g, route);
          const request = await requestOf(g, operation, actor);
          // What the making of the request set going must not be laid at its own door.
          await settle(route.operationId in feeds ? 400 : 200);
          const before = writes;
          const client = request.client ?? clients[actor];
          const reply = await client.request(route.method.toUpperCase(), request.path, {
            headers: request.headers,
            ...(request.form ? { raw: request.form } : request.body === undefined ? {} : { json: request.body }),
          });
          const told = `${actor} ${route.method} ${request.path.slice(0, 300)} ${JSON.stringify(request.body)?.slice(0, 1500)} → ${reply.status} ${reply.text.slice(0, 500)}`;

          tally.requests++;
          tally.statuses.set(reply.status, (tally.statuses.get(reply.status) ?? 0) + 1);
          if (reply.status < 300) tally.succeeded++;
          expect(reply.status, told).to.be.lessThan(500);
          // A strange address may be no address of the table, or another one.
          const elsewhere = request.otherAddress && (reply.status === 404 || reply.status === 405);
          if (!elsewhere) expect(Object.keys(operation.responses), told).to.include(String(reply.status));
          fits(operation, reply.status, reply.headers.get('content-type'), reply.body, told);
          if (typeof reply.body?.next === 'string') {
            const query = request.path.split('?')[1] ?? '';
            if (!query.includes('cursor=')) cursors.set(route.operationId, { query, next: reply.body.next });
          }
          await settle(reply.status);
          if (reply.status >= 400 || route.method === 'get') {
            const counted = [
              'login',
              'changePassword',
              'changeOwnContact',
              'giveSecondFactor',
              'beginTotp',
              'removeTotp',
            ].includes(route.operationId);
            // Failed logins are counted, which is a write.
            if (!counted) expect(writes, `changed something: ${told}`).to.equal(before);
          }
        }),
        { numRuns: runsOf(route), seed, endOnFailure: true },
      );
      // A share of a handful says nothing.
      if (tally.requests < 20) return;
      expect(
        tally.succeeded / tally.requests,
        `share of successes, statuses ${JSON.stringify([...tally.statuses])}`,
      ).to.be.at.least(0.3);
    });
  }

  /** Requests of the table of roles are costly to make: some of them need a week of their own each. */
  function runsOf(route: Route): number {
    return route.operationId in feeds ? runs : Math.ceil(runs / 4);
  }

  /** Waits until what a request set going is over, so that it is not laid at the next one's door. */
  async function settle(status: number): Promise<void> {
    if (status < 300) {
      await fixture.flow.settled();
      // What is told asks for jobs, and jobs write.
      await fixture.ports.queue.idle();
      await fixture.flow.settled();
    }
    await caughtUp();
  }

  function fits(operation: Operation, status: number, type: string | null, body: unknown, told: string): void {
    const media = type?.split(';')[0];
    if (status >= 400) expect(media, told).to.equal('application/problem+json');
    if (!media?.includes('json')) return;
    const schema =
      operation.responses[String(status)]?.content?.[media]?.schema ??
      operation.responses['400']?.content?.[media]?.schema;
    if (!schema) throw new Error(`no schema for ${told}`);
    const key = `${operation.operationId} ${status >= 400 ? 'problem' : status}`;
    const validate = validators.get(key) ?? (ajv.compile(schema) as ValidateFunction);
    validators.set(key, validate);
    expect(validate(body), `${JSON.stringify(validate.errors)} ${told}`).to.equal(true);
  }

  function report(): void {
    let requests = 0;
    let succeeded = 0;
    const lines = [...tallies].map(([operationId, tally]) => {
      requests += tally.requests;
      succeeded += tally.succeeded;
      const statuses = [...tally.statuses].sort((a, b) => a[0] - b[0]).map(([status, count]) => `${status}×${count}`);
      return `    ${operationId.padEnd(28)} ${String(tally.requests).padStart(4)} ${`${Math.round((100 * tally.succeeded) / Math.max(1, tally.requests))} %`.padStart(6)}  ${statuses.join(' ')}`;
    });
    console.log(
      [
        '    operation                 requests  2xx   statuses',
        ...lines,
        `    all: ${requests} requests, ${Math.round((100 * succeeded) / Math.max(1, requests))} % 2xx`,
      ].join('\n'),
    );
  }
});

/** Without fast-check's leaning towards small numbers. */
function chanceOf(g: GeneratorValue, percent: number): boolean {
  return g(() => fc.noBias(fc.nat(99))) < percent;
}

/** How often an optional value of the query is given, in percent: one or two in all. */
function fewOf(operation: Operation): number {
  return Math.min(20, 100 / Math.max(1, operation.parameters?.length ?? 1));
}

/** Mostly somebody who may, now and then one of the others whom the route lets in. */
function actorOf(g: GeneratorValue, route: Route): RouteRole {
  const statuses = expectations[route.operationId]!.statuses;
  const may = route.roles.filter((role) => statuses[role] < 300);
  return may.length > 0 && chanceOf(g, 85)
    ? g(() => fc.constantFrom(...may))
    : g(() => fc.constantFrom(...route.roles));
}

function strangeText(g: GeneratorValue): string {
  return g(() =>
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '..',
        '../../etc/passwd',
        '%00',
        '\u0000',
        '__proto__',
        '$where',
        'constructor',
        'a'.repeat(3000),
        '2026-W99',
      ),
    ),
  );
}

/** Percent-encoded; half a surrogate pair, which no address can hold, becomes the bytes that a careless client would send. */
function encoded(value: string): string {
  let out = '';
  for (const character of value) {
    try {
      out += encodeURIComponent(character);
    } catch {
      out += '%ED%A0%80';
    }
  }
  return out === '.' || out === '..' ? out.replaceAll('.', '%2E') : out;
}
