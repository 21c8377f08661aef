import { QianxianError } from '../../domain/errors.ts';

/** Failures in a row after which nobody is let through. */
const failuresToOpen = 3;
const firstPauseMs = 500;
const longestPauseMs = 30_000;

/**
 * Keeps requests from a server that does not answer: after three failures in a row everybody is refused at once for a
 * pause, then one may try; each failed try doubles the pause, one success ends it. Pauses differ by chance, so that many
 * processes do not come back in step.
 */
export interface SearchCircuit {
  /** Throws `unavailable` while nobody is let through. Answers whether it is the one that tries. */
  enter(): boolean;
  succeeded(): void;
  failed(): void;
  /** Whether the server is held to be away. */
  readonly isOpen: boolean;
}

export function createSearchCircuit(options: {
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Hears when the server is held to be away, and when it is back. */
  readonly onChange: (isOpen: boolean) => void;
}): SearchCircuit {
  const { now, random, onChange } = options;
  let failures = 0;
  let opened = 0;
  let closedUntil = 0;
  let trying = false;

  return {
    get isOpen() {
      return opened > 0;
    },
    enter() {
      if (opened === 0) return false;
      const wait = closedUntil - now();
      if (wait <= 0 && !trying) {
        trying = true;
        return true;
      }
      throw new QianxianError('unavailable', '检索服务暂时连不上，请稍后再试', {
        retryAfter: Math.max(1, Math.ceil(wait / 1000)),
      });
    },
    succeeded() {
      failures = 0;
      trying = false;
      if (opened === 0) return;
      opened = 0;
      onChange(false);
    },
    failed() {
      failures++;
      trying = false;
      // Requests that were under way when it opened tell nothing new.
      if (opened > 0 && now() < closedUntil) return;
      if (opened === 0 && failures < failuresToOpen) return;
      opened++;
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(opened - 1, 10));
      closedUntil = now() + pause * (0.5 + random() / 2);
      if (opened === 1) onChange(true);
    },
  };
}
