import { Argument, type Command, Option } from 'commander';
import { NotFound } from '../domain/errors.ts';
import type { JobQueue, JobState, JobSummary } from '../ports/job-queue.ts';
import { explainedChoices, oneOf, rowsOf } from './choices.ts';
import { clockTime } from './clock-time.ts';
import { oneByOne } from './one-by-one.ts';
import { exitCodes, table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const states: Readonly<Record<JobState, string>> = { waiting: '等待', running: '运行中', failed: '失败' };

export function jobsCommand(program: Command, run: Run): void {
  const jobs = program.command('jobs').description('后台任务：列出、重试、丢弃');

  jobs
    .command('list')
    .description('列出没有做完的任务：失败的有原因，等待的有时刻')
    .addOption(
      new Option('--state <状态>', `只列这一种：${explainedChoices(rowsOf(states))}`).argParser(oneOf(rowsOf(states))),
    )
    .action((options: { state?: JobState }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { queue } = flow.ports;
          const counts = await queue.counts();
          const found = await listed(queue, options.state);
          output.result({ counts, jobs: found }, () => [
            `失败 ${counts.failed} 项，运行中 ${counts.running} 项，等待 ${counts.waiting} 项，推迟 ${counts.delayed} 项`,
            ...(found.length === 0
              ? []
              : table([['编号', '任务', '状态', '已试', '时刻', '原因'], ...found.map(lineOf)])),
            ...(counts.failed > 0
              ? ['处理原因后用 npx qianxian jobs retry 编号 重试；不再需要的用 npx qianxian jobs discard 编号 丢弃']
              : []),
          ]);
          return undefined;
        }),
      ),
    );

  jobs
    .command('retry')
    .description('重试失败的任务，次数从头算')
    .addArgument(new Argument('[编号...]'))
    .option('--all', '重试全部失败的任务')
    .action((ids: string[], options: { all?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { queue } = flow.ports;
          const failed = await listed(queue, 'failed');
          const chosen = options.all ? failed.map(({ id }) => id) : ids;
          if (chosen.length === 0 && !options.all) {
            throw new NotFound(
              '没有写要重试的任务；请写编号（npx qianxian jobs list 可以看到），或用 --all 重试全部失败的',
            );
          }
          const names = new Map(failed.map((job) => [job.id, nameOf(job)]));
          if (chosen.length === 0) {
            output.result({ done: [], refused: [] }, () => ['没有失败的任务，不用重试']);
            return exitCodes.ok;
          }
          return oneByOne(output, chosen, (id) => queue.retry(id), {
            done: '已重新排队',
            nameOf: (id) => names.get(id),
            afterwards: '服务在运行时马上执行，否则在下次启动后执行；结果用 npx qianxian jobs list 查看',
          });
        }),
      ),
    );

  jobs
    .command('discard')
    .description('丢弃失败的任务，不再做它')
    .addArgument(new Argument('<编号...>'))
    .action((ids: string[]) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { queue } = flow.ports;
          const names = new Map((await listed(queue, 'failed')).map((job) => [job.id, nameOf(job)]));
          return oneByOne(output, ids, (id) => queue.forget(id), { done: '已丢弃', nameOf: (id) => names.get(id) });
        }),
      ),
    );
}

async function listed(queue: JobQueue, state?: JobState): Promise<JobSummary[]> {
  const found: JobSummary[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await queue.list({
      limit: 500,
      ...(state ? { state } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.next;
    if (cursor === undefined) return found;
  }
}

const nameOf = ({ title, key }: Pick<JobSummary, 'title' | 'key'>) => (key === null ? title : `${title}（${key}）`);

function lineOf(job: JobSummary): string[] {
  const time = job.nextTryAt ?? job.failedAt ?? job.addedAt;
  return [
    job.id,
    nameOf(job),
    states[job.state],
    job.mostAttempts === null ? `${job.attempts} 次` : `${job.attempts}/${job.mostAttempts} 次`,
    clockTime(time),
    job.reason ?? '',
  ];
}
