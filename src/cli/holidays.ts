import { readFile } from 'node:fs/promises';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

type Year = Awaited<ReturnType<Flow['listHolidays']>>['items'][number];

const yearArgument = () =>
  new Argument('<年份>', '例如 2027').argParser((written) => {
    if (/^\d{4}$/.test(written)) return Number(written);
    throw new InvalidArgumentError('请写四位的年份，例如 2027');
  });

function lines({ year, notice, entered, holidays, remarks }: Year): string[] {
  return [
    `${year}年（${notice}，${entered ? '管理员录入' : '程序自带'}）`,
    ...holidays.map(
      ({ name, from, to, worked = [] }) =>
        `  ${name}：${from} 至 ${to} 放假${worked.length > 0 ? `，${worked.join('、')} 补班` : ''}`,
    ),
    ...remarks.map((remark) => `  注意：${remark}`),
  ];
}

/** What the options write down: a JSON file as the interface takes it, or the text of the notice with its number. */
async function writtenYear(flow: Flow, year: number, options: { file?: string; text?: string; notice?: string }) {
  const { file, text, notice } = options;
  if (file !== undefined && text === undefined) return readJsonFile(file);
  if (text === undefined || file !== undefined) {
    throw new QianxianError(
      'invalid',
      '请用 --text 给出通知正文的文本文件（并用 --notice 写明文号），或用 --file 给出 JSON，二者取一',
    );
  }
  if (notice === undefined)
    throw new QianxianError('invalid', '请用 --notice 写明通知的文号，例如 国办发明电〔2025〕7号');
  let content: string;
  try {
    content = await readFile(text, 'utf8');
  } catch (cause) {
    throw new QianxianError('malformed', `读不到文件“${text}”，请检查路径和权限`, { cause });
  }
  return { notice, holidays: flow.readHolidayNotice(year, content).holidays };
}

export function holidaysCommand(program: Command, run: Run): void {
  const holidays = program.command('holidays').description('节假日和补班：各年的安排，录入国务院办公厅公布的下一年');

  holidays
    .command('list')
    .description('列出各年的安排，最近的一年在前')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.listHolidays(systemPrincipal);
          output.result(found, () => [
            ...(found.warning ? [`注意：${found.warning}`] : []),
            ...found.items.flatMap(lines),
          ]);
          return undefined;
        }),
      ),
    );

  holidays
    .command('set')
    .description('录入或更正一年的安排，对所有期限的推算随即生效')
    .addArgument(yearArgument())
    .option('--text <文件>', '通知的正文（UTF-8 文本），例如“一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。……”')
    .option('--notice <文号>', '通知的文号，与 --text 同用')
    .option(
      '--file <文件>',
      'JSON：{"notice": "…", "holidays": [{"name": "元旦", "from": "…", "to": "…", "worked": ["…"]}]}',
    )
    .option('--dry-run', '只检查和显示，不写入')
    .action((year: number, options: { text?: string; notice?: string; file?: string; dryRun?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const input = await writtenYear(flow, year, options);
          if (options.dryRun) {
            const shown = flow.checkHolidays(year, input);
            output.result(shown, () => [...lines(shown), '只检查，没有写入']);
            return undefined;
          }
          const { items } = await flow.listHolidays(systemPrincipal);
          const seen = items.find((one) => one.year === year)?.version ?? 0;
          const set = await withEffects(flow, () => flow.setHolidays(systemPrincipal, year, seen, input));
          output.result(set, () => ['已录入：', ...lines(set)]);
          return undefined;
        }),
      ),
    );

  holidays
    .command('remove')
    .description('删除录入的一年；程序自带的那一年重新有效，没有自带的按周一至周五')
    .addArgument(yearArgument())
    .action((year: number) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await withEffects(flow, () => flow.removeHolidays(systemPrincipal, year));
          output.result({ year }, () => [`已删除录入的${year}年`]);
          return undefined;
        }),
      ),
    );
}
