import type { Page } from './record-store.ts';

export interface Job<D = unknown> {
  readonly id: string;
  readonly name: string;
  readonly data: D;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Whether a failure of this try is for good. */
  readonly isLastTry: boolean;
}

export interface JobOptions {
  /** Tries in all, the first included (default 3). One that a kill ended is made up for. */
  readonly attempts?: number;
  /** Pause before the second try, doubled before each further one (default 1,000 ms). */
  readonly backoffMs?: number;
  /** Jobs of this name that run at once in this process (default 1). */
  readonly concurrency?: number;
  /** What people call such a job (Chinese); its name where there is none. */
  readonly title?: string;
}

export type JobState = 'waiting' | 'running' | 'failed';

/** A job as those see it who look after the service: what it is, how far it is, and why not further. */
export interface JobSummary {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  /** What it was added under, which tells whose work it is: a week, a part; null where it has none. */
  readonly key: string | null;
  readonly state: JobState;
  /** Tries that were begun, and how many there are in all, one more for each kill; null where this process does not know the name. */
  readonly attempts: number;
  readonly mostAttempts: number | null;
  readonly addedAt: string;
  /** When a waiting one is due; null for others. */
  readonly nextTryAt: string | null;
  /** When a failed one failed; null for others. */
  readonly failedAt: string | null;
  /** The last error's message, also of one that is tried again; null where none failed. */
  readonly reason: string | null;
}

export interface JobListOptions {
  readonly state?: JobState;
  /** 1–1,000, default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface FailedJob {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly attempts: number;
  readonly failedAt: string;
  /** The last error's message. */
  readonly reason: string;
}

/**
 * Work that outlives a request. Names are made of letters, digits, `_`, `-` and `.`.
 *
 * Promises
 * - At least once: an added job runs until its handler resolves or its tries are used up, also across a restart or kill.
 *   A try that a kill ended does not use one up, and the next one comes at once; but a job that five kills cut off is kept as
 *   failed, because it may be what kills. A job may run twice at once (its process was taken for dead, but was only slow):
 *   handlers are idempotent, and an effect is keyed in the record store, never here.
 * - Jobs run where `start` was called; any process may `add`, and may look at, retry and forget failed ones.
 * - `add` is answered within the store's limit and 2 s. The job is in the record store then; whatever hands jobs out may be
 *   away or be emptied meanwhile, and the job runs when it is back.
 * - `add` with a key that a job of the same name has, waiting or running, answers that job's id and adds nothing, in
 *   whatever process that job was added.
 * - A job of a name that has no handler waits; it is never dropped.
 * - A job whose tries are used up is kept with its reason until `retry` or `forget`.
 * - `list` pages through all jobs that are not done, those that changed last first, in whatever process they were added.
 * - `schedule` runs a job at the times of a cron pattern in Asia/Shanghai; a second `schedule` of the name replaces the first,
 *   null ends it. Many processes may schedule the same. Whether a time that passes while nothing runs is made up for is the
 *   engine's affair: a schedule is a reminder, and what must happen is asked for at the start.
 * - `close` takes no new work and waits for what runs, at most `timeoutMs`; what is cut off then runs again after a restart,
 *   or in another process, and the try does not count.
 */
export interface JobQueue {
  /** Names a handler; before `start`. Its signal is aborted when the job must stop: `close` ran out of time, or another process has taken the job over. */
  handle<D>(name: string, handler: (job: Job<D>, signal: AbortSignal) => Promise<void>, options?: JobOptions): void;
  add(name: string, data: unknown, options?: { key?: string; delayMs?: number }): Promise<string>;
  /** Throws `misconfigured` for a pattern that is none. */
  schedule(name: string, cron: string | null, data: unknown): Promise<void>;
  start(): Promise<void>;
  /** Resolves when nothing waits for its turn and nothing runs; delayed jobs, and those without a handler, do not count. For tests and command lines. */
  idle(): Promise<void>;
  counts(): Promise<{ waiting: number; running: number; delayed: number; failed: number }>;
  failed(): Promise<FailedJob[]>;
  list(options?: JobListOptions): Promise<Page<JobSummary>>;
  retry(id: string): Promise<void>;
  forget(id: string): Promise<void>;
  /** Throws `unavailable` where jobs are not handed out at present; those that are added meanwhile are kept. */
  ping(): Promise<void>;
  close(timeoutMs?: number): Promise<void>;
}
