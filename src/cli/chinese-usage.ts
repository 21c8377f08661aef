import { type Command, Help, type Option } from 'commander';
import { displayWidth } from './output.ts';

const headings: Readonly<Record<string, string>> = {
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Commands:': '命令：',
};

const plain = new Help();

/** Commander's help pages, in Chinese. */
export const chineseHelp = {
  styleTitle: (title: string) => headings[title] ?? title,
  styleUsage: inChinese,
  subcommandTerm: (command: Command) => inChinese(plain.subcommandTerm(command)),
  displayWidth,
  optionDescription(option: Option) {
    const { argChoices, defaultValue } = option;
    // A description that explains its choices one by one names them already.
    const choices = argChoices?.every((choice) => option.description.includes(choice)) ? undefined : argChoices;
    const more = [
      ...(choices ? [`可选 ${choices.join('、')}`] : []),
      ...(defaultValue === undefined ? [] : [`缺省 ${String(defaultValue)}`]),
    ];
    return more.length === 0 ? option.description : `${option.description}（${more.join('；')}）`;
  },
  argumentDescription: (argument) =>
    [
      argument.description,
      ...(argument.argChoices && !argument.description ? [`可选 ${argument.argChoices.join('、')}`] : []),
    ].join(''),
} satisfies Partial<Help>;

function inChinese(usage: string): string {
  return usage.replace('[options]', '[选项]').replace('[command]', '[命令]');
}

/** Commander's own complaints, in Chinese. */
export function chineseUsage(text: string): string {
  return text
    .replace(/^error: unknown command '(.+)'/m, '没有“$1”这个命令')
    .replace(/^error: unknown option '(.+)'/m, '没有“$1”这个选项')
    .replace(/^error: missing required argument '(.+)'/m, '缺少参数 $1')
    .replace(/^error: required option '(.+)' not specified/m, '缺少选项 $1')
    .replace(/^error: option '(.+)' argument missing/m, '选项 $1 后面缺少值')
    .replace(
      /^error: too many arguments for '(.+)'\. Expected (\d+) arguments? but got (\d+)\./m,
      '“$1”的参数太多：应有 $2 个，写了 $3 个',
    )
    .replace(
      /^error: option '(.+)' argument '(.*)' is invalid\. Allowed choices are (.+)\./m,
      '选项 $1 不能是“$2”，请从 $3 中选择',
    )
    .replace(
      /^error: command-argument value '(.*)' is invalid for argument '(.+)'\. Allowed choices are (.+)\./m,
      '参数 $2 不能是“$1”，请从 $3 中选择',
    )
    .replace(/^error: command-argument value '(.*)' is invalid for argument '(.+)'\. (.+)$/m, '参数 $2 不能是“$1”：$3')
    .replace(/\(Did you mean (.+)\?\)/, '（是不是 $1？）')
    .replace(/\n?$/, '\n');
}
