import { type Command, Option } from 'commander';
import { demoFolder } from '../serve.ts';
import type { Run } from './program.ts';
import { createProgress } from './progress.ts';
import { withFlow } from './session.ts';

export function evaluateCommand(program: Command, run: Run): void {
  program
    .command('evaluate')
    .description('用人工判断的数据衡量排序：nDCG@10、MAE、contest')
    .option('--data <文件夹>', '含 needs.jsonl、achievements.jsonl、judgements.tsv')
    .option('--demo', '用演示数据的标注，给出 recall@5')
    .addOption(
      new Option('--model <模型>', 'cv：按需求名称分组的五折交叉验证；shipped：随程序的模型')
        .choices(['cv', 'shipped'])
        .default('cv'),
    )
    .option('--out <文件>', '把预测写成文件，供独立的打分程序核对')
    .option('--seed <数>', '分组的随机种子', '1')
    .action(
      (
        options: { data?: string; demo?: boolean; model: 'cv' | 'shipped'; out?: string; seed: string },
        command: Command,
      ) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            if (!options.data === !options.demo) command.error('请给出 --data 文件夹 或 --demo，二者取一');
            const progress = createProgress('评测');
            if (options.demo) {
              const report = await flow.evaluateDemo({ folder: demoFolder }).finally(() => progress.end());
              output.result(report, () => [
                `recall@5 ${report.recallAt5.toFixed(3)}（有强或较强成果的需求 ${report.needs} 项，标注 ${report.pairs} 对）`,
              ]);
              return undefined;
            }
            const report = await flow
              .evaluate({
                data: options.data!,
                model: options.model,
                ...(options.out ? { out: options.out } : {}),
                seed: Number(options.seed),
              })
              .finally(() => progress.end());
            output.result(report, () => [
              `nDCG@10 ${report.ndcg10.toFixed(4)}  MAE ${report.mae.toFixed(4)}  contest ${report.contest.toFixed(4)}（需求 ${report.needs} 项，${report.pairs} 对，${options.model}）`,
            ]);
            return undefined;
          }),
        ),
    );
}
