import { QianxianError } from '../../domain/errors.ts';
import { queryFingerprint } from '../../ports/query-fingerprint.ts';
import type { SearchQuery } from '../../ports/search-index.ts';

/** Where a page ended. */
export interface SearchCursor {
  /** Sort key of the last hit, larger is better; -Infinity where it has none. */
  readonly key: number;
  readonly id: string;
  /** Whether the first page fell back to `any`: later pages go on in the same way. */
  readonly relaxed: boolean;
}

export function writeCursor(query: SearchQuery, { key, id, relaxed }: SearchCursor): string {
  const parts = [queryFingerprint(query), Number.isFinite(key) ? key : null, id, relaxed ? 1 : 0];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The place that a cursor names. Throws `malformed` where it is not one, or one of another query. */
export function readCursor(query: SearchQuery, cursor: string): SearchCursor {
  const refuse = (): never => {
    throw new QianxianError('malformed', '翻页标记无效或不属于这次查询，请从第一页重新查询');
  };
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(parts) || parts.length !== 4) return refuse();
  const [print, key, id, relaxed] = parts as unknown[];
  if (print !== queryFingerprint(query) || (key !== null && typeof key !== 'number') || typeof id !== 'string') {
    return refuse();
  }
  if (relaxed !== 0 && relaxed !== 1) return refuse();
  return { key: key ?? Number.NEGATIVE_INFINITY, id, relaxed: relaxed === 1 };
}
