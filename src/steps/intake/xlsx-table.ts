import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { QianxianError } from '../../domain/errors.ts';
import type { ImportKind } from '../../domain/import-fields.ts';
import { type CellLine, headedRows } from './header.ts';
import { type Table, tableLimits } from './table.ts';
import { inspectXlsx, type XlsxSheet } from './xlsx-archive.ts';
import type { ChildAnswer } from './xlsx-child.ts';

export interface XlsxCaps {
  readonly memoryMb: number;
  readonly timeMs: number;
}
const defaultCaps: XlsxCaps = { memoryMb: 1024, timeMs: 180_000 };

/** Not import.meta.resolve: it is missing where a test runner requires this file. */
function sourceLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

/** Runs the parser in a process of its own; from source it needs the loader that lets Node read TypeScript. */
async function convert(path: string, output: string, sheet: XlsxSheet, scratch: string, caps: XlsxCaps): Promise<void> {
  const extension = extname(new URL(import.meta.url).pathname);
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${caps.memoryMb}`,
      ...(extension === '.ts' ? ['--import', sourceLoader()] : []),
      fileURLToPath(new URL(`./xlsx-child${extension}`, import.meta.url)),
      path,
      output,
      sheet.name,
      String(sheet.part),
    ],
    // Nothing of our environment but a folder for temporary files, which is removed with everything in it.
    { env: { TMPDIR: scratch, TEMP: scratch, TMP: scratch }, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, caps.timeMs);
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    if (said.length < 10_000) said += text;
  });
  const ended = await new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, error }));
    child.on('close', (code) => resolve({ code }));
  });
  clearTimeout(timer);
  if (timedOut) {
    throw new QianxianError(
      'too_large',
      `读取 Excel 文件超过${Math.round(caps.timeMs / 1000)}秒，已停止。请删去多余的内容，或分成几个文件`,
    );
  }
  if (ended.error)
    throw new QianxianError('unavailable', '不能启动读取 Excel 的进程，请稍后再试', { cause: ended.error });
  const answer = answerOf(said);
  if (!answer) {
    throw new QianxianError(
      'too_large',
      'Excel 文件的内容太多，内存不够，读不出来。请删去多余的内容，或另存为 CSV 后再导入',
    );
  }
  if (!answer.ok) throw new QianxianError(answer.code, answer.message);
}

function answerOf(said: string): ChildAnswer | undefined {
  try {
    return JSON.parse(said) as ChildAnswer;
  } catch {
    return undefined;
  }
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
