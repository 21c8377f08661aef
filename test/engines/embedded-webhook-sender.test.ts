import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { createWebhookSender } from '../../src/engines/embedded/webhook-sender.ts';
import type { Log } from '../../src/ports/log.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function failureOf(work: Promise<unknown>): Promise<QianxianError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof QianxianError) return failure;
  throw failure ?? new Error('did not fail');
}

interface Receiver {
  readonly port: number;
  readonly asked: { readonly request: IncomingMessage; readonly body: string }[];
  close(): Promise<void>;
}

async function receiver(answer: (response: ServerResponse) => void): Promise<Receiver> {
  const asked: Receiver['asked'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      asked.push({ request, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Ways of writing an inward address, or of reaching one through a listed name, that have been used against services. */
const corpus = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://0/',
  'http://localhost/',
  'http://localhost./',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[0:0:0:0:0:ffff:7f00:1]/',
  'http://169.254.169.254/latest/meta-data/',
  'https://169.254.169.254/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://metadata.google.internal/',
  'https://oa.example.com@10.0.0.1/',
  'https://user:pass@oa.example.com/',
  'https://oa.example.com:8443/',
  'https://oa.example.com.evil.example/',
  'https://evil.example/?oa.example.com',
  'https://evil.example/#@oa.example.com',
  'https://evil.example\\@oa.example.com/',
  'https://oa.example.com%2eevil.example/',
  'https://①②⑦.⓪.⓪.①/',
  'http://oa.example.com/',
  'ftp://oa.example.com/',
  'file:///etc/passwd',
  'gopher://oa.example.com/',
  'javascript:alert(1)',
  '//oa.example.com/',
  'oa.example.com',
  '',
];

describe('webhooks go to nothing but what was listed', () => {
  const sender = createWebhookSender({
    hosts: ['oa.example.com'],
    resolve: async () => ['93.184.216.34'],
    log: silent,
  });

  for (const url of corpus) {
    it(`refuses ${JSON.stringify(url)} with a mend, and connects to nothing`, async () => {
      expect(() => sender.check(url))
        .to.throw(QianxianError)
        .with.property('code', 'invalid');
      const failure = await failureOf(sender.post({ url, headers: {}, body: '{}' }));
      expect(failure.code).to.equal('invalid');
      expect(failure.issues[0]).to.have.property('field', 'url');
      expect(failure.issues[0]?.mend).to.match(/\p{Script=Han}/u);
    });
  }

  it('takes the listed host as it may be written', () => {
    for (const url of ['https://oa.example.com/', 'https://OA.Example.com:443/a?b=c', 'https://oa.example.com./']) {
      sender.check(url);
    }
  });

  it('never goes to link-local addresses, even where they are listed', async () => {
    const careless = createWebhookSender({ hosts: ['169.254.169.254', '[fe80::1]'], log: silent });
    for (const url of ['https://169.254.169.254/', 'https://[fe80::1]/']) {
      expect((await failureOf(careless.post({ url, headers: {}, body: '' }))).code).to.equal('invalid');
    }
  });

  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.100.100.200',
    '0.0.0.0',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::1',
    '224.0.0.1',
    '255.255.255.255',
  ]) {
    it(`refuses a listed name that points to ${address}, alone or beside an outward one`, async () => {
      for (const addresses of [[address], ['93.184.216.34', address]]) {
        const turned = createWebhookSender({ hosts: ['oa.example.com'], resolve: async () => addresses, log: silent });
        const failure = await failureOf(turned.post({ url: 'https://oa.example.com/', headers: {}, body: '' }));
        expect(failure.code).to.equal('forbidden');
        expect(failure.message).to.include('内部地址');
      }
    });
  }

  it('connects to the very address that it checked, however the name turns', async () => {
    const reached: string[] = [];
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', (hello) => {
        reached.push(hello.toString('latin1'));
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    let asked = 0;
    const turning = createWebhookSender({
      hosts: [`oa.example.com:${port}`, `127.0.0.1:${port}`],
      // A second look-up would lead elsewhere.
      resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']),
      log: silent,
    });
    const failure = await failureOf(turning.post({ url: `https://oa.example.com:${port}/`, headers: {}, body: '' }));
    expect(failure.code).to.equal('unavailable');
    expect(asked).to.equal(1);
    expect(reached).to.have.length(1);
    expect(reached[0], 'the name is still the one of the certificate').to.include('oa.example.com');
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  for (const wrong of ['https://a', 'a/b', 'a b', '*.example.com', 'user@a', 'a?b', '']) {
    it(`does not take ${JSON.stringify(wrong)} as a host to list`, () => {
      expect(() => createWebhookSender({ hosts: [wrong], log: silent }))
        .to.throw(QianxianError)
        .with.property('code', 'misconfigured');
    });
  }
});

describe('webhooks to a listed loopback address', () => {
  const to = (port: number, timeoutMs = 2000) =>
    createWebhookSender({ hosts: [`127.0.0.1:${port}`], timeoutMs, log: silent });

  it('post headers and body to the letter', async () => {
    const server = await receiver((response) => response.writeHead(204).end());
    const answer = await to(server.port).post({
      url: `http://127.0.0.1:${server.port}/hook?x=1`,
      headers: { 'content-type': 'application/json', 'webhook-id': 'd1' },
      body: '{"名":1}',
    });
    expect(answer).to.deep.equal({ status: 204 });
    const { request, body } = server.asked[0]!;
    expect(body).to.equal('{"名":1}');
    expect(request.method).to.equal('POST');
    expect(request.url).to.equal('/hook?x=1');
    expect(request.headers).to.include({ 'webhook-id': 'd1', 'content-type': 'application/json' });
    expect(request.headers).not.to.have.any.keys('cookie', 'authorization');
    await server.close();
  });

  it('follow no redirect', async () => {
    const inner = await receiver((response) => response.end());
    const server = await receiver((response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    const sender = createWebhookSender({
      hosts: [`127.0.0.1:${server.port}`, `127.0.0.1:${inner.port}`],
      log: silent,
    });
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await sender.post({ url, headers: {}, body: '' })).to.deep.equal({ status: 307 });
    expect(inner.asked).to.have.length(0);
    await server.close();
    await inner.close();
  });

  it('do not wait for an answer without end', async () => {
    let writing: NodeJS.Timeout | undefined;
    const server = await receiver((response) => {
      response.on('error', () => {});
      response.writeHead(200);
      writing = setInterval(() => response.write('x'.repeat(65_536)), 1);
    });
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await to(server.port).post({ url, headers: {}, body: '' })).to.deep.equal({ status: 200 });
    clearInterval(writing);
    await server.close();
  });

  it('end with unavailable where nobody answers, or nobody is there', async () => {
    const server = await receiver(() => {});
    const url = `http://127.0.0.1:${server.port}/`;
    const hung = await failureOf(to(server.port, 200).post({ url, headers: {}, body: '' }));
    expect(hung.code).to.equal('unavailable');
    expect(hung.message).to.include('超时');
    await server.close();
    const gone = await failureOf(to(server.port).post({ url, headers: {}, body: '' }));
    expect(gone.message).to.include('拒绝连接');
  });
});
