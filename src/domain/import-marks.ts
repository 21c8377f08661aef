import type { ResolvedMapping } from './import-mapping.ts';
import type { ImportReport, RowOutcome, RowResult } from './import-report.ts';

/** What is written into one cell's note. */
export interface CellMark {
  /** Heading of its column as the file spells it. */
  readonly column: string;
  /** A fault keeps the row out; else something was left out or noticed. */
  readonly fault: boolean;
  readonly text: string;
}

/** What is said of one row of a file that is handed back. */
export interface RowMark {
  readonly row: number;
  readonly fault: boolean;
  /** For the column 导入结果: everything that is said of the row. */
  readonly text: string;
  readonly cells: readonly CellMark[];
}

/** What became of a row, or will, as its file says it. */
const resultWords: Readonly<Record<RowResult, readonly [will: string, was: string]>> = {
  created: ['可以导入', '已导入'],
  incomplete: ['可以导入（待补全）', '已导入（待补全）'],
  updated: ['可以更新', '已更新'],
  unchanged: ['系统里已有，没有变化', '系统里已有，没有变化'],
  invalid: ['有误', '有误，没有导入'],
  withheld: ['无误，没有写入', '无误，没有写入'],
};

/**
 * What a report says of each row, cell by cell. What belongs to no column of the file (a column that is missing, the row as
 * such) is in the row's text alone.
 */
export function marksOf(
  report: Pick<ImportReport, 'rows' | 'dryRun'>,
  mapping: Pick<ResolvedMapping, 'bindings'>,
): readonly RowMark[] {
  const columns = new Map(mapping.bindings.flatMap(({ field, column }) => (column ? [[field.path, column]] : [])));
  return report.rows.map((row) => markOf(row, report.dryRun, columns));
}

function markOf({ row, outcome, issues }: RowOutcome, dryRun: boolean, columns: ReadonlyMap<string, string>): RowMark {
  const fault = outcome === 'invalid';
  const cells = new Map<string, string[]>();
  for (const { field, reason, mend } of issues) {
    const column = columnOf(field, columns);
    if (column === undefined) continue;
    const said = cells.get(column) ?? [];
    said.push(`${reason}。${mend}`);
    cells.set(column, said);
  }
  const word = resultWords[outcome][dryRun ? 0 : 1];
  const all = issues.map(({ label, reason, mend }) => `${label}：${reason}。${mend}`);
  return {
    row,
    fault,
    text: [word, ...all].join('\n'),
    cells: [...cells].map(([column, said]) => ({ column, fault, text: said.join('\n') })),
  };
}

/** The column of a field or of what holds it: `keywords.1` is in the column of `keywords`, `contact` in the first of its fields. */
function columnOf(field: string, columns: ReadonlyMap<string, string>): string | undefined {
  for (let path = field; path !== ''; path = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '') {
    const column = columns.get(path);
    if (column !== undefined) return column;
  }
  if (field === '') return undefined;
  for (const [path, column] of columns) if (path.startsWith(`${field}.`)) return column;
  return undefined;
}
