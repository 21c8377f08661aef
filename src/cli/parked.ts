import { Argument, type Command } from 'commander';
import { collectionLabel } from '../domain/audit-labels.ts';
import { NotFound } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { clockTime } from './clock-time.ts';
import { errorLines, exitCodeOf, exitCodes, table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

type Parked = Awaited<ReturnType<Flow['listParkedChanges']>>['items'][number];

async function allParked(flow: Flow): Promise<Parked[]> {
  const found: Parked[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await flow.listParkedChanges(systemPrincipal, {
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.next;
    if (cursor === undefined) return found;
  }
}

export function parkedCommand(program: Command, run: Run): void {
  const parked = program.command('parked').description('搁置的变更：后台处理反复出错的记录，列出、重新处理');

  parked
    .command('list')
    .description('列出搁置的变更和原因，最早的在前')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await allParked(flow);
          output.result({ parked: found }, () =>
            found.length === 0
              ? ['没有搁置的变更']
              : [
                  ...table([
                    ['编号', '处理', '记录', '又试', '搁置于（北京时间）', '原因'],
                    ...found.map(({ id, consumer, collection, recordId, tries, parkedAt, reason }) => [
                      id,
                      consumer,
                      `${collectionLabel(collection) ?? collection} ${recordId}`,
                      String(tries),
                      clockTime(parkedAt),
                      reason,
                    ]),
                  ]),
                  '处理原因后用 npx qianxian parked replay 编号 重新处理；每小时也会自动再试',
                ],
          );
          return undefined;
        }),
      ),
    );

  parked
    .command('replay')
    .description('按记录现在的样子重新处理搁置的变更')
    .addArgument(new Argument('[编号...]'))
    .option('--all', '重新处理全部搁置的变更')
    .action((ids: string[], options: { all?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const chosen = options.all ? (await allParked(flow)).map(({ id }) => id) : ids;
          if (chosen.length === 0 && !options.all) {
            throw new NotFound(
              '没有写要重新处理的变更；请写编号（npx qianxian parked list 可以看到），或用 --all 重新处理全部',
            );
          }
          const done: string[] = [];
          let fault: unknown;
          for (const id of chosen) {
            try {
              const { handled, reason } = await flow.replayParkedChange(systemPrincipal, id);
              if (handled) done.push(id);
              else output.note(`${id}：仍然失败：${reason}`);
            } catch (error) {
              fault = error;
              for (const line of errorLines(error)) output.note(`${id}：${line}`);
            }
          }
          const refused = chosen.filter((id) => !done.includes(id));
          output.result({ done, refused }, () => [`已处理：${done.length} 条，仍搁置：${refused.length} 条`]);
          if (refused.length === 0) return exitCodes.ok;
          if (done.length > 0) return exitCodes.partial;
          return fault === undefined ? exitCodes.failed : exitCodeOf(fault);
        }),
      ),
    );
}
