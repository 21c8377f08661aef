import { expect } from 'chai';
import { Redis } from 'ioredis';
import { randomId } from '../../src/domain/ids.ts';
import { killedWalk } from '../flow/killed-walk.ts';
import { dropDatabases, freshDatabase, mongoUri } from './cluster-records.ts';

const { REDIS_URL: redisUrl, ELASTICSEARCH_URL: searchUrl } = process.env;
const missing = mongoUri && redisUrl && searchUrl ? null : 'MONGODB_URI, REDIS_URL or ELASTICSEARCH_URL is not set';

describe('the way of a need on servers', function () {
  this.timeout(600_000);

  /** WALK_KILLS_EVERY=1 kills after every step, as on the embedded engines; that takes some minutes. */
  const everySteps = Number(process.env.WALK_KILLS_EVERY ?? 3);

  it('is walked to its end with every message delivered twice and the service killed now and then', async function () {
    if (missing) {
      console.log(`      skipped: ${missing}`);
      return this.skip();
    }
    const database = freshDatabase();
    const prefix = `walk-${randomId()}`;
    const uri = new URL(mongoUri!);
    uri.pathname = `/${database}`;
    try {
      const walk = await killedWalk(
        {
          MONGODB_URI: uri.href,
          REDIS_URL: redisUrl!,
          ELASTICSEARCH_URL: searchUrl!,
          QIANXIAN_PREFIX: prefix,
        },
        { everySteps },
      );
      expect(walk.kills).to.equal(Math.floor((walk.titles.length - 1) / everySteps));
      expect(walk.invitations).to.deep.equal({
        'enterprise@example.com': 1,
        'university@example.com': 1,
        'stranger@example.com': 0,
      });
    } finally {
      const redis = new Redis(redisUrl!);
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
      const indices = (await (await fetch(`${searchUrl}/_cat/indices/${prefix}*?h=index&format=json`)).json()) as {
        index: string;
      }[];
      for (const { index } of indices) await fetch(`${searchUrl}/${index}`, { method: 'DELETE' });
      await dropDatabases([database]);
    }
  });
});
