import type { Clock } from '../../ports/clock.ts';

/** The computer's own time. */
export const systemClock: Clock = { now: () => new Date() };
