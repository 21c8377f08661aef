import { QianxianError } from '../../domain/errors.ts';
import { isStorableText } from '../../domain/storable.ts';
import { segmentsOf } from '../../ports/record-cursor.ts';
import type { Condition, Filter, Scalar } from '../../ports/record-store.ts';
import type { SqlValue } from './sqlite-driver.ts';

/** A piece of SQL and its parameters in order. */
export interface SqlPart {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Columns that hold a path of the document themselves. */
const columns: Readonly<Record<string, string>> = { id: 'id', version: 'version' };

function jsonPath(segments: readonly string[]): string {
  return `'$${segments.map((one) => `."${one}"`).join('')}'`;
}

/** The SQL expression of a path with one value at most: a column, or the value in the document (null where missing). */
export function scalarSql(path: string): string {
  const segments = segmentsOf(path);
  return columns[path] ?? `json_extract(document, ${jsonPath(segments)})`;
}

/** A value in SQL that conditions compare: `value` as SQL sees it, `type` as json_type names it. */
interface Operand {
  readonly value: string;
  readonly type: string;
  /** Whether `value` is known to be no object and no list, whose texts could pass for strings. */
  readonly scalar: boolean;
}

const never: SqlPart = { sql: '0', parameters: [] };

function any(parts: readonly SqlPart[]): SqlPart {
  const [first, ...rest] = parts;
  if (!first) return never;
  if (rest.length === 0) return first;
  return {
    sql: `(${parts.map((part) => part.sql).join(' OR ')})`,
    parameters: parts.flatMap((part) => part.parameters),
  };
}

function all(parts: readonly SqlPart[]): SqlPart {
  const [first, ...rest] = parts;
  if (!first) return { sql: '1', parameters: [] };
  if (rest.length === 0) return first;
  return { sql: parts.map((part) => part.sql).join(' AND '), parameters: parts.flatMap((part) => part.parameters) };
}

/** Equality with any of some scalars. Numbers go in as JSON text, so that SQLite reads both sides in the same way. */
function equalsAny(operand: Operand, wanted: readonly Scalar[]): SqlPart {
  const texts = wanted.filter((one) => typeof one === 'string').filter(isStorableText);
  const numbers = wanted.filter((one) => typeof one === 'number');
  const { value, type, scalar } = operand;
  const parts: SqlPart[] = [];
  if (wanted.includes(null)) parts.push({ sql: scalar ? `${value} IS NULL` : `${type} = 'null'`, parameters: [] });
  for (const [one, name, number] of [
    [true, 'true', 1],
    [false, 'false', 0],
  ] as const) {
    if (wanted.includes(one)) parts.push({ sql: `(${value} = ${number} AND ${type} = '${name}')`, parameters: [] });
  }
  if (texts.length > 0) {
    const equal: SqlPart =
      texts.length === 1
        ? { sql: `${value} = ?`, parameters: [texts[0]!] }
        : { sql: `${value} IN (SELECT value FROM json_each(?))`, parameters: [JSON.stringify(texts)] };
    parts.push(scalar ? equal : { ...equal, sql: `(${equal.sql} AND ${type} = 'text')` });
  }
  if (numbers.length > 0) {
    const equal: SqlPart =
      numbers.length === 1
        ? { sql: `${value} = json_extract(?, '$')`, parameters: [JSON.stringify(numbers[0])] }
        : { sql: `${value} IN (SELECT value FROM json_each(?))`, parameters: [JSON.stringify(numbers)] };
    // SQL has no booleans: true and 1 are told apart by the type in the document.
    const mixed = !scalar || numbers.some((one) => one === 0 || one === 1);
    parts.push(mixed ? { ...equal, sql: `(${equal.sql} AND ${type} IN ('integer', 'real'))` } : equal);
  }
  return any(parts);
}

const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function refuse(path: string): never {
  throw new QianxianError('malformed', `字段 ${path} 的查询条件不能识别；请检查条件的写法`);
}

function checkScalar(path: string, value: unknown): asserts value is Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  refuse(path);
}

