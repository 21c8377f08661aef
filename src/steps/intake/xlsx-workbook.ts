import type { Readable } from 'node:stream';
import ExcelJS from 'exceljs';
import { type Entry, openPromise } from 'yauzl';
import type { CellLine } from './header.ts';
import type { XlsxSheet } from './xlsx-archive.ts';

/** Templates are written here, marks in `xlsx-marks.ts`; nothing else of this step touches exceljs. Reading goes through a capped child process (`xlsx-table.ts`), writing does not. */

/**
 * What exceljs's reader really has; its types say less. Its own walk through the archive now and then ends before the last
 * parts on a busy machine (seen twice in 900 readings): texts and formats were lost. So the parts are taken out here.
 */
interface PartReader {
  _parseWorkbook(part: Readable): Promise<void>;
  _parseStyles(part: Readable): Promise<void>;
  _parseSharedStrings(part: Readable): AsyncIterable<unknown>;
  _parseWorksheet(part: Readable, number: string): Iterable<{ readonly value: AsyncIterable<ExcelJS.Row> }>;
}

/** Days from the epoch of spreadsheets (1900 system, with its 29 February 1900) to that of Unix. */
const epochDays = 25_569;

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return '#VALUE!';
  const text = new Date(Math.round(date.getTime() / 1000) * 1000).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19);
}

/** Whether a number format shows dates: a year, month or day outside quotes, brackets and escapes. */
function isDateFormat(format: string | undefined): boolean {
  if (!format) return false;
  return /[ymd]/i.test(format.replace(/"[^"]*"|\[[^\]]*\]|\\./g, '').replace(/general/i, ''));
}

/** Undoes the escapes that spreadsheets write for control characters (`_x000D_`). */
function unescaped(text: string): string {
  return text
    .replace(/_x([0-9A-F]{4})_/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\r\n?/g, '\n');
}

/**
 * The value of a cell as text, number or boolean: formulas by the value that was stored with them, links by their text,
 * dates as `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss`, errors by their name (`#REF!`). Null where it is empty.
 */
export function cellValue(value: unknown, format?: string): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return unescaped(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : '#VALUE!';
  if (value instanceof Date) return dateText(value);
  if (typeof value !== 'object') return '#VALUE!';
  const cell = value as Record<string, unknown>;
  if (Array.isArray(cell.richText)) {
    return unescaped(cell.richText.map((run) => String((run as { text?: unknown }).text ?? '')).join(''));
  }
  if ('error' in cell) return String(cell.error);
  if ('formula' in cell || 'sharedFormula' in cell) {
    const { result } = cell;
    if (result === undefined || result === null) return '#CALC!';
    if (typeof result === 'number' && Number.isFinite(result) && isDateFormat(format)) {
      return dateText(new Date((result - epochDays) * 86_400_000));
    }
    return cellValue(result);
  }
  if ('hyperlink' in cell || 'text' in cell) return cellValue(cell.text ?? '');
  return '#VALUE!';
}

/** Lines of one sheet as they stand, blank cells null; streamed. Yields nothing where the sheet is not found. */
export async function* readSheet(path: string, { part }: Pick<XlsxSheet, 'part'>): AsyncGenerator<CellLine> {
  const reader = new ExcelJS.stream.xlsx.WorkbookReader(path, {
    worksheets: 'emit',
    sharedStrings: 'cache',
    styles: 'cache',
    hyperlinks: 'ignore',
    entries: 'ignore',
  }) as unknown as PartReader;
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    const opened = async (name: string): Promise<Readable | undefined> => {
      const entry = entries.get(name);
      return entry && zip.openReadStreamPromise(entry);
    };
    const [workbook, styles, texts] = [
      await opened('xl/workbook.xml'),
      await opened('xl/styles.xml'),
      await opened('xl/sharedStrings.xml'),
    ];
    if (workbook) await reader._parseWorkbook(workbook);
    if (styles) await reader._parseStyles(styles);
    if (texts) for await (const _ of reader._parseSharedStrings(texts));
    const sheet = await opened(`xl/worksheets/sheet${part}.xml`);
    if (!sheet) return;
    for (const { value: rows } of reader._parseWorksheet(sheet, String(part))) {
      for await (const row of rows) {
        const cells: (string | number | boolean | null)[] = [];
        row.eachCell({ includeEmpty: false }, (cell, column) => {
          const value = cellValue(cell.value, cell.numFmt);
          if (value === null || value === '') return;
          while (cells.length < column - 1) cells.push(null);
          cells[column - 1] = value;
        });
        if (cells.length > 0) yield { row: row.number, cells };
      }
    }
  } finally {
    zip.close();
  }
}

