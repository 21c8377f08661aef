import type { EntryKind } from './entry.ts';
import type { Stored } from './record.ts';

/**
 * A version of a record that the search index refused for good: it is in no search until the record is changed or the cause
 * is mended and the index filled again. `id` is `need/ID` or `achievement/ID`.
 */
export interface IndexRefusal extends Stored {
  readonly recordKind: EntryKind;
  readonly recordId: string;
  readonly recordVersion: number;
  /** What the index said, in Chinese where it is ours. */
  readonly reason: string;
}
