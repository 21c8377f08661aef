import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomId } from '../../src/domain/ids.ts';
import { createJobQueue } from '../../src/engines/cluster/job-queue.ts';
import { openRedis, type RedisServer } from '../../src/engines/cluster/redis-server.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';
import type { JobQueue } from '../../src/ports/job-queue.ts';
import type { Log } from '../../src/ports/log.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';
import { jobQueueContract } from '../contract/job-queue.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
const uri = process.env.REDIS_URL ?? '';

if (uri === '') {
  describe('job queue: cluster', () => {
    it('keeps the contract (skipped: REDIS_URL is not set)', function () {
      this.skip();
    });
  });
} else {
  // Any store will do: the queue knows only the port. Each one opened is a process of its own for it.
  jobQueueContract('cluster', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-jobs-'));
    const prefix = `test-${randomId()}`;
    const stores: RecordStore[] = [];
    const servers: RedisServer[] = [];
    const open = async (): Promise<JobQueue> => {
      const store = await openRecordStore({ folder, clock: systemClock, log });
      stores.push(store);
      const redis = await openRedis({ uri, log });
      servers.push(redis);
      return createJobQueue({ redis, store, clock: systemClock, log, prefix });
    };
    return {
      open,
      another: open,
      async destroy() {
        const { client } = servers[0]!;
        const keys = await client.keys(`${prefix}:*`);
        if (keys.length > 0) await client.del(keys);
        for (const server of servers) await server.close();
        for (const store of stores) await store.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
}