/** A column of a template. */
export interface TemplateColumn {
  readonly heading: string;
  readonly note: string;
  readonly required: boolean;
  /** Cells are text, so that long numbers keep their digits. */
  readonly asText: boolean;
  /** Labels to choose from; with `several`, others (joined ones) are allowed too. */
  readonly choices: readonly string[];
  readonly several: boolean;
  /** Width in characters. */
  readonly width: number;
}

export interface TemplateSheet {
  /** The line above the headings. */
  readonly title: string;
  readonly columns: readonly TemplateColumn[];
  /** Rows that get dropdowns and formats. */
  readonly rows: number;
  /** Lines of the sheet of explanations: heading, whether required, note, choices. */
  readonly guide: readonly (readonly string[])[];
}

/** exceljs has it; its types do not. */
interface WithValidations {
  readonly dataValidations: { add(range: string, validation: ExcelJS.DataValidation): void };
}

function columnLetter(number: number): string {
  let rest = number;
  let letters = '';
  while (rest > 0) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
    rest = Math.floor((rest - 1) / 26);
  }
  return letters;
}

/** A workbook with the sheets 数据 (title, headings, notes, dropdowns), 填写说明 and the hidden lists of choices. */
export async function writeTemplate(template: TemplateSheet): Promise<Uint8Array> {
  const workbook = new ExcelJS.Workbook();
  // A fixed time: the same template is the same file.
  workbook.created = new Date(0);
  workbook.modified = new Date(0);
  const data = workbook.addWorksheet('数据', { views: [{ state: 'frozen', ySplit: 3 }] });
  const guide = workbook.addWorksheet('填写说明');
  const lists = workbook.addWorksheet('选项', { state: 'veryHidden' });

  const { columns, rows } = template;
  const firstRow = 4;
  data.addRow([template.title]).font = { bold: true };
  const headings = data.addRow(columns.map((column) => column.heading));
  headings.font = { bold: true };
  headings.alignment = { vertical: 'middle', wrapText: true };
  const notes = data.addRow(columns.map((column) => column.note));
  notes.font = { italic: true, size: 9, color: { argb: 'FF808080' } };
  notes.alignment = { vertical: 'top', wrapText: true };
  notes.height = 48;

  let listColumn = 0;
  for (const [index, column] of columns.entries()) {
    const letter = columnLetter(index + 1);
    const sheetColumn = data.getColumn(index + 1);
    sheetColumn.width = column.width;
    if (column.asText) sheetColumn.numFmt = '@';
    const heading = headings.getCell(index + 1);
    heading.fill = {
      type: 'pattern',
      pattern: 'solid',
      fgColor: { argb: column.required ? 'FFFFE7BA' : 'FFE6F4FF' },
    };
    if (column.choices.length === 0) continue;
    listColumn++;
    for (const [row, choice] of column.choices.entries()) lists.getCell(row + 1, listColumn).value = choice;
    const list = columnLetter(listColumn);
    (data as unknown as WithValidations).dataValidations.add(`${letter}${firstRow}:${letter}${firstRow + rows - 1}`, {
      type: 'list',
      allowBlank: true,
      formulae: [`选项!$${list}$1:$${list}$${column.choices.length}`],
      showErrorMessage: !column.several,
      errorTitle: '请从列表中选择',
      error: `${column.heading.replace('*', '')}只能从下拉列表中选择`,
      showInputMessage: column.several,
      promptTitle: '可以多选',
      prompt: '选一项，或把几项用“；”连起来填写',
    });
  }
  for (const line of template.guide) guide.addRow([...line]);
  guide.getRow(1).font = { bold: true };
  for (const [index, width] of [24, 10, 48, 60].entries()) guide.getColumn(index + 1).width = width;
  return new Uint8Array(await workbook.xlsx.writeBuffer());
}
