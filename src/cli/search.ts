import { Argument, type Command, Option } from 'commander';
import { entryKinds } from '../domain/search-input.ts';
import { systemPrincipal } from '../domain/user.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { table } from './output.ts';
import { createProgress } from './progress.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

export function searchCommand(program: Command, run: Run): void {
  program
    .command('search')
    .description('搜索需求和成果')
    .addArgument(new Argument('<词语...>'))
    .addOption(new Option('--kind <种类>', `只搜一种：${explainedChoices(entryKinds)}`).argParser(oneOf(entryKinds)))
    .option('--limit <条数>', '每种最多几条', '10')
    .action((words: string[], options: { kind?: 'need' | 'achievement'; limit: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await flow.startReading();
          const kinds = options.kind ? [options.kind] : (['need', 'achievement'] as const);
          const results: ({ kind: 'need' | 'achievement' } & Awaited<ReturnType<typeof flow.searchRecords>>)[] = [];
          for (const kind of kinds) {
            results.push({
              kind,
              ...(await flow.searchRecords(systemPrincipal, {
                kind,
                text: words.join(' '),
                limit: Number(options.limit),
              })),
            });
          }
          output.result(results, () =>
            results.flatMap((result) => [
              `${result.kind === 'need' ? '需求' : '成果'}：${result.total} 条${result.relaxed ? '（没有同时含全部词语的，以下含其中一部分）' : ''}`,
              ...table(result.hits.map((hit) => ['', hit.score.toFixed(2), hit.title, hit.organisationName ?? ''])),
              ...(result.total === 0 ? ['  没有找到；可以换一个说法，或少写几个词'] : []),
            ]),
          );
          return undefined;
        }),
      ),
    );
}

export function reindexCommand(program: Command, run: Run): void {
  program
    .command('reindex')
    .description('重新分词并重建索引，完成后与数据库核对')
    .action(() =>
      run(async ({ output }) =>
        withFlow(
          async ({ flow }) => {
            const progress = createProgress('重建索引');
            const started = Date.now();
            const { documents, refused } = await flow
              .reindex((done, total) => progress.update(done, total))
              .finally(() => progress.end());
            const difference = await flow.compareIndex();
            const seconds = (Date.now() - started) / 1000;
            output.result({ documents, refused, seconds, difference }, () => [
              `索引 ${documents} 条，用时 ${seconds.toFixed(1)} 秒；与数据库核对：缺 ${difference.missing.count}，多 ${difference.extra.count}，旧 ${difference.stale.count}`,
              ...(refused > 0 ? [`有 ${refused} 条记录被检索引擎拒收，见 npx qianxian doctor`] : []),
              ...(flow.ports.index.keeps === 'memory'
                ? ['内置索引在内存里，服务启动时自动重建；词典改动后重启服务即可。']
                : []),
            ]);
            return undefined;
          },
          { mendsIndex: true },
        ),
      ),
    );
}
