import type { Cron } from 'croner';
import { QianxianError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  checkJobName,
  createJobBook,
  isOvertaken,
  type JobHandler,
  jobHandlerOf,
  jobOf,
  reasonOf,
  storePauseMs,
  untilStored,
  within,
} from '../../ports/job-book.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Log } from '../../ports/log.ts';
import type { Change, Following, JobRecord, RecordStore } from '../../ports/record-store.ts';
import { readCron } from './cron-pattern.ts';

/**
 * Delayed and scheduled jobs are looked at so often at least: the clock is a port, and may be set or moved while a timer
 * of the computer sleeps.
 */
const longestNapMs = 250;
const defaultCloseMs = 10_000;
/** What was told to stop gets so long to do so. */
const abortGraceMs = 1_000;
/** A scheduled time that lies further ahead than this after the clock went back is worked out anew. */
const clockWentBackMs = 60_000;

interface Schedule {
  readonly name: string;
  readonly data: unknown;
  readonly cron: Cron;
  /** The instant of the next job, or null where the pattern has none. */
  next: Date | null;
}

/**
 * A queue in the process, its jobs in the record store. What waits is learnt from the changes feed, so that a job which
 * another process adds (a command line beside the server) is noticed within the second that the store promises.
 * Jobs run only where `start` was called, and only one process of a folder may call it (the serving lock): what `start`
 * finds running was cut off by a kill, and is put back.
 * Scheduled times are kept in memory: a time that passes while nothing runs is not made up for.
 */
