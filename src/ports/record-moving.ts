import type { DomainEvent, Stored } from '../domain/record.ts';
import type { CollectionName, RecordStore } from './record-store.ts';

/** An event that some consumer has still to handle, with its place in the feed, which makes its id. */
export interface MovedEvent {
  readonly version: number;
  readonly position: number;
  readonly event: DomainEvent;
}

/** A document as it lies in a store, or what is left of a removed one, and what consumers have still to be told of it. */
export interface MovedRecord {
  readonly id: string;
  readonly version: number;
  /** Null where it was removed. */
  readonly document: Stored | null;
  /** ISO time, of a removed one. */
  readonly removedAt?: string;
  /** Its place in the order of writes of this store, growing; means nothing in another. */
  readonly place: number;
  /** By the name of a consumer that has not handled everything: the first version that it has still to be told of. */
  readonly waiting: Readonly<Record<string, number>>;
  /** By version and position: those that a consumer in `waiting` gets, and all that are kept where nobody follows yet. */
  readonly events: readonly MovedEvent[];
}

/** Consumers that have a checkpoint, by collection. */
export type ConsumersOf = Readonly<Partial<Record<CollectionName, readonly string[]>>>;

/** What a move finds in its target. */
export type MoveState =
  | { readonly kind: 'empty' }
  /** Records that no move has put there. */
  | { readonly kind: 'records' }
  /** A move from `source` began and has not ended. */
  | { readonly kind: 'begun'; readonly source: string }
  /** A move from `source` ended; services may have written since. */
  | { readonly kind: 'moved'; readonly source: string };

/**
 * Documents as they are, for a move from one store into another, whatever engines they are. No service may run on either.
 *
 * Promises
 * - `walk` and `read` give every document with its version and times, removals too, and speak of the given consumers alone.
 * - Between `begin` and `end` a store opens only for a move, in whatever process, so that nobody serves half of it.
 * - `put` adds documents that are not there, each atomic; their place in the feed is behind all that were put before. It
 *   throws `Duplicate` where an id or a unique key is taken, and may then have put others.
 * - After `end`, a consumer gets what waited for it and nothing else: every event once, with the id that it had.
 */
export interface RecordMoving {
  consumers(): Promise<ConsumersOf>;
  walk(collection: CollectionName, consumers: readonly string[]): AsyncIterable<MovedRecord>;
  /** In any order, without those that are missing. */
  read(collection: CollectionName, ids: readonly string[], consumers: readonly string[]): Promise<MovedRecord[]>;
  state(): Promise<MoveState>;
  /** Marks an empty store as one that is filled from `source`, a name for people, and makes its consumers known. */
  begin(source: string, consumers: ConsumersOf): Promise<void>;
  put(collection: CollectionName, records: readonly MovedRecord[]): Promise<void>;
  /** Takes documents away that a move has put, without a trace. */
  forget(collection: CollectionName, ids: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

/** A store of which documents can be moved as they are. */
export interface MovableStore extends RecordStore {
  readonly moving: RecordMoving;
}

/** Where a consumer stands with a document that was written in `version`, or undefined where nothing waits for it. */
export function firstWaiting(
  version: number,
  handled: number,
  events: readonly { readonly version: number }[],
): number | undefined {
  if (handled >= version) return undefined;
  return Math.min(version, ...events.filter((one) => one.version > handled).map((one) => one.version));
}

/** Of the events of a document those that a move takes along. */
export function movedEvents<E extends { readonly version: number; readonly position: number }>(
  events: readonly E[],
  waiting: Readonly<Record<string, number>>,
  consumers: readonly string[],
): E[] {
  const firsts = Object.values(waiting);
  // Where nobody follows yet, whoever begins gets what is kept.
  const first = consumers.length === 0 ? 0 : Math.min(...firsts, Number.POSITIVE_INFINITY);
  return events
    .filter(({ version }) => version >= first)
    .sort((a, b) => a.version - b.version || a.position - b.position);
}
