import { appendFileSync } from 'node:fs';
import { createJobQueue } from '../../src/engines/cluster/job-queue.ts';
import { openRedis } from '../../src/engines/cluster/redis-server.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';

/**
 * One process of the queue. `work` runs jobs until it is killed and writes down each try when it begins, and when it ends;
 * `add` adds a keyed job for each number up to 40 and writes the ids down.
 */
const [task, folder, uri, prefix, trace] = process.argv.slice(2) as [string, string, string, string, string];
const log = { debug() {}, info() {}, warn() {}, error() {} };
const store = await openRecordStore({ folder, clock: systemClock, log });
const redis = await openRedis({ uri, log });
const queue = createJobQueue({ redis, store, clock: systemClock, log, prefix, leaseMs: 600, sweepMs: 150 });
const note = (line: string) => appendFileSync(trace, `${line}\n`);

if (task === 'add') {
  note('ready');
  for (let number = 0; number < 40; number += 1) {
    note(`added ${number} ${await queue.add('keyed', number, { key: `k${number}` })}`);
  }
  await queue.close();
  await redis.close();
  await store.close();
} else {
  queue.handle<number>(
    'numbers',
    async (job) => {
      note(`begin ${job.data} ${job.attempt}`);
      await new Promise((resolve) => setTimeout(resolve, 8));
      note(`end ${job.data}`);
    },
    { attempts: 1_000, concurrency: 2 },
  );
  queue.handle(
    'poison',
    async (job) => {
      note(`poison ${job.attempt}${job.isLastTry ? ' last' : ''}`);
      process.kill(process.pid, 'SIGKILL');
    },
    { attempts: 1 },
  );
  queue.handle('long', async (job, signal) => {
    note(`long ${job.attempt}`);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    note('told to stop');
  });
  await queue.start();
  note('started');
}
