import type { Clock } from '../../ports/clock.ts';
import { isOvertaken, type JobBook, type JobHandler } from '../../ports/job-book.ts';
import type { Log } from '../../ports/log.ts';
import type { JobRecord } from '../../ports/record-store.ts';
import type { JobBells } from './job-bells.ts';
import type { JobSchedules } from './job-schedules.ts';
import type { RedisServer } from './redis-server.ts';

const batch = 500;
/** Jobs that became due so recently are left to the bell that is just being rung for them. */
const graceMs = 2_000;
/** A sweep that takes long rests so many times as long. */
const restFactor = 10;

export interface JobSweep {
  start(): void;
  /** Sweeps soon, because something has changed. */
  soon(): void;
  stop(): Promise<void>;
}

/**
 * What makes the bells reliable. At every turn: reminders in Redis are made those of the written schedules; a waiting job
 * that is due and has no bell (Redis was away when it was added, or was emptied) is rung; and a running job whose version has stood
 * still for a lease is taken from its dead process, the kill counted. A lease is measured by the watcher's own time between two
 * looks at the same version, so that clocks of different machines do not matter.
 */
export function createJobSweep(options: {
  book: JobBook;
  bells: JobBells;
  schedules: JobSchedules;
  redis: RedisServer;
  handlers: ReadonlyMap<string, JobHandler>;
  clock: Clock;
  log: Log;
  leaseMs: number;
  everyMs: number;
  /** Whether this process runs the job. */
  isOwn: (id: string) => boolean;
}): JobSweep {
  const { book, bells, redis, handlers, clock, log } = options;
  /** Running jobs of other processes: the version that was seen, and since when. */
  const seen = new Map<string, { readonly version: number; readonly since: number }>();
  /** Names without a handler that were told of. */
  const strange = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  let again = false;
  let stopped = true;

  async function takeOver(): Promise<void> {
    const now = performance.now();
    const present = new Set<string>();
    for await (const job of book.jobs.stream({ state: 'running' })) {
      if (options.isOwn(job.id)) continue;
      present.add(job.id);
      const before = seen.get(job.id);
      if (before?.version !== job.version) {
        seen.set(job.id, { version: job.version, since: now });
        continue;
      }
      if (now - before.since < options.leaseMs) continue;
      seen.delete(job.id);
      const facts = { job: job.name, id: job.id, attempt: job.attempts };
      try {
        const ended = await book.endKilled(job);
        if (ended.state === 'failed') log.error(facts, 'job was cut off by kills too often');
        else {
          log.warn(facts, 'job was cut off by a kill, runs again');
          await bells.ring(ended);
        }
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
    }
    for (const id of seen.keys()) if (!present.has(id)) seen.delete(id);
  }

  async function ringAgain(): Promise<void> {
    if (!redis.isReady) return;
    const due = new Date(clock.now().getTime() - graceMs).toISOString();
    let rung = 0;
    const ringAll = async (jobs: readonly JobRecord[]) => {
      for (const job of await bells.unrung(jobs)) if (await bells.ring(job)) rung += 1;
    };
    let waiting: JobRecord[] = [];
    for await (const job of book.jobs.stream({ state: 'waiting', runAt: { lte: due } })) {
      if (!handlers.has(job.name) && !strange.has(job.name)) {
        strange.add(job.name);
        log.warn({ job: job.name }, 'jobs wait whose name has no handler here');
      }
      waiting.push(job);
      if (waiting.length < batch) continue;
      await ringAll(waiting);
      waiting = [];
      if (stopped) return;
    }
    await ringAll(waiting);
    if (rung > 0) log.warn({ jobs: rung }, 'jobs that Redis did not know were handed out from the record store');
  }

  async function sweep(): Promise<void> {
    const part = async (name: string, work: () => Promise<void>) => {
      if (stopped) return;
      try {
        await work();
      } catch (error) {
        // What was seen before the store went away says nothing about who is alive: nobody could write.
        if (name === 'running jobs') seen.clear();
        // Errors of Redis carry arguments; those of the store are Chinese sentences.
        log.debug({ error: redis.describe(error), part: name }, 'a sweep of the jobs failed');
      }
    };
    await part('running jobs', takeOver);
    await part('schedules', () => (redis.isReady ? options.schedules.renew() : Promise.resolve()));
    await part('waiting jobs', ringAgain);
  }

  function turn(): void {
    if (stopped || sweeping) return;
    clearTimeout(timer);
    timer = undefined;
    const begun = performance.now();
    again = false;
    sweeping = sweep().finally(() => {
      sweeping = undefined;
      if (stopped) return;
      if (again) {
        turn();
        return;
      }
      // Not in step with other processes.
      const pause = Math.max(options.everyMs, (performance.now() - begun) * restFactor) * (0.8 + Math.random() * 0.4);
      timer = setTimeout(turn, pause);
      timer.unref();
    });
  }

  return {
    start() {
      stopped = false;
      turn();
    },
    soon() {
      again = true;
      turn();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}
