import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { createSmsSender } from '../../src/engines/embedded/sms-sender.ts';
import type { Log } from '../../src/ports/log.ts';
import { smsSenderContract } from '../contract/sms-sender.ts';
import { setClock } from '../steps/fresh-ports.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = setClock('2026-11-23T01:00:00.000Z');
const key = 'agreed-with-the-provider';
const sms = { id: 'n1', to: '13800001111', text: '请登录查看。' };

interface Provider {
  readonly url: string;
  readonly taken: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  close(): Promise<void>;
}

/** A provider on loopback: takes what is posted, or answers as `answer` says. */
async function provider(answer?: (request: IncomingMessage, response: ServerResponse) => void): Promise<Provider> {
  const taken: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      if (answer) return answer(request, response);
      taken.push({ headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":"OK"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sms`,
    taken,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<QianxianError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof QianxianError) return failure;
  throw failure ?? new Error('did not fail');
}

smsSenderContract('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-sms-'));
  return {
    sender: createSmsSender({ folder, clock, log: silent }),
    async delivered() {
      const names = await readdir(folder);
      return Promise.all(
        names.map(async (name) => {
          const { id, to, text } = JSON.parse(await readFile(join(folder, name), 'utf8'));
          return { id, to, text };
        }),
      );
    },
    destroy: () => rm(folder, { recursive: true, force: true }),
  };
});

smsSenderContract('provider over HTTP', async () => {
  const server = await provider();
  return {
    sender: createSmsSender({ folder: '/nonexistent', url: server.url, key, clock, log: silent }),
    delivered: async () => server.taken.map(({ body }) => JSON.parse(body)),
    destroy: () => server.close(),
  };
});

describe('short messages into a folder', () => {
  it('keeps the first of one id, in a file that nobody else may read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-sms-'));
    const place = join(folder, 'sms');
    const sender = createSmsSender({ folder: place, clock, log: silent });
    await sender.send(sms);
    await sender.send({ ...sms, text: '另一条' });
    const [name, ...rest] = await readdir(place);
    expect(rest).to.deep.equal([]);
    expect(JSON.parse(await readFile(join(place, name!), 'utf8')).text).to.equal(sms.text);
    expect((await stat(join(place, name!))).mode & 0o077).to.equal(0);
    await rm(folder, { recursive: true, force: true });
  });

  it('says unavailable where the folder cannot be made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-sms-'));
    await writeFile(join(folder, 'sms'), 'in the way');
    const sender = createSmsSender({ folder: join(folder, 'sms'), clock, log: silent });
    expect((await failureOf(sender.send(sms))).code).to.equal('unavailable');
    await rm(folder, { recursive: true, force: true });
  });
});

describe('short messages to a provider', () => {
  const through = (url: string) =>
    createSmsSender({ folder: '/nonexistent', url, key, timeoutMs: 300, clock, log: silent });

  it('are signed over id, time and body, and name their id', async () => {
    const server = await provider();
    await through(server.url).send(sms);
    const { headers, body } = server.taken[0]!;
    const timestamp = String(clock.now().getTime() / 1000);
    const signature = createHmac('sha256', key).update(`n1.${timestamp}.${body}`).digest('base64');
    expect(headers).to.include({
      'idempotency-key': 'n1',
      'x-qianxian-timestamp': timestamp,
      'x-qianxian-signature': `v1,${signature}`,
    });
    await server.close();
  });

  for (const [status, code, hint] of [
    [400, 'invalid', '拒收'],
    [401, 'unavailable', 'QIANXIAN_SMS_KEY'],
    [302, 'unavailable', '302'],
    [429, 'unavailable', '429'],
    [500, 'unavailable', '500'],
  ] as const) {
    it(`that answers ${status} is ${code}, without number or key in what is said`, async () => {
      const server = await provider((_request, response) => {
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
      });
      const failure = await failureOf(through(server.url).send(sms));
      expect(failure.code).to.equal(code);
      expect(failure.message).to.include(hint);
      expect(JSON.stringify([failure.message, failure.issues]))
        .not.to.include(sms.to)
        .and.not.include(key);
      await server.close();
    });
  }

  it('that hangs is unavailable in the end', async () => {
    const server = await provider(() => {});
    expect((await failureOf(through(server.url).send(sms))).code).to.equal('unavailable');
    await server.close();
  });

  for (const wrong of [{ url: 'ftp://a' }, { url: 'http://user:pass@a' }, { url: 'https://a', key: 'short' }]) {
    it(`refuses ${JSON.stringify(wrong)} as a setting`, () => {
      expect(() => createSmsSender({ folder: '/x', key, clock, log: silent, ...wrong }))
        .to.throw(QianxianError)
        .with.property('code', 'misconfigured');
    });
  }
});

describe('short messages in a folder', () => {
  it('are removed once they are older than they are kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-sms-'));
    try {
      const sender = createSmsSender({ folder, clock, log: silent });
      for (const id of ['old', 'new']) await sender.send({ ...sms, id });
      const [first = ''] = await readdir(folder);
      const long = new Date('2020-01-01T00:00:00.000Z');
      await utimes(join(folder, first), long, long);
      expect(await sender.sweep(new Date('2026-01-01T00:00:00.000Z'))).to.equal(1);
      expect(await readdir(folder))
        .to.have.length(1)
        .and.not.to.include(first);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
