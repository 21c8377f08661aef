import type { Command } from 'commander';
import { workKinds } from '../domain/desk.ts';
import { systemPrincipal } from '../domain/user.ts';
import { dateIn } from '../domain/week.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

export function deskCommand(program: Command, run: Run): void {
  program
    .command('desk')
    .description('工作台：什么在等、等了多久、在谁手上')
    .option('--list', '列出每一类里等得最久的')
    .action((options: { list?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const desk = await flow.readDesk(systemPrincipal, {});
          const ids = [...new Set(desk.figures.flatMap(({ onWhom }) => onWhom.map(({ userId }) => userId)))];
          const users = await flow.ports.store.collection('users').getMany(ids);
          const names = new Map(users.map(({ id, name }) => [id, name]));
          output.result(desk, () => [
            ...table(
              desk.figures.map((one) => [
                one.label,
                `${one.waiting} 项`,
                `逾期 ${one.overdue}`,
                `最久 ${one.oldestDays} 天`,
                `未分派 ${one.unassigned}`,
                one.onWhom.map(({ userId, waiting }) => `${names.get(userId) ?? userId} ${waiting}`).join('、'),
              ]),
            ),
            ...(desk.promise
              ? [
                  `四周承诺（${desk.promise.week}）：待答复 ${desk.promise.toAnswer} 项，排不下 ${desk.promise.short} 项`,
                ]
              : []),
            ...desk.warnings.map((one) => `注意：${one}`),
            ...(options.list
              ? workKinds.flatMap(({ code, label }) =>
                  desk.lists[code].map(
                    (one) =>
                      `${label}：${one.title}（${dateIn(new Date(one.since))} 起${one.dueOn ? `，期限 ${one.dueOn}` : ''}） ${one.recordId}`,
                  ),
                )
              : []),
          ]);
          return undefined;
        }),
      ),
    );
}
