import { type Command, Option } from 'commander';
import { composeSegmenter } from '../compose.ts';
import { readConfig } from '../config.ts';
import { QianxianError } from '../domain/errors.ts';
import { evaluate, evaluateDemo } from '../flow.ts';
import { createLog } from '../log.ts';
import { demoFolder } from '../serve.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';

interface EvaluateFlags {
  data?: string;
  demo?: boolean;
  model: 'cv' | 'shipped';
  out?: string;
  folds: string;
  seed: string;
}

export function evaluateCommand(program: Command, run: Run): void {
  program
    .command('evaluate')
    .description('用人工判断的数据衡量排序：nDCG@10、MAE、contest')
    .option('--data <文件夹>', '含 needs.jsonl、achievements.jsonl、judgements.tsv')
    .option('--demo', '用演示数据的标注，给出 recall@5')
    .addOption(
      new Option('--model <模型>', 'cv：按需求名称分组的交叉验证；shipped：随程序的模型')
        .choices(['cv', 'shipped'])
        .default('cv'),
    )
    .option('--out <文件>', '把预测写成文件，供独立的打分程序核对')
    .option('--folds <数>', '交叉验证的折数', '5')
    .option('--seed <数>', '分组的随机种子', '1')
    .action((flags: EvaluateFlags) =>
      run(async ({ output }) => {
        if ((flags.data === undefined) === (flags.demo === undefined)) {
          throw new QianxianError('invalid', '请给出 --data 文件夹 或 --demo，二者取一');
        }
        const segmenter = await composeSegmenter(readConfig(), createLog('warn'));
        try {
          if (flags.demo) {
            const report = await evaluateDemo({ segmenter }, { folder: demoFolder });
            output.result(report, () => [
              `recall@5 ${report.recallAt5.toFixed(4)}（有强或较强成果的需求 ${report.needs} 项，标注 ${report.pairs} 对）`,
            ]);
            return undefined;
          }
          const report = await evaluate(
            { segmenter },
            {
              data: flags.data!,
              model: flags.model,
              folds: Number(flags.folds),
              seed: Number(flags.seed),
              ...(flags.out ? { out: flags.out } : {}),
            },
          );
          output.result(report, () => [
            `nDCG@10 ${report.ndcg10.toFixed(4)}（95% 区间 ${report.ndcg10Low.toFixed(4)}–${report.ndcg10High.toFixed(4)}）  MAE ${report.mae.toFixed(4)}  contest ${report.contest.toFixed(4)}`,
            `需求 ${report.needs} 项，判断 ${report.pairs} 对，${flags.model === 'cv' ? `${flags.folds} 折交叉验证` : '随程序的模型'}（${report.model}）`,
            ...table([
              ['  对照', 'nDCG@10'],
              ['  随机', report.baselines.random.toFixed(4)],
              ['  BM25，名称', report.baselines.bm25Title.toFixed(4)],
              ['  BM25，名称和描述', report.baselines.bm25Need.toFixed(4)],
            ]),
          ]);
        } finally {
          await segmenter.close();
        }
        return undefined;
      }),
    );
}
