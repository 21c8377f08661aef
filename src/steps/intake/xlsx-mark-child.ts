import { readFile } from 'node:fs/promises';
import type { RowMark } from '../../domain/import-marks.ts';
import { markWorkbook } from './xlsx-marks.ts';

/**
 * The process that marks a workbook, with capped memory and time: `node xlsx-mark-child INPUT OUTPUT SHEET MARKS PLAIN` writes
 * the workbook with what MARKS (JSON) says of its rows, without its dropdowns where PLAIN is `plain`, and says on standard
 * output how it went.
 */
const [input, output, sheet, marks, plain] = process.argv.slice(2);
let answer: object;
try {
  const rows = JSON.parse(await readFile(marks!, 'utf8')) as RowMark[];
  await markWorkbook({ input: input!, output: output!, sheet: sheet!, rows, plain: plain === 'plain' });
  answer = { ok: true, lines: rows.length };
} catch (error) {
  answer = {
    ok: false,
    code: 'malformed',
    message: `标注 Excel 文件时出错（${(error as Error).message.slice(0, 100)}）`,
  };
}
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
