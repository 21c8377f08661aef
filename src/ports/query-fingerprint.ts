import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { SearchQuery } from './search-index.ts';

/** Short digest of what must be the same on every page of a query: all but limit, cursor and the facets to count. */
export function queryFingerprint(query: SearchQuery): string {
  const { limit: _limit, cursor: _cursor, count: _count, ...same } = query;
  return createHash('sha256').update(canonicalJson(same)).digest('base64url').slice(0, 12);
}
