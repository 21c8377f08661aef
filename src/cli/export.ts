import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Argument, type Command } from 'commander';
import { QianxianError } from '../domain/errors.ts';
import { type ExportFormat, type ExportKind, exportFormats, exportKinds } from '../domain/exports/export-kinds.ts';
import { systemPrincipal } from '../domain/user.ts';
import { explainedChoices, oneOf } from './choices.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { demandFolderOf } from './target-path.ts';

function formatOf(path: string): ExportFormat {
  const format = exportFormats.find(({ code }) => `.${code}` === extname(path).toLowerCase())?.code;
  if (format) return format;
  throw new QianxianError('invalid', `不知道 ${path} 该写成什么格式；文件名请以 .csv 或 .xlsx 结尾`);
}

export function exportCommand(program: Command, run: Run): void {
  program
    .command('export')
    .description('导出列表为 CSV 或 XLSX；联系方式部分隐去，每次导出都留有记录')
    .addArgument(new Argument('<列表>', explainedChoices(exportKinds)).argParser(oneOf(exportKinds)))
    .requiredOption('--to <文件>', '以 .csv 或 .xlsx 结尾；已有的文件会被替换')
    .option('--state <状态>', '只导出这个状态的，例如 published')
    .option('--since <日期>', '只导出这一天起登记的，例如 2026-01-01')
    .option('--until <日期>', '只导出到这一天为止登记的')
    .action((kind: ExportKind, { to, ...narrowed }: { to: string; state?: string; since?: string; until?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow, signal }) => {
          const path = resolve(to);
          const format = formatOf(path);
          // Before the export is written down as one that took place.
          await demandFolderOf(path);
          const { pieces } = await flow.exportRecords(systemPrincipal, { kind, format, ...narrowed }, signal);
          // Whole or not at all: a file that is there is replaced only by a complete one.
          const part = `${path}.part`;
          let bytes = 0;
          const counted = async function* () {
            for await (const piece of pieces) {
              bytes += piece.length;
              yield piece;
            }
          };
          try {
            await pipeline(Readable.from(counted()), createWriteStream(part, { mode: 0o600 }));
            await rename(part, path);
          } catch (error) {
            await rm(part, { force: true });
            throw error;
          }
          output.result({ path, bytes }, () => [`已导出到 ${path}（${bytes} 字节）`]);
          return undefined;
        }),
      ),
    );
}
