import { importFileBytes } from '../../domain/import-file-rules.ts';
import type { ImportRow } from '../../domain/import-row.ts';

/** A file of rows that was found sound as a whole: it can be walked as often as needed, in bounded memory. */
export interface Table {
  /** Headings of the columns, or for JSONL the keys that occur, in the order of the file. */
  readonly columns: readonly string[];
  /** Rows of data, empty ones left out. */
  readonly rowCount: number;
  /** Chinese sentences on what was noticed, for instance further sheets that are not read. */
  readonly notes: readonly string[];
  rows(): AsyncIterable<ImportRow>;
  /** Removes temporary files. */
  close(): Promise<void>;
}

export const tableLimits = {
  fileBytes: importFileBytes,
  /** Of one line or record. */
  rowBytes: 1024 * 1024,
  rows: 2_000_000,
  columns: 500,
} as const;
