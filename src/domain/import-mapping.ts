import { z } from 'zod';
import { codeOf } from './codes/table.ts';
import { type FieldIssue, Invalid, QianxianError } from './errors.ts';
import {
  type ImportField,
  type ImportKind,
  importFieldOf,
  importFields,
  importKinds,
  plainHeading,
} from './import-fields.ts';

/** Named changes to a written value, applied in order before it is read. */
export const importTransforms = {
  /** Runs of spaces and line breaks become one space. */
  collapseSpaces: '把连续的空格和换行合并成一个空格',
  /** HTML tags and the commonest entities are taken out. */
  stripTags: '去掉网页标签',
  /** The first four-digit year of a date. */
  year: '从日期中取年份',
  /** 元 to 万元. */
  yuanToWan: '把元换算成万元',
} as const;
export type ImportTransform = keyof typeof importTransforms;

/** How one field is filled. A bare string in the file is the name of a column. */
export interface ImportRule {
  /** Name of the column, or of the key in JSONL (`contact.phone` reaches into an object). */
  readonly column?: string;
  /** The same value for every row; where a column is named too, only for rows in which that is empty. */
  readonly constant?: string | number | boolean | readonly string[];
  /** Characters that part the items of a list; by default 、，,;；| and line breaks. */
  readonly separators?: string;
  /** What a written value stands for, for instance `{"在研": "初期"}`. */
  readonly values?: Readonly<Record<string, string | number | boolean>>;
  readonly transform?: readonly ImportTransform[];
  /** The column may be absent from the file. */
  readonly optional?: boolean;
}

/** A mapping file: which field of our records comes from where. Fields go by path or by Chinese label. */
export interface ImportMapping {
  readonly kind?: ImportKind;
  /** What the file is for; for people. */
  readonly about?: string;
  readonly fields: Readonly<Record<string, string | ImportRule>>;
}

/** A rule whose field and column are known to exist. */
export interface Binding {
  readonly field: ImportField;
  /** As the file spells it; null where only a constant is given. */
  readonly column: string | null;
  readonly constant?: ImportRule['constant'];
  readonly separators?: string;
  readonly values: ReadonlyMap<string, string | number | boolean>;
  readonly transforms: readonly ImportTransform[];
}

export interface ResolvedMapping {
  readonly bindings: readonly Binding[];
  /** Columns of the file that fill no field. */
  readonly ignoredColumns: readonly string[];
}

const shortText = z.string().min(1).max(500);
const rule = z.strictObject({
  column: shortText.optional(),
  constant: z.union([z.string().max(2000), z.number(), z.boolean(), z.array(z.string().max(500)).max(50)]).optional(),
  separators: z.string().min(1).max(20).optional(),
  values: z.record(z.string().max(500), z.union([z.string().max(500), z.number(), z.boolean()])).optional(),
  transform: z
    .array(z.enum(Object.keys(importTransforms) as [ImportTransform, ...ImportTransform[]]))
    .max(8)
    .optional(),
  optional: z.boolean().optional(),
});

function mappingFault(field: string, reason: string, mend: string): FieldIssue {
  return { field, label: field === '' ? '映射文件' : `映射文件 ${field}`, reason, mend };
}

const shown = (name: string) => (name.length > 40 ? `${name.slice(0, 40)}…` : name);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads the text of a mapping file. Throws `malformed` where it is no JSON and `invalid` naming the key at fault;
 * whether the columns exist is known only with the data file (`resolveMapping`).
 */
export function parseImportMapping(text: string): ImportMapping {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new QianxianError('malformed', '映射文件不是有效的 JSON，请检查引号、逗号和括号是否成对', { cause });
  }
  return checkImportMapping(value);
}

/** Holds a value to the form of a mapping. Throws `invalid` naming every key at fault. */
export function checkImportMapping(value: unknown): ImportMapping {
  const issues: FieldIssue[] = [];
  if (!isObject(value) || !isObject(value.fields)) {
    throw new Invalid([
      mappingFault('', '没有 fields', '请写成 {"kind": "need", "fields": {"title": "标题所在的列"}}'),
    ]);
  }
  for (const key of Object.keys(value)) {
    if (!['kind', 'about', 'fields'].includes(key)) {
      issues.push(mappingFault(shown(key), '不认识的项', '映射文件只用 kind、about 和 fields'));
    }
  }
  if (value.kind !== undefined && !importKinds.some((row) => row.code === value.kind)) {
    issues.push(mappingFault('kind', '不认识的种类', '请写 organisation（机构）、need（需求）或 achievement（成果）'));
  }
  if (value.about !== undefined && typeof value.about !== 'string') {
    issues.push(mappingFault('about', '应是文字', '请改为一句说明，或删去'));
  }
  const fields: Record<string, ImportRule> = Object.create(null);
  for (const [name, written] of Object.entries(value.fields)) {
    const path = `fields.${shown(name)}`;
    const parsed = rule.safeParse(typeof written === 'string' ? { column: written } : written);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      const where = issue.code === 'unrecognized_keys' ? issue.keys[0]! : issue.path.map(String).join('.');
      issues.push(
        mappingFault(
          where ? `${path}.${shown(where)}` : path,
          issue.code === 'unrecognized_keys' ? '不认识的项' : '写法不对',
          `每个字段写列名，或写 {column, constant, separators, values, transform, optional}；transform 可用 ${Object.keys(importTransforms).join('、')}`,
        ),
      );
      continue;
    }
    if (parsed.data.column === undefined && parsed.data.constant === undefined) {
      issues.push(mappingFault(path, '既没有 column 也没有 constant', '请写明取哪一列，或写一个固定的值'));
      continue;
    }
    fields[name] = parsed.data;
  }
  if (issues.length === 0 && Object.keys(fields).length === 0) {
    issues.push(mappingFault('fields', '一个字段也没有', '请至少写明一个字段取自哪一列'));
  }
  if (issues.length > 0) throw new Invalid(issues);
  return {
    ...(value.kind === undefined ? {} : { kind: value.kind as ImportKind }),
    ...(value.about === undefined ? {} : { about: value.about as string }),
    fields,
  };
}

