import type { RateCounter } from '../../ports/rate-counter.ts';
import { createRateWindows } from './rate-windows.ts';

/** Counts in memory, for the one process that there is. */
export function createRateCounter(
  options: { readonly mostKeys?: number; readonly now?: () => number } = {},
): RateCounter & { readonly size: number } {
  const windows = createRateWindows(options);
  return {
    get size() {
      return windows.size;
    },
    async hit(key, windowMs) {
      const { own, endsAt } = windows.hit(key, windowMs);
      return { count: own, resetAt: new Date(endsAt) };
    },
    async takeBack(key) {
      windows.takeBack(key);
    },
    async forget(key) {
      windows.forget(key);
    },
  };
}
