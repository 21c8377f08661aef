import { z } from 'zod';
import { achievementContent } from './achievement.ts';
import { withNeedRules } from './entry-life.ts';
import type { FieldIssue } from './errors.ts';
import { readCell } from './import-cells.ts';
import { draftSchemaOf, type ImportField, type ImportKind } from './import-fields.ts';
import type { ResolvedMapping } from './import-mapping.ts';
import { needContent } from './need.ts';
import { organisationContent } from './organisation.ts';
import { agreementRow, jointBodyRow, partnershipRow } from './partnership-import.ts';
import { hasForbiddenCharacter, issuesOf, labelsOf, lengthOf } from './validation.ts';

/** A data row: cells by column, and what is wrong with the row as such (a line that is no JSON, too many cells). */
export interface ImportRow {
  /** Number as the user sees it: the line of a text file, the row of a sheet. */
  readonly row: number;
  /** Without prototype, so that no column name means anything to JavaScript. */
  readonly cells: Readonly<Record<string, unknown>>;
  readonly fault?: { readonly reason: string; readonly mend: string };
}

/** What a row comes to. */
export interface RowVerdict {
  readonly externalId: string | null;
  /** How the row names its organisation; null where it names none. */
  readonly organisation: string | null;
  /** Holds to the draft schema of its kind; empty where the row is not valid. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Faults where the row is not valid; what was left out or changed where it is. */
  readonly issues: readonly FieldIssue[];
  readonly valid: boolean;
}

export interface RowRules {
  /** Incomplete records are taken: a value that cannot be kept is left out and noted. */
  readonly archive: boolean;
}

const full = {
  organisation: organisationContent,
  need: needContent,
  achievement: achievementContent,
  partnership: partnershipRow,
  agreement: agreementRow,
  'joint-body': jointBodyRow,
} as const;
const labels = {
  organisation: labelsOf(organisationContent),
  need: labelsOf(needContent),
  achievement: labelsOf(achievementContent),
  partnership: labelsOf(partnershipRow),
  agreement: labelsOf(agreementRow),
  'joint-body': labelsOf(jointBodyRow),
} as const;

/** Fields of which one at least makes an archived record worth keeping. */
const substance: Readonly<Record<ImportKind, readonly string[]>> = {
  organisation: ['name'],
  need: ['title', 'description', 'problem', 'keyTechnology', 'goal', 'background'],
  achievement: ['title', 'abstract', 'scenario', 'advantage', 'maturityNote'],
  partnership: ['title'],
  agreement: ['title'],
  'joint-body': ['title'],
};

const externalIdLimit = 200;
const descriptionLimit = 20_000;

/**
 * Judges one row: reads its cells and holds them to the rules of its kind. In archive mode what cannot be kept is left
 * out and noted; the original text of a need goes into 原始描述, that of the others is cut to what fits where it is a text.
 * Two things are refused in either mode: a 密级 other than 公开, and an external id that cannot serve as one.
 * The rule on a need's first year is the caller's: it holds for new records only.
 */
export function judgeRow(kind: ImportKind, mapping: ResolvedMapping, row: ImportRow, rules: RowRules): RowVerdict {
  const refused = (
    issues: readonly FieldIssue[],
    ids: Pick<RowVerdict, 'externalId' | 'organisation'>,
  ): RowVerdict => ({
    ...ids,
    content: {},
    issues,
    valid: false,
  });
  if (row.fault) {
    return refused([{ field: '', label: '整行', ...row.fault }], { externalId: null, organisation: null });
  }
  const read: Reading[] = [];
  let externalId: string | null = null;
  let organisation: string | null = null;
  const fatal: FieldIssue[] = [];
  const issues: FieldIssue[] = [];
  for (const binding of mapping.bindings) {
    const { field } = binding;
    const reading = readCell(binding, binding.column === null ? undefined : row.cells[binding.column]);
    if (field.path === 'externalId') {
      const text = typeof reading.value === 'string' ? reading.value.trim() : '';
      fatal.push(...reading.issues, ...externalIdFaults(field, text));
      externalId = text === '' ? null : text;
    } else if (field.path === 'organisation') {
      const text = typeof reading.value === 'string' ? reading.value.trim() : '';
      const faults = [...reading.issues, ...organisationFaults(field, text)];
      organisation = text === '' || faults.length > 0 ? null : text;
      issues.push(...faults);
    } else if (reading.value !== undefined || reading.issues.length > 0) {
      if (field.path === 'secrecy' && reading.value === undefined) {
        fatal.push({
          field: 'secrecy',
          label: field.label,
          reason: `“${reading.original.slice(0, 40)}”不是公开`,
          mend: '涉密内容不能录入本系统，请按保密规定另行办理；确属公开的请填“公开”',
        });
      } else read.push({ field, ...reading });
    }
  }
  const ids = { externalId, organisation };
  if (fatal.length > 0) return refused(fatal, ids);
  return rules.archive ? archived(kind, read, issues, ids) : strict(kind, read, issues, ids);
}

