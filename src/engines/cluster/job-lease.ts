import { isOvertaken, unstoredJob, untilStored } from '../../ports/job-book.ts';
import type { Collection, JobRecord } from '../../ports/record-store.ts';

/** This process's hold on a running job. */
export interface JobLease {
  /**
   * Ends the lease with a write that says what became of the job, however long the store is away. Undefined where another
   * process has taken the job over.
   */
  settle<T>(write: (newest: JobRecord) => Promise<T>): Promise<T | undefined>;
}

/**
 * Holds a job by writing it anew from time to time, so that its version moves: others take a job over whose version stands
 * still. `onLost` is called when that has happened.
 */
export function holdJob(options: {
  jobs: Collection<JobRecord>;
  claimed: JobRecord;
  everyMs: number;
  onLost: () => void;
  givenUp: () => boolean;
  onFailure: (error: unknown, pauseMs: number) => void;
}): JobLease {
  const { jobs, claimed } = options;
  let newest = claimed;
  let over = false;
  let renewing: Promise<void> = Promise.resolve();

  /**
   * A write whose answer got lost has moved the version without our knowing. The number of the try tells whose the job is:
   * whoever takes it over begins another.
   */
  async function onNewest<T>(write: (newest: JobRecord) => Promise<T>): Promise<T> {
    try {
      return await write(newest);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      const there = await jobs.get(claimed.id);
      if (there?.state !== 'running' || there.attempts !== claimed.attempts || there.version === newest.version) {
        throw error;
      }
      newest = there;
      return write(newest);
    }
  }

  async function renew(): Promise<void> {
    if (over) return;
    try {
      newest = await onNewest((seen) => jobs.update(seen.id, seen.version, unstoredJob(seen)));
    } catch (error) {
      if (!isOvertaken(error)) {
        options.onFailure(error, options.everyMs);
        return;
      }
      over = true;
      clearInterval(timer);
      options.onLost();
    }
  }

  const timer = setInterval(() => {
    renewing = renewing.then(renew);
  }, options.everyMs);
  timer.unref();

  return {
    async settle(write) {
      over = true;
      clearInterval(timer);
      await renewing;
      try {
        return await untilStored(() => onNewest(write), options);
      } catch (error) {
        if (isOvertaken(error)) return undefined;
        throw error;
      }
    },
  };
}
