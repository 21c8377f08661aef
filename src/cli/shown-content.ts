import { labelOf } from '../domain/codes/table.ts';
import { type ImportField, type ImportKind, importFields } from '../domain/import-fields.ts';

/** The filled-in fields of a record's content as `label：value`, in the order of its form; codes in words. */
export function contentLines(kind: ImportKind, content: object): string[] {
  return importFields(kind).flatMap((field) => {
    const value = shown(field, at(content, field.path));
    return value === '' ? [] : [`  ${field.label}：${value}`];
  });
}

function at(content: object, path: string): unknown {
  let value: unknown = content;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value;
}

function shown(field: ImportField, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (Array.isArray(value)) return value.map((one) => shown(field, one)).join('；');
  // A patent: its number and its type.
  if (typeof value === 'object')
    return Object.values(value)
      .map((one) => shown(field, one))
      .join(' ');
  return labelOf(field.table, String(value));
}
