import type { Command } from 'commander';
import { demoFolder, demoState, loadDemo } from '../demo.ts';
import { labelOf } from '../domain/codes/table.ts';
import { QianxianError } from '../domain/errors.ts';
import { roles, systemPrincipal } from '../domain/user.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

export function initCommand(program: Command, run: Run): void {
  program
    .command('init')
    .description('在空的数据文件夹里建立第一个管理员，显示一次性密码')
    .option('--login <登录名>', '管理员的登录名', 'admin')
    .option('--name <姓名>', '管理员的姓名', '系统管理员')
    .action((options: { login: string; name: string }) =>
      run(async ({ output }) =>
        withFlow(
          async ({ flow, config }) => {
            if ((await flow.ports.store.collection('users').count({ role: 'admin' })) > 0) {
              throw new QianxianError('conflict', '这里已经有管理员；忘记密码请用 npx qianxian user passwd 登录名');
            }
            const { user, oneTimePassword } = await flow.createUser(systemPrincipal, {
              login: options.login,
              name: options.name,
              role: 'admin',
            });
            output.result({ dataFolder: config.dataFolder, login: user.login, oneTimePassword }, () => [
              config.servers ? '数据在 MONGODB_URI 所指的库里' : `数据文件夹：${config.dataFolder}`,
              `管理员：${user.login}`,
              `一次性密码（只显示这一次，首次登录须改）：${oneTimePassword}`,
              '下一步：npm start 启动服务，或 npx qianxian import 导入机构、需求和成果。',
            ]);
            return undefined;
          },
          { migrate: true, begins: true },
        ),
      ),
    );
}

export function seedCommand(program: Command, run: Run): void {
  program
    .command('seed')
    .description('装入演示数据')
    .requiredOption('--demo', '约 50 项需求、150 项成果，机构均为虚构')
    .action(() =>
      run(async ({ output }) =>
        withFlow(
          async ({ flow, config }) => {
            if (config.production)
              throw new QianxianError(
                'misconfigured',
                '生产环境（NODE_ENV=production）不装演示数据；请在别的数据文件夹里试用',
              );
            if ((await demoState(flow)) === 'other') {
              throw new QianxianError(
                'conflict',
                config.servers
                  ? 'MONGODB_URI 所指的库里已经有别的数据，不与演示数据混放；请换一个空的库'
                  : '这个数据文件夹里已经有别的数据，不与演示数据混放；请用 QIANXIAN_DATA 指到一个空文件夹',
              );
            }
            const report = await loadDemo(flow, demoFolder);
            output.result(report, () =>
              report.loaded
                ? [
                    `已装入：机构 ${report.organisations} 家，需求 ${report.needs} 项，成果 ${report.achievements} 项`,
                    '一次性密码（只显示这一次）：',
                    ...table(
                      report.accounts.map((account) => [
                        `  ${account.login}`,
                        account.oneTimePassword,
                        labelOf(roles, account.role),
                      ]),
                    ),
                  ]
                : ['演示数据早已装入，没有改动'],
            );
            return undefined;
          },
          { migrate: true, begins: true },
        ),
      ),
    );
}
