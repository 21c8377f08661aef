import { QianxianError } from '../../domain/errors.ts';
import { isStorableId, isStorableText } from '../../domain/storable.ts';
import { type SqlPart, scalarSql } from './record-filter.ts';

/** Where a page begins: after the document `id`, whose ordered path has `value`. */
export interface PagePosition {
  readonly value: string | number | null;
  readonly id: string;
}

export interface PageOrder {
  readonly by: string;
  readonly direction: 'asc' | 'desc';
}

/** One query of a page: its condition beside the filter, and its order. */
export interface PagePart extends SqlPart {
  readonly orderBy: string;
}

/**
 * The queries that together give the documents after a position, in order: run them one after another until the page is
 * full. Null and missing come before everything else in `asc` and after it in `desc`, as in MongoDB. Nulls are a query of
 * their own, so that every query is one range of an index.
 */
export function pageParts(order: PageOrder | undefined, after: PagePosition | undefined): PagePart[] {
  if (!order || order.by === 'id') {
    const ascending = order?.direction !== 'desc';
    const orderBy = `id ${ascending ? 'ASC' : 'DESC'}`;
    if (!after) return [{ sql: '1', parameters: [], orderBy }];
    return [{ sql: `id ${ascending ? '>' : '<'} ?`, parameters: [after.id], orderBy }];
  }
  const value = scalarSql(order.by);
  const ascending = order.direction === 'asc';
  const orderBy = `${value} ${ascending ? 'ASC' : 'DESC'}, id ASC`;
  const nulls: PagePart = { sql: `${value} IS NULL`, parameters: [], orderBy: 'id ASC' };
  const values: PagePart = { sql: `${value} IS NOT NULL`, parameters: [], orderBy };
  if (!after) return ascending ? [nulls, values] : [values, nulls];
  if (after.value === null) {
    const rest: PagePart = { sql: `${value} IS NULL AND id > ?`, parameters: [after.id], orderBy: 'id ASC' };
    return ascending ? [rest, values] : [rest];
  }
  // Numbers go in as JSON text, so that SQLite reads them as it reads the document.
  const bound = typeof after.value === 'number' ? `json_extract(?, '$')` : '?';
  const given = typeof after.value === 'number' ? JSON.stringify(after.value) : after.value;
  const beyond = ascending ? '>' : '<';
  const rest: PagePart = {
    sql: `${value} ${beyond}= ${bound} AND (${value} ${beyond} ${bound} OR id > ?)`,
    parameters: [given, given, after.id],
    orderBy,
  };
  return ascending ? [rest] : [rest, nulls];
}

/** The value of the ordered path in a document, as SQL sees it. */
export function orderedValue(document: unknown, path: string): string | number | null {
  let value: unknown = document;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  // What is no scalar has no promised place, but a page must still begin where the one before ended.
  return value === null ? null : JSON.stringify(value);
}

export function writeCursor(fingerprint: string, position: PagePosition): string {
  return Buffer.from(JSON.stringify([fingerprint, position.value, position.id])).toString('base64url');
}

/** Throws `malformed` where the cursor is none, or is of another query. */
export function readCursor(fingerprint: string, cursor: string): PagePosition {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    read = undefined;
  }
  if (Array.isArray(read) && read.length === 3) {
    const [of, value, id] = read as unknown[];
    const fits =
      value === null ||
      (typeof value === 'string' && isStorableText(value)) ||
      (typeof value === 'number' && Number.isFinite(value));
    if (of === fingerprint && fits && isStorableId(id)) return { value: value as string | number | null, id };
  }
  throw new QianxianError('malformed', '分页标记无效，或不属于这次查询；请去掉分页标记，从第一页重新查询');
}