const listed = (names: readonly string[]) =>
  names.length === 0 ? '（没有）' : `${names.slice(0, 20).map(shown).join('、')}${names.length > 20 ? '等' : ''}`;

/**
 * Binds fields to the columns of a file. Without a mapping the headings must be ours: labels, their usual other names,
 * or field paths. Throws `invalid` for an unknown field, a column that the file lacks, a field that is filled twice,
 * or a file none of whose columns is known.
 */
export function resolveMapping(
  kind: ImportKind,
  mapping: ImportMapping | undefined,
  columns: readonly string[],
): ResolvedMapping {
  return mapping ? byMapping(kind, mapping, columns) : byHeadings(kind, columns);
}

function byMapping(kind: ImportKind, mapping: ImportMapping, columns: readonly string[]): ResolvedMapping {
  const issues: FieldIssue[] = [];
  const kindLabel = importKinds.find((row) => row.code === kind)!.label;
  if (mapping.kind !== undefined && mapping.kind !== kind) {
    issues.push(
      mappingFault(
        'kind',
        `是${importKinds.find((row) => row.code === mapping.kind)!.label}的映射`,
        `这次导入的是${kindLabel}，请换用对应的映射文件`,
      ),
    );
  }
  const bindings: Binding[] = [];
  for (const [name, written] of Object.entries(mapping.fields)) {
    const wanted: ImportRule = typeof written === 'string' ? { column: written } : written;
    const path = `fields.${shown(name)}`;
    const field = importFieldOf(kind, name);
    if (!field) {
      issues.push(
        mappingFault(
          path,
          `${kindLabel}没有这个字段`,
          `可用的字段：${importFields(kind)
            .map((row) => row.path)
            .join('、')}`,
        ),
      );
      continue;
    }
    if (bindings.some((binding) => binding.field.path === field.path)) {
      issues.push(mappingFault(path, `“${field.label}”写了两次`, '请只保留一处'));
      continue;
    }
    if (field.shape === 'code' || field.shape === 'codes') {
      const strange = Object.values(wanted.values ?? {}).find(
        (meant) => codeOf(field.table, String(meant)) === undefined,
      );
      if (strange !== undefined) {
        issues.push(
          mappingFault(
            `${path}.values`,
            `${field.label}没有“${shown(String(strange))}”这个选项`,
            `请改为下列之一：${listed(field.table.map((row) => row.label))}`,
          ),
        );
        continue;
      }
    }
    let column: string | null = null;
    if (wanted.column !== undefined) {
      const name = wanted.column;
      column =
        columns.find((one) => one === name) ?? columns.find((one) => plainHeading(one) === plainHeading(name)) ?? null;
      if (column === null && !wanted.optional) {
        issues.push(
          mappingFault(
            path,
            `数据文件没有“${shown(name)}”这一列`,
            `请改为文件中的列：${listed(columns)}；列可有可无时加 "optional": true`,
          ),
        );
        continue;
      }
      if (column === null && wanted.constant === undefined) continue;
    }
    bindings.push({
      field,
      column,
      ...(wanted.constant === undefined ? {} : { constant: wanted.constant }),
      ...(wanted.separators === undefined ? {} : { separators: wanted.separators }),
      values: new Map(Object.entries(wanted.values ?? {})),
      transforms: wanted.transform ?? [],
    });
  }
  if (issues.length > 0) throw new Invalid(issues, `映射文件有误：${issues[0]!.reason}`);
  const used = new Set(bindings.map((binding) => binding.column));
  return { bindings, ignoredColumns: columns.filter((column) => !used.has(column)) };
}

function byHeadings(kind: ImportKind, columns: readonly string[]): ResolvedMapping {
  const issues: FieldIssue[] = [];
  const bindings: Binding[] = [];
  const ignoredColumns: string[] = [];
  for (const column of columns) {
    const field = importFieldOf(kind, column);
    if (!field) {
      ignoredColumns.push(column);
      continue;
    }
    const twin = bindings.find((binding) => binding.field.path === field.path);
    if (twin) {
      issues.push({
        field: field.path,
        label: field.label,
        reason: `“${shown(twin.column ?? '')}”和“${shown(column)}”两列都对应这个字段`,
        mend: '请删去其中一列，或用映射文件指定取哪一列',
      });
      continue;
    }
    bindings.push({ field, column, values: new Map(), transforms: [] });
  }
  if (issues.length > 0) throw new Invalid(issues);
  const content = bindings.filter(
    (binding) => binding.field.path !== 'externalId' && binding.field.path !== 'organisation',
  );
  if (content.length === 0) {
    const label = importKinds.find((row) => row.code === kind)!.label;
    throw new Invalid(
      [
        {
          field: '',
          label: '表头',
          reason: `没有认出${label}的任何一列；文件的列是：${listed(columns)}`,
          mend: `请使用导入模板的表头（例如${importFields(kind)
            .slice(1, 5)
            .map((row) => row.label)
            .join('、')}），检查第一行是不是表头、文件编码是否正确，或用映射文件说明每列对应的字段`,
        },
      ],
      `没有认出${label}的任何一列，请检查表头、文件编码，或使用映射文件`,
    );
  }
  return { bindings, ignoredColumns };
}
