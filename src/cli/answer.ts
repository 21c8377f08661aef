import { readFile } from 'node:fs/promises';
import { Argument, type Command, Option } from 'commander';
import { type AnswerState, answerStates } from '../domain/answer.ts';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { allPages } from './all-pages.ts';
import { approverOf } from './approver.ts';
import { explainedChoices, oneOf, rowsOf } from './choices.ts';
import { clockTime } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { oneByOne } from './one-by-one.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const states = rowsOf(answerStates.states);

export function answerCommand(program: Command, run: Run): void {
  const answer = program.command('answer').description('给各方的答复：列出、查看、修改、批准、发出、不发');

  answer
    .command('list')
    .description('列出答复，期限最近的在前')
    .addOption(
      new Option('--state <状态>', `只列这个状态：${explainedChoices(states)}`)
        .argParser(oneOf(states))
        .default('drafted', '拟稿'),
    )
    .option('--overdue', '只列已过期限还没有发出的')
    .action((options: { state: AnswerState; overdue?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await listed(flow, options.overdue ? { overdue: true } : { state: options.state });
          output.result(found, () =>
            found.length === 0
              ? [
                  options.overdue
                    ? '没有过了期限的答复'
                    : `没有“${answerStates.states[options.state]}”的答复；其他状态用 --state（${explainedChoices(states)}）`,
                ]
              : [
                  ...table(
                    found.map((one) => [
                      one.id,
                      `期限 ${one.dueOn ?? ''}${one.overdue ? '（已过）' : ''}`,
                      answerStates.states[one.state],
                      one.subject,
                    ]),
                  ),
                  '查看用 npx qianxian answer show 编号，批准用 answer approve，发出用 answer send',
                ],
          );
          return undefined;
        }),
      ),
    );

  answer
    .command('show')
    .description('一条答复的全文和经过')
    .argument('<编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.getAnswer(systemPrincipal, id);
          output.result(found, () => [
            `${answerStates.states[found.state]}：${found.subject}`,
            ...found.text.split('\n').map((line) => `  ${line}`),
            ...(found.outdated ? ['  审核结果在这之后有更正，请核对文字'] : []),
            ...(found.history ?? []).map(
              ({ at, to, reason }) =>
                `  ${clockTime(at)} ${answerStates.states[to as AnswerState] ?? to}${reason ? `：${reason}` : ''}`,
            ),
          ]);
          return undefined;
        }),
      ),
    );

  answer
    .command('edit')
    .description('换一份文字（先前的批准作废）')
    .argument('<编号>')
    .requiredOption('--file <文件>', 'UTF-8 文本文件')
    .action((id: string, options: { file: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const written = await readFile(options.file, 'utf8').catch((cause: unknown) => {
            throw new QianxianError('invalid', `读不到文件“${options.file}”，请检查路径`, { cause });
          });
          const edited = await withEffects(flow, async () => {
            const { version } = await flow.getAnswer(systemPrincipal, id);
            return flow.editAnswer(systemPrincipal, id, version, written.trim());
          });
          output.result(edited, () => [`已修改：${edited.subject}`]);
          return undefined;
        }),
      ),
    );

  for (const { action, name, done } of [
    { action: 'approve', name: '批准', done: '已批准' },
    { action: 'send', name: '发出', done: '已发出' },
  ] as const) {
    answer
      .command(action)
      .description(action === 'send' ? `${name}已批准的答复（须加 --yes）` : `${name}拟好的答复`)
      .addArgument(new Argument('[编号...]'))
      .option('--all', `${name}全部${action === 'send' ? '已批准' : '拟稿'}的（须加 --yes）`)
      .option('--by <登录名>', `由谁${name}；本局规定双人审核时必填，修改、批准和发出不能都是一人`)
      .action((ids: string[], options: { all?: true; by?: string }) =>
        run(async ({ output, yes }) =>
          withFlow(async ({ flow }) => {
            const chosen = options.all
              ? (await listed(flow, { state: action === 'send' ? 'approved' : 'drafted' })).map(({ id }) => id)
              : ids;
            if (chosen.length === 0) {
              if (options.all) {
                output.result({ done: [], refused: [] }, () => [`没有可以${name}的答复`]);
                return undefined;
              }
              throw new QianxianError('invalid', '没有写编号；npx qianxian answer list 列出答复，--all 表示全部');
            }
            if ((options.all || action === 'send') && !yes) {
              throw new QianxianError('invalid', `将${name} ${chosen.length} 条答复；确定的请加 --yes`);
            }
            const subjects = new Map<string, string>();
            const clerk = await approverOf(flow, options.by);
            return withEffects(flow, () =>
              oneByOne(
                output,
                chosen,
                async (id) => {
                  const { version } = await flow.getAnswer(systemPrincipal, id);
                  const moved = await flow.moveAnswer(clerk, id, version, action);
                  subjects.set(id, `${moved.subject}（${id}）`);
                },
                { done, nameOf: (id) => subjects.get(id) },
              ),
            );
          }),
        ),
      );
  }

  answer
    .command('drop')
    .description('不发一条答复，例如已经电话告知')
    .argument('<编号>')
    .requiredOption('--reason <原因>', '为什么不发，例如何时电话告知了谁')
    .action((id: string, options: { reason: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const moved = await withEffects(flow, async () => {
            const { version } = await flow.getAnswer(systemPrincipal, id);
            return flow.moveAnswer(systemPrincipal, id, version, 'drop', options.reason);
          });
          output.result(moved, () => [`不发：${moved.subject}`]);
          return undefined;
        }),
      ),
    );
}

type Listed = Awaited<ReturnType<Flow['listAnswers']>>['items'][number];

function listed(flow: Flow, wanted: { readonly state?: AnswerState; readonly overdue?: boolean }): Promise<Listed[]> {
  return allPages((cursor) =>
    flow.listAnswers(systemPrincipal, { ...wanted, limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
  );
}
