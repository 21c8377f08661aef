import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { QianxianError } from '../../domain/errors.ts';
import type { ImportKind } from '../../domain/import-fields.ts';
import type { ImportRow } from '../../domain/import-row.ts';
import { type CellLine, headedRows } from './header.ts';
import { type Table, tableLimits } from './table.ts';
import { decodedText, detectEncoding, type TextEncoding } from './text-encoding.ts';

/** The delimiter that occurs most in the first lines outside quotes; a comma where none does. */
export function detectDelimiter(beginning: string): ',' | ';' | '\t' {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let quoted = false;
  let line = 0;
  for (const character of beginning) {
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '\n') {
      // The title line of a template has no delimiter: look on until a line with one has ended.
      line++;
      if (line >= 5 || Object.values(counts).some((count) => count > 0)) break;
    } else if (character === ',' || character === ';' || character === '\t') counts[character]++;
  }
  if (counts['\t'] > counts[','] && counts['\t'] >= counts[';']) return '\t';
  return counts[';'] > counts[','] ? ';' : ',';
}

async function beginningOf(path: string, encoding: TextEncoding): Promise<string> {
  for await (const text of decodedText(path, encoding)) return text.slice(0, 65_536);
  return '';
}

async function* csvLines(path: string, encoding: TextEncoding, delimiter: string): AsyncGenerator<CellLine> {
  const parser = parse({
    delimiter,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: tableLimits.rowBytes,
    info: true,
  });
  const source = Readable.from(decodedText(path, encoding));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    let line = 1;
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      // `lines` is where the record ends; users look for where it begins.
      const extra = record.reduce((sum, cell) => sum + (cell.split('\n').length - 1), 0);
      line = info.lines - extra;
      yield { row: Math.max(1, line), cells: record };
    }
  } catch (error) {
    throw csvFault(error);
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function csvFault(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const lines = (error as { lines?: unknown }).lines;
  const where = typeof lines === 'number' ? `第${lines}行附近` : '';
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new QianxianError(
        'malformed',
        `CSV ${where}有一个英文双引号没有配对，后面的内容读不出来。请补上或删去这个双引号`,
        { cause: error },
      );
    case 'CSV_MAX_RECORD_SIZE':
      return new QianxianError('too_large', `CSV ${where}有一行超过1MB，多半是英文双引号没有配对。请检查这一行`, {
        cause: error,
      });
    default:
      return new QianxianError(
        'malformed',
        `CSV ${where}的双引号用法不对。内容里有双引号时，整格要用双引号括起来，里面的写两个（""）`,
        { cause: error },
      );
  }
}

/** CSV in UTF-8 or GBK/GB18030, parted by comma, semicolon or tab; the whole file is read once before any row is given. */
export async function openCsvTable(path: string, kind: ImportKind): Promise<Table> {
  const encoding = await detectEncoding(path);
  const delimiter = detectDelimiter(await beginningOf(path, encoding));
  let columns: readonly string[] = [];
  const rows = (): AsyncGenerator<ImportRow> =>
    headedRows(csvLines(path, encoding, delimiter), kind, (found) => {
      columns = found;
    });
  let rowCount = 0;
  for await (const _ of rows()) {
    rowCount++;
    if (rowCount > tableLimits.rows) {
      throw new QianxianError('too_large', `文件超过${tableLimits.rows / 10_000}万行，请分成几个文件导入`);
    }
  }
  if (columns.length === 0) throw new QianxianError('malformed', '文件里没有内容，请检查是否选错了文件');
  if (rowCount === 0) throw new QianxianError('malformed', '文件里只有表头，没有数据。请在表头下面逐行填写后再导入');
  return { columns: columns.filter((column) => column !== ''), rowCount, notes: [], rows, close: async () => {} };
}
