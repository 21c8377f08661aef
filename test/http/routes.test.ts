import { expect } from 'chai';
import express, { type Express } from 'express';
import { roles } from '../../src/domain/user.ts';
import { mountRoutes } from '../../src/http/mount-routes.ts';
import { routes } from '../../src/http/routes.ts';
import { openHttp } from './open-http.ts';

interface Layer {
  readonly name: string;
  readonly route?: {
    readonly path: string;
    readonly stack: readonly { readonly name: string; readonly method: string }[];
  };
}

/** Addresses that an application answers, and the names of what else it runs. */
function mounted(app: Express): { addresses: string[]; others: string[] } {
  const stack = (app as unknown as { router: { stack: Layer[] } }).router.stack;
  const addresses: string[] = [];
  const others: string[] = [];
  for (const layer of stack) {
    if (!layer.route) others.push(layer.name);
    else {
      for (const { name, method } of layer.route.stack) {
        if (name !== 'refuseMethod') addresses.push(`${method} ${layer.route.path}`);
      }
    }
  }
  return { addresses: [...new Set(addresses)].sort(), others };
}

const expressPath = (path: string) => path.replace(/\{(\w+)\}/g, ':$1');

describe('the table of routes', () => {
  it('names each address and each operation once', () => {
    const addresses = routes.map((route) => `${route.method} ${route.path}`);
    const operations = routes.map((route) => route.operationId);
    expect(new Set(addresses).size).to.equal(addresses.length);
    expect(new Set(operations).size).to.equal(operations.length);
    expect(routes.length).to.be.greaterThan(40);
  });

  it('describes every route in Chinese and says who may', () => {
    for (const route of routes) {
      expect(route.summary, route.operationId).to.match(/\p{Script=Han}/u);
      expect(route.tag, route.operationId).to.match(/\p{Script=Han}/u);
      expect(route.answer.description, route.operationId).to.match(/\p{Script=Han}/u);
      expect(route.roles.length, route.operationId).to.be.greaterThan(0);
      for (const role of route.roles) {
        expect(['anonymous', ...roles.map(({ code }) => code)], route.operationId).to.include(role);
      }
    }
  });

  it('says why, where a request may take longer than the time that its calls to servers share', () => {
    const long = routes.filter((route) => route.long !== undefined).map(({ operationId }) => operationId);
    const files = routes.filter((route) => route.upload).map(({ operationId }) => operationId);
    expect(long).to.include.members([...files, 'exportRecords', 'getAttachmentContent', 'explainPair', 'proposeCall']);
    for (const route of routes) expect(route.long ?? 'no reason at all', route.operationId).to.match(/^[a-z].{10}/);
  });

  it('has a schema for every value in an address', () => {
    for (const route of routes) {
      const named = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
      expect(Object.keys(route.params?.shape ?? {}).sort(), route.operationId).to.deep.equal(named);
    }
  });

  it('lets nobody change anything without an account, but get one, log in, or use a link that was mailed to him', () => {
    const open = routes.filter((route) => route.method !== 'get' && route.roles.includes('anonymous'));
    expect(open.map((route) => route.operationId)).to.deep.equal([
      'login',
      'giveSecondFactor',
      'confirmAddress',
      'showAccountInvitation',
      'acceptAccountInvitation',
      'requestPasswordReset',
      'showPasswordReset',
      'usePasswordReset',
      'registerOrganisation',
      'showRenewal',
      'useRenewal',
      'renewByLink',
      'showInvitationLink',
      'useInvitationLink',
      'answerInvitationLink',
    ]);
  });

  it('is all that is mounted', async () => {
    const fixture = await openHttp();
    try {
      const { addresses, others } = mounted(fixture.server.app);
      expect(addresses).to.deep.equal(routes.map((route) => `${route.method} ${expressPath(route.path)}`).sort());
      // Handlers that are mounted without an address: each is known here, and none of them answers a request by itself
      // but the three last ones (the pages and their files, no such address, and what was thrown).
      expect(others).to.deep.equal([
        'logAccess',
        'helmetMiddleware',
        'refuseWhileClosing',
        'compression',
        'limitRequestTime',
        'answerPage',
        'unknownAddress',
        'answerProblem',
      ]);
    } finally {
      await fixture.close();
    }
  });

  it('would show a route that is mounted beside it', () => {
    const app = express();
    mountRoutes(app, [], {} as Parameters<typeof mountRoutes>[2]);
    app.get('/beside', () => {});
    expect(mounted(app).addresses).to.deep.equal(['get /beside']);
  });
});
