/** How often a key was hit in its present window, this hit included, and when the window ends. */
export interface RateCount {
  readonly count: number;
  readonly resetAt: Date;
}

/**
 * Counts hits, so that limits of requests can be told.
 *
 * Promises
 * - A window begins with a key's first hit and ends `windowMs` later, whatever comes in between; the next hit begins another.
 * - Processes that share an engine count together. Where the engine is away, each counts for itself: a hit never fails, and
 *   never counts less than this process has seen.
 * - Memory is bounded, whatever keys come.
 */
export interface RateCounter {
  hit(key: string, windowMs: number): Promise<RateCount>;
  /** Takes one hit back, for instance of a request that came to nothing. Without a window that holds one it does nothing. */
  takeBack(key: string): Promise<void>;
  forget(key: string): Promise<void>;
}
