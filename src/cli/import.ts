import { readFile, writeFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { QianxianError } from '../domain/errors.ts';
import type { ImportMapping } from '../domain/import-mapping.ts';
import { differs, type ImportReport, type RowResult } from '../domain/import-report.ts';
import { systemPrincipal } from '../domain/user.ts';
import { importTemplate } from '../flow.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { exitCodes } from './output.ts';
import { createProgress } from './progress.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { demandFolderOf } from './target-path.ts';

const kinds = [
  { code: 'organisation', label: '机构' },
  { code: 'need', label: '需求' },
  { code: 'achievement', label: '成果' },
  { code: 'partnership', label: '合作项目' },
  { code: 'agreement', label: '战略合作协议' },
  { code: 'joint-body', label: '共建机构' },
] as const;
type Kind = (typeof kinds)[number]['code'];

/** Rows at fault that are shown; `--json` shows all that the report keeps. */
const shownRows = 20;
const shownRemarks = 10;

const outcomeLabels: Record<RowResult, string> = {
  created: '新增',
  incomplete: '新增（待补全）',
  updated: '修改',
  unchanged: '没有变化',
  invalid: '有误',
  withheld: '无误，未写入',
};

interface ImportFlags {
  kind: Kind;
  source?: string;
  mapping?: string;
  as?: 'archive';
  dryRun?: boolean;
  publish?: boolean;
  update?: boolean;
  onlyValid?: boolean;
}

export function importCommand(program: Command, run: Run): void {
  program
    .command('import')
    .description('导入机构、需求、成果、合作项目、协议或共建机构（JSONL、CSV、XLSX；UTF-8 或 GBK）')
    .addArgument(new Argument('<文件>'))
    .addOption(new Option('--kind <种类>', explainedChoices(kinds)).argParser(oneOf(kinds)).makeOptionMandatory())
    .option('--source <来源>', '来源的名称，与外部编号一起识别同一条记录；缺省为文件名')
    .option('--mapping <文件>', '列对应关系的 JSON 文件；缺省按模板的列名')
    .addOption(
      new Option('--as <方式>', 'archive 存档：收下不完整的旧记录，标为待补全，不发布').argParser(
        oneOf([{ code: 'archive', label: '存档' }]),
      ),
    )
    .option('--publish', '完整的需求和成果直接发布（缺省为待审核）')
    .option('--update', '来源和编号相同而内容不同的记录，按新内容修改')
    .option('--only-valid', '有误的行以外照常写入（缺省：一行有误则整个文件都不写；存档方式总是只跳过有误的行）')
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
              ...(flags.onlyValid ? { onlyValid: true } : {}),
              onProgress: (done, total) => progress.update(done, total),
              signal,
            })
            .finally(() => progress.end());
          const seconds = (Date.now() - started) / 1000;
          output.result({ ...report, seconds }, () => linesOf(report, seconds, flags.update ?? false));
          return codeOf(report, flags);
        }),
      ),
    );
}

/**
 * 0 where every row is in the store as the file has it, 3 where some are, 2 where none is. A dry run ends as the import would.
 */
function codeOf(report: ImportReport, flags: ImportFlags): number {
  if (report.stopped) return exitCodes.interrupted;
  if (report.invalid === 0 && report.differing === 0) return exitCodes.ok;
  const partly = report.written || (report.dryRun && (report.invalid === 0 || flags.onlyValid || report.archive));
  const good = report.created + report.updated + report.unchanged - report.differing;
  return partly && good > 0 ? exitCodes.partial : exitCodes.usage;
}

/** The report as a clerk reads it: figures, what was left out of rows, and the first rows at fault with their mend. */
function linesOf(report: ImportReport, seconds: number, updates: boolean): string[] {
  const will = report.dryRun ? '将' : '';
  const shown = report.rows.filter((row) => row.outcome === 'invalid' || report.dryRun).slice(0, shownRows);
  return [
    `${report.dryRun ? '检查' : '导入'}${labelOf(kinds, report.kind)} ${report.total} 行，用时 ${seconds.toFixed(1)} 秒：` +
      `${will}新增 ${report.created}${report.incomplete > 0 ? `（其中待补全 ${report.incomplete}）` : ''}，${will}修改 ${report.updated}，` +
      `没有变化 ${report.unchanged}${report.differing > 0 ? `（其中编号已有、内容不同而未更新 ${report.differing}）` : ''}，有误 ${report.invalid}${report.withheld > 0 ? `，无误但未写入 ${report.withheld}` : ''}`,
    ...report.notes.map((note) => `  ${note}`),
    ...report.remarks
      .filter(({ reason }) => report.invalid === 0 && reason !== differs)
      .slice(0, shownRemarks)
      .map((remark) => `  ${remark.count} 行 ${remark.label}：${remark.reason}`),
    ...shown.flatMap((row) =>
      row.issues.length === 0
        ? [`  第 ${row.row} 行：${outcomeLabels[row.outcome]}`]
        : row.issues.map((issue) => `  第 ${row.row} 行 ${issue.label}：${issue.reason}。${issue.mend}`),
    ),
    ...(report.differing > 0 && !updates
      ? [
          `有 ${report.differing} 行的编号在来源“${report.source}”中已经用过，内容不同，没有写入：是同一条记录的，加 --update 按文件更新；是另一条记录的，改正编号，或用 --source 换一个来源名称（缺省为文件名）`,
        ]
      : []),
    ...(report.differing > 0 && updates ? [`有 ${report.differing} 行没有更新：${whyNot(report)}`] : []),
    ...(report.invalid > shownRows ? ['  ……其余有误的行请加 --json 查看'] : []),
    ...(report.withheld > 0 && !report.dryRun
      ? ['没有写入任何一行；改正后再导入，或加 --only-valid 先写入无误的行']
      : []),
  ];
}

/** Why the first record that should have been changed by the file was not. */
function whyNot({ rows }: ImportReport): string {
  for (const { issues } of rows) {
    const issue = issues.find(({ reason }) => reason === differs);
    if (issue) return issue.mend;
  }
  return '加 --json 查看各行的原因';
}

export function templateCommand(program: Command, run: Run): void {
  program
    .command('template')
    .description('生成导入用的 XLSX 模板，带下拉选项和说明')
    .addArgument(new Argument('<种类>', explainedChoices(kinds)).argParser(oneOf(kinds)))
    .option('--out <文件>', '写到哪里，以 .xlsx 结尾；缺省写到当前文件夹')
    .action((kind: Kind, options: { out?: string }) =>
      run(async ({ output }) => {
        const path = resolve(options.out ?? `牵线-${labelOf(kinds, kind)}导入模板.xlsx`);
        if (extname(path).toLowerCase() !== '.xlsx') {
          throw new QianxianError('invalid', `模板是 XLSX 工作簿，不能写成 ${basename(path)}；文件名请以 .xlsx 结尾`);
        }
        const content = await importTemplate(kind);
        await demandFolderOf(path);
        await writeFile(path, content);
        output.result({ path, bytes: content.byteLength }, () => [`已写入 ${path}`]);
        return undefined;
      }),
    );
}

/** What the file says is checked where it is used. */
async function readMapping(path: string): Promise<ImportMapping> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QianxianError('malformed', `读不到列对应文件 ${path}，请检查路径`, { cause });
  }
  try {
    return JSON.parse(text) as ImportMapping;
  } catch (cause) {
    throw new QianxianError('malformed', `列对应文件 ${path} 不是有效的 JSON：${(cause as Error).message}`, { cause });
  }
}
