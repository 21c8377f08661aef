import { labelOf } from '../codes/table.ts';
import { type ImportField, type ImportKind, importFields } from '../import-fields.ts';
import { wanOfFen } from '../money.ts';
import { maskedAddress } from '../notices/masked-address.ts';
import { dateIn } from '../week.ts';

/** A value of a cell: numbers stay numbers. */
export type Cell = string | number | null;

/** Collections whose records rows name. */
export type NamedCollection = 'organisations' | 'needs' | 'achievements' | 'partnerships' | 'users' | 'webhooks';
/** Names that rows refer to by id: empty where there is no id, and said so where the record is gone. */
export type ExportNames = Readonly<Record<NamedCollection, (id: string | null | undefined) => string>>;

/** One list as a table. */
export interface ExportTable<D> {
  readonly collection: ExportedCollection;
  readonly headings: readonly string[];
  /** The states by which it can be narrowed, code to label. */
  readonly states: Readonly<Record<string, string>>;
  /** The path by which its rows are ordered, where that tells more than the ids. */
  readonly order?: string;
  /** Which documents belong to it, where not all of the collection do: values by field. */
  readonly only?: Readonly<Record<string, string | boolean>>;
  /** Who may take it out; the bureau where it is not said. */
  readonly right?: 'audit' | 'admin';
  /** Ids whose names `rows` will ask for. */
  readonly refersTo: (
    document: D,
  ) => Readonly<Partial<Record<NamedCollection, readonly (string | null | undefined)[]>>>;
  /**
   * Days narrow the documents by when they were entered, unless the lines of a document have moments of their own; then they
   * narrow those, by `within`, which takes an instant (ISO 8601).
   */
  readonly linesHaveMoments?: true;
  readonly rows: (document: D, names: ExportNames, within: (at: string) => boolean) => readonly (readonly Cell[])[];
}

export type ExportedCollection =
  | 'organisations'
  | 'needs'
  | 'achievements'
  | 'matches'
  | 'dockets'
  | 'partnerships'
  | 'agreements'
  | 'jointBodies'
  | 'registrations'
  | 'users'
  | 'accountLinks'
  | 'attachments'
  | 'invitations'
  | 'answers'
  | 'campaigns'
  | 'calls'
  | 'callRequests'
  | 'policies'
  | 'notices'
  | 'contactViews'
  | 'audit'
  | 'exports'
  | 'webhookDeliveries'
  | 'parkedChanges';

/** The first character of a name and stars for the others. */
export function maskedName(name: string): string {
  const [first = '', ...rest] = [...name];
  return `${first}${'*'.repeat(Math.max(1, rest.length))}`;
}

/** Several names in one text, of each the first character; what stands between them is kept. */
export function maskedNames(text: string): string {
  return text.replace(/[^\s、，,;；/()（）]+/gu, maskedName);
}

function masked(path: string, value: string): string {
  return path === 'contact.name' ? maskedName(value) : maskedAddress(value.replace(/\s+/g, ''));
}

const isContact = (path: string) => path.startsWith('contact.');

function valueAt(content: object, path: string): unknown {
  let value: unknown = content;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** One field of a form as people write it: labels for codes, lists joined. */
export function cellOf(field: ImportField, content: object): Cell {
  const value = valueAt(content, field.path);
  if (value === undefined || value === null) return null;
  // The general e-mail of an organisation is a contact as well.
  if (isContact(field.path) || field.path === 'email') return masked(field.path, String(value));
  switch (field.shape) {
    case 'number':
      return Number(value);
    case 'flag':
      return value ? '是' : '否';
    case 'code':
      return labelOf(field.table, String(value));
    case 'codes':
      return (value as string[]).map((code) => labelOf(field.table, code)).join('；');
    case 'texts':
      return (value as string[]).join('、');
    case 'patents':
      return (value as { number: string; type?: string }[])
        .map(({ number, type }) => (type === undefined ? number : `${number} ${labelOf(field.table, type)}`))
        .join('；');
    case 'text':
      return String(value);
  }
}

/** A moment as people here read it: `2026-11-23 09:05`. */
export const instant = (at: string | null | undefined): Cell =>
  at ? `${dateIn(new Date(at))} ${new Date(Date.parse(at) + 8 * 3600_000).toISOString().slice(11, 16)}` : null;

/** Columns of the form, without those that are no content. */
export const formFields = (kind: ImportKind) =>
  importFields(kind).filter(({ path }) => path !== 'externalId' && path !== 'organisation');
export const headingOf = ({ path, label }: ImportField) =>
  isContact(path) || path === 'email' ? `${label}（部分隐去）` : label;

/** An amount at rest in fen as a cell in 万元. */
export const wanOrNothing = (fen: number | undefined): Cell => (fen === undefined ? null : wanOfFen(fen));