/** A condition as a function of the value that it is asked of, and whether it must hold for no member instead of any. */
function readCondition(path: string, condition: Condition): { of(operand: Operand): SqlPart; negated: boolean } {
  if (typeof condition !== 'object' || condition === null) {
    checkScalar(path, condition);
    return { of: (operand) => equalsAny(operand, [condition]), negated: false };
  }
  const given = Object.entries(condition).filter(([, value]) => value !== undefined);
  if (given.length === 0) refuse(path);
  if ('in' in condition) {
    if (given.length > 1 || !Array.isArray(condition.in)) refuse(path);
    for (const one of condition.in) checkScalar(path, one);
    return { of: (operand) => equalsAny(operand, condition.in), negated: false };
  }
  if ('not' in condition) {
    if (given.length > 1) refuse(path);
    checkScalar(path, condition.not);
    return { of: (operand) => equalsAny(operand, [condition.not]), negated: true };
  }
  const bounds = given.map(([name, bound]) => {
    const sign = Object.hasOwn(comparisons, name) ? comparisons[name as keyof typeof comparisons] : refuse(path);
    if (typeof bound === 'string' && isStorableText(bound)) return { sign, bound, text: true };
    if (typeof bound === 'number' && Number.isFinite(bound)) return { sign, bound: JSON.stringify(bound), text: false };
    return refuse(path);
  });
  return {
    negated: false,
    of: (operand) =>
      all(
        bounds.map(({ sign, bound, text }) => ({
          // Only values of the bound's own type compare: SQL alone would put every number below every text.
          sql: text
            ? `(${operand.value} ${sign} ? AND ${operand.type} = 'text')`
            : `(${operand.value} ${sign} json_extract(?, '$') AND ${operand.type} IN ('integer', 'real'))`,
          parameters: [bound],
        })),
      ),
  };
}

/** One level of a path that may lead through lists: rows of its members, or of the value itself; `[null]` where missing. */
function membersSql(source: string, name: string): string {
  const path = jsonPath([name]);
  return (
    `CASE json_type(${source}, ${path}) WHEN 'array' THEN json_extract(${source}, ${path}) ` +
    `ELSE json_array(${source} -> ${path}) END`
  );
}

function conditionSql(path: string, condition: Condition, scalarPaths: ReadonlySet<string>): SqlPart {
  const segments = segmentsOf(path);
  const { of, negated } = readCondition(path, condition);
  const column = columns[path];
  if (column !== undefined || scalarPaths.has(path)) {
    const part = of({
      value: scalarSql(path),
      type:
        column === undefined ? `json_type(document, ${jsonPath(segments)})` : path === 'id' ? `'text'` : `'integer'`,
      scalar: true,
    });
    return negated ? { ...part, sql: `NOT coalesce(${part.sql}, 0)` } : part;
  }
  const sources = segments.map((name, level) =>
    level === 0
      ? `json_each(${membersSql('document', name)}) AS e0`
      : // Only objects have members: a text in between is no path on, and no JSON either.
        `json_each(CASE e${level - 1}.type WHEN 'object' THEN ${membersSql(`e${level - 1}.value`, name)} ELSE '[null]' END) AS e${level}`,
  );
  const last = `e${segments.length - 1}`;
  const part = of({ value: `${last}.value`, type: `${last}.type`, scalar: false });
  return {
    sql: `${negated ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${sources.join(', ')} WHERE ${part.sql})`,
    parameters: part.parameters,
  };
}

/**
 * A filter as a SQL condition on the columns `id`, `version` and `document`. `scalarPaths` are the paths with an index,
 * which hold one value at most and are compared by the very expression of their index.
 * Throws `malformed` where the filter is none.
 */
export function filterSql(where: Filter, scalarPaths: ReadonlySet<string>): SqlPart {
  return all(Object.entries(where).map(([path, condition]) => conditionSql(path, condition, scalarPaths)));
}
