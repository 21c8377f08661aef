import type { RateCounter } from '../../ports/rate-counter.ts';

interface Window {
  count: number;
  /** Milliseconds of the computer's clock. */
  readonly endsAt: number;
}

/** Of so many of the oldest windows the one with the fewest hits makes room for a new key. */
const oldestLookedAt = 32;

/**
 * Counts in memory. At most `mostKeys` windows are kept (default 100,000, about 20 MB): when they are full, one that has run out makes
 * room, else of the oldest the one with the fewest hits, so that a source near its limit cannot make itself forgotten with
 * a flood of other keys. Windows are durations and go by the computer's clock, as expiry in a server does.
 */
export function createRateCounter(
  options: { readonly mostKeys?: number; readonly now?: () => number } = {},
): RateCounter & { readonly size: number } {
  const { mostKeys = 100_000, now = Date.now } = options;
  /** In the order of their beginnings. */
  const windows = new Map<string, Window>();

  function makeRoom(at: number): void {
    let least: { key: string; count: number } | undefined;
    let looked = 0;
    for (const [key, window] of windows) {
      if (window.endsAt <= at) {
        least = { key, count: 0 };
        break;
      }
      if (!least || window.count < least.count) least = { key, count: window.count };
      looked += 1;
      if (looked === oldestLookedAt) break;
    }
    if (least) windows.delete(least.key);
  }

  return {
    get size() {
      return windows.size;
    },

    async hit(key, windowMs) {
      const at = now();
      let window = windows.get(key);
      // A clock that was set back must not make a window last longer than it should.
      if (window && (window.endsAt <= at || window.endsAt > at + windowMs)) {
        windows.delete(key);
        window = undefined;
      }
      if (!window) {
        if (windows.size >= mostKeys) makeRoom(at);
        window = { count: 0, endsAt: at + windowMs };
        windows.set(key, window);
      }
      window.count += 1;
      return { count: window.count, resetAt: new Date(window.endsAt) };
    },

    async forget(key) {
      windows.delete(key);
    },
  };
}
