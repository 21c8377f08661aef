import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { QianxianError } from '../../domain/errors.ts';
import type { ImportKind } from '../../domain/import-fields.ts';
import { type CellLine, headedRows } from './header.ts';
import { type Table, tableLimits } from './table.ts';
import { inspectXlsx, type XlsxSheet } from './xlsx-archive.ts';
import { defaultCaps, runXlsxChild, type XlsxCaps } from './xlsx-process.ts';

/** Runs the parser in a process of its own. */
function convert(path: string, output: string, sheet: XlsxSheet, scratch: string, caps: XlsxCaps): Promise<void> {
  return runXlsxChild('xlsx-child', [path, output, String(sheet.part)], scratch, caps);
}

async function* spooledLines(path: string): AsyncGenerator<CellLine> {
  const input = createReadStream(path, 'utf8');
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const [row, cells] = JSON.parse(text) as [number, unknown[]];
      yield { row, cells };
    }
  } finally {
    input.destroy();
  }
}

/** The first shown sheet of a workbook, parsed in a capped child process into a temporary file before any row is given. */
export async function openXlsxTable(path: string, kind: ImportKind, caps: XlsxCaps = defaultCaps): Promise<Table> {
  const { sheet, others } = await inspectXlsx(path);
  const scratch = await mkdtemp(join(tmpdir(), 'qianxian-xlsx-'));
  const close = () => rm(scratch, { recursive: true, force: true });
  try {
    const spool = join(scratch, 'lines');
    await convert(path, spool, sheet, scratch, caps);
    let columns: readonly string[] = [];
    const rows = () =>
      headedRows(spooledLines(spool), kind, (found) => {
        columns = found;
      });
    let rowCount = 0;
    for await (const _ of rows()) {
      rowCount++;
      if (rowCount > tableLimits.rows) {
        throw new QianxianError('too_large', `文件超过${tableLimits.rows / 10_000}万行，请分成几个文件导入`);
      }
    }
    if (columns.length === 0) {
      throw new QianxianError('malformed', `第一张工作表“${sheet.name}”是空的。请把数据放在第一张工作表`);
    }
    if (rowCount === 0) throw new QianxianError('malformed', '表格里只有表头，没有数据。请在表头下面逐行填写后再导入');
    const ours = new Set(['填写说明']);
    const unread = others.filter((name) => !ours.has(name));
    return {
      columns: columns.filter((column) => column !== ''),
      rowCount,
      notes:
        unread.length === 0
          ? []
          : [`只读取了第一张工作表“${sheet.name}”，其余工作表没有读取：${unread.slice(0, 10).join('、')}`],
      rows,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
