import { AsyncLocalStorage } from 'node:async_hooks';
import { within } from './job-book.ts';

/** The time in which somebody who waits at a screen is to be answered; all that his request asks of servers shares it. */
export interface RequestTime {
  /** By `performance.now()`. */
  readonly endsAt: number;
  /** Whether a call was given up: the request is refused, and asks nobody anything more. */
  readonly isSpent: boolean;
  spend(): void;
  /** From now on it bounds nothing: the request was answered, or is one that takes long by its nature. */
  lift(): void;
}

class SharedTime implements RequestTime {
  readonly endsAt: number;
  isSpent = false;
  lifted = false;

  constructor(ms: number) {
    this.endsAt = performance.now() + ms;
  }

  spend(): void {
    this.isSpent = true;
  }

  lift(): void {
    this.lifted = true;
  }
}

const times = new AsyncLocalStorage<SharedTime | undefined>();

/** Does the work, whose calls to servers share these milliseconds until the time is lifted. No step knows of it. */
export function inRequestTime<T>(ms: number, work: (time: RequestTime) => T): T {
  const time = new SharedTime(ms);
  return times.run(time, () => work(time));
}

/** The time of the request that the present work is part of; undefined for what the clock or a consumer does. */
export function presentRequestTime(): RequestTime | undefined {
  const time = times.getStore();
  return time?.lifted ? undefined : time;
}

/** For what one request begins and others wait for as well, or what goes on after it. */
export function outsideRequestTime<T>(work: () => T): T {
  return times.run(undefined, work);
}

/** Waits for the work, but no longer than the present request has time; what it throws, it throws. */
export async function withinRequestTime(work: Promise<unknown>): Promise<void> {
  const time = presentRequestTime();
  if (!time) await work;
  else await within(Math.max(0, time.endsAt - performance.now()), work);
}
