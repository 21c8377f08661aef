import { derivedId } from './ids.ts';
import type { DomainEvent, Stored } from './record.ts';

/**
 * A change that a consumer of the changes feed failed on again and again, put aside so that the others go on. What comes to the
 * same record later waits behind it, so that the order within a record holds. `id` is `parkedChangeId`.
 */
export interface ParkedChange extends Stored {
  readonly consumer: string;
  readonly collection: string;
  readonly recordId: string;
  /** The newest version that was handed over. */
  readonly recordVersion: number;
  /** Every event that the consumer has not handled, in order, each with its identity. */
  readonly events: readonly (DomainEvent & { readonly id: string })[];
  /** Why the last try failed. */
  readonly reason: string;
  /** Times that it was tried since it was put aside. */
  readonly tries: number;
  readonly parkedAt: string;
}

export function parkedChangeId(consumer: string, collection: string, recordId: string): string {
  return derivedId('parked', consumer, collection, recordId);
}
