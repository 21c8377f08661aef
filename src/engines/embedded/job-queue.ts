import { Cron } from 'croner';
import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FailedJob, Job, JobOptions, JobQueue } from '../../ports/job-queue.ts';
import type { Log } from '../../ports/log.ts';
import type { Change, Following, JobRecord, RecordStore } from '../../ports/record-store.ts';

/**
 * Delayed and scheduled jobs are looked at so often at least: the clock is a port, and may be set or moved while a timer
 * of the computer sleeps.
 */
const longestNapMs = 250;
const defaultCloseMs = 10_000;
/** What was told to stop gets so long to do so. */
const abortGraceMs = 1_000;
/** Pause before the store is asked again after it failed; doubled while it goes on failing. */
const storePauseMs = 200;
const longestStorePauseMs = 5_000;
const maxReason = 1_000;
const maxBackoffMs = 24 * 3600_000;
/** A scheduled time that lies further ahead than this after the clock went back is worked out anew. */
const clockWentBackMs = 60_000;

interface Handler {
  readonly handle: (job: Job, signal: AbortSignal) => Promise<void>;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly concurrency: number;
}

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
 * finds running was cut off by a kill, and is put back with its try counted.
 * Scheduled times are kept in memory: a time that passes while nothing runs is not made up for.
 */
