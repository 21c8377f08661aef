import type { z } from 'zod';

/** Kinds of values as a clerk, or who writes to the interface, knows them, with how each is written. */
const kinds: Readonly<Record<string, readonly [name: string, mend: string]>> = {
  string: ['文字', '请把{label}填写为文字'],
  number: ['数字', '请把{label}填写为数字'],
  int: ['整数', '请把{label}填写为整数'],
  bigint: ['整数', '请把{label}填写为整数'],
  boolean: ['是或否', '请把{label}改为 true（是）或 false（否）'],
  array: ['列表', '请把{label}填写为列表 […]'],
  tuple: ['列表', '请把{label}填写为列表 […]'],
  object: ['一组字段', '请把{label}填写为一组字段 {…}'],
  record: ['一组字段', '请把{label}填写为一组字段 {…}'],
  date: ['日期', '请按 2026-12-31 的格式填写{label}'],
};

/** Texts of a fixed form, as zod names the forms. */
const formats: Readonly<Record<string, string>> = {
  email: '请填写完整的电子信箱，例如 name@example.com',
  url: '请填写完整的网址，以 http:// 或 https:// 开头',
  uuid: '请检查{label}是否抄全、抄对',
  date: '请按 2026-12-31 的格式填写{label}',
  datetime: '请按 2026-12-31T08:00:00Z 的格式填写{label}',
  time: '请按 08:00 的格式填写{label}',
};

/** What is said of a union that fits in none of its ways: `issuesOf` says the fault of the nearest way instead, where there is one. */
export const noWayFits = '不是可选的写法|请检查{label}的写法';

/**
 * The message of a fault whose field has none of its own, as `reason|mend` in Chinese; `{label}` stands for the field's label.
 * Every code of zod's issues has one, so that no message of the library reaches a user.
 */
export function fallbackMessage(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const [name, mend] = kinds[issue.expected] ?? ['规定的格式', '请检查{label}的写法'];
      if (issue.input === undefined || issue.input === null) return `没有填写|${mend}`;
      return `应是${name}|${mend}`;
    }
    case 'invalid_value': {
      const offered = issue.values.map(String).join('、');
      return issue.input === undefined || issue.input === null
        ? `没有填写|请从 ${offered} 中选择`
        : `不是可选的值|请从 ${offered} 中选择`;
    }
    case 'too_big':
      return `${least(issue.origin, 'most')}${issue.maximum}${unitOf(issue.origin)}|请把{label}改到${issue.maximum}${unitOf(issue.origin)}以内`;
    case 'too_small':
      return `${least(issue.origin, 'least')}${issue.minimum}${unitOf(issue.origin)}|请把{label}改到${issue.minimum}${unitOf(issue.origin)}以上`;
    case 'not_multiple_of':
      return `应是${issue.divisor}的倍数|请检查{label}`;
    case 'invalid_format':
      return `格式不对|${formats[issue.format] ?? '请检查{label}的写法'}`;
    case 'unrecognized_keys':
      return `不认识的字段：${issue.keys.join('、')}|请删去，或检查字段名的拼写`;
    case 'invalid_union':
      return noWayFits;
    case 'invalid_key':
      return '有不能用的字段名|请检查{label}中的字段名';
    case 'invalid_element':
      return '有不合要求的内容|请检查{label}中的各项';
    default:
      return '不符合要求|请检查{label}';
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return '个字';
  return origin === 'array' || origin === 'set' ? '项' : '';
}

function least(origin: string, bound: 'least' | 'most'): string {
  const counted = unitOf(origin) !== '';
  if (bound === 'most') return counted ? '最多' : '不能大于';
  return counted ? '至少' : '不能小于';
}
