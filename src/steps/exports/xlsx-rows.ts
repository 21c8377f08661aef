import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import excel from 'exceljs';
import type { Cell } from '../../domain/exports/export-table.ts';

/** A sheet ends at 1,048,576 rows. */
const rowsPerSheet = 1_000_000;
/** So many rows are written between two looks at what has not been compressed yet. */
const lookEvery = 200;
const mostBacklog = 1024 * 1024;

/**
 * What a sheet has written and the compression has not taken yet, in bytes. The library neither waits for it nor tells it,
 * but for the streams that it writes to.
 */
function backlogOf(sheet: excel.Worksheet): number {
  const { stream } = sheet as unknown as {
    readonly stream: {
      readonly buffers: readonly { readonly length: number }[];
      readonly pipes: readonly { readonly _writableState: { readonly length: number } }[];
    };
  };
  const waiting = stream.buffers.reduce((sum, { length }) => sum + length, 0);
  return stream.pipes.reduce((sum, { _writableState }) => sum + _writableState.length, waiting);
}

/**
 * An XLSX file in pieces. It is written to a temporary file first: the library knows no back pressure, so that a slow
 * reader of a long list would fill the memory. The file goes when the last piece was taken, or nobody wants more.
 */
export async function* xlsxOf(rows: AsyncIterable<readonly Cell[]>, title: string): AsyncGenerator<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-export-'));
  try {
    const path = join(folder, 'export.xlsx');
    await writeRows(path, rows, title);
    for await (const piece of createReadStream(path)) yield piece as Uint8Array;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeRows(path: string, rows: AsyncIterable<readonly Cell[]>, title: string): Promise<void> {
  const workbook = new excel.stream.xlsx.WorkbookWriter({ filename: path, useSharedStrings: false, useStyles: false });
  let sheet: excel.Worksheet | undefined;
  let headings: readonly Cell[] | undefined;
  let inSheet = 0;
  let sheets = 0;
  for await (const row of rows) {
    headings ??= row;
    if (!sheet || inSheet >= rowsPerSheet) {
      sheet?.commit();
      sheets += 1;
      sheet = workbook.addWorksheet(sheets === 1 ? title : `${title}${sheets}`);
      if (sheets > 1) sheet.addRow([...headings]).commit();
      inSheet = 0;
    }
    sheet.addRow([...row]).commit();
    inSheet += 1;
    if (inSheet % lookEvery === 0) while (backlogOf(sheet) > mostBacklog) await pause(1);
  }
  sheet?.commit();
  await workbook.commit();
}
