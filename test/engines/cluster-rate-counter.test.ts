import { expect } from 'chai';
import { randomId } from '../../src/domain/ids.ts';
import { createRateCounter } from '../../src/engines/cluster/rate-counter.ts';
import { openRedis, type RedisServer } from '../../src/engines/cluster/redis-server.ts';
import type { RateCounter } from '../../src/ports/rate-counter.ts';
import { rateCounterContract } from '../contract/rate-counter.ts';
import { type LogLine, recordingLog } from '../http/open-http.ts';
import { silent } from './cluster-records.ts';
import { type OwnRedis, ownRedis, ownRedisMissing } from './own-redis.ts';

const uri = process.env.REDIS_URL ?? '';
const longMs = 60_000;

if (uri === '') {
  describe('rate counter: cluster', () => {
    it('keeps the contract (skipped: REDIS_URL is not set)', function () {
      this.skip();
    });
  });
} else {
  rateCounterContract('cluster', async () => {
    const prefix = `test-${randomId()}`;
    const servers = [await openRedis({ uri, log: silent }), await openRedis({ uri, log: silent })] as const;
    const [counter, another] = servers.map((redis) => createRateCounter({ redis, log: silent, prefix }));
    return {
      counter: counter!,
      another: another!,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      now: Date.now,
      async destroy() {
        const { client } = servers[0];
        const keys = await client.keys(`${prefix}:*`);
        if (keys.length > 0) await client.del(keys);
        for (const server of servers) await server.close();
      },
    };
  });
}

const missing = ownRedisMissing();
// Without REDIS_URL, or a redis-server to start, there is nothing to take away.
(missing ? describe.skip : describe)(
  `rate counter: cluster, while Redis is away${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let server: OwnRedis;
    let redis: RedisServer;
    let counter: RateCounter;
    let lines: LogLine[];
    /** Of another process. */
    let others: RateCounter;
    let othersRedis: RedisServer;

    beforeEach(async () => {
      server = await ownRedis();
      await server.start();
      const recording = recordingLog();
      lines = recording.lines;
      redis = await openRedis({ uri: server.url, log: silent });
      counter = createRateCounter({ redis, log: recording.log });
      othersRedis = await openRedis({ uri: server.url, log: silent });
      others = createRateCounter({ redis: othersRedis, log: silent });
    });
    afterEach(async () => {
      await redis.close();
      await othersRedis.close();
      await server.destroy();
    });

    const hits = async (times: number, from = counter): Promise<number[]> => {
      const found: number[] = [];
      for (let time = 0; time < times; time += 1) found.push((await from.hit('key', longMs)).count);
      return found;
    };
    const until = async (holds: () => boolean | Promise<boolean>) => {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const said = (part: string) => lines.filter(({ message }) => message.includes(part)).length;

    it('goes on from what it knew of all processes, says so once, and counts with them when it is back', async () => {
      await hits(5, others);
      expect(await hits(2)).to.deep.equal([6, 7]);
      await server.kill();
      expect(await hits(100)).to.deep.equal(Array.from({ length: 100 }, (_, index) => index + 8));
      expect(said('Redis does not count requests')).to.equal(1);
      await server.start();
      await until(() => redis.isReady && othersRedis.isReady);
      await until(async () => {
        await counter.hit('another key', longMs);
        return said('for all processes again') === 1;
      });
      expect(await hits(1)).to.deep.equal([108]);
      const { count } = await others.hit('new', longMs);
      expect([count, (await counter.hit('new', longMs)).count]).to.deep.equal([1, 2]);
      await server.kill();
      await hits(2);
      expect(said('Redis does not count requests')).to.equal(2);
    });

    it('counts on where Redis was emptied', async () => {
      expect(await hits(4)).to.deep.equal([1, 2, 3, 4]);
      const before = await counter.hit('key', longMs);
      await server.client().flushall();
      const after = await counter.hit('key', longMs);
      expect(after.count).to.equal(6);
      expect(after.resetAt.getTime()).to.be.at.most(before.resetAt.getTime() + 1);
    });

    it('waits for a Redis that answers nothing once, then counts without it', async () => {
      expect(await hits(2)).to.deep.equal([1, 2]);
      server.halt();
      try {
        expect(await hits(500)).to.deep.equal(Array.from({ length: 500 }, (_, index) => index + 3));
        expect(said('Redis does not count requests')).to.equal(1);
      } finally {
        server.goOn();
      }
    });

    it('starts without Redis', async () => {
      await server.kill();
      const late = await openRedis({ uri: server.url, log: silent });
      try {
        expect(await hits(2, createRateCounter({ redis: late, log: silent }))).to.deep.equal([1, 2]);
      } finally {
        await late.close();
      }
    });

    it('ends a key that has lost its end', async () => {
      await hits(3);
      const client = server.client();
      const [key = ''] = await client.keys('*');
      await client.persist(key);
      await hits(1);
      expect(await client.pttl(key)).to.be.within(1, longMs);
    });

    it('keeps no address and no login in Redis, and nothing for good', async () => {
      await counter.hit('account:zhang-san', longMs);
      await counter.hit('all:10.1.2.3', longMs);
      const client = server.client();
      const keys = await client.keys('*');
      expect(keys.length).to.equal(2);
      expect(keys.join(' ')).to.not.match(/zhang|10\.1/);
      for (const key of keys) {
        expect(key).to.match(/^qianxian:rates:[\w-]{43}$/);
        expect(await client.pttl(key)).to.be.within(1, longMs);
      }
    });
  },
);
