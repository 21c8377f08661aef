import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { labelOf } from '../domain/codes/table.ts';
import { roles } from '../domain/user.ts';
import { createLog } from '../log.ts';
import { exitCodes, table } from './output.ts';
import type { Run } from './run.ts';

/** How long a stop waits for what runs before the process goes anyway; everything acknowledged is safe by then. */
const stopLimit = 20_000;

export function startCommand(program: Command, run: Run): void {
  program
    .command('start')
    .description('启动服务（第一次启动会装入演示数据并匹配本周）')
    .option('--web', '只答网页和接口的请求，不做后台的工作（用外部服务器时）')
    .option('--worker', '只做后台的工作：索引、清单的后续、每周匹配（用外部服务器时）')
    .action((options: { web?: true; worker?: true }) =>
      run(async ({ output }) => {
        const { web = false, worker = false } = options;
        const does = web || worker ? { web, worker } : { web: true, worker: true };
        const config = readConfig();
        const log = createLog(config.logLevel === 'info' && process.stderr.isTTY ? 'warn' : config.logLevel);
        const started = Date.now();
        output.note('正在启动……');
        // Most commands serve nothing: they need not wait until all of that is loaded.
        const { serve } = await import('../serve.ts');
        const served = await serve(config, { log, roles: does });
        // Before the address is told: whoever reads it may stop the service at once.
        const stopped = new Promise<number>((resolve) => {
          let stopping = false;
          const stop = (code: number) => {
            if (stopping) return;
            stopping = true;
            output.note('正在停止……');
            const limit = setTimeout(() => process.exit(code), stopLimit);
            served.close().then(
              () => {
                clearTimeout(limit);
                resolve(code);
              },
              (error) => {
                log.error({ err: error }, 'stop failed');
                clearTimeout(limit);
                resolve(exitCodes.failed);
              },
            );
          };
          process.on('SIGTERM', () => stop(exitCodes.ok));
          process.on('SIGINT', () => stop(exitCodes.ok));
          // What nobody caught leaves the program in an unknown state: it is logged, what runs is let end, the supervisor restarts.
          process.on('uncaughtException', (error) => {
            log.error({ err: error }, 'uncaught exception');
            stop(exitCodes.failed);
          });
          process.on('unhandledRejection', (error) => {
            log.error({ err: error }, 'unhandled rejection');
            stop(exitCodes.failed);
          });
        });

        const seconds = ((Date.now() - started) / 1000).toFixed(1);
        const lines = does.web
          ? [`牵线已就绪（${seconds} 秒）：${served.url}`, `接口文档：${served.url}/api/docs`]
          : [
              `牵线的后台进程已就绪（${seconds} 秒）`,
              served.url ? `运行指标：${served.url}/metrics，是否就绪：${served.url}/readyz` : '没有开运行指标的端口',
            ];
        if (!does.web) {
          lines.push(...(served.needsInit ? ['还没有任何账号：请运行 npx qianxian init 建立管理员。'] : []));
        } else if (served.demo?.loaded) {
          lines.push(
            '',
            `已装入演示数据：机构 ${served.demo.organisations} 家，需求 ${served.demo.needs} 项，成果 ${served.demo.achievements} 项（机构均为虚构）。`,
            '演示账号与一次性密码（只显示这一次，首次登录须改密码；忘了用 npx qianxian user passwd 登录名 重置）：',
            ...table(
              served.demo.accounts.map((account) => [
                `  ${account.login}`,
                account.oneTimePassword,
                labelOf(roles, account.role),
              ]),
            ),
          );
        } else if (served.needsInit) {
          lines.push('', '还没有任何账号：请另开终端运行 npx qianxian init 建立管理员。');
        } else {
          lines.push('账号照旧；忘了密码用 npx qianxian user passwd 登录名 重置，user list 列出账号。');
        }
        lines.push('', '按 Ctrl+C 停止。');
        output.result({ url: served.url, demo: served.demo, needsInit: served.needsInit }, () => lines);
        return await stopped;
      }),
    );
}
