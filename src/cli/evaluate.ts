import { type Command, Option } from 'commander';
import { composeSegmenter } from '../compose.ts';
import { readConfig } from '../config.ts';
import { demoFolder } from '../demo.ts';
import { matchLevels } from '../domain/codes/review-codes.ts';
import { QianxianError } from '../domain/errors.ts';
import { type Evaluation, evaluate, evaluateDemo, evaluateSubjects, type SubjectHits } from '../flow.ts';
import { createLog } from '../log.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { readTextFile } from './json-file.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';

const models = [
  { code: 'cv', label: '按需求名称分组的交叉验证' },
  { code: 'shipped', label: '随程序的模型' },
] as const;

interface EvaluateFlags {
  data?: string;
  demo?: boolean;
  disciplines?: string;
  model: 'cv' | 'shipped';
  out?: string;
  folds: string;
  seed: string;
  splits: string;
  alone?: boolean;
  explain?: boolean;
  ablation?: boolean;
  judged?: string;
}

export function evaluateCommand(program: Command, run: Run): void {
  program
    .command('evaluate')
    .description('用人工判断的数据衡量排序：nDCG@10、MAE、contest')
    .option('--data <文件夹>', '含 needs.jsonl、achievements.jsonl、judgements.tsv')
    .option('--demo', '用演示数据的标注，给出 recall@5')
    .option('--disciplines <文件>', '用带学科的文本（JSONL，一行一篇）衡量学科和领域的推荐')
    .addOption(new Option('--model <模型>', explainedChoices(models)).argParser(oneOf(models)).default('cv'))
    .option('--out <文件>', '把预测写成文件，供独立的打分程序核对')
    .option('--folds <数>', '交叉验证的折数', '5')
    .option('--seed <数>', '分组的随机种子', '1')
    .option('--splits <数>', '另按后续种子分组，给出各次和平均的数值', '1')
    .option('--alone', '每一对单独判断，不看同一需求的其他候选')
    .option('--explain', '列出各特征在排序中所占的份额')
    .option('--ablation', '列出去掉每组特征、减少训练需求时的数值（较慢）')
    .option('--judged <数>', '另衡量：每项需求审核过这么多对以后，其余各对的排序好多少')
    .action((flags: EvaluateFlags) =>
      run(async ({ output }) => {
        if ([flags.data, flags.demo, flags.disciplines].filter((one) => one !== undefined).length !== 1) {
          throw new QianxianError('invalid', '请给出 --data 文件夹、--demo 或 --disciplines 文件，三者取一');
        }
        if (flags.disciplines !== undefined) {
          const report = await evaluateSubjects(await readTextFile(flags.disciplines));
          output.result(report, () => [
            ...(report.rows > 0 ? [hitLine('学科', report)] : []),
            ...(report.fields ? [hitLine('所属领域', report.fields)] : []),
            `模型 ${report.model}，${report.subjects} 个学科${report.skipped > 0 ? `；${report.skipped} 行没有可用的标注，未计入` : ''}`,
          ]);
          return undefined;
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
              splits: Number(flags.splits),
              alone: flags.alone ?? false,
              explain: flags.explain ?? false,
              ablation: flags.ablation ?? false,
              ...(flags.judged === undefined ? {} : { judged: Number(flags.judged) }),
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
            ...details(report),
          ]);
        } finally {
          await segmenter.close();
        }
        return undefined;
      }),
    );
}

const hitLine = (what: string, { top1, top3, rows }: SubjectHits): string =>
  `${what}：首位正确 ${percent(top1)}，前三位之内 ${percent(top3)}（${rows} 条）`;

const signed = (gain: number): string => `${gain < 0 ? '' : '+'}${gain.toFixed(4)}`;
const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

/** What the first lines leave out: how sure the figures are, and how often what is said is so. */
function details({
  gainOverBm25,
  contestSpread,
  splits,
  mean,
  reliability,
  given,
  reordering,
  explain,
  ablation,
  learningCurve,
}: Evaluation): string[] {
  const lines = [
    `比 BM25 高 ${gainOverBm25.gain.toFixed(4)}（95% 区间 ${gainOverBm25.low.toFixed(4)}–${gainOverBm25.high.toFixed(4)}）；contest 的 95% 区间 ${contestSpread.low.toFixed(4)}–${contestSpread.high.toFixed(4)}`,
  ];
  if (splits.length > 1) {
    lines.push(
      ...table([
        ['  种子', 'nDCG@10', 'contest'],
        ...splits.map(({ seed, ndcg10, contest }) => [`  ${seed}`, ndcg10.toFixed(4), contest.toFixed(4)]),
        ['  平均', mean.ndcg10.toFixed(4), mean.contest.toFixed(4)],
      ]),
    );
  }
  for (const [how, found] of [
    ['排在最前的', reordering?.best],
    ['随机的', reordering?.random],
  ] as const) {
    if (!found) continue;
    const { needs, without, with: moved, gain } = found;
    lines.push(
      `每项需求${how} ${reordering!.judged} 对审核以后，其余各对 nDCG@10 ${without.toFixed(4)} → ${moved.toFixed(4)}，${signed(gain.gain)}（95% 区间 ${signed(gain.low)} 到 ${signed(gain.high)}，${needs} 项需求）`,
    );
  }
  for (const [what, rows] of [
    ['较强及以上', reliability.fairOrBetter],
    ['强', reliability.strong],
  ] as const) {
    lines.push(
      ...table([
        [`  ${what}的可能性`, '对数', '所说', '实际'],
        ...rows.map(({ from, to, pairs, said, seen }) => [`  ${from}–${to}`, `${pairs}`, percent(said), percent(seen)]),
      ]),
    );
  }
  lines.push(
    ...table([
      ['  判为', '无', '弱', '较强', '强（人工）'],
      ...matchLevels.flatMap(({ code, label }) => {
        const row = given[code];
        return row ? [[`  ${label}`, ...[1, 2, 3, 4].map((level) => `${row[level] ?? 0}`)]] : [];
      }),
    ]),
  );
  if (explain) {
    lines.push(
      ...table([
        ['  特征', '组', '份额'],
        ...explain.map((row) => [`  ${row.feature}`, row.group, percent(row.share)]),
      ]),
    );
  }
  if (ablation) {
    lines.push(
      ...table([
        ['  去掉', 'nDCG@10', 'contest'],
        ...ablation.map((row) => [`  ${row.without}`, row.ndcg10.toFixed(4), row.contest.toFixed(4)]),
      ]),
    );
  }
  if (learningCurve) {
    lines.push(
      ...table([
        ['  训练需求', 'nDCG@10', 'contest'],
        ...learningCurve.map((row) => [`  ${percent(row.share)}`, row.ndcg10.toFixed(4), row.contest.toFixed(4)]),
      ]),
    );
  }
  return lines;
}
