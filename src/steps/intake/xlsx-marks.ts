import ExcelJS from 'exceljs';
import { resultHeading } from '../../domain/import-file-rules.ts';
import type { RowMark } from '../../domain/import-marks.ts';
import { kindOfLine } from './header.ts';
import { cellValue } from './xlsx-workbook.ts';

/** Begins our notes, so that those of an earlier time are found and taken away. */
const noteHead = '【导入检查】';
const faultFill = solid('FFFFC7CE');
const remarkFill = solid('FFFFEB9C');
const soundFill = solid('FFE2F0D9');
/** Cells of a sheet that is made of a text file; beyond that only rows with something to say are written. */
const mostCells = 1_000_000;
const longestResult = 2_000;

function solid(argb: string): ExcelJS.Fill {
  return { type: 'pattern', pattern: 'solid', fgColor: { argb } };
}

/** Colours a cell and leaves the rest of its look as it is. Cells share what they look like: it is copied first. */
function colour(cell: ExcelJS.Cell, fill: ExcelJS.Fill | undefined): void {
  const { fill: _, ...rest } = cell.style;
  cell.style = fill ? { ...rest, fill } : rest;
}

function noteText(cell: ExcelJS.Cell): string {
  const { note } = cell;
  if (typeof note === 'string') return note;
  return (note?.texts ?? []).map(({ text }) => text).join('');
}

function isOurs(cell: ExcelJS.Cell): boolean {
  return noteText(cell).startsWith(noteHead);
}

/** The library has no way to take a note away: the cell holds it, and the value that it was read with. */
function forgetNote(cell: ExcelJS.Cell): void {
  const held = cell as unknown as { _comment?: unknown; readonly model: { comment?: unknown } };
  held._comment = undefined;
  delete held.model.comment;
}

function say(cell: ExcelJS.Cell, text: string, fault: boolean): void {
  colour(cell, fault ? faultFill : remarkFill);
  cell.note = `${noteHead}\n${text}`;
}

/** Writes what is said of a row into the column of results. */
function tell(cell: ExcelJS.Cell, { text, fault, cells }: RowMark): void {
  // What a cell begins with decides whether a spreadsheet takes it for a formula: ours begin with words.
  cell.value = text.length > longestResult ? `${text.slice(0, longestResult)}……` : text;
  cell.style = {
    alignment: { vertical: 'top', wrapText: true },
    fill: fault ? faultFill : cells.length > 0 || text.includes('\n') ? remarkFill : soundFill,
  };
}

function headOfResults(cell: ExcelJS.Cell): void {
  cell.value = resultHeading;
  cell.style = { font: { bold: true }, fill: solid('FFE6F4FF') };
}

export interface WorkbookMarks {
  readonly input: string;
  readonly output: string;
  /** Name of the sheet that was imported. */
  readonly sheet: string;
  readonly rows: readonly RowMark[];
  /** Leaves dropdowns and conditional formats out: ranges of whole columns are more than memory holds. */
  readonly plain: boolean;
}

/**
 * A workbook as it was handed in, with the cells at fault coloured and noted and a last column that says what became of each
 * row. Marks of an earlier time are taken away first, so that a file can go to and fro.
 */
export async function markWorkbook({ input, output, sheet: name, rows, plain }: WorkbookMarks): Promise<void> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(input, plain ? { ignoreNodes: ['dataValidations', 'conditionalFormatting'] } : undefined);
  const sheet = book.getWorksheet(name) ?? book.worksheets.find(({ state }) => state === 'visible');
  if (!sheet) throw new Error('no sheet');
  const { columns, headingRow } = headingsOf(sheet);
  sheet.eachRow((row) => {
    row.eachCell((cell) => {
      if (!isOurs(cell)) return;
      colour(cell, undefined);
      forgetNote(cell);
    });
  });
  const known = columns.get(resultHeading);
  const result = known ?? Math.max(0, ...columns.values()) + 1;
  if (known !== undefined) {
    sheet.getColumn(result).eachCell((cell, row) => {
      if (row <= headingRow) return;
      cell.value = null;
      cell.style = {};
    });
  }
  headOfResults(sheet.getCell(headingRow, result));
  sheet.getColumn(result).width = 60;
  for (const mark of rows) {
    for (const { column, text, fault } of mark.cells) {
      const place = columns.get(column);
      if (place !== undefined) say(sheet.getCell(mark.row, place), text, fault);
    }
    tell(sheet.getCell(mark.row, result), mark);
  }
  await book.xlsx.writeFile(output);
}

/** Where the headings are, and which column each of them names. */
function headingsOf(sheet: ExcelJS.Worksheet): { columns: Map<string, number>; headingRow: number } {
  const columns = new Map<string, number>();
  for (let number = 1; number <= sheet.rowCount; number++) {
    const row = sheet.findRow(number);
    const cells: unknown[] = [];
    row?.eachCell((cell, column) => {
      cells[column - 1] = cellValue(cell.value, cell.numFmt);
    });
    if (kindOfLine(Array.from(cells)) !== 'headings') continue;
    for (const [index, cell] of cells.entries()) {
      const heading = String(cell ?? '').trim();
      if (heading !== '') columns.set(heading, index + 1);
    }
    return { columns, headingRow: number };
  }
  throw new Error('no headings');
}

/** A row of a text file: its number there, and its cells by column. */
export interface PlainRow {
  readonly row: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/**
 * The same for what was no workbook, or one that is too much to be written whole: a new sheet with the columns as they were
 * read, all rows while they are few, else those with something to say.
 */
export async function writeMarkedSheet(
  columns: readonly string[],
  rows: AsyncIterable<PlainRow>,
  rowCount: number,
  marks: readonly RowMark[],
): Promise<Uint8Array> {
  const whole = rowCount * columns.length <= mostCells;
  const said = new Map(marks.map((mark) => [mark.row, mark]));
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('数据', { views: [{ state: 'frozen', ySplit: 1 }] });
  sheet.addRow([...columns]).font = { bold: true };
  headOfResults(sheet.getCell(1, columns.length + 1));
  for (const [index] of columns.entries()) sheet.getColumn(index + 1).width = 20;
  sheet.getColumn(columns.length + 1).width = 60;
  const places = new Map(columns.map((column, index) => [column, index + 1]));
  for await (const { row: number, cells } of rows) {
    const mark = said.get(number);
    if (!whole && (mark === undefined || (!mark.fault && mark.cells.length === 0))) continue;
    const row = sheet.addRow(columns.map((column) => plainCell(cells[column])));
    for (let place = 1; place <= columns.length; place++) row.getCell(place).numFmt = '@';
    if (!mark) continue;
    for (const { column, text, fault } of mark.cells) {
      const place = places.get(column);
      if (place !== undefined) say(row.getCell(place), text, fault);
    }
    tell(row.getCell(columns.length + 1), mark);
  }
  return new Uint8Array(await book.xlsx.writeBuffer());
}

/** Texts stay texts: long numbers keep their digits, and nothing becomes a formula. */
function plainCell(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((one) => plainCell(one) ?? '').join('；');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
