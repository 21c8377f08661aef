import { Conflict, Duplicate, NotFound, QianxianError } from '../domain/errors.ts';
import { randomId } from '../domain/ids.ts';
import type { Unstored } from '../domain/record.ts';
import type { Clock } from './clock.ts';
import type { FailedJob, Job, JobListOptions, JobOptions, JobQueue, JobSummary } from './job-queue.ts';
import type { Collection, JobRecord, Page, RecordStore } from './record-store.ts';

const maxReason = 1_000;
const maxBackoffMs = 24 * 3600_000;
/** A job whose process was killed so often is held to be the reason, and is not begun again by itself. */
export const mostKills = 5;

/** A handler with its defaults filled in. */
export interface JobHandler {
  readonly handle: (job: Job, signal: AbortSignal) => Promise<void>;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly concurrency: number;
  readonly title: string | undefined;
}

export function jobHandlerOf(handle: Parameters<JobQueue['handle']>[1], given: JobOptions = {}): JobHandler {
  return {
    // A handler that throws at once is one that rejects.
    handle: async (job, signal) => handle(job as Parameters<typeof handle>[0], signal),
    attempts: Math.max(1, given.attempts ?? 3),
    backoffMs: Math.max(0, given.backoffMs ?? 1_000),
    concurrency: Math.max(1, given.concurrency ?? 1),
    title: given.title,
  };
}

/**
 * Jobs as the record store keeps them, for every queue: whatever hands them out, what a job is and what became of it stands
 * here. Each method is one write by compare-and-set; those on a job that somebody else has changed throw `conflict`, or
 * `not_found` where it is gone.
 */
export interface JobBook {
  readonly jobs: Collection<JobRecord>;
  /** Answers the job, or the one that has the key already. */
  insert(name: string, data: unknown, given: { key?: string; delayMs?: number }): Promise<JobRecord>;
  /** Takes a waiting job for this process, as its next try; undefined where somebody else was first. */
  begin(waiting: JobRecord): Promise<JobRecord | undefined>;
  end(running: JobRecord): Promise<void>;
  /** After a try that failed: the job waits for the next one, or is kept as failed for good. */
  endTry(running: JobRecord, handler: JobHandler | undefined, reason: string): Promise<JobRecord>;
  /** After a try that a kill ended: it is made up for, and the next one comes at once; after `mostKills` none does. */
  endKilled(running: JobRecord): Promise<JobRecord>;
  /** After an orderly cut, which does not use up a try. */
  putBack(running: JobRecord): Promise<JobRecord>;
  counts: JobQueue['counts'];
  failed: JobQueue['failed'];
  /** Jobs that are not done, those that changed last first, with what the handlers say of them. */
  list(options: JobListOptions, handlers: ReadonlyMap<string, JobHandler>): Promise<Page<JobSummary>>;
  /** Answers the job that waits now; undefined where the same work was added again meanwhile and will be done by that job. */
  retry(id: string): Promise<JobRecord | undefined>;
  forget(id: string): Promise<void>;
  /** Whether a job of these names could run now, or runs. */
  busy(names: Iterable<string>): Promise<boolean>;
}

