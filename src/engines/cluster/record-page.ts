import type { PageOrder, PagePosition } from '../../ports/record-cursor.ts';
import { type MongoConditions, mongoField } from './record-filter.ts';

/** Order of a page, and the conditions that its documents come after a position. */
export interface PageRange {
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly conditions: readonly object[];
}

/**
 * The range of documents after a position. Null and missing come before numbers, numbers before texts, ties by id; each
 * branch is one range of an index on the path and the id.
 */
export function pageRange(order: PageOrder | undefined, after: PagePosition | undefined): PageRange {
  if (!order || order.by === 'id') {
    const ascending = order?.direction !== 'desc';
    const sort = { _id: ascending ? 1 : -1 } as const;
    return { sort, conditions: after ? [{ _id: { [ascending ? '$gt' : '$lt']: after.id } }] : [] };
  }
  const field = mongoField(order.by);
  const ascending = order.direction === 'asc';
  const sort = { [field]: ascending ? 1 : -1, _id: 1 } as const;
  if (!after) return { sort, conditions: [] };
  const { value, id } = after;
  const tie: MongoConditions = [{ [field]: { $eq: value as never }, _id: { $gt: id } }];
  const numbers = { [field]: { $gte: Number.NEGATIVE_INFINITY } };
  const texts = { [field]: { $gte: '' } };
  const nulls = { [field]: { $eq: null } };
  const beyond = { [field]: { [ascending ? '$gt' : '$lt']: value } };
  const branches: object[] =
    value === null
      ? [...tie, ...(ascending ? [numbers, texts] : [])]
      : typeof value === 'number'
        ? [...tie, beyond, ascending ? texts : nulls]
        : [...tie, beyond, ...(ascending ? [] : [numbers, nulls])];
  return { sort, conditions: [{ $or: branches }] };
}
