import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';
import type { ImportKind } from '../../domain/import-fields.ts';
import { type ImportMapping, resolveMapping } from '../../domain/import-mapping.ts';
import { marksOf, type RowMark } from '../../domain/import-marks.ts';
import type { ImportReport } from '../../domain/import-report.ts';
import { type ImportFile, openTableFile } from './table-file.ts';
import { inspectXlsx } from './xlsx-archive.ts';
import { runXlsxChild, type XlsxCaps } from './xlsx-process.ts';

/** Answering a download may not take as long as an import. */
const caps: XlsxCaps = { memoryMb: 1024, timeMs: 60_000 };

/**
 * The file that somebody handed in, with what its report says of each row in it: a workbook as he wrote it, its cells
 * coloured and noted; of a CSV or JSONL a workbook that is made of it.
 */
export async function markFile(
  file: ImportFile,
  kind: ImportKind,
  mapping: ImportMapping | undefined,
  report: Pick<ImportReport, 'rows' | 'dryRun'>,
): Promise<Uint8Array> {
  const table = await openTableFile(file, kind);
  try {
    const marks = marksOf(report, resolveMapping(kind, mapping, table.columns));
    const own = extname(file.name).toLowerCase() === '.xlsx' ? await markedWorkbook(file.path, marks) : undefined;
    if (own) return own;
    const { writeMarkedSheet } = await import('./xlsx-marks.ts');
    return await writeMarkedSheet(table.columns, table.rows(), table.rowCount, marks);
  } finally {
    await table.close();
  }
}

/** Undefined where the workbook is too much to be written as it is, even without its dropdowns. */
async function markedWorkbook(path: string, marks: readonly RowMark[]): Promise<Uint8Array | undefined> {
  const { sheet } = await inspectXlsx(path);
  const scratch = await mkdtemp(join(tmpdir(), 'qianxian-marks-'));
  try {
    const told = join(scratch, 'marks.json');
    const output = join(scratch, 'marked.xlsx');
    await writeFile(told, JSON.stringify(marks));
    for (const look of ['whole', 'plain']) {
      try {
        await runXlsxChild('xlsx-mark-child', [path, output, sheet.name, told, look], scratch, caps);
        return await readFile(output);
      } catch (error) {
        if (!(error instanceof QianxianError) || error.code === 'unavailable') throw error;
      }
    }
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