export function createJobQueue(options: { store: RecordStore; clock: Clock; log: Log }): JobQueue {
  const { store, clock, log } = options;
  const jobs = store.collection('jobs');
  const handlers = new Map<string, Handler>();
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

  async function run(id: string, handler: Handler): Promise<void> {
    const record = await jobs.get(id);
    if (record?.state !== 'waiting') return;
    let claimed: JobRecord;
    try {
      claimed = await jobs.update(id, record.version, {
        ...unstored(record),
        state: 'running',
        attempts: record.attempts + 1,
      });
    } catch (error) {
      // Somebody else changed it first; the feed tells what became of it.
      if (error instanceof Conflict || error instanceof NotFound) return;
      throw error;
    }
    const facts = { job: claimed.name, id, attempt: claimed.attempts };
    let failure: unknown;
    let failed = false;
    try {
      await handler.handle({ id, name: claimed.name, data: claimed.data, attempt: claimed.attempts }, abort.signal);
    } catch (error) {
      failure = error;
      failed = true;
    }
    // Cut off by `close`, which has put the job back already and may have let the store go.
    if (phase === 'closed') return;
    if (!failed) {
      await recorded(() => jobs.remove(id, claimed.version));
      log.debug(facts, 'job done');
    } else if (abort.signal.aborted) {
      await recorded(() => putBack(claimed));
      log.info(facts, 'job cut off, runs again after the next start');
    } else if (claimed.attempts >= handler.attempts) {
      await recorded(() => jobs.update(id, claimed.version, asFailed(claimed, reasonOf(failure))));
      log.error({ ...facts, err: failure }, 'job failed for good');
    } else {
      const pause = Math.min(handler.backoffMs * 2 ** (claimed.attempts - 1), maxBackoffMs);
      await recorded(() =>
        jobs.update(id, claimed.version, {
          ...unstored(claimed),
          state: 'waiting',
          runAt: later(pause),
          reason: reasonOf(failure),
        }),
      );
      log.warn({ ...facts, err: failure, pause }, 'job failed, tries again');
    }
  }

  /** Writes down what became of a job, however long the store is away: a job that is done must not stay running. */
  async function recorded(write: () => Promise<unknown>): Promise<void> {
    for (let pause = storePauseMs; ; pause = Math.min(pause * 2, longestStorePauseMs)) {
      try {
        await write();
        return;
      } catch (error) {
        if (error instanceof Conflict || error instanceof NotFound || phase === 'closed') throw error;
        log.error({ err: error, pause }, 'the end of a job could not be stored, tries again');
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** An orderly cut does not use up a try. */
  async function putBack(claimed: JobRecord): Promise<void> {
    await jobs.update(claimed.id, claimed.version, {
      ...unstored(claimed),
      state: 'waiting',
      attempts: claimed.attempts - 1,
      runAt: later(0),
    });
  }

  function later(ms: number): string {
    return new Date(clock.now().getTime() + ms).toISOString();
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
        await insert(schedule.name, schedule.data, { key: `schedule:${time}` });
      } catch (error) {
        schedule.next = new Date(time);
        log.error({ err: error, job: schedule.name, time }, 'a scheduled job could not be added, tries again');
      }
    }
    dispatch();
  }

  async function insert(name: string, data: unknown, given: { key?: string; delayMs?: number }): Promise<string> {
    for (;;) {
      const id = randomId();
      const document: Unstored<JobRecord> = {
        id,
        name,
        key: given.key ?? null,
        data: data ?? null,
        state: 'waiting',
        attempts: 0,
        runAt: later(given.delayMs ?? 0),
      };
      try {
        await jobs.insert(document);
        return id;
      } catch (error) {
        if (!(error instanceof Duplicate) || given.key === undefined) throw error;
      }
      const there = await withKey(name, given.key);
      // Gone since: it ended, or failed for good, and the key is free again.
      if (there) return there.id;
    }
  }

  async function withKey(name: string, key: string): Promise<JobRecord | undefined> {
    return (await jobs.find({ where: { name, key }, limit: 1 })).items[0];
  }

  async function failedJob(id: string): Promise<JobRecord> {
    const record = await jobs.get(id);
    if (!record) throw new NotFound('没有找到这个任务，可能已经完成或被删除');
    if (record.state !== 'failed') throw new QianxianError('conflict', '这个任务没有失败，正在等待或运行，不需要处理');
    return record;
  }

  /** What a killed process left running is put back; its try counts, so that a job which kills the process ends. */
  async function recover(): Promise<void> {
    for await (const record of jobs.stream({ state: 'running' })) {
      const handler = handlers.get(record.name);
      const reason = '执行中程序被终止';
      const facts = { job: record.name, id: record.id, attempt: record.attempts };
      try {
        if (handler && record.attempts >= handler.attempts) {
          await jobs.update(record.id, record.version, asFailed(record, reason));
          log.error(facts, 'job was cut off by a kill on its last try');
        } else {
          await jobs.update(record.id, record.version, {
            ...unstored(record),
            state: 'waiting',
            runAt: later(0),
            reason,
          });
          log.warn(facts, 'job was cut off by a kill, runs again');
        }
      } catch (error) {
        if (!(error instanceof Conflict || error instanceof NotFound)) throw error;
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
        if (record?.state === 'running') await putBack(record);
      } catch (error) {
        // It ended at the last moment.
        if (error instanceof Conflict || error instanceof NotFound) continue;
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
    handle(name, handler, given: JobOptions = {}) {
      if (phase !== 'new') throw new Error(`handler of ${name} comes after start`);
      if (handlers.has(name)) throw new Error(`two handlers of ${name}`);
      handlers.set(name, {
        handle: async (job, signal) => handler(job as Parameters<typeof handler>[0], signal),
        attempts: Math.max(1, given.attempts ?? 3),
        backoffMs: Math.max(0, given.backoffMs ?? 1_000),
        concurrency: Math.max(1, given.concurrency ?? 1),
      });
    },

    async add(name, data, given = {}) {
      open();
      return insert(name, data, given);
    },

    async schedule(name, cron, data) {
      open();
      let parsed: Cron;
      try {
        parsed = new Cron(cron, { timezone: 'Asia/Shanghai', paused: true });
      } catch (cause) {
        throw new QianxianError(
          'misconfigured',
          `“${cron}”不是有效的 cron，请写成“分 时 日 月 星期”，例如 0 6 * * 1（每周一六点）`,
          { cause },
        );
      }
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
          let busy = false;
          for (const name of handlers.keys()) {
            busy ||= (await jobs.count({ name, state: 'waiting', runAt: { lte: later(0) } })) > 0;
            busy ||= (await jobs.count({ name, state: 'running' })) > 0;
          }
          if (!busy) return;
          await new Promise((resolve) => setTimeout(resolve, longestNapMs));
        }
      }
    },

    async counts() {
      const now = later(0);
      const [waiting, delayedCount, runningCount, failed] = await Promise.all([
        jobs.count({ state: 'waiting', runAt: { lte: now } }),
        jobs.count({ state: 'waiting', runAt: { gt: now } }),
        jobs.count({ state: 'running' }),
        jobs.count({ state: 'failed' }),
      ]);
      return { waiting, running: runningCount, delayed: delayedCount, failed };
    },

    async failed() {
      const found: FailedJob[] = [];
      for await (const record of jobs.stream({ state: 'failed' })) {
        found.push({
          id: record.id,
          name: record.name,
          data: record.data,
          attempts: record.attempts,
          failedAt: record.updatedAt,
          reason: record.reason ?? '',
        });
      }
      return found.sort((a, b) => (a.failedAt < b.failedAt ? -1 : a.failedAt > b.failedAt ? 1 : 0));
    },

    async retry(id) {
      open();
      const record = await failedJob(id);
      const { failedKey, reason: _, ...rest } = unstored(record);
      try {
        await jobs.update(id, record.version, {
          ...rest,
          key: failedKey ?? null,
          state: 'waiting',
          attempts: 0,
          runAt: later(0),
        });
      } catch (error) {
        if (!(error instanceof Duplicate)) throw error;
        // The same work was added again meanwhile and will be done by that job.
        await jobs.remove(id, record.version);
      }
    },

    async forget(id) {
      const record = await failedJob(id);
      await jobs.remove(id, record.version);
    },

    close(timeoutMs = defaultCloseMs) {
      closing ??= drain(timeoutMs);
      return closing;
    },
  };
}

function unstored(record: JobRecord): Unstored<JobRecord> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = record;
  return rest;
}

function asFailed(record: JobRecord, reason: string): Unstored<JobRecord> {
  return {
    ...unstored(record),
    state: 'failed',
    key: null,
    ...(record.key === null ? {} : { failedKey: record.key }),
    reason,
  };
}

/** The message of what a handler threw, fit to be stored. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, maxReason)
    .replace(/\p{Cs}/gu, '\uFFFD');
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
