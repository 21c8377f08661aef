import { z } from 'zod';
import { type FieldIssue, Invalid } from './errors.ts';
import { fallbackMessage, noWayFits } from './fallback-message.ts';

// For whatever has no message of its own: nobody should read the library's English.
z.config({ localeError: fallbackMessage });

/** Building blocks of every record's schema: each carries its Chinese label and says how to mend a mistake. */

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;

/** Whether a text holds NUL, another control character (tab and line breaks are fine), or half of a surrogate pair. */
export function hasForbiddenCharacter(value: string): boolean {
  return control.test(value) || loneSurrogate.test(value);
}

/** Length as a user counts it: code points, so that one emoji or rare Han character counts once. */
export function lengthOf(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** A trimmed text of `min` (default 1) to `max` characters without control characters. */
export function text(label: string, max: number, options: { min?: number; description?: string } = {}) {
  const min = options.min ?? 1;
  return z
    .string({
      error: (issue) =>
        issue.input === undefined || issue.input === null
          ? `没有填写|请填写${label}`
          : `应是文字|请把${label}填写为文字`,
    })
    .trim()
    .superRefine((value, context) => {
      const length = lengthOf(value);
      if (length < min) {
        context.addIssue({
          code: 'custom',
          message: length === 0 ? `没有填写|请填写${label}` : `少于${min}个字|请把${label}写得具体一些，至少${min}个字`,
        });
      } else if (length > max) {
        context.addIssue({
          code: 'custom',
          message: `超过${max}个字（现在${length}个字）|请把${label}删减到${max}个字以内`,
        });
      }
      if (hasForbiddenCharacter(value)) {
        context.addIssue({
          code: 'custom',
          message: `含有不能保存的控制字符或残缺字符|请删去${label}中看不见的特殊字符，或改用纯文本粘贴`,
        });
      }
    })
    .meta({
      title: label,
      ...(options.description ? { description: options.description } : {}),
      maxLength: max,
      minLength: min,
    });
}

/** One code of a list; the error names what may be chosen. */
export function choice<const T extends readonly { readonly code: string; readonly label: string }[]>(
  label: string,
  table: T,
) {
  type Code = T[number]['code'];
  const codes = table.map((row) => row.code) as unknown as readonly [Code, ...Code[]];
  const names = table.map((row) => row.label);
  const offered = names.length > 12 ? `${names.slice(0, 12).join('、')}等` : names.join('、');
  return z
    .enum(codes, {
      error: (issue) =>
        issue.input === undefined || issue.input === null
          ? `没有选择|请选择${label}（${offered}）`
          : `不是可选的值|请从下列中选择${label}：${offered}`,
    })
    .meta({ title: label, description: table.map((row) => `${row.code}=${row.label}`).join('；') });
}

/** A number within limits; `digits` decimals at most. */
export function number(label: string, limits: { min: number; max: number; digits?: number; unit?: string }) {
  const { min, max, digits = 0, unit = '' } = limits;
  return z
    .number({
      error: (issue) =>
        issue.input === undefined || issue.input === null
          ? `没有填写|请填写${label}`
          : `应是数字|请把${label}填写为数字`,
    })
    .superRefine((value, context) => {
      if (value < min || value > max) {
        context.addIssue({ code: 'custom', message: `应在${min}到${max}${unit}之间|请检查${label}的数值和单位` });
      } else if (Math.abs(value * 10 ** digits - Math.round(value * 10 ** digits)) > 1e-6) {
        context.addIssue({
          code: 'custom',
          message:
            digits === 0
              ? `应是整数|请把${label}改为整数`
              : `最多${digits}位小数|请把${label}四舍五入到${digits}位小数`,
        });
      }
    })
    .meta({ title: label, minimum: min, maximum: max, ...(digits === 0 ? { multipleOf: 1 } : {}) });
}

/** A list of `min` to `max` items, each once. */
export function list<T extends z.ZodType>(label: string, item: T, limits: { min?: number; max: number }) {
  const { min = 0, max } = limits;
  return z
    .array(item, {
      error: (issue) =>
        issue.input === undefined || issue.input === null
          ? `没有填写|请填写${label}`
          : `应是列表|请把${label}填写为列表`,
    })
    .superRefine((value, context) => {
      if (value.length < min) context.addIssue({ code: 'custom', message: `至少${min}项|请补充${label}` });
      else if (value.length > max)
        context.addIssue({ code: 'custom', message: `最多${max}项（现在${value.length}项）|请删减${label}` });
      const seen = new Set<unknown>();
      for (const [index, one] of value.entries()) {
        if (typeof one === 'object') continue;
        if (seen.has(one)) context.addIssue({ code: 'custom', path: [index], message: `重复|请删去重复的${label}` });
        seen.add(one);
      }
    })
    .meta({ title: label, minItems: min, maxItems: max });
}

const genericMend = '请按要求修改后再提交';

/** Turns zod's issues into ours. Messages of the building blocks are `reason|mend`; others get a general mend. */
export function issuesOf(error: z.ZodError, labels: ReadonlyMap<string, string> = new Map()): FieldIssue[] {
  return faultsOf(error.issues, []).flatMap((issue): FieldIssue[] => {
    const field = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const path = field ? `${field}.${key}` : key;
        return { field: path, label: path, reason: '不认识的字段', mend: '请删去这个字段，或检查字段名的拼写' };
      });
    }
    const label = labels.get(field) ?? labels.get(field.replace(/\.\d+(?=\.|$)/g, '')) ?? (field || '内容');
    const [reason, mend] = issue.message.replaceAll('{label}', label).split('|');
    return [{ field, label, reason: reason ?? issue.message, mend: mend ?? genericMend }];
  });
}

