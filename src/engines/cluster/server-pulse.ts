import { presentRequestTime, type RequestTime } from '../../ports/request-time.ts';

const lookMs = 50;
/** So many looks in a row without a sign of life mean that the server is silent: 0.3 s, and more where this process is busy. */
const looksToSilence = 6;

/**
 * What this process knows of whether a server answers at all. A call has a limit of its own; a request of many calls has
 * none, so past the end of its time (`ports/request-time.ts`) a call is waited for only as long as the server gives signs of
 * life. Who is merely slow is waited for as before.
 */
export interface ServerPulse {
  /** The server answered a call, be it by a refusal. */
  answered(): void;
  /** A call ended without an answer. */
  unanswered(): void;
  /**
   * Does the work and answers what it answers. Past the end of the present request's time it throws `givenUp()`: at once
   * where the last call was not answered or one of this request was given up before, else when the server is silent. The signal tells the work that nobody waits any
   * more; what was sent may still take effect, as after any limit.
   */
  await<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R>;
}

export function createServerPulse(options: {
  /** Asks the server for a sign of life; answers whether there was one. */
  readonly ask: () => Promise<boolean>;
  readonly givenUp: () => Error;
}): ServerPulse {
  const { ask, givenUp } = options;
  let answers = 0;
  let lastWasAnswered = true;
  let asking = false;

  const answered = (): void => {
    answers++;
    lastWasAnswered = true;
  };

  const askOnce = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      if (await ask()) answered();
    } catch {
      // Silence, like any other.
    } finally {
      asking = false;
    }
  };

  /** Calls back when the time is over and the server is silent; answers a function that ends the watch. */
  const watch = (time: RequestTime, onSilence: () => void): (() => void) => {
    let timer: NodeJS.Timeout;
    let known = 0;
    let looks = 0;
    // Looks are counted and not milliseconds: between two of them this process has read what came in, however busy it is.
    const look = (): void => {
      if (presentRequestTime() !== time) return;
      if (answers !== known) {
        known = answers;
        looks = 0;
      }
      if (looks++ >= looksToSilence) onSilence();
      else {
        void askOnce();
        timer = setTimeout(look, lookMs);
      }
    };
    timer = setTimeout(
      () => {
        known = answers;
        look();
      },
      Math.max(0, time.endsAt - performance.now()),
    );
    return () => clearTimeout(timer);
  };

  return {
    answered,
    unanswered() {
      lastWasAnswered = false;
    },
    async await(work) {
      const time = presentRequestTime();
      const nobody = new AbortController();
      if (!time) return work(nobody.signal);
      const isOver = performance.now() >= time.endsAt;
      if (time.isSpent || (isOver && !lastWasAnswered)) throw givenUp();
      let endWatch = (): void => {};
      const silence = new Promise<never>((_, reject) => {
        endWatch = watch(time, () => {
          lastWasAnswered = false;
          time.spend();
          reject(givenUp());
          nobody.abort();
        });
      });
      const working = work(nobody.signal);
      working.catch(() => {});
      try {
        return await Promise.race([working, silence]);
      } finally {
        endWatch();
      }
    },
  };
}
