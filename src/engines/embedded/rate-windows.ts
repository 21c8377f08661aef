/** A key's present window, as this process knows it. */
export interface RateWindow {
  /** Hits that came here. */
  own: number;
  /** Hits that are known to have come elsewhere. */
  others: number;
  /** Milliseconds of the computer's clock. */
  endsAt: number;
}

export interface RateWindows {
  /** The window that a hit at this moment falls into, its own count raised. */
  hit(key: string, windowMs: number): RateWindow;
  /** Takes one of this process's hits back, where there is one. */
  takeBack(key: string): void;
  forget(key: string): void;
  readonly size: number;
}

/** About 20 MB. */
const defaultMostKeys = 100_000;
/** Of so many of the oldest windows the one with the fewest hits makes room for a new key. */
const oldestLookedAt = 32;

/**
 * Windows in memory, at most `mostKeys`: when they are full, one that has run out makes room, else of the oldest the one with the
 * fewest hits, so that a source near its limit cannot make itself forgotten with a flood of other keys. Windows are durations and
 * go by the computer's clock, as expiry in a server does.
 */
export function createRateWindows(
  options: { readonly mostKeys?: number; readonly now?: () => number } = {},
): RateWindows {
  const { mostKeys = defaultMostKeys, now = Date.now } = options;
  /** In the order of their beginnings. */
  const windows = new Map<string, RateWindow>();

  function makeRoom(at: number): void {
    let least: { key: string; count: number } | undefined;
    let looked = 0;
    for (const [key, { own, others, endsAt }] of windows) {
      if (endsAt <= at) {
        least = { key, count: 0 };
        break;
      }
      if (!least || own + others < least.count) least = { key, count: own + others };
      looked += 1;
      if (looked === oldestLookedAt) break;
    }
    if (least) windows.delete(least.key);
  }

  return {
    get size() {
      return windows.size;
    },

    hit(key, windowMs) {
      const at = now();
      let window = windows.get(key);
      // A clock that was set back must not make a window last longer than it should.
      if (window && (window.endsAt <= at || window.endsAt > at + windowMs)) {
        windows.delete(key);
        window = undefined;
      }
      if (!window) {
        if (windows.size >= mostKeys) makeRoom(at);
        window = { own: 0, others: 0, endsAt: at + windowMs };
        windows.set(key, window);
      }
      window.own += 1;
      return window;
    },

    takeBack(key) {
      const window = windows.get(key);
      if (window && window.own > 0 && window.endsAt > now()) window.own -= 1;
    },

    forget(key) {
      windows.delete(key);
    },
  };
}
