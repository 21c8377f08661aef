import { createHash } from 'node:crypto';
import { QianxianError } from '../domain/errors.ts';
import { isStorableId, isStorableText } from '../domain/storable.ts';
import type { Filter } from './record-store.ts';

/** Where a page begins: after the document `id`, whose ordered path has `value`. */
export interface PagePosition {
  readonly value: string | number | null;
  readonly id: string;
}

export interface PageOrder {
  readonly by: string;
  readonly direction: 'asc' | 'desc';
}

const segment = /^[A-Za-z0-9_-]{1,64}$/;

/** Throws `malformed` where a dotted path is none; paths come from our own code, so this is a net under it. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('.');
  if (segments.length > 12 || !segments.every((one) => segment.test(one))) {
    throw new QianxianError('malformed', `“${path.slice(0, 80)}”不是可以查询的字段路径；请写成用点分隔的字段名`);
  }
  return segments;
}

/** A short name of a query, the same however its filter's members are ordered: cursors of other queries are told by it. */
export function fingerprintOf(parts: {
  readonly collection: string;
  readonly where: Filter;
  readonly order: PageOrder | undefined;
}): string {
  const sorted = Object.entries(parts.where).sort(([a], [b]) => (a < b ? -1 : 1));
  const order = parts.order ? [parts.order.by, parts.order.direction] : [];
  return createHash('sha256')
    .update(JSON.stringify([parts.collection, sorted, order]))
    .digest('base64url')
    .slice(0, 12);
}

/** The value of the ordered path in a document, as a cursor carries it. */
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
