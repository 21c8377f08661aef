import type Bull from 'bull';
import { QianxianError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  checkJobName,
  createJobBook,
  type JobHandler,
  jobHandlerOf,
  jobOf,
  reasonOf,
  storePauseMs,
  within,
} from '../../ports/job-book.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log } from '../../ports/log.ts';
import type { JobRecord, RecordStore } from '../../ports/record-store.ts';
import { readCron } from '../embedded/cron-pattern.ts';
import { type Bell, createJobBells, type JobBells, NotNow } from './job-bells.ts';
import { holdJob } from './job-lease.ts';
import { createJobSchedules, type JobSchedules, reminderQueue } from './job-schedules.ts';
import { createJobSweep } from './job-sweep.ts';
import type { RedisServer } from './redis-server.ts';

const defaultLeaseMs = 20_000;
const defaultSweepMs = 5_000;
const defaultCloseMs = 10_000;
/** What was told to stop gets so long to do so. */
const abortGraceMs = 1_000;
const longestPauseMs = 3600_000;
const idleLookMs = 25;

export interface ClusterJobQueueOptions {
  readonly redis: RedisServer;
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Of all keys in Redis (default `qianxian`). */
  readonly prefix?: string;
  /** A running job whose process gives no sign for so long is run again (default 20 s). */
  readonly leaseMs?: number;
  /** How often the store is looked through for what Redis does not know (default 5 s). */
  readonly sweepMs?: number;
}

/** The queue, with what the panel shows of it. */
export interface ClusterJobQueue extends JobQueue {
  /** Names that have a handler in this process. */
  names(): readonly string[];
  readonly bells: JobBells;
  readonly schedules: JobSchedules;
}

interface Running {
  readonly done: Promise<void>;
  /** Lets go of a handler that does not stop. */
  cut(): void;
}

/**
 * A queue for many processes. A job is written into the record store first, under its unique key, and Redis (through bull)
 * only rings for it: that makes it quick, in order and shared out. So nothing hangs on Redis: while it is away jobs are
 * still added, and when it comes back, or was emptied, the sweep rings for whatever waits. What a crash leaves between the
 * two is found by the sweep as well: a job without a bell is rung for, a bell without its job is answered by doing nothing.
 *
 * A job is begun by compare-and-set in the store, so one process runs it. It is run a second time where its process gave
 * no sign for a lease: that one is dead, as a rule, and where it was only slow the job runs twice. Effects are keyed in
 * the store, so that this does no harm; tries are counted there as well, across kills.
 */
