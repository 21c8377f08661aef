import { Invalid, QianxianError } from '../../domain/errors.ts';
import {
  type ImportKind,
  importKinds,
  noteMark,
  readTemplateTitle,
  templateVersion,
} from '../../domain/import-fields.ts';
import { resultHeading } from '../../domain/import-file-rules.ts';
import type { ImportRow } from '../../domain/import-row.ts';
import { tableLimits } from './table.ts';

export type CellLine = { readonly row: number; readonly cells: readonly unknown[] };

const isBlank = (cell: unknown) =>
  cell === undefined || cell === null || (typeof cell === 'string' && cell.trim() === '');
const textOf = (cell: unknown) => (isBlank(cell) ? '' : String(cell).trim());

/** What a line of cells is before any heading was seen. */
export function kindOfLine(cells: readonly unknown[]): 'blank' | 'title' | 'headings' {
  if (cells.every(isBlank)) return 'blank';
  return readTemplateTitle(textOf(cells.find((cell) => !isBlank(cell)))) ? 'title' : 'headings';
}

/**
 * Turns lines of cells, as CSV and spreadsheets have them, into rows by heading: the first line that is not blank is the
 * heading, after the title line of our template where there is one; the template's line of notes is passed over.
 */
export async function* headedRows(
  lines: AsyncIterable<CellLine>,
  kind: ImportKind,
  onColumns: (columns: readonly string[]) => void,
): AsyncGenerator<ImportRow> {
  let columns: string[] | undefined;
  let notesMayFollow = true;
  for await (const line of lines) {
    if (line.cells.every(isBlank)) continue;
    if (columns === undefined) {
      const title = readTemplateTitle(textOf(line.cells.find((cell) => !isBlank(cell))));
      if (title) {
        checkTitle(title, kind);
        continue;
      }
      columns = headings(line);
      onColumns(columns.filter((column) => column !== resultHeading));
      continue;
    }
    if (notesMayFollow) {
      notesMayFollow = false;
      if (line.cells.every((cell) => isBlank(cell) || textOf(cell).startsWith(noteMark))) continue;
    }
    const row = headed(line, columns);
    if (row.fault || Object.keys(row.cells).length > 0) yield row;
  }
}

function checkTitle(title: NonNullable<ReturnType<typeof readTemplateTitle>>, kind: ImportKind): void {
  const wanted = importKinds.find((row) => row.code === kind)!.label;
  if (title.kind !== kind) {
    const found = importKinds.find((row) => row.code === title.kind)?.label ?? '其他';
    throw new QianxianError(
      'unsupported',
      `这是${found}的导入模板，现在导入的是${wanted}。请选择对应的种类或换用${wanted}模板`,
    );
  }
  if (title.version !== templateVersion) {
    throw new QianxianError(
      'unsupported',
      `模板是第${title.version}版，本系统使用第${templateVersion}版。请下载最新的${wanted}模板，把内容粘贴过去再导入`,
    );
  }
}

function headings(line: CellLine): string[] {
  const columns = line.cells.map(textOf);
  while (columns.length > 0 && columns.at(-1) === '') columns.pop();
  if (columns.length > tableLimits.columns) {
    throw new Invalid([
      {
        field: '',
        label: '表头',
        reason: `超过${tableLimits.columns}列`,
        mend: '请删去不需要的列，只保留要导入的内容',
      },
    ]);
  }
  const seen = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    if (column === '') continue;
    const twin = seen.get(column);
    if (twin !== undefined) {
      throw new Invalid([
        {
          field: '',
          label: '表头',
          reason: `第${twin + 1}列和第${index + 1}列的表头都是“${column.slice(0, 40)}”`,
          mend: '请删去或改名其中一列',
        },
      ]);
    }
    seen.set(column, index);
  }
  return columns;
}

function headed(line: CellLine, columns: readonly string[]): ImportRow {
  const cells: Record<string, unknown> = Object.create(null);
  const broken = (reason: string, mend: string): ImportRow => ({ row: line.row, cells, fault: { reason, mend } });
  for (const [index, cell] of line.cells.entries()) {
    if (isBlank(cell)) continue;
    if (index >= columns.length) {
      return broken(
        `第${index + 1}格有内容，而表头只有${columns.length}列`,
        '请检查这一行是否多了分隔符；内容里有逗号时，整格要用英文双引号括起来',
      );
    }
    const column = columns[index]!;
    // What a file says that was handed back is ours, and no part of the row.
    if (column === resultHeading) continue;
    if (column === '') return broken(`第${index + 1}列有内容而没有表头`, '请给这一列写上表头，或删去这一列的内容');
    cells[column] = cell;
  }
  return { row: line.row, cells };
}
