import type { FieldIssue } from './errors.ts';
import type { ImportKind } from './import-fields.ts';
import type { ImportReport } from './import-report.ts';
import type { HistoryEntry, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';

export type ImportRunState = 'receiving' | 'checking' | 'checked' | 'importing' | 'imported' | 'stopped' | 'failed';
/** What people ask for; the rest the program does. */
export type ImportRunAction = 'check' | 'import' | 'stop';
type SystemAction = 'finish-check' | 'finish-import' | 'withhold' | 'end' | 'fail';

/** A file is looked through before anything of it is written, and people decide in between. */
export const importRunStates: StateTable<ImportRunState, ImportRunAction | SystemAction> = {
  states: {
    receiving: '接收中',
    checking: '检查中',
    checked: '已检查',
    importing: '导入中',
    imported: '已导入',
    stopped: '已停止',
    failed: '没有做成',
  },
  initial: 'receiving',
  moves: [
    {
      action: 'check',
      label: '检查',
      from: ['receiving', 'checked', 'imported', 'stopped', 'failed'],
      to: 'checking',
      by: ['owner', 'staff', 'admin'],
    },
    { action: 'import', label: '导入', from: ['checked'], to: 'importing', by: ['owner', 'staff', 'admin'] },
    // Noted at once; the work ends with the rows that it is at.
    { action: 'stop', label: '停止', from: ['checking'], to: 'checking', by: ['owner', 'staff', 'admin'] },
    { action: 'stop', label: '停止', from: ['importing'], to: 'importing', by: ['owner', 'staff', 'admin'] },
    { action: 'finish-check', label: '检查完', from: ['checking'], to: 'checked', by: ['system'] },
    { action: 'finish-import', label: '导入完', from: ['importing'], to: 'imported', by: ['system'] },
    // Rows were found wrong that were sound when they were checked.
    { action: 'withhold', label: '没有写入', from: ['importing'], to: 'checked', by: ['system'] },
    { action: 'end', label: '停下', from: ['checking', 'importing'], to: 'stopped', by: ['system'] },
    { action: 'fail', label: '记为没有做成', from: ['checking', 'importing'], to: 'failed', by: ['system'] },
  ],
};

/** Whether a worker is, or is about to be, at it. */
export function isAtWork<R extends Pick<ImportRun, 'state'>>(run: R): run is R & { state: 'checking' | 'importing' } {
  return run.state === 'checking' || run.state === 'importing';
}

/** The figures of a report, without its rows. */
export type ImportCounts = Pick<
  ImportReport,
  | 'total'
  | 'created'
  | 'incomplete'
  | 'updated'
  | 'unchanged'
  | 'differing'
  | 'invalid'
  | 'withheld'
  | 'organisationsCreated'
>;

export function countsOf(report: ImportReport): ImportCounts {
  const { total, created, incomplete, updated, unchanged, differing, invalid, withheld, organisationsCreated } = report;
  return { total, created, incomplete, updated, unchanged, differing, invalid, withheld, organisationsCreated };
}

/**
 * A file that somebody hands in to be imported, from its check to its end. The file and the newest report lie beside it
 * (`importFileBlob`, `importReportBlob`) for `importFileDays`; the record stays.
 */
export interface ImportRun extends Stored {
  readonly state: ImportRunState;
  readonly kind: ImportKind;
  readonly source: string;
  readonly fileName: string;
  readonly fileBytes: number;
  readonly sha256: string;
  readonly archive: boolean;
  readonly publish: boolean;
  readonly update: boolean;
  /** Of the import that was asked for last. */
  readonly onlyValid?: boolean;
  /** JSON of the mapping, as it was handed in. */
  readonly mapping?: string;
  /** The organisation of all rows, where somebody of the bureau chose one. */
  readonly forOrganisation?: string;
  /** User id of who handed it in. */
  readonly by: string;
  /** His organisation; absent for the bureau's own. */
  readonly organisationId?: string;
  /** User id of who asked for what is at work or was done last. */
  readonly askedBy: string;
  readonly done?: number;
  readonly total?: number;
  readonly stopAsked?: boolean;
  /** Figures of the newest check. */
  readonly checked?: ImportCounts;
  /** Figures of the newest import. */
  readonly imported?: ImportCounts;
  readonly failure?: { readonly reason: string; readonly issues: readonly FieldIssue[] };
  /** Set once file and report are gone. */
  readonly emptied?: true;
  readonly history: readonly HistoryEntry[];
}

/** Days for which the file and its rows are kept: they hold contacts. */
export const importFileDays = 30;

const blobPrefix = 'import-run-';
export const importFileBlob = (id: string): string => `${blobPrefix}${id}-file`;
export const importReportBlob = (id: string): string => `${blobPrefix}${id}-report`;
/** The run that a content belongs to; undefined for contents of others. */
export function importRunOfBlob(blob: string): string | undefined {
  return /^import-run-(.+)-(?:file|report)$/.exec(blob)?.[1];
}
