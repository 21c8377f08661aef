import { appendFileSync } from 'node:fs';
import { createJobQueue } from '../../src/engines/embedded/job-queue.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';

/** Runs jobs in a process of its own until it is killed: writes down each try when it begins, and when it ends. */
const [folder, trace] = process.argv.slice(2) as [string, string];
const log = { debug() {}, info() {}, warn() {}, error() {} };
const store = await openRecordStore({ folder, clock: systemClock, log });
const queue = createJobQueue({ store, clock: systemClock, log });
const note = (line: string) => appendFileSync(trace, `${line}\n`);

queue.handle<number>(
  'numbers',
  async (job) => {
    note(`begin ${job.data} ${job.attempt}`);
    await new Promise((resolve) => setTimeout(resolve, 4));
    note(`end ${job.data}`);
  },
  { attempts: 1_000, concurrency: 2 },
);
queue.handle<string>(
  'poison',
  async (job) => {
    note(`poison ${job.attempt}${job.isLastTry ? ' last' : ''}`);
    process.kill(process.pid, 'SIGKILL');
  },
  { attempts: 1 },
);
await queue.start();
note('started');
await queue.idle();
note('idle');
await queue.close();
await store.close();