interface Reading {
  readonly field: ImportField;
  readonly value: unknown;
  readonly issues: readonly FieldIssue[];
  readonly original: string;
}

type Ids = Pick<RowVerdict, 'externalId' | 'organisation'>;

function externalIdFaults(field: ImportField, text: string): FieldIssue[] {
  const base = { field: field.path, label: field.label };
  if (lengthOf(text) > externalIdLimit) {
    return [{ ...base, reason: `超过${externalIdLimit}个字`, mend: '请换成较短的编号' }];
  }
  if (hasForbiddenCharacter(text)) {
    return [{ ...base, reason: '含有不能保存的控制字符或残缺字符', mend: '请重新填写编号' }];
  }
  return [];
}

function organisationFaults(field: ImportField, text: string): FieldIssue[] {
  const base = { field: field.path, label: field.label };
  if (lengthOf(text) > externalIdLimit) {
    return [
      { ...base, reason: `超过${externalIdLimit}个字`, mend: '请填写机构全称、统一社会信用代码或机构表中的编号' },
    ];
  }
  if (hasForbiddenCharacter(text)) {
    return [{ ...base, reason: '含有不能保存的控制字符或残缺字符', mend: '请重新填写机构全称' }];
  }
  return [];
}

/** Puts a value at a dotted path of one or two steps. */
function put(content: Record<string, unknown>, path: string, value: unknown): void {
  const [head, tail] = path.split('.') as [string, string | undefined];
  if (tail === undefined) {
    content[head] = value;
    return;
  }
  const inner = (content[head] ?? {}) as Record<string, unknown>;
  inner[tail] = value;
  content[head] = inner;
}

function strict(kind: ImportKind, read: readonly Reading[], before: readonly FieldIssue[], ids: Ids): RowVerdict {
  const content: Record<string, unknown> = {};
  const issues: FieldIssue[] = [...before];
  for (const reading of read) {
    issues.push(...reading.issues);
    if (reading.value !== undefined) put(content, reading.field.path, reading.value);
  }
  const named = new Set(issues.map((issue) => issue.field.replace(/\.\d+$/, '')));
  const parsed = full[kind].safeParse(content);
  if (!parsed.success) {
    // A field whose cell could not be read would be called missing as well: one issue a field says enough.
    issues.push(...issuesOf(parsed.error, labels[kind]).filter((issue) => !named.has(issue.field)));
  }
  if (issues.length > 0 || !parsed.success) {
    const all = kind === 'need' ? withNeedRules(issues, content) : issues;
    return { ...ids, content: {}, issues: all, valid: false };
  }
  return { ...ids, content: parsed.data, issues: [], valid: true };
}

function fieldSchema(kind: ImportKind, path: string): z.ZodType {
  const [head, tail] = path.split('.') as [string, string | undefined];
  const shape = draftSchemaOf(kind).shape as Record<string, z.ZodType>;
  const outer = bare(shape[head]!);
  return tail === undefined ? outer : bare((outer as z.ZodObject).shape[tail] as z.ZodType);
}

function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap() as z.ZodType) : schema;
}

