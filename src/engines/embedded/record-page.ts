import type { PageOrder, PagePosition } from '../../ports/record-cursor.ts';
import { type SqlPart, scalarSql } from './record-filter.ts';

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
