import type { Command } from 'commander';
import { openOtherStore } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { type MovePhase, type MoveReport, moveRecords } from '../flow.ts';
import { createLog } from '../log.ts';
import { table } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Run } from './run.ts';

const phaseLabels: Readonly<Record<MovePhase, string>> = {
  clear: '核对上次已迁的记录',
  records: '迁移记录',
  files: '迁移附件',
  verify: '逐条核对',
};

export function migrateStoreCommand(program: Command, run: Run): void {
  program
    .command('migrate-store')
    .description('把全部记录和附件从现在的地方迁到另一处（内置引擎与 MongoDB 之间），先停止所有服务')
    .requiredOption('--to <去处>', 'MongoDB 的地址（mongodb://…，空的库），或一个空的数据文件夹')
    .action(({ to }: { to: string }) =>
      run(async ({ output }) => {
        const config = readConfig();
        if (config.servers) output.note(stopFirst);
        const started = Date.now();
        const report = await moved(config, to);
        const seconds = (Date.now() - started) / 1000;
        output.result({ ...report, seconds }, () => linesOf(report, seconds));
        return undefined;
      }),
    );
}

/** Of a data folder the lock tells whether it is served; a database on a server has none. */
const stopFirst =
  '请确认所有机器上的牵线服务（网页和后台进程）都已停止：迁移期间写入的内容会使最后的核对不能通过，要再运行一次';

async function moved(config: Config, to: string): Promise<MoveReport> {
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const abort = new AbortController();
  const interrupt = () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  let shown: { readonly phase: MovePhase; readonly progress: Progress } | undefined;
  try {
    const source = await openOtherStore(config.servers?.mongodb ?? config.dataFolder, { log, asSource: true });
    try {
      const target = await openOtherStore(to, { log });
      try {
        return await moveRecords({
          source,
          target,
          onProgress: (phase, done, total) => {
            if (shown?.phase !== phase) {
              shown?.progress.end();
              shown = { phase, progress: createProgress(phaseLabels[phase]) };
            }
            shown.progress.update(done, total);
          },
          signal: abort.signal,
        });
      } finally {
        shown?.progress.end();
        await target.close();
      }
    } finally {
      await source.close();
    }
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function linesOf(report: MoveReport, seconds: number): string[] {
  const { source, target, collections, files, copied } = report;
  const filled = Object.entries(collections).filter(([, { records, removed }]) => records + removed > 0);
  const sum = filled.reduce((total, [, { records }]) => total + records, 0);
  return [
    `已把 ${source} 迁到 ${target}：记录 ${sum} 条，附件 ${files.count} 份（${(files.bytes / 1e6).toFixed(1)} MB），` +
      `这次复制 ${copied.records} 条和 ${copied.files} 份，用时 ${seconds.toFixed(1)} 秒；逐条核对无误`,
    ...table([
      ['  集合', '记录', '删除痕迹', '待处理', '校验值'],
      ...filled.map(([name, { records, removed, waiting, sha256 }]) => [
        `  ${name}`,
        String(records),
        String(removed),
        String(waiting),
        sha256.slice(0, 16),
      ]),
    ]),
    ...(/^mongodb/.test(target)
      ? [
          '下一步：',
          '  1. 每台机器都设置 MONGODB_URI（就是 --to 的地址）、ELASTICSEARCH_URL 和 REDIS_URL',
          '  2. npx qianxian reindex',
          '  3. npm start',
        ]
      : [
          '下一步：',
          `  1. 不再设置 MONGODB_URI、ELASTICSEARCH_URL 和 REDIS_URL，把 QIANXIAN_DATA 设为 ${target}`,
          '  2. npx qianxian reindex',
          '  3. npm start',
        ]),
    `原来的数据没有改动，确认无误后再删。没有设置 QIANXIAN_SECRET 的，请各人重新登录。`,
  ];
}