/** What an archive does with one value: keeps it, keeps a part, or leaves it out. */
interface Kept {
  readonly value?: unknown;
  /** Said to the user; undefined where the value was kept as it is. */
  readonly done?: string;
  /** Whether something written is no longer in the field. */
  readonly lost: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;
const halves = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const clean = (text: string) => text.replace(controls, '').replace(halves, '');

/** The longest beginning of a text that has `limit` characters, without half a character. */
function cut(text: string, limit: number): string {
  let end = 0;
  let count = 0;
  for (const character of text) {
    if (count === limit) break;
    end += character.length;
    count++;
  }
  return text.slice(0, end).trimEnd();
}

function archived(kind: ImportKind, read: readonly Reading[], before: readonly FieldIssue[], ids: Ids): RowVerdict {
  const content: Record<string, unknown> = {};
  const notes: FieldIssue[] = before.map((issue) => ({ ...issue, mend: `已略去；${issue.mend}` }));
  const originals: string[] = [];
  for (const reading of read) {
    const { field } = reading;
    const kept = keep(kind, reading);
    if (kept.value !== undefined) put(content, field.path, kept.value);
    const personal = field.path.startsWith('contact.');
    // Contacts never go into a text that is indexed and shown.
    const moved = kept.lost && kind === 'need' && !personal && field.path !== 'description';
    if (moved && reading.original !== '') originals.push(`【${field.label}】${clean(reading.original)}`);
    const faults = [...reading.issues, ...schemaFaults(kind, reading)];
    const where = moved ? '，原文已放入“原始描述”' : '';
    for (const fault of faults) {
      notes.push({ ...fault, mend: `${kept.done ?? '已略去不能识别的部分'}${where}；${fault.mend}` });
    }
  }
  const contact = content.contact as Record<string, unknown> | undefined;
  if (contact && kind !== 'organisation' && contact.name === undefined) {
    delete content.contact;
    notes.push({
      field: 'contact.name',
      label: '联系人',
      reason: '没有填写，联系方式无法保存',
      mend: '联系方式已略去，请补全联系人后重新录入',
    });
  }
  if (originals.length > 0) {
    const own = typeof content.description === 'string' ? [content.description] : [];
    const whole = [...own, ...originals].join('\n');
    const text = cut(whole, descriptionLimit);
    content.description = text;
    if (lengthOf(whole) > descriptionLimit) {
      notes.push({
        field: 'description',
        label: '原始描述',
        reason: `与略去的内容合计超过${descriptionLimit}个字`,
        mend: `只保留了前${descriptionLimit}个字，请对照原件补全`,
      });
    }
  }
  const parsed = draftSchemaOf(kind).safeParse(content);
  if (!substance[kind].some((path) => content[path] !== undefined)) {
    const nothing: FieldIssue =
      kind === 'organisation'
        ? { field: 'name', label: '机构全称', reason: '没有可用的名称', mend: '请填写机构全称，2到100个字' }
        : {
            field: 'title',
            label: '整行',
            reason: '既没有名称也没有可用的正文',
            mend: '请至少填写名称或一段正文，否则请删去这一行',
          };
    return { ...ids, content: {}, issues: [nothing, ...notes], valid: false };
  }
  if (!parsed.success) return { ...ids, content: {}, issues: issuesOf(parsed.error, labels[kind]), valid: false };
  return { ...ids, content: parsed.data, issues: notes, valid: true };
}

function schemaFaults(kind: ImportKind, reading: Reading): FieldIssue[] {
  if (reading.value === undefined) return [];
  const parsed = fieldSchema(kind, reading.field.path).safeParse(reading.value);
  if (parsed.success) return [];
  return issuesOf(parsed.error).map((issue) => ({
    ...issue,
    field: issue.field === '' ? reading.field.path : `${reading.field.path}.${issue.field}`,
    label: reading.field.label,
  }));
}

function keep(kind: ImportKind, reading: Reading): Kept {
  const { field, value } = reading;
  const partly = reading.issues.length > 0;
  if (value === undefined) return guarded(field, partly);
  const schema = fieldSchema(kind, field.path);
  const whole = schema.safeParse(value);
  if (whole.success) return { value: whole.data, lost: partly };
  if (typeof value === 'string') return keepText(kind, field, schema, value);
  if (Array.isArray(value)) {
    const element = (schema as z.ZodArray).element as z.ZodType;
    const items = value.flatMap((item) => {
      const one = element.safeParse(item);
      return one.success ? [one.data] : [];
    });
    const limit = limitOf(schema, 'maxItems') ?? items.length;
    const some = schema.safeParse(items.slice(0, limit));
    if (some.success && items.length > 0) return { value: some.data, done: '已保留能识别的项', lost: true };
  }
  return { ...guarded(field, true), lost: true };
}

/** A choice that shields something is read as the careful one where it cannot be read. */
function guarded(field: ImportField, lost: boolean): Kept {
  if (lost && field.path === 'visibility') return { value: 'bureau', done: '已按“仅科技局”处理', lost: false };
  if (lost && field.path === 'hideOrganisation') return { value: true, done: '已按“是”处理', lost: false };
  return { done: '已略去', lost };
}

function keepText(kind: ImportKind, field: ImportField, schema: z.ZodType, value: string): Kept {
  const text = clean(value).trim();
  const cleaned = schema.safeParse(text);
  if (cleaned.success) return { value: cleaned.data, done: '已去掉这些字符', lost: false };
  const limit = limitOf(schema, 'maxLength');
  const cuts =
    !field.identifier &&
    !field.path.startsWith('contact.') &&
    (kind !== 'need' || field.path === 'title' || field.path === 'description');
  if (cuts && limit !== undefined && lengthOf(text) > limit) {
    const part = schema.safeParse(cut(text, limit));
    if (part.success) return { value: part.data, done: `只保留了前${limit}个字`, lost: true };
  }
  return { done: '已略去', lost: true };
}

function limitOf(schema: z.ZodType, key: 'maxLength' | 'maxItems'): number | undefined {
  const limit = schema.meta()?.[key];
  return typeof limit === 'number' ? limit : undefined;
}
