import { Argument, type Command } from 'commander';
import { systemPrincipal } from '../domain/user.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

export function consumerCommand(program: Command, run: Run): void {
  const consumer = program
    .command('consumer')
    .description('变更的处理项：后台按记录的变更做事的各项，列出、忘掉不再使用的');

  consumer
    .command('list')
    .description('列出各处理项和等它处理的变更数')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const consumers = await flow.listConsumers(systemPrincipal);
          output.result({ consumers }, () =>
            consumers.length === 0
              ? ['还没有后台进程运行过']
              : table([
                  ['名称', '等待处理', '说明'],
                  ...consumers.map(({ name, waiting, followed }) => [
                    name,
                    String(waiting),
                    followed ? '' : `这个版本不再使用，可用 npx qianxian consumer forget ${name} 忘掉`,
                  ]),
                ]),
          );
          return undefined;
        }),
      ),
    );

  consumer
    .command('forget')
    .description('忘掉不再使用的处理项：等它的变更和只为它留着的事件都不再保存（先让所有服务换到新版本）')
    .addArgument(new Argument('<名称>'))
    .action((name: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { waiting, parked } = await flow.forgetConsumer(systemPrincipal, name);
          output.result({ name, waiting, parked }, () => [
            `已忘掉处理项 ${name}：等它处理的变更 ${waiting} 条${parked > 0 ? `，搁置的 ${parked} 条` : ''}`,
          ]);
          return undefined;
        }),
      ),
    );
}
