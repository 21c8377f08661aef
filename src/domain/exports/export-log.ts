import type { Stored } from '../record.ts';
import type { ExportFormat, ExportKind } from './export-kinds.ts';

/** That somebody took a list out of the product: written before the first row leaves, completed when the last one has. */
export interface ExportLog extends Stored {
  readonly kind: ExportKind;
  readonly format: ExportFormat;
  readonly state: 'begun' | 'finished' | 'broken';
  readonly by: string;
  /** The state that the list was narrowed to. */
  readonly where?: string;
  /** First and last day, `YYYY-MM-DD`, on which what is in it was entered. */
  readonly since?: string;
  readonly until?: string;
  /** Rows that were written; absent until the end. */
  readonly rows?: number;
}