export function createJobBook(options: { store: RecordStore; clock: Clock }): JobBook {
  const { store, clock } = options;
  const jobs = store.collection('jobs');

  function later(ms: number): string {
    return new Date(clock.now().getTime() + ms).toISOString();
  }

  function endTry(running: JobRecord, handler: JobHandler | undefined, reason: string): Promise<JobRecord> {
    if (handler && isLastTry(running, handler)) {
      return jobs.update(running.id, running.version, asFailed(running, reason));
    }
    const failures = running.attempts - (running.kills ?? 0);
    const pause = Math.min((handler?.backoffMs ?? 0) * 2 ** (failures - 1), maxBackoffMs);
    return jobs.update(running.id, running.version, {
      ...unstoredJob(running),
      state: 'waiting',
      runAt: later(pause),
      reason,
    });
  }

  async function failedJob(id: string): Promise<JobRecord> {
    const record = await jobs.get(id);
    if (!record) throw new NotFound('没有找到这个任务，可能已经完成或被删除');
    if (record.state !== 'failed') throw new QianxianError('conflict', '这个任务没有失败，正在等待或运行，不需要处理');
    return record;
  }

  return {
    jobs,

    async insert(name, data, given) {
      checkJobName(name);
      for (;;) {
        const document: Unstored<JobRecord> = {
          id: randomId(),
          name,
          key: given.key ?? null,
          data: data ?? null,
          state: 'waiting',
          attempts: 0,
          runAt: later(given.delayMs ?? 0),
        };
        try {
          return await jobs.insert(document);
        } catch (error) {
          if (!(error instanceof Duplicate) || given.key === undefined) throw error;
        }
        const there = (await jobs.find({ where: { name, key: given.key }, limit: 1 })).items[0];
        // Gone since: it ended, or failed for good, and the key is free again.
        if (there) return there;
      }
    },

    async begin(waiting) {
      try {
        return await jobs.update(waiting.id, waiting.version, {
          ...unstoredJob(waiting),
          state: 'running',
          attempts: waiting.attempts + 1,
        });
      } catch (error) {
        if (error instanceof Conflict || error instanceof NotFound) return undefined;
        throw error;
      }
    },

    end: (running) => jobs.remove(running.id, running.version),

    endTry,

    endKilled(running) {
      const kills = (running.kills ?? 0) + 1;
      const document =
        kills < mostKills
          ? { ...unstoredJob(running), state: 'waiting' as const, runAt: later(0), reason: '执行中程序被终止' }
          : asFailed(running, `执行中程序被终止了 ${kills} 次，可能正是这个任务造成的；请查看日志和内存，再重试`);
      return jobs.update(running.id, running.version, { ...document, kills });
    },

    putBack(running) {
      return jobs.update(running.id, running.version, {
        ...unstoredJob(running),
        state: 'waiting',
        attempts: running.attempts - 1,
        runAt: later(0),
      });
    },

    async counts() {
      const now = later(0);
      const [waiting, delayed, running, failed] = await Promise.all([
        jobs.count({ state: 'waiting', runAt: { lte: now } }),
        jobs.count({ state: 'waiting', runAt: { gt: now } }),
        jobs.count({ state: 'running' }),
        jobs.count({ state: 'failed' }),
      ]);
      return { waiting, running, delayed, failed };
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

    async list({ state, limit, cursor }, handlers) {
      const page = await jobs.find({
        ...(state ? { where: { state } } : {}),
        order: { by: 'updatedAt', direction: 'desc' },
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { ...page, items: page.items.map((record) => summaryOf(record, handlers.get(record.name))) };
    },

    async retry(id) {
      const record = await failedJob(id);
      const { failedKey, reason: _, kills: __, ...rest } = unstoredJob(record);
      try {
        return await jobs.update(id, record.version, {
          ...rest,
          key: failedKey ?? null,
          state: 'waiting',
          attempts: 0,
          runAt: later(0),
        });
      } catch (error) {
        if (!(error instanceof Duplicate)) throw error;
        await jobs.remove(id, record.version);
        return undefined;
      }
    },

    async forget(id) {
      const record = await failedJob(id);
      await jobs.remove(id, record.version);
    },

    async busy(names) {
      for (const name of names) {
        if ((await jobs.count({ name, state: 'waiting', runAt: { lte: later(0) } })) > 0) return true;
        if ((await jobs.count({ name, state: 'running' })) > 0) return true;
      }
      return false;
    },
  };
}

/** Engines make keys and channels of names, and must be able to tell the parts again. */
export function checkJobName(name: string): void {
  if (!/^[\w.-]+$/.test(name)) throw new Error(`a job cannot be named “${name}”`);
}

/** Whether somebody else has changed or ended the job since it was read. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Conflict || error instanceof NotFound;
}

/** Whether a failure of the try that was begun would be for good. Tries that a kill ended are made up for. */
export function isLastTry({ attempts, kills = 0 }: JobRecord, handler: JobHandler): boolean {
  return attempts >= handler.attempts + kills;
}

/** The begun try as its handler gets it. */
export function jobOf(begun: JobRecord, handler: JobHandler): Job {
  const { id, name, data, attempts } = begun;
  return { id, name, data, attempt: attempts, isLastTry: isLastTry(begun, handler) };
}

/** The job as the store wants it back. */
export function unstoredJob(record: JobRecord): Unstored<JobRecord> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = record;
  return rest;
}

function summaryOf(record: JobRecord, handler: JobHandler | undefined): JobSummary {
  const { id, name, state, attempts } = record;
  return {
    id,
    name,
    title: handler?.title ?? name,
    key: record.key ?? record.failedKey ?? null,
    state,
    attempts,
    mostAttempts: handler ? handler.attempts + (record.kills ?? 0) : null,
    addedAt: record.createdAt,
    nextTryAt: state === 'waiting' ? record.runAt : null,
    failedAt: state === 'failed' ? record.updatedAt : null,
    reason: record.reason ?? null,
  };
}

function asFailed(record: JobRecord, reason: string): Unstored<JobRecord> {
  return {
    ...unstoredJob(record),
    state: 'failed',
    key: null,
    ...(record.key === null ? {} : { failedKey: record.key }),
    reason,
  };
}

/** The message of what a handler threw, fit to be stored. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, maxReason)
    .replace(/\p{Cs}/gu, '\uFFFD');
}

/**
 * Writes down what became of a job, however long the store is away: a job that is done must not stay running. Gives up with
 * `conflict` or `not_found` where somebody else has taken it over, and with the last error where `givenUp` says so.
 */
export async function untilStored<T>(
  write: () => Promise<T>,
  options: { readonly givenUp: () => boolean; readonly onFailure: (error: unknown, pauseMs: number) => void },
): Promise<T> {
  for (let pause = storePauseMs; ; pause = Math.min(pause * 2, longestStorePauseMs)) {
    try {
      return await write();
    } catch (error) {
      if (isOvertaken(error) || options.givenUp()) throw error;
      options.onFailure(error, pause);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Pause before the store is asked again after it failed; doubled while it goes on failing. */
export const storePauseMs = 200;
const longestStorePauseMs = 5_000;

/** Waits for `work`, but no longer than `ms`; answers whether it was done by then. What it throws, it throws. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
