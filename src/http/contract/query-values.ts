import { z } from 'zod';
import { hasForbiddenCharacter, lengthOf } from '../../domain/validation.ts';
import { weekStart } from '../../domain/week.ts';

/**
 * Values of addresses and query strings. They arrive as text, so each schema reads text and says, through `meta`,
 * what the document of the interface shows: a number, a flag, a list.
 */

/** A whole number written in digits. */
export function wholeNumber(label: string, limits: { min: number; max: number }) {
  const { min, max } = limits;
  return z
    .string({ error: `应是整数|请把${label}改为${min}到${max}的整数` })
    .regex(/^-?\d{1,15}$/, `应是整数|请把${label}改为${min}到${max}的整数`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `应在${min}到${max}之间|请检查${label}`)
    .meta({ title: label, description: label, type: 'integer', minimum: min, maximum: max });
}

/** A number written in digits, with decimals where wanted. */
export function decimalNumber(label: string, limits: { min: number; max: number }) {
  const { min, max } = limits;
  return z
    .string({ error: `应是数字|请把${label}改为数字` })
    .regex(/^-?\d{1,15}(\.\d{1,10})?$/, `应是数字|请把${label}写成普通的数字`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `应在${min}到${max}之间|请检查${label}`)
    .meta({ title: label, description: label, type: 'number', minimum: min, maximum: max });
}

/** `true` or `false`. */
export function flag(label: string) {
  return z
    .enum(['true', 'false'], { error: `应为 true 或 false|请把${label}改为 true（是）或 false（否）` })
    .transform((value) => value === 'true')
    .meta({ title: label, description: `${label}：true 为是，false 为否`, type: 'boolean' });
}

/** A short text, trimmed. */
export function words(label: string, max: number, options: { min?: number } = {}) {
  const min = options.min ?? 0;
  return z
    .string({ error: `应是文字|请检查${label}` })
    .trim()
    .superRefine((value, context) => {
      const length = lengthOf(value);
      if (length > max) {
        context.addIssue({
          code: 'custom',
          message: `超过${max}个字（现在${length}个字）|请把${label}缩短到${max}个字以内`,
        });
      } else if (length < min) {
        context.addIssue({ code: 'custom', message: `少于${min}个字|请填写${label}` });
      }
      if (hasForbiddenCharacter(value)) {
        context.addIssue({ code: 'custom', message: `含有控制字符或残缺字符|请删去${label}中看不见的特殊字符` });
      }
    })
    .meta({ title: label, description: label, maxLength: max, minLength: min });
}

/** One value or several of the same name, as `?field=a&field=b`; always a list. */
export function several<T extends z.ZodType<string, string>>(label: string, item: T, max: number) {
  return z
    .union([item, z.array(item).max(max, `最多${max}项|请减少${label}的个数`)])
    .transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]))
    .meta({
      title: label,
      description: `${label}，可重复给出`,
      type: 'array',
      items: { type: 'string', ...itemMeta(item) },
      maxItems: max,
    });
}

function itemMeta(item: z.ZodType): Record<string, unknown> {
  if (item instanceof z.ZodEnum) return { enum: item.options };
  const { maxLength, minLength } = item.meta() ?? {};
  return { ...(maxLength === undefined ? {} : { maxLength }), ...(minLength === undefined ? {} : { minLength }) };
}

/** An id in an address. */
export function id(label = '编号') {
  return z
    .string({ error: `没有填写|请给出${label}` })
    .min(1, `没有填写|请给出${label}`)
    .max(100, `过长|请检查${label}是否抄全、抄对`)
    .refine((value) => !hasForbiddenCharacter(value), `含有控制字符或残缺字符|请检查${label}是否抄对`)
    .meta({ title: label, description: label, maxLength: 100, minLength: 1 });
}

const isoWeek = /^\d{4}-W\d{2}$/;

/** An ISO week, for instance 2026-W48. */
export const week = z
  .string({ error: '没有填写|请给出周，例如 2026-W48' })
  .refine((value) => isoWeek.test(value) && weekStart(value) !== undefined, '不是有效的周|请按 2026-W48 的格式填写')
  .meta({ title: '周', description: 'ISO 周，例如 2026-W48', pattern: '^\\d{4}-W\\d{2}$' });

/** An ISO week, or `current` for the newest docket. */
export const weekOrCurrent = z
  .string({ error: '没有填写|请给出周，例如 2026-W48' })
  .refine(
    (value) => value === 'current' || (isoWeek.test(value) && weekStart(value) !== undefined),
    '不是有效的周|请按 2026-W48 的格式填写，或写 current（最近一份清单）',
  )
  .meta({
    title: '周',
    description: 'ISO 周，例如 2026-W48；current 为最近一份清单',
    pattern: '^(\\d{4}-W\\d{2}|current)$',
  });

/** The `next` of the page before. */
export const cursor = z
  .string({ error: '不是有效的翻页标记|请使用上一页返回的 next' })
  .min(1, '不是有效的翻页标记|请使用上一页返回的 next')
  .max(2000, '不是有效的翻页标记|请使用上一页返回的 next')
  .refine((value) => !hasForbiddenCharacter(value), '不是有效的翻页标记|请使用上一页返回的 next')
  .meta({ title: '翻页标记', description: '上一页返回的 next', maxLength: 2000, minLength: 1 });

/** Items a page. */
export const pageSize = wholeNumber('每页条数', { min: 1, max: 100 });

/** The version that a change builds on. */
export const version = z
  .int({ error: '应是正整数|请填写读取这条记录时得到的 version' })
  .min(1, '应是正整数|请填写读取这条记录时得到的 version')
  .max(2_000_000_000, '应是正整数|请填写读取这条记录时得到的 version')
  .meta({ title: '版本号', description: '读取这条记录时得到的 version；别人先改过时答 409' });

/** One page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().optional().meta({ description: '下一页的翻页标记；最后一页没有' }),
  });
}

/** A point in time, ISO 8601 in UTC. */
export const instant = z.string().meta({ format: 'date-time' });

/** A day, `YYYY-MM-DD` in Asia/Shanghai. */
export function day(label: string) {
  return z.iso
    .date({ error: `不是日期|请按 2026-12-31 的格式填写${label}` })
    .meta({ title: label, description: label, format: 'date' });
}