/** The issues with their whole paths; of a union that fits in none of its ways, those of the way that comes nearest. */
function faultsOf(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'invalid_union' && issue.message === noWayFits) {
      const nearest = nearestWay(issue.errors);
      if (nearest) return faultsOf(nearest, path);
    }
    return [{ ...issue, path }];
  });
}

/** Of several ways to write a value, the first that takes its kind at least. */
function nearestWay(ways: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const ofOtherKind = (way: readonly z.core.$ZodIssue[]) =>
    way.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  return ways.find((way) => !ofOtherKind(way)) ?? ways[0];
}

/** Chinese labels of a schema's fields by dotted path (list positions left out), from the `title` of each. */
export function labelsOf(schema: z.ZodType): Map<string, string> {
  const labels = new Map<string, string>();
  const visit = (node: unknown, path: string): void => {
    if (!(node instanceof z.ZodType)) return;
    const title = node.meta()?.title;
    if (typeof title === 'string' && path && !labels.has(path)) labels.set(path, title);
    if (node instanceof z.ZodObject) {
      for (const [key, child] of Object.entries(node.shape)) visit(child, path ? `${path}.${key}` : key);
    } else if (node instanceof z.ZodArray) {
      visit(node.element, path);
    } else if (node instanceof z.ZodOptional || node instanceof z.ZodNullable || node instanceof z.ZodDefault) {
      visit(node.unwrap(), path);
    } else if (node instanceof z.ZodPipe) {
      visit(node.in, path);
    } else if (node instanceof z.ZodUnion) {
      for (const option of node.options) visit(option, path);
    }
  };
  visit(schema, '');
  return labels;
}

const labelCache = new WeakMap<z.ZodType, Map<string, string>>();

/** Parses `input` by `schema`, or throws `Invalid` that names every field at fault in Chinese. */
export function check<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  let labels = labelCache.get(schema);
  if (!labels) {
    labels = labelsOf(schema);
    labelCache.set(schema, labels);
  }
  throw new Invalid(issuesOf(result.error, labels));
}
