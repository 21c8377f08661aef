import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { tableLimits } from './table.ts';
import { xlsxLimits } from './xlsx-archive.ts';
import { readSheet } from './xlsx-workbook.ts';

/**
 * The process that parses one sheet, with capped memory and time: `node xlsx-child INPUT OUTPUT PART` writes each
 * line as `[row, [cells…]]`, and says on standard output how it went.
 */
export type ChildAnswer =
  | { readonly ok: true; readonly lines: number }
  | { readonly ok: false; readonly code: 'too_large' | 'malformed'; readonly message: string };

async function convert(input: string, output: string, part: number): Promise<ChildAnswer> {
  const out = createWriteStream(output);
  let lines = 0;
  let bytes = 0;
  for await (const line of readSheet(input, { part })) {
    const text = `${JSON.stringify([line.row, line.cells])}\n`;
    const size = Buffer.byteLength(text);
    bytes += size;
    if (size > tableLimits.rowBytes) {
      return { ok: false, code: 'too_large', message: `第${line.row}行超过1MB。请删减这一行的内容` };
    }
    // Cells share their texts in a workbook: written out, a small file can become a huge one.
    if (bytes > xlsxLimits.unpackedBytes) {
      return {
        ok: false,
        code: 'too_large',
        message: `表格内容展开后超过${xlsxLimits.unpackedBytes / 1024 / 1024}MB（到第${line.row}行）。请分成几个文件`,
      };
    }
    lines++;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return { ok: true, lines };
}

const [input, output, part] = process.argv.slice(2);
let answer: ChildAnswer;
try {
  answer = await convert(input!, output!, Number(part));
} catch (error) {
  answer = {
    ok: false,
    code: 'malformed',
    message: `Excel 文件的内容读不懂（${(error as Error).message.slice(0, 100)}）`,
  };
}
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
