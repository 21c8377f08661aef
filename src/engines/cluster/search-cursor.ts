import { createHash } from 'node:crypto';
import { QianxianError } from '../../domain/errors.ts';
import { queryFingerprint } from '../../ports/query-fingerprint.ts';
import type { SearchQuery } from '../../ports/search-index.ts';
import type { PageEnd, WordStatistics } from './search-query.ts';

/** Where a page ended, and what later pages must share with it. */
export interface SearchCursor {
  /** Sort values of the last hit. */
  readonly end: PageEnd;
  /** How many pages lie before the next one. */
  readonly page: number;
  /** Whether the first page fell back to `any`: later pages go on in the same way. */
  readonly relaxed: boolean;
  /** The statistics that scores came from: other ones would move the hits about between pages. */
  readonly statistics: WordStatistics;
  /** Elasticsearch's id of the moment in which pages are read, from the page on where one is kept. */
  readonly moment?: string;
}

const longest = 20_000;

/** Digest of a cursor's contents and its query: tells what is no cursor, what was changed, and what is of another query. */
function checksum(query: SearchQuery, payload: string): string {
  return createHash('sha256')
    .update(`${queryFingerprint(query)}\n${payload}`)
    .digest('base64url')
    .slice(0, 16);
}

export function writeCursor(query: SearchQuery, cursor: SearchCursor): string {
  const { end, page, relaxed, statistics, moment = null } = cursor;
  const counts = query.words.map((word) => statistics.frequencies.get(word) ?? 0);
  const payload = JSON.stringify([end, page, relaxed, statistics.documents, counts, moment]);
  return Buffer.from(JSON.stringify([checksum(query, payload), payload])).toString('base64url');
}

type Place = readonly [PageEnd, number, boolean, number, readonly number[], string | null];

/** Whether the fields of a cursor are what `writeCursor` makes: who forges one can give it a checksum. */
function isPlace(fields: unknown): fields is Place {
  if (!Array.isArray(fields) || fields.length !== 6) return false;
  const [end, page, relaxed, documents, counts, moment] = fields as unknown[];
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  return (
    Array.isArray(end) &&
    typeof end.at(-1) === 'string' &&
    (end.length === 1 || (end.length === 2 && typeof end[0] === 'number')) &&
    isCount(page) &&
    typeof relaxed === 'boolean' &&
    isCount(documents) &&
    Array.isArray(counts) &&
    counts.every(isCount) &&
    (moment === null || (typeof moment === 'string' && moment !== ''))
  );
}

/**
 * The place that a cursor names. Throws `malformed` where it is not one, or one of another query. The checksum is no
 * signature: who forges one reads nothing that the query itself would not give, for the asker's filters are part of it.
 */
export function readCursor(query: SearchQuery, cursor: string): SearchCursor {
  const refuse = (): never => {
    throw new QianxianError('malformed', '翻页标记无效或不属于这次查询，请从第一页重新查询');
  };
  if (cursor.length > longest) return refuse();
  let parts: unknown;
  let fields: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || typeof parts[1] !== 'string' || parts[0] !== checksum(query, parts[1]))
      return refuse();
    fields = JSON.parse(parts[1]);
  } catch {
    return refuse();
  }
  if (!isPlace(fields)) return refuse();
  const [end, page, relaxed, documents, counts, moment] = fields;
  const frequencies = new Map(query.words.map((word, place) => [word, counts[place] ?? 0]));
  return { end, page, relaxed, statistics: { documents, frequencies }, ...(moment === null ? {} : { moment }) };
}
