import { QianxianError } from '../../domain/errors.ts';
import { isStorableText } from '../../domain/storable.ts';
import { segmentsOf } from '../../ports/record-cursor.ts';
import type { Condition, Filter, Scalar } from '../../ports/record-store.ts';

/** Conditions of MongoDB, one object for each path; operators are only those made here. */
export type MongoConditions = readonly Readonly<Record<string, object>>[];

/** The field of a dotted path in a stored document. Throws `malformed` where it is none, or is the store's own. */
export function mongoField(path: string): string {
  const [first] = segmentsOf(path);
  if (first === '_id' || first === '_store') refuse(path);
  return path === 'id' ? '_id' : path;
}

const comparisons = { gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const;

function refuse(path: string): never {
  throw new QianxianError('malformed', `字段 ${path.slice(0, 80)} 的查询条件不能识别；请检查条件的写法`);
}

function checkScalar(path: string, value: unknown): asserts value is Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  refuse(path);
}

/** What cannot be stored is nowhere; sent as it is, half a surrogate pair would turn into another character. */
function isFindable(value: Scalar): boolean {
  return typeof value !== 'string' || isStorableText(value);
}

function operators(path: string, condition: Condition): object {
  if (typeof condition !== 'object' || condition === null) {
    checkScalar(path, condition);
    return isFindable(condition) ? { $eq: condition } : { $in: [] };
  }
  const given = Object.entries(condition).filter(([, value]) => value !== undefined);
  if (given.length === 0) refuse(path);
  if ('in' in condition) {
    if (given.length > 1 || !Array.isArray(condition.in)) refuse(path);
    for (const one of condition.in) checkScalar(path, one);
    return { $in: condition.in.filter(isFindable) };
  }
  if ('not' in condition) {
    if (given.length > 1) refuse(path);
    checkScalar(path, condition.not);
    return isFindable(condition.not) ? { $ne: condition.not } : { $nin: [] };
  }
  return Object.fromEntries(
    given.map(([name, bound]) => {
      const operator = Object.hasOwn(comparisons, name) ? comparisons[name as keyof typeof comparisons] : refuse(path);
      if (typeof bound === 'string' && isStorableText(bound)) return [operator, bound];
      if (typeof bound === 'number' && Number.isFinite(bound)) return [operator, bound];
      return refuse(path);
    }),
  );
}

/**
 * A filter as conditions of MongoDB, which compares in the port's way by itself: with any member of a list, a missing path
 * like null, only within one type. Throws `malformed` where the filter is none.
 */
export function mongoConditions(where: Filter): MongoConditions {
  return Object.entries(where).map(([path, condition]) => ({ [mongoField(path)]: operators(path, condition) }));
}
