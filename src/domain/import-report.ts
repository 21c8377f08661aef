import type { FieldIssue } from './errors.ts';
import type { ImportKind } from './import-fields.ts';

/**
 * What became of a row, or in a dry run what would: `created` complete, `incomplete` created as 待补全, `updated`,
 * `unchanged` (it was there already), `invalid` (nothing was written), `withheld` (sound, but not written because other
 * rows of the file are not).
 */
export type RowResult = 'created' | 'incomplete' | 'updated' | 'unchanged' | 'invalid' | 'withheld';

export interface RowOutcome {
  /** The line of a text file or the row of a sheet. */
  readonly row: number;
  readonly externalId: string | null;
  /** Id of the record, null for an invalid row. */
  readonly id: string | null;
  readonly outcome: RowResult;
  /** Reasons of an invalid row; otherwise what was left out, changed or noticed. */
  readonly issues: readonly FieldIssue[];
}

/** One kind of remark with how many rows have it. */
export interface RemarkCount {
  readonly field: string;
  readonly label: string;
  readonly reason: string;
  readonly count: number;
}

export interface ImportReport {
  readonly kind: ImportKind;
  readonly source: string;
  readonly archive: boolean;
  readonly dryRun: boolean;
  /** False in a dry run, and where invalid rows kept the whole file from being written. */
  readonly written: boolean;
  /** Rows of data that were looked at; equals created + updated + unchanged + invalid + withheld. */
  readonly total: number;
  /** New records, the incomplete ones among them. */
  readonly created: number;
  /** New records that are 待补全. */
  readonly incomplete: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Of the unchanged: rows whose number is known of this source and whose content is another; they were not written. */
  readonly differing: number;
  readonly invalid: number;
  /** Sound rows that were not written because others are invalid; `onlyValid` writes them. */
  readonly withheld: number;
  /** Organisations that rows named and that were made by name alone. */
  readonly organisationsCreated: number;
  /** The first rows in detail: up to 1,000 invalid ones and up to 1,000 others, by row number. */
  readonly rows: readonly RowOutcome[];
  /** Rows of which no detail is kept. */
  readonly rowsOmitted: number;
  /** Up to 200 kinds of remark, the most frequent first. */
  readonly remarks: readonly RemarkCount[];
  /** Columns of the file that fill no field. */
  readonly ignoredColumns: readonly string[];
  /** Chinese sentences about the file as a whole. */
  readonly notes: readonly string[];
  /** True where it was told to stop before the end: what is counted is written, the rest is not; repeating goes on. */
  readonly stopped: boolean;
}

/** The reason of the remark on a row whose number is known and whose content is another. */
export const differs = '内容不同，未更新';
export const differsMend =
  '同一条记录要按文件更新的，请选择“更新已有记录”；是另一条记录的，请改正编号，或换一个来源名称';

const detailLimit = 1000;
const remarkLimit = 200;
/** More kinds than are shown, so that the most frequent are found although they are not the first. */
const remarkMemory = 5000;

/** Counts outcomes exactly and keeps bounded detail. */
export function reportTally() {
  const counts: Record<RowResult, number> = {
    created: 0,
    incomplete: 0,
    updated: 0,
    unchanged: 0,
    invalid: 0,
    withheld: 0,
  };
  const invalid: RowOutcome[] = [];
  const others: RowOutcome[] = [];
  const remarks = new Map<string, { field: string; label: string; reason: string; count: number }>();
  let total = 0;
  let differing = 0;

  return {
    add(outcome: RowOutcome): void {
      total++;
      counts[outcome.outcome]++;
      if (outcome.issues.some(({ reason }) => reason === differs)) differing++;
      const kept = outcome.outcome === 'invalid' ? invalid : others;
      if (kept.length < detailLimit) kept.push(outcome);
      for (const issue of outcome.issues) {
        const field = issue.field.replace(/\.\d+(?=\.|$)/g, '');
        const key = `${field}\n${issue.reason}`;
        const known = remarks.get(key);
        if (known) known.count++;
        else if (remarks.size < remarkMemory) {
          remarks.set(key, { field, label: issue.label, reason: issue.reason, count: 1 });
        }
      }
    },
    invalid(): number {
      return counts.invalid;
    },
    /** Records written so far. */
    written(): number {
      return counts.created + counts.incomplete + counts.updated;
    },
    report(
      rest: Omit<ImportReport, RowResult | 'total' | 'differing' | 'rows' | 'rowsOmitted' | 'remarks'>,
    ): ImportReport {
      const rows = [...invalid, ...others].sort((a, b) => a.row - b.row);
      return {
        ...rest,
        ...counts,
        created: counts.created + counts.incomplete,
        total,
        differing,
        rows,
        rowsOmitted: total - rows.length,
        remarks: [...remarks.values()].sort((a, b) => b.count - a.count).slice(0, remarkLimit),
      };
    },
  };
}
export type ReportTally = ReturnType<typeof reportTally>;
