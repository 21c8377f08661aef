import { Argument, type Command, Option } from 'commander';
import { rejectionReasons } from '../domain/codes/review-codes.ts';
import { type MarkInput, markInput, sides } from '../domain/docket.ts';
import { markKinds } from '../domain/docket-marks.ts';
import { check } from '../domain/validation.ts';
import { explainedChoices, oneOf } from './choices.ts';

export interface MarkOptions {
  readonly week?: string;
  readonly reason?: string;
  readonly until?: string;
  readonly side?: string;
  readonly question?: string;
  readonly note?: string;
}

/** What a mark is written with, for whatever command writes one: the pair, the mark, and what that mark demands. */
export function withMarkOptions(command: Command): Command {
  return command
    .addArgument(new Argument('<序号或编号>', '清单上的序号，或一对的编号'))
    .addArgument(new Argument('<标记>', explainedChoices(markKinds)).argParser(oneOf(markKinds)))
    .option('--week <周>', '缺省为最近一周')
    .addOption(
      new Option('--reason <原因>', `不通过的原因：${explainedChoices(rejectionReasons)}`).argParser(
        oneOf(rejectionReasons),
      ),
    )
    .option('--until <日期>', '暂缓到哪一天，例如 2026-12-31')
    .addOption(new Option('--side <一方>', `请谁补充：${explainedChoices(sides)}`).argParser(oneOf(sides)))
    .option('--question <内容>', '请补充什么')
    .option('--note <备注>', '备注');
}

/** The mark that was written. Throws `invalid`. */
export function markOf(kind: MarkInput['kind'], { reason, until, side, question, note }: MarkOptions): MarkInput {
  const given = Object.entries({ reason, until, side, question, note }).filter(([, value]) => value !== undefined);
  return check(markInput, { kind, ...Object.fromEntries(given) });
}
