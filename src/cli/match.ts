import type { Command } from 'commander';
import { matchLevels } from '../domain/codes/review-codes.ts';
import { labelOf } from '../domain/codes/table.ts';
import type { EntryState } from '../domain/entry.ts';
import { systemPrincipal } from '../domain/user.ts';
import { weekOf } from '../domain/week.ts';
import type { Flow } from '../flow.ts';
import { withEffects } from './effects.ts';
import { exitCodes, table } from './output.ts';
import { createProgress } from './progress.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

export function matchCommand(program: Command, run: Run): void {
  program
    .command('match')
    .description('为某一周召回、打分、说明理由，并冻结该周的清单（已有清单则原样给出）')
    .option('--week <周>', '例如 2026-W48；缺省为本周')
    .option('--include-archive', '存档待补全的记录也参加')
    .option('--cancel', '取消这一周正在进行的匹配：做到一半的需求做完即停，不生成清单')
    .action((options: { week?: string; includeArchive?: boolean; cancel?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow, signal }) => {
          if (options.cancel) {
            const week = options.week ?? weekOf(flow.ports.clock.now());
            const stopped = await withEffects(flow, () => flow.cancelRun(systemPrincipal, week));
            output.result({ week, run: stopped }, () => [
              `${week} 的匹配已取消，已完成 ${stopped.done}/${stopped.needs} 项需求；再运行 match 时接着做`,
            ]);
            return exitCodes.ok;
          }
          const progress = createProgress('匹配');
          const started = Date.now();
          await flow.startReading();
          const loaded = Date.now();
          const result = await flow
            .runWeek({
              ...(options.week ? { week: options.week } : {}),
              includeArchive: options.includeArchive ?? false,
              onProgress: ({ done, needs }) => progress.update(done, needs),
              signal,
            })
            .finally(() => progress.end());
          const seconds = { indexing: (loaded - started) / 1000, matching: (Date.now() - loaded) / 1000 };
          const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
          if (result === null) {
            const lines = await nothingToMatch(flow, options.includeArchive ?? false);
            output.result({ docket: null, seconds }, () => lines);
            return exitCodes.ok;
          }
          const { docket, created } = result;
          const matchingRun = await flow.ports.store.collection('matchingRuns').get(docket.week);
          output.result(
            { week: docket.week, created, run: matchingRun ?? null, docket, seconds, peakMegabytes },
            () => [
              created
                ? `${docket.week} 的清单已冻结：${docket.items.length} 对（需求 ${matchingRun?.needs ?? '?'} 项，成果 ${matchingRun?.achievements ?? '?'} 项，打分 ${matchingRun?.pairsScored ?? '?'} 对；` +
                  `建索引 ${seconds.indexing.toFixed(1)} 秒，匹配 ${seconds.matching.toFixed(1)} 秒，内存峰值 ${peakMegabytes} MB）`
                : `${docket.week} 早有清单，没有改动：${docket.items.length} 对`,
              ...table(
                docket.items.map((item) => [
                  String(item.place),
                  labelOf(matchLevels, item.level),
                  item.score.toFixed(3),
                  clip(item.needTitle),
                  clip(item.achievementTitle),
                ]),
              ),
              `四周承诺：到期 ${docket.promise.due} 项，本周安排 ${docket.promise.offered} 项，待答复“暂无合适成果” ${docket.promise.toAnswer.length} 项，排不下 ${docket.promise.short} 项`,
            ],
          );
          return exitCodes.ok;
        }),
      ),
    );
}

/** What is missing on which side, and what there is to do about it that was not done already. */
async function nothingToMatch(flow: Flow, withArchive: boolean): Promise<string[]> {
  const sides = await Promise.all(
    (['needs', 'achievements'] as const).map(async (name) => {
      const count = (state: EntryState) => flow.ports.store.collection(name).count({ state });
      const [published, submitted, archived] = await Promise.all([
        count('published'),
        count('submitted'),
        count('archived'),
      ]);
      return { label: name === 'needs' ? '需求' : '成果', published, submitted, archived };
    }),
  );
  const taking = ({ published, archived }: (typeof sides)[number]) => published + (withArchive ? archived : 0);
  const empty = sides.filter((side) => taking(side) === 0);
  const lines = [
    `没有可以匹配的${(empty.length > 0 ? empty : sides).map(({ label }) => label).join('和')}，没有生成清单`,
  ];
  for (const { label, submitted, archived } of empty) {
    const ways = [
      ...(submitted > 0 ? [`有 ${submitted} 项待审核，用 npx qianxian record list 查看、record publish 发布`] : []),
      ...(archived > 0 && !withArchive ? [`有 ${archived} 项存档待补全，加 --include-archive 让它们参加`] : []),
    ];
    lines.push(
      `  ${label}：${ways.length > 0 ? ways.join('；') : '还没有，请先录入，或用 npx qianxian import 导入并发布'}`,
    );
  }
  return lines;
}

function clip(value: string): string {
  const characters = [...value];
  return characters.length > 26 ? `${characters.slice(0, 25).join('')}…` : value;
}
