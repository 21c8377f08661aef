import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { exitCodes } from './output.ts';
import type { Run } from './program.ts';
import { createProgress } from './progress.ts';
import { withFlow } from './session.ts';

const kinds = ['organisation', 'need', 'achievement'] as const;
type Kind = (typeof kinds)[number];
const kindLabels: Record<Kind, string> = { organisation: '机构', need: '需求', achievement: '成果' };

/** Rows at fault that are shown; `--json` shows all that the report keeps. */
const shownRows = 20;

interface ImportFlags {
  kind: Kind;
  source?: string;
  mapping?: string;
  as?: 'archive';
  dryRun?: boolean;
  publish?: boolean;
  update?: boolean;
}

export function importCommand(program: Command, run: Run): void {
  program
    .command('import')
    .description('导入机构、需求或成果（JSONL、CSV、XLSX；UTF-8 或 GBK）')
    .addArgument(new Argument('<文件>'))
    .addOption(
      new Option('--kind <种类>', 'organisation 机构、need 需求、achievement 成果')
        .choices([...kinds])
        .makeOptionMandatory(),
    )
    .option('--source <来源>', '来源的名称，与外部编号一起识别同一条记录；缺省为文件名')
    .option('--mapping <文件>', '列对应关系的 JSON 文件；缺省按模板的列名')
    .addOption(new Option('--as <方式>', 'archive：收下不完整的旧记录，标为待补全，不发布').choices(['archive']))
    .option('--publish', '完整的需求和成果直接发布（缺省为待审核）')
    .option('--update', '来源和编号相同而内容不同的记录，按新内容修改')
    .option('--dry-run', '只检查，逐行说明会发生什么，不写入')
    .action((file: string, flags: ImportFlags) =>
      run(async ({ output }) =>
        withFlow(async ({ flow, signal }) => {
          const mapping = flags.mapping ? await readMapping(flags.mapping) : undefined;
          const progress = createProgress(flags.dryRun ? '检查' : '导入');
          const started = Date.now();
          const report = await flow
            .importRecords(systemPrincipal, {
              kind: flags.kind,
              file: { name: basename(file), path: resolve(file) },
              ...(mapping ? { mapping } : {}),
              source: flags.source ?? basename(file),
              archive: flags.as === 'archive',
              dryRun: flags.dryRun ?? false,
              publish: flags.publish ?? false,
              update: flags.update ?? false,
              onProgress: (done, total) => progress.update(done, total ?? 0),
              signal,
            })
            .finally(() => progress.end());
          const seconds = (Date.now() - started) / 1000;
          output.result({ ...report, seconds }, () => [
            `${flags.dryRun ? '检查' : '导入'}${kindLabels[flags.kind]} ${report.total} 行，用时 ${seconds.toFixed(1)} 秒：` +
              `${flags.dryRun ? '将新增' : '新增'} ${report.created}，${flags.dryRun ? '将修改' : '修改'} ${report.updated}，没有变化 ${report.unchanged}，有误 ${report.invalid}`,
            ...report.rows
              .filter((row) => row.outcome === 'invalid' || (flags.dryRun && row.issues.length > 0))
              .slice(0, shownRows)
              .flatMap((row) =>
                row.issues.map((issue) => `  第 ${row.row} 行 ${issue.label}：${issue.reason}。${issue.mend}`),
              ),
            ...(report.invalid > shownRows ? [`  ……其余有误的行请加 --json 查看`] : []),
          ]);
          if (signal.aborted) return exitCodes.interrupted;
          if (report.invalid === 0) return exitCodes.ok;
          return report.invalid === report.total ? exitCodes.usage : exitCodes.partial;
        }),
      ),
    );
}

export function templateCommand(program: Command, run: Run): void {
  program
    .command('template')
    .description('生成导入用的 XLSX 模板，带下拉选项和说明')
    .addArgument(new Argument('<种类>').choices([...kinds]))
    .option('--out <文件>', '写到哪里')
    .action((kind: Kind, options: { out?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const content = await flow.importTemplate(kind);
          const path = resolve(options.out ?? `牵线-${kindLabels[kind]}导入模板.xlsx`);
          await writeFile(path, content);
          output.result({ path, bytes: content.byteLength }, () => [`已写入 ${path}`]);
          return undefined;
        }),
      ),
    );
}

async function readMapping(path: string) {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QianxianError('malformed', `读不到列对应文件 ${path}，请检查路径`, { cause });
  }
  try {
    return JSON.parse(text) as Record<string, never>;
  } catch (cause) {
    throw new QianxianError('malformed', `列对应文件 ${path} 不是有效的 JSON：${(cause as Error).message}`, { cause });
  }
}
