import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { expect } from 'chai';
import type { QianxianError } from '../../src/domain/errors.ts';
import { connectMongo } from '../../src/engines/cluster/mongo-connection.ts';
import { openRedis } from '../../src/engines/cluster/redis-server.ts';
import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import { silent } from './cluster-records.ts';
import { mappingsFolder } from './cluster-search.ts';

const ofTests = (name: string) => readFileSync(new URL(`tls-for-tests-only/${name}`, import.meta.url));
const key = ofTests('key.pem');
const cert = ofTests('certificate.pem');

/** Answers as Redis does whoever does not speak its language. */
const likeRedis = (socket: Socket): void => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const text = data.toString('latin1');
    // Redis takes a request of HTTP for an attack and hangs up.
    if (/^(POST|Host:)/im.test(text)) socket.destroy();
    else socket.write("-ERR wrong number of arguments for 'get' command\r\n");
  });
};

const servers: Readonly<Record<string, () => Server>> = {
  TLS: () => createTls({ key, cert }, (socket) => socket.on('error', () => {})),
  HTTP: () => createHttp((_request, response) => response.end('<html>hello</html>')),
  // Without TLS it hangs up on who greets with it.
  MongoDB: () => createServer((socket) => socket.on('error', () => {}).on('data', () => socket.destroy())),
  Redis: () => createServer(likeRedis),
};

const mongo = async (uri: string) => (await connectMongo({ uri, log: silent, limitMs: 1_500 })).close();
const redis = async (uri: string) => (await openRedis({ uri, log: silent })).close();
const search = async (url: string) => {
  const clock = { now: () => new Date() };
  await (await openSearchIndex({ url, mappings: mappingsFolder, prefix: 'mistake', clock, log: silent })).close();
};

const password = 'geheim-9f3c';
/** What is there, what the setting says of it, and what the one line tells. */
const mistakes: readonly (readonly [string, (address: string) => Promise<void>, string, RegExp])[] = [
  ['TLS', mongo, `mongodb://u:${password}@127.0.0.1:PORT/x`, /^MongoDB 要求 TLS，请在 MONGODB_URI .*tls=true/],
  ['TLS', mongo, 'mongodb://127.0.0.1:PORT/x?tls=true', /证书不受信任.*MONGODB_URI .*tlsCAFile/],
  ['MongoDB', mongo, 'mongodb://127.0.0.1:PORT/x?tls=true', /^MongoDB 没有用 TLS，请去掉 MONGODB_URI 里的 tls=true/],
  ['HTTP', mongo, 'mongodb://127.0.0.1:PORT/x', /MONGODB_URI .*不是 MongoDB，请检查主机和端口/],
  ['TLS', redis, `redis://:${password}@127.0.0.1:PORT`, /REDIS_URL .*要求 TLS，请改为 rediss:/],
  ['TLS', redis, 'rediss://127.0.0.1:PORT', /REDIS_URL .*证书不被信任/],
  ['TLS', search, `http://u:${password}@127.0.0.1:PORT`, /要求 https，请把 ELASTICSEARCH_URL/],
  ['TLS', search, 'https://127.0.0.1:PORT', /证书不受信任.*ELASTICSEARCH_URL/],
  ['HTTP', search, 'http://127.0.0.1:PORT', /ELASTICSEARCH_URL 指向的不是 Elasticsearch/],
  ['Redis', search, 'http://127.0.0.1:PORT', /ELASTICSEARCH_URL 指向的不是 Elasticsearch/],
];

describe('a server that is there, but not as the setting says', function () {
  this.timeout(30_000);

  for (const [kind, open, address, tells] of mistakes) {
    it(`${address.replace(`u:${password}@`, '').replace(`:${password}@`, '')} before ${kind}: one line with the mend`, async () => {
      const sockets = new Set<Socket>();
      const server = servers[kind]!();
      server.on('connection', (socket: Socket) => sockets.add(socket));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        const began = performance.now();
        const error = (await open(address.replace('PORT', String(port))).catch(
          (thrown: unknown) => thrown,
        )) as QianxianError;
        expect(error, 'it opened').to.be.instanceOf(Error);
        expect(error.code, error.message).to.equal('misconfigured');
        expect(error.message).to.match(tells).and.not.include('\n');
        for (let told: unknown = error; told instanceof Error; told = told.cause) {
          expect(`${told.message} ${told.stack}`).not.to.include(password);
        }
        expect(performance.now() - began).to.be.below(8_000);
      } finally {
        for (const socket of sockets) socket.destroy();
        server.close();
      }
    });
  }
});
