import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { QianxianError } from '../../domain/errors.ts';
import type { ChildAnswer } from './xlsx-child.ts';

export interface XlsxCaps {
  readonly memoryMb: number;
  readonly timeMs: number;
}
export const defaultCaps: XlsxCaps = { memoryMb: 1024, timeMs: 180_000 };

/** Not import.meta.resolve: it is missing where a test runner requires this file. */
function sourceLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

/**
 * Runs one of the programs beside this file on a workbook, in a process of its own with capped memory and time; from source it
 * needs the loader that lets Node read TypeScript. `scratch` is its folder for temporary files, which the caller removes.
 * Throws `too_large`, `malformed`, `unavailable` with the mend.
 */
export async function runXlsxChild(
  program: 'xlsx-child' | 'xlsx-mark-child',
  args: readonly string[],
  scratch: string,
  caps: XlsxCaps = defaultCaps,
): Promise<void> {
  const extension = extname(new URL(import.meta.url).pathname);
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${caps.memoryMb}`,
      ...(extension === '.ts' ? ['--import', sourceLoader()] : []),
      fileURLToPath(new URL(`./${program}${extension}`, import.meta.url)),
      ...args,
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