export function createJobQueue(options: ClusterJobQueueOptions): ClusterJobQueue {
  const { redis, store, clock, log } = options;
  const leaseMs = options.leaseMs ?? defaultLeaseMs;
  const book = createJobBook({ store, clock });
  const { jobs } = book;
  const bells = createJobBells({ redis, prefix: `${options.prefix ?? 'qianxian'}:jobs`, leaseMs, clock, log });
  const schedules = createJobSchedules({ store, book, bells, log, added: (job) => bells.ring(job) });
  const handlers = new Map<string, JobHandler>();
  const running = new Map<string, Running>();
  const abort = new AbortController();
  const sweep = createJobSweep({
    book,
    bells,
    schedules,
    redis,
    handlers,
    clock,
    log,
    leaseMs,
    everyMs: options.sweepMs ?? defaultSweepMs,
    isOwn: (id) => running.has(id),
  });
  let phase: 'new' | 'started' | 'closing' | 'closed' = 'new';
  let closing: Promise<void> | undefined;
  let detach = () => {};

  function open(): void {
    if (phase === 'closing' || phase === 'closed') {
      throw new QianxianError('unavailable', '服务正在停止，请稍后再试', { retryAfter: 10 });
    }
  }

  /** Looks at the job that a bell stands for, and runs it where it still waits. */
  async function answer(handler: JobHandler, bell: Bell): Promise<void> {
    // Somebody else answers it.
    if (phase !== 'started') throw new NotNow(0);
    let claimed: JobRecord | undefined;
    try {
      const waiting = await jobs.get(bell.id);
      // Done, begun by somebody else, or rung for anew since.
      if (waiting?.state !== 'waiting' || waiting.version !== bell.version) return;
      const early = Date.parse(waiting.runAt) - clock.now().getTime();
      if (early > 0) throw new NotNow(Math.min(early, longestPauseMs));
      claimed = await book.begin(waiting);
    } catch (error) {
      if (error instanceof NotNow) throw error;
      log.error({ err: error, id: bell.id }, 'a job could not be begun in the store, tries again');
      throw new NotNow(storePauseMs);
    }
    if (claimed) await run(claimed, handler);
  }

  async function run(claimed: JobRecord, handler: JobHandler): Promise<void> {
    const facts = { job: claimed.name, id: claimed.id, attempt: claimed.attempts };
    const lost = new AbortController();
    const lease = holdJob({
      jobs,
      claimed,
      everyMs: Math.max(1, leaseMs / 3),
      onLost() {
        log.warn(facts, 'this process was too slow: its job was taken over by another one');
        lost.abort(new QianxianError('conflict', '这个任务已由另一个进程接手'));
      },
      givenUp: () => phase === 'closed',
      onFailure: (error, pause) => log.error({ ...facts, err: error, pause }, 'a job could not be stored, tries again'),
    });
    let cut = () => {};
    const letGo = new Promise<void>((resolve) => {
      cut = resolve;
    });
    const work = async () => {
      let failure: unknown;
      let failed = false;
      try {
        await handler.handle(jobOf(claimed, handler), AbortSignal.any([abort.signal, lost.signal]));
      } catch (error) {
        failure = error;
        failed = true;
      }
      // Cut off by `close`, which has put the job back already and may have let the store go.
      if (phase === 'closed') return;
      if (!failed) {
        await lease.settle((newest) => book.end(newest));
        log.debug(facts, 'job done');
      } else if (abort.signal.aborted) {
        const waiting = await lease.settle((newest) => book.putBack(newest));
        if (waiting) await bells.ring(waiting);
        log.info(facts, 'job cut off, runs again elsewhere or after the next start');
      } else {
        const ended = await lease.settle((newest) => book.endTry(newest, handler, reasonOf(failure)));
        if (ended?.state === 'failed') log.error({ ...facts, err: failure }, 'job failed for good');
        else if (ended) {
          log.warn({ ...facts, err: failure, runAt: ended.runAt }, 'job failed, tries again');
          await bells.ring(ended);
        }
      }
    };
    const done = work()
      .catch((error) => log.error({ ...facts, err: error }, 'the end of a job could not be stored'))
      .finally(() => running.delete(claimed.id));
    running.set(claimed.id, { done, cut });
    await Promise.race([done, letGo]);
  }

  async function drain(timeoutMs: number): Promise<void> {
    const started = phase === 'started';
    detach();
    phase = 'closing';
    if (started) {
      await sweep.stop();
      await bells.pause();
      await within(timeoutMs, allDone());
      if (running.size > 0) {
        abort.abort(new QianxianError('unavailable', '服务正在停止'));
        await within(abortGraceMs, allDone());
      }
    }
    phase = 'closed';
    for (const [id, { cut }] of running) {
      await putBack(id);
      cut();
    }
    await bells.close();
  }

  /** A handler that does not stop is left alone; its job waits again. */
  async function putBack(id: string): Promise<void> {
    try {
      const record = await jobs.get(id);
      if (record?.state !== 'running') return;
      const waiting = await book.putBack(record);
      log.warn({ job: record.name, id }, 'job did not stop in time, runs again elsewhere or after the next start');
      await bells.ring(waiting);
    } catch (error) {
      // It ended at the last moment, or the store is away: then another process takes it over after the lease.
      log.warn({ err: error, id }, 'job did not stop in time');
    }
  }

  async function allDone(): Promise<void> {
    while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
  }

  return {
    bells,
    schedules,
    names: () => [...handlers.keys()],

    handle(name, handler, given) {
      if (phase !== 'new') throw new Error(`handler of ${name} comes after start`);
      checkJobName(name);
      if (handlers.has(name)) throw new Error(`two handlers of ${name}`);
      handlers.set(name, jobHandlerOf(handler as Parameters<JobQueue['handle']>[1], given));
    },

    async add(name, data, given = {}) {
      open();
      const job = await book.insert(name, data, given);
      // Where that fails the sweep will.
      if (job.state === 'waiting') await bells.ring(job);
      return job.id;
    },

    async schedule(name, cron, data) {
      open();
      checkJobName(name);
      if (cron !== null) readCron(cron);
      await schedules.set(name, cron, data);
      if (!redis.isReady) return;
      const renewed = schedules.renew().catch((error) => {
        log.debug(
          { error: redis.describe(error), job: name },
          'Redis did not take a schedule, the sweep will renew it',
        );
      });
      await within(2_000, renewed);
    },

    async start() {
      open();
      if (phase === 'started') return;
      phase = 'started';
      for (const [name, handler] of handlers) {
        bells.answer(name, handler.concurrency, (job: Bull.Job) => answer(handler, job.data as Bell));
      }
      bells.answer(reminderQueue, 1, (job: Bull.Job) => schedules.remind(job));
      sweep.start();
      detach = redis.onReady(() => sweep.soon());
    },

    async idle() {
      while (phase !== 'closing' && phase !== 'closed') {
        if (running.size === 0 && !(await book.busy(handlers.keys()))) return;
        await new Promise((resolve) => setTimeout(resolve, idleLookMs));
      }
    },

    counts: book.counts,
    failed: book.failed,
    list: (given = {}) => book.list(given, handlers),

    async retry(id) {
      open();
      const waiting = await book.retry(id);
      if (waiting) await bells.ring(waiting);
    },

    forget: book.forget,
    ping: () => redis.ping(),

    close(timeoutMs = defaultCloseMs) {
      closing ??= drain(timeoutMs);
      return closing;
    },
  };
}