export function createJobQueue(options: { store: RecordStore; clock: Clock; log: Log }): JobQueue {
  const { store, clock, log } = options;
  const book = createJobBook({ store, clock });
  const { jobs } = book;
  const handlers = new Map<string, JobHandler>();
  const schedules = new Map<string, Schedule>();
  /** Ids that may run now, by name, in the order in which they came. */
  const ready = new Map<string, Set<string>>();
  /** Ids that wait for their time, with it (ms). */
  const delayed = new Map<string, { readonly name: string; readonly at: number }>();
  const running = new Map<string, { readonly name: string; readonly done: Promise<void> }>();
  const runningOf = new Map<string, number>();
  const abort = new AbortController();
  let following: Following | undefined;
  let phase: 'new' | 'started' | 'closing' | 'closed' = 'new';
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();
  let lastTick = 0;
  let closing: Promise<void> | undefined;
  const settled = new Set<() => void>();

  function enqueue(id: string, name: string, runAt: string): void {
    const at = Date.parse(runAt);
    if (at > clock.now().getTime()) {
      ready.get(name)?.delete(id);
      delayed.set(id, { name, at });
      return;
    }
    delayed.delete(id);
    let ids = ready.get(name);
    if (!ids) {
      ids = new Set();
      ready.set(name, ids);
    }
    ids.add(id);
  }

  function dequeue(id: string): void {
    delayed.delete(id);
    for (const ids of ready.values()) ids.delete(id);
  }

  async function learn(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      const record = change.document as JobRecord | null;
      if (record?.state === 'waiting') enqueue(record.id, record.name, record.runAt);
      else dequeue(change.id);
    }
    dispatch();
  }

  /** Begins what may begin: the oldest of each name, as many as the name's handler takes at once. */
  function dispatch(): void {
    if (phase !== 'started') return;
    for (const [name, handler] of handlers) {
      const ids = ready.get(name);
      if (!ids) continue;
      for (const id of ids) {
        if ((runningOf.get(name) ?? 0) >= handler.concurrency) break;
        // Its next try was noticed before its last one was put away here; it stays, and is looked at again after that.
        if (running.has(id)) continue;
        ids.delete(id);
        runningOf.set(name, (runningOf.get(name) ?? 0) + 1);
        const done = run(id, handler)
          .catch((error) => {
            log.error({ err: error, job: name, id }, 'a job could not be begun or ended in the store');
            // Looked at again: where it was begun already, the store says so, and nothing happens.
            delayed.set(id, { name, at: clock.now().getTime() + storePauseMs });
          })
          .finally(() => {
            running.delete(id);
            runningOf.set(name, (runningOf.get(name) ?? 1) - 1);
            for (const wake of settled) wake();
            dispatch();
          });
        running.set(id, { name, done });
      }
    }
    nap();
  }

  async function run(id: string, handler: JobHandler): Promise<void> {
    const record = await jobs.get(id);
    if (record?.state !== 'waiting') return;
    const claimed = await book.begin(record);
    // Somebody else changed it first; the feed tells what became of it.
    if (!claimed) return;
    const facts = { job: claimed.name, id, attempt: claimed.attempts };
    let failure: unknown;
    let failed = false;
    try {
      await handler.handle(jobOf(claimed, handler), abort.signal);
    } catch (error) {
      failure = error;
      failed = true;
    }
    // Cut off by `close`, which has put the job back already and may have let the store go.
    if (phase === 'closed') return;
    if (!failed) {
      await recorded(() => book.end(claimed));
      log.debug(facts, 'job done');
    } else if (abort.signal.aborted) {
      await recorded(() => book.putBack(claimed));
      log.info(facts, 'job cut off, runs again after the next start');
    } else {
      const { state, runAt } = await recorded(() => book.endTry(claimed, handler, reasonOf(failure)));
      if (state === 'failed') log.error({ ...facts, err: failure }, 'job failed for good');
      else log.warn({ ...facts, err: failure, runAt }, 'job failed, tries again');
    }
  }

  function recorded<T>(write: () => Promise<T>): Promise<T> {
    return untilStored(write, {
      givenUp: () => phase === 'closed',
      onFailure: (error, pause) =>
        log.error({ err: error, pause }, 'the end of a job could not be stored, tries again'),
    });
  }

  /** Sleeps until the next delayed or scheduled job, but no longer than `longestNapMs`. */
  function nap(): void {
    if (timer || phase !== 'started') return;
    const now = clock.now().getTime();
    let due = Number.POSITIVE_INFINITY;
    for (const { at } of delayed.values()) due = Math.min(due, at);
    for (const { next } of schedules.values()) if (next) due = Math.min(due, next.getTime());
    if (due === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        ticking = tick();
      },
      Math.max(1, Math.min(due - now, longestNapMs)),
    );
  }

  async function tick(): Promise<void> {
    const now = clock.now();
    const back = now.getTime() < lastTick - clockWentBackMs;
    lastTick = now.getTime();
    for (const [id, { name, at }] of delayed) if (at <= now.getTime()) enqueue(id, name, now.toISOString());
    for (const schedule of schedules.values()) {
      if (back) schedule.next = schedule.cron.nextRun(now);
      if (!schedule.next || schedule.next > now) continue;
      const time = schedule.next.toISOString();
      schedule.next = schedule.cron.nextRun(now);
      try {
        await book.insert(schedule.name, schedule.data, { key: `schedule:${time}` });
      } catch (error) {
        schedule.next = new Date(time);
        log.error({ err: error, job: schedule.name, time }, 'a scheduled job could not be added, tries again');
      }
    }
    dispatch();
  }

  /** What a killed process left running is put back; the kill is counted, so that a job which kills the process ends. */
  async function recover(): Promise<void> {
    for await (const record of jobs.stream({ state: 'running' })) {
      const facts = { job: record.name, id: record.id, attempt: record.attempts };
      try {
        const { state } = await book.endKilled(record);
        if (state === 'failed') log.error(facts, 'job was cut off by kills too often');
        else log.warn(facts, 'job was cut off by a kill, runs again');
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
    }
  }

  /** Nothing of a name that is handled here waits for its turn or runs. */
  function quiet(): boolean {
    if (running.size > 0) return false;
    for (const [name, ids] of ready) if (ids.size > 0 && handlers.has(name)) return false;
    return true;
  }

  function open(): void {
    if (phase === 'closing' || phase === 'closed') {
      throw new QianxianError('unavailable', '服务正在停止，请稍后再试', { retryAfter: 10 });
    }
  }

  async function drain(timeoutMs: number): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (phase !== 'started') {
      phase = 'closed';
      return;
    }
    phase = 'closing';
    await ticking;
    await following?.stop();
    await within(timeoutMs, allDone());
    if (running.size > 0) {
      abort.abort(new QianxianError('unavailable', '服务正在停止'));
      await within(abortGraceMs, allDone());
    }
    phase = 'closed';
    for (const id of running.keys()) {
      const record = await jobs.get(id);
      try {
        if (record?.state === 'running') await book.putBack(record);
      } catch (error) {
        // It ended at the last moment.
        if (isOvertaken(error)) continue;
        throw error;
      }
      log.warn({ job: record?.name, id }, 'job did not stop in time, runs again after the next start');
    }
    for (const wake of settled) wake();
  }

  async function allDone(): Promise<void> {
    while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
  }

  return {
    handle(name, handler, given) {
      if (phase !== 'new') throw new Error(`handler of ${name} comes after start`);
      checkJobName(name);
      if (handlers.has(name)) throw new Error(`two handlers of ${name}`);
      handlers.set(name, jobHandlerOf(handler as Parameters<JobQueue['handle']>[1], given));
    },

    async add(name, data, given = {}) {
      open();
      return (await book.insert(name, data, given)).id;
    },

    async schedule(name, cron, data) {
      open();
      if (cron === null) {
        schedules.delete(name);
        return;
      }
      const parsed = readCron(cron);
      schedules.set(name, { name, data, cron: parsed, next: parsed.nextRun(clock.now()) });
      clearTimeout(timer);
      timer = undefined;
      nap();
    },

    async start() {
      open();
      if (phase === 'started') return;
      await recover();
      phase = 'started';
      lastTick = clock.now().getTime();
      for (const schedule of schedules.values()) schedule.next = schedule.cron.nextRun(clock.now());
      following = store.follow('job-queue', { collections: ['jobs'], from: 'beginning' }, learn);
      await following.caughtUp();
      for (const [name, ids] of ready) {
        if (!handlers.has(name)) log.warn({ job: name, waiting: ids.size }, 'jobs wait whose name has no handler');
      }
      nap();
    },

    async idle() {
      for (;;) {
        if (phase === 'closing' || phase === 'closed') return;
        if (following) {
          await following.caughtUp();
          if (quiet()) return;
          await new Promise<void>((resolve) => {
            const wake = () => {
              settled.delete(wake);
              resolve();
            };
            settled.add(wake);
          });
        } else {
          // Another process runs the jobs, or will: the store tells how far it is.
          if (!(await book.busy(handlers.keys()))) return;
          await new Promise((resolve) => setTimeout(resolve, longestNapMs));
        }
      }
    },

    counts: book.counts,
    failed: book.failed,
    list: (given = {}) => book.list(given, handlers),

    async retry(id) {
      open();
      await book.retry(id);
    },

    forget: book.forget,

    ping: () => store.ping(),

    close(timeoutMs = defaultCloseMs) {
      closing ??= drain(timeoutMs);
      return closing;
    },
  };
}
