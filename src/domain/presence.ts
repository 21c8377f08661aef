import type { Stored } from './record.ts';

/**
 * Who of the bureau looks at which pair right now. One document a person, whose id is his: written over and over without an
 * event, and void when nothing was heard for a while. Nothing is decided by it.
 */
export interface Presence extends Stored {
  readonly userId: string;
  /** Of the docket. */
  readonly week: string;
  readonly pairId: string;
  /** When it was last heard of. */
  readonly at: string;
}

/** Seconds after which somebody of whom nothing was heard is taken to have left; pages tell every ten. */
export const presenceSeconds = 30;

/** Whether it still holds at `now`. A clock that runs ahead in another process does not keep anybody for ever. */
export function isPresent({ at }: Pick<Presence, 'at'>, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(at)) <= presenceSeconds * 1000;
}
