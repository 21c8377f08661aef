import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Client, Reply, RequestOptions } from './http-client.ts';
import { type HttpFixture, openHttp } from './open-http.ts';
import { hashOf } from './store-hash.ts';
import { makeWorld, needOf, type World } from './world.ts';

const json = { 'content-type': 'application/json' };

describe('bad input', () => {
  let fixture: HttpFixture;
  let world: World;
  let staff: Client;
  let hash: string;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    staff = await fixture.as('staff');
    hash = await hashOf(fixture.ports.store);
  });
  afterEach(async () => {
    // Nothing half-written, whatever was sent.
    expect(await hashOf(fixture.ports.store)).to.equal(hash);
  });
  after(async () => {
    await fixture.close();
  });

  /** A body for a new need; `field` names what must be told. */
  const post = (options: RequestOptions, path = '/api/v1/needs') => staff.request('POST', path, options);
  const content = (more: object) => ({
    organisationId: world.organisations.own,
    content: { ...needOf('坏输入'), ...more },
  });

  function refused(reply: Reply, status: number, field?: string): void {
    expect(reply.status, reply.text.slice(0, 500)).to.equal(status);
    expect(reply.headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(reply.body.status).to.equal(status);
    expect(reply.body.title).to.match(/\p{Script=Han}/u);
    expect(reply.body.detail).to.match(/\p{Script=Han}/u);
    expect(reply.body.requestId).to.equal(reply.headers.get('x-request-id'));
    if (field !== undefined) {
      expect(reply.body.errors.map((one: { field: string }) => one.field)).to.include(field);
      for (const one of reply.body.errors) {
        for (const part of ['label', 'reason', 'mend']) expect(one[part], part).to.be.a('string').and.not.equal('');
      }
    }
  }

  const bodies: readonly (readonly [string, () => RequestOptions, number, string?])[] = [
    ['a number where a text belongs', () => ({ json: content({ title: 7 }) }), 422, 'content.title'],
    ['a text where a number belongs', () => ({ json: content({ budgetWan: '很多' }) }), 422, 'content.budgetWan'],
    ['a list where an object belongs', () => ({ json: [] }), 400],
    ['null as the body', () => ({ raw: 'null', headers: json }), 400],
    ['a text as the body', () => ({ json: '你好' }), 400],
    ['a text that is too long', () => ({ json: content({ problem: '长'.repeat(501) }) }), 422, 'content.problem'],
    ['an unknown code', () => ({ json: content({ industry: 'ZZ' }) }), 422, 'content.industry'],
    ['an unknown field', () => ({ json: content({ colour: '红' }) }), 422, 'content.colour'],
    ['a secret document', () => ({ json: content({ secrecy: 'secret' }) }), 422, 'content.secrecy'],
    ['NUL in a text', () => ({ json: content({ title: '稀土\u0000粉' }) }), 422, 'content.title'],
    ['half a surrogate pair', () => ({ json: content({ title: '稀土\ud83d' }) }), 422, 'content.title'],
    [
      'half a surrogate pair in a list',
      () => ({ json: content({ keywords: ['好', '\udc00坏'] }) }),
      422,
      'content.keywords.1',
    ],
    ['a control character', () => ({ json: content({ goal: '目标\u0007' }) }), 422, 'content.goal'],
    [
      'a __proto__ key',
      () => ({ raw: `{"content":{"__proto__":{"role":"admin"},"title":"甲乙"}}`, headers: json }),
      400,
      'content.__proto__',
    ],
    [
      'a constructor key',
      () => ({ json: { content: { constructor: { prototype: {} } } } }),
      400,
      'content.constructor',
    ],
    ['an operator key', () => ({ json: content({ title: { $gt: '' } }) }), 400, 'content.title.$gt'],
    ['an operator key at the top', () => ({ json: { $where: '1' } }), 400, '$where'],
    ['broken JSON', () => ({ raw: '{"content":', headers: json }), 400],
    ['JSON with a comma too many', () => ({ raw: '{"content":{},}', headers: json }), 400],
    [
      'bytes that are not UTF-8',
      () => ({ raw: Buffer.from('{"content":{"title":"\xb8\xdf"}}', 'latin1'), headers: json }),
      400,
    ],
    ['another charset', () => ({ raw: '{}', headers: { 'content-type': 'application/json; charset=gbk' } }), 415],
    ['UTF-16 by name', () => ({ raw: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } }), 415],
    ['a form', () => ({ raw: 'title=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 415],
    ['XML', () => ({ raw: '<a/>', headers: { 'content-type': 'text/xml' } }), 415],
    ['no type at all', () => ({ raw: new Uint8Array([123, 125]), headers: { 'content-type': '' } }), 415],
    ['an unknown compression', () => ({ raw: '{}', headers: { ...json, 'content-encoding': 'zstd-x' } }), 415],
    ['compression that is none', () => ({ raw: '{}', headers: { ...json, 'content-encoding': 'gzip' } }), 400],
    ['1 MB of body', () => ({ json: content({ problem: 'x'.repeat(1_000_000) }) }), 413],
    [
      'a gzip bomb',
      () => ({ raw: gzipSync(Buffer.alloc(50_000_000, 32)), headers: { ...json, 'content-encoding': 'gzip' } }),
      413,
    ],
    ['deep nesting', () => ({ raw: `{"content":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, headers: json }), 400],
    ['too many values', () => ({ json: { content: { keywords: Array.from({ length: 30_000 }, () => 1) } } }), 400],
    [
      'an organisation that is not there',
      () => ({ json: { organisationId: 'nowhere', content: needOf('坏输入') } }),
      422,
      'organisationId',
    ],
    [
      'an organisation of 10,000 characters',
      () => ({ json: { organisationId: 'x'.repeat(10_000), content: {} } }),
      422,
      'organisationId',
    ],
  ];
  for (const [name, options, status, field] of bodies) {
    it(`${name} is refused with ${status}`, async () => {
      refused(await post(options()), status, field);
    });
  }

  it('a change without its version is refused with 428', async () => {
    const path = `/api/v1/needs/${world.needs.draft}`;
    refused(await staff.put(path, { content: needOf('没有版本') }), 428, 'version');
    refused(await staff.post(`${path}/actions/submit`, {}), 428, 'version');
  });

  it('a change on an old version is refused with 409', async () => {
    refused(await staff.put(`/api/v1/needs/${world.needs.draft}`, { version: 99, content: needOf('旧版本') }), 409);
  });

  it('a version that is none is refused with 422', async () => {
    for (const version of ['1', 0, -1, 1.5, null, 1e300]) {
      refused(await staff.put(`/api/v1/needs/${world.needs.draft}`, { version, content: {} }), 422, 'version');
    }
  });

  it('a record that is not there is a 404, and so is the record of somebody else', async () => {
    const member = await fixture.as('member');
    const missing = await member.get('/api/v1/needs/0000000000000000000a');
    const others = await member.get(`/api/v1/needs/${world.needs.otherDraft}`);
    refused(missing, 404);
    refused(others, 404);
    expect(others.body.detail).to.equal(missing.body.detail);
  });

  const addresses: readonly (readonly [string, number])[] = [
    ['/api/v1/needs?limit=0', 422],
    ['/api/v1/needs?limit=101', 422],
    ['/api/v1/needs?limit=ten', 422],
    ['/api/v1/needs?limit=1&limit=2', 422],
    ['/api/v1/needs?state=gone', 422],
    ['/api/v1/needs?unknown=1', 422],
    ['/api/v1/needs?__proto__=1', 400],
    ['/api/v1/needs?$where=1', 400],
    ['/api/v1/needs?state[$gt]=1', 422],
    ['/api/v1/needs?organisationId=%00', 422],
    ['/api/v1/needs?cursor=nonsense', 400],
    ['/api/v1/needs?order=passwordHash', 422],
    ['/api/v1/search?kind=user', 422],
    ['/api/v1/search', 422],
    [`/api/v1/search?kind=need&text=${'x'.repeat(201)}`, 422],
    ['/api/v1/search?kind=need&budgetWan.gte=many', 422],
    ['/api/v1/search?kind=need&budgetWan.gte=9&budgetWan.lte=1', 422],
    ['/api/v1/search?kind=need&trl.gte=1', 422],
    ['/api/v1/needs/%00', 422],
    ['/api/v1/needs/%ED%A0%80', 400],
    ['/api/v1/needs/%', 400],
    [`/api/v1/needs/${'x'.repeat(200)}`, 422],
    ['/api/v1/needs/..%2F..%2Fetc%2Fpasswd', 404],
    ['/api/v1/dockets/2026-W99', 422],
    ['/api/v1/dockets/2027-W53', 422],
    ['/api/v1/dockets/1999-W01', 404],
    ['/api/v1/templates/users', 422],
    ['/api/docs/..%2F..%2Fpackage.json', 422],
    ['/api/v1', 404],
    ['/API/V1/needs', 404],
    ['/api/v1/needs/', 404],
    ['/nowhere', 404],
  ];
  for (const [address, status] of addresses) {
    it(`GET ${address.slice(0, 60)} is ${status}`, async () => {
      refused(await staff.get(address), status);
    });
  }

  it('another method is refused with 405 and told which there are', async () => {
    for (const method of ['DELETE', 'PATCH', 'PUT']) {
      const reply = await staff.request(method, '/api/v1/needs');
      refused(reply, 405);
      expect(reply.headers.get('allow')).to.equal('GET, HEAD, POST, OPTIONS');
    }
    const options = await staff.request('OPTIONS', '/api/v1/needs');
    expect([options.status, options.headers.get('allow')]).to.deep.equal([204, 'GET, HEAD, POST, OPTIONS']);
  });

  it('a media type that is not there is refused with 406', async () => {
    refused(await staff.get('/api/v1/needs', { accept: 'image/png' }), 406);
    expect((await staff.get('/api/v1/needs', { accept: 'application/*' })).status).to.equal(200);
  });

  it('bytes that are no HTTP get an answer and an end', async () => {
    const { port } = new URL(fixture.url);
    const said = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('你好\r\n\r\n'));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(said).to.match(/^HTTP\/1\.1 400 /);
    expect(said).to.include('application/problem+json');
  });

  it('errors inside say nothing about the inside', async () => {
    const { store } = fixture.flow.ports;
    const broken = store.collection('needs');
    const { find } = broken;
    const collections = store as { collection: unknown };
    const before = collections.collection;
    collections.collection = (name: string) =>
      name === 'needs'
        ? { ...broken, find: () => Promise.reject(new Error('SELECT secret FROM users at /srv/data')) }
        : (before as (name: string) => unknown)(name);
    try {
      const reply = await staff.get('/api/v1/needs');
      expect(reply.status).to.equal(500);
      expect(reply.text).not.to.match(/SELECT|secret|\/srv|Error|stack/);
      expect(reply.body.detail).to.match(/请求编号/);
      const logged = fixture.lines.find(
        ({ level, facts }) => level === 'error' && facts.requestId === reply.body.requestId,
      );
      expect(String(logged?.facts.err)).to.include('SELECT secret');
    } finally {
      collections.collection = before;
    }
    expect(find).to.be.a('function');
  });

  describe('in an upload', () => {
    const upload = (
      fields: Record<string, string>,
      file?: { name: string; bytes: Uint8Array | string },
      client = staff,
    ) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ kind: 'need', source: 'bad-input', ...fields }))
        form.set(name, value);
      if (file) form.set('file', new Blob([file.bytes as Uint8Array<ArrayBuffer>]), file.name);
      return client.request('POST', '/api/v1/imports', { raw: form });
    };
    const row = `${JSON.stringify({ externalId: '1', title: '甲乙丙' })}\n`;
    const { TMPDIR } = process.env;
    let folder: string;
    const leftovers = () => readdir(folder);

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'qianxian-http-'));
      process.env.TMPDIR = folder;
    });
    after(async () => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      await rm(folder, { recursive: true });
    });
    afterEach(async () => {
      expect(await leftovers()).to.deep.equal([]);
    });

    it('no file, an unknown field, a wrong kind and a broken mapping are named', async () => {
      refused(await upload({}), 422, 'file');
      refused(await upload({ colour: '红' }, { name: 'a.jsonl', bytes: row }), 422, 'colour');
      refused(await upload({ kind: 'user' }, { name: 'a.jsonl', bytes: row }), 422, 'kind');
      refused(await upload({ archive: 'maybe' }, { name: 'a.jsonl', bytes: row }), 422, 'archive');
      refused(await upload({ mapping: '{' }, { name: 'a.jsonl', bytes: row }), 400);
      refused(await upload({ __proto__x: '1', $where: '1' }, { name: 'a.jsonl', bytes: row }), 400, '$where');
    });

    it('what is no form at all is refused', async () => {
      refused(await post({ json: { kind: 'need' } }, '/api/v1/imports'), 415);
      refused(await post({ raw: 'x', headers: { 'content-type': 'multipart/form-data' } }, '/api/v1/imports'), 415);
      refused(
        await post(
          { raw: '--b\r\nbroken', headers: { 'content-type': 'multipart/form-data; boundary=b' } },
          '/api/v1/imports',
        ),
        400,
      );
    });

    it('files that are not what they say are refused', async () => {
      for (const [name, bytes] of [
        ['a.xlsx', randomBytes(5000)],
        ['a.xlsx', Buffer.from('PK\u0003\u0004 not a zip')],
        ['a.jsonl', randomBytes(5000)],
        ['a.csv', Buffer.alloc(0)],
        ['a.exe', Buffer.from('MZ')],
        ['../../etc/passwd', Buffer.from(row)],
      ] as const) {
        const reply = await upload({}, { name, bytes });
        expect(reply.status, `${name} ${reply.text}`).to.be.within(400, 422);
        expect(reply.body.detail).to.match(/\p{Script=Han}/u);
      }
    });

    it('a file above the limit is refused', async () => {
      const { localUrl, server } = await fixture.another({ maxUploadBytes: 100_000 });
      const { httpClient } = await import('./http-client.ts');
      const { password } = await import('./open-http.ts');
      const client = httpClient(localUrl);
      await client.login('staff', password);
      const reply = await upload({}, { name: 'a.jsonl', bytes: Buffer.alloc(200_000, 97) }, client);
      refused(reply, 413);
      await server.close();
    });

    it('two files are refused', async () => {
      const form = new FormData();
      form.set('kind', 'need');
      form.append('file', new Blob([row]), 'a.jsonl');
      form.append('file', new Blob([row]), 'b.jsonl');
      refused(await staff.request('POST', '/api/v1/imports', { raw: form }), 400);
    });

    it('a dry run says what would be, and its file is gone', async () => {
      const reply = await upload({ dryRun: 'true', archive: 'true' }, { name: '需求.jsonl', bytes: row });
      expect(reply.status, reply.text).to.equal(200);
      expect(reply.body).to.include({ dryRun: true, written: false, total: 1 });
    });
  });
});

describe('limits of requests', () => {
  it('stop who logs in too often from one address, searches too much or asks too much', async () => {
    const fixture = await openHttp({
      settings: {
        limits: {
          login: { requests: 3, seconds: 60 },
          account: { requests: 100, seconds: 60 },
          search: { requests: 2, seconds: 60 },
          write: { requests: 100, seconds: 60 },
          all: { requests: 1000, seconds: 60 },
          export: { requests: 1, seconds: 60 },
        },
      },
    });
    try {
      await makeWorld(fixture);
      const client = fixture.client();
      const statuses: number[] = [];
      for (let count = 0; count < 4; count++) statuses.push((await client.login('nobody', 'x')).status);
      expect(statuses).to.deep.equal([401, 401, 401, 429]);
      const searches: Reply[] = [];
      for (let count = 0; count < 3; count++) searches.push(await client.get('/api/v1/search?kind=need'));
      expect(searches.map(({ status }) => status)).to.deep.equal([200, 200, 429]);
      expect(searches[2]!.headers.get('retry-after')).to.match(/^\d+$/);
      expect(searches[2]!.body.detail).to.include('请求过于频繁');
      expect((await client.get('/api/v1/needs')).status).to.equal(200);
    } finally {
      await fixture.close();
    }
  });

  it('stop tries on one account from many places', async () => {
    const fixture = await openHttp({
      settings: {
        proxyHops: 1,
        limits: { login: { requests: 100, seconds: 60 }, account: { requests: 2, seconds: 60 } },
      },
    });
    try {
      const tries: number[] = [];
      for (let count = 0; count < 3; count++) {
        const reply = await fixture
          .client()
          .post(
            '/api/v1/session',
            { login: count === 1 ? 'ＮＯＢＯＤＹ' : 'nobody', password: 'x' },
            { 'x-forwarded-for': `10.0.0.${count}` },
          );
        tries.push(reply.status);
      }
      expect(tries).to.deep.equal([401, 401, 429]);
    } finally {
      await fixture.close();
    }
  });

  it('count by the address that the proxy saw, not by one that a client made up', async () => {
    const fixture = await openHttp({ settings: { limits: { login: { requests: 2, seconds: 60 } } } });
    try {
      const tries: number[] = [];
      for (let count = 0; count < 3; count++) {
        const reply = await fixture
          .client()
          .post('/api/v1/session', { login: `n${count}`, password: 'x' }, { 'x-forwarded-for': `10.0.0.${count}` });
        tries.push(reply.status);
      }
      expect(tries).to.deep.equal([401, 401, 429]);
    } finally {
      await fixture.close();
    }
  });
});
