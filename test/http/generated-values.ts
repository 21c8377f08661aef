import fc from 'fast-check';
import type { OpenApi, Schema } from './openapi-document.ts';
import { creditCodeOf } from './world.ts';

const characters = [...'稀土抛光粉海藻提取工艺节能催化剂电梯控制系统光伏组件能耗下降粒度abcXYZ0189≥%。，'];

/** Fields whose rules a schema cannot tell: good values of them, and now and then any text. */
const known: Readonly<Record<string, fc.Arbitrary<string>>> = {
  email: fc.nat(999).map((number) => `post${number}@example.com`),
  phone: fc.nat(9999).map((number) => `0518-8${String(number).padStart(6, '0')}`),
  mobile: fc.nat(9999).map((number) => `1380000${String(number).padStart(4, '0')}`),
  fax: fc.constant('0518-80000000'),
  website: fc.constant('https://www.example.com/'),
  url: fc.constant('https://www.example.com/'),
  postcode: fc.constant('222000'),
  creditCode: fc.integer({ min: 5000, max: 9999 }).map(creditCodeOf),
  login: fc.nat(1_000_000_000).map((number) => `generated${number}`),
  week: fc.constantFrom('2026-W48', '2026-W47', '2026-W01', '2020-W53'),
  from: fc.constantFrom('2026-11-20', '2026-11-23'),
  until: fc
    .integer({ min: 1, max: 300 })
    .map((days) => new Date(Date.UTC(2026, 10, 23 + days)).toISOString().slice(0, 10)),
  openUntil: fc.constantFrom('2026-12-31', '2027-06-30'),
  highTechOn: fc.constantFrom('2024-12-01', '2026-11-01'),
  version: fc.constant('1'),
};

function textOf(schema: Schema): fc.Arbitrary<string> {
  const min = schema.minLength ?? 0;
  const max = Math.max(min, Math.min(schema.maxLength ?? 20, min + 40));
  return fc.array(fc.constantFrom(...characters), { minLength: min, maxLength: max }).map((chosen) => chosen.join(''));
}

/** Values that fit a schema of the document, most of the optional fields left out. */
export function valuesOf(document: OpenApi, schema: Schema, name = ''): fc.Arbitrary<unknown> {
  const recurse = (inner: Schema, innerName = name) => valuesOf(document, inner, innerName);
  if (schema.$ref) return recurse(document.components.schemas[schema.$ref.split('/').at(-1)!]!);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((choice) => recurse(choice)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string': {
      const hint = known[name];
      const free = textOf(schema);
      return hint ? fc.oneof({ weight: 9, arbitrary: hint }, { weight: 1, arbitrary: free }) : free;
    }
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 2_000_000_000) });
    case 'number':
      return schema.multipleOf === 1
        ? fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 })
        : fc
            .integer({ min: (schema.minimum ?? 0) * 100, max: Math.min(schema.maximum ?? 1000, 10_000_000) * 100 })
            .map((hundredths) => hundredths / 100);
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const min = schema.minItems ?? 0;
      const max = Math.max(min, Math.min(schema.maxItems ?? 3, min + 3));
      return fc.uniqueArray(recurse(schema.items ?? {}), {
        minLength: min,
        maxLength: max,
        selector: (item) => JSON.stringify(item),
      });
    }
    case 'object': {
      const fields = Object.entries(schema.properties ?? {});
      const required = new Set(schema.required ?? []);
      return fc.record(Object.fromEntries(fields.map(([key, inner]) => [key, recurse(inner, key)])), {
        requiredKeys: [...required],
        noNullPrototype: true,
      });
    }
    default:
      return fc.constant(null);
  }
}

/** What nobody's form sends. */
export const strangeValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.constantFrom('', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff中', '\u202e', '=1+1', '<script>', "' OR 1=1 --"),
  fc.constant('长'.repeat(30_000)),
  fc.constant([]),
  fc.constant({}),
  fc.constant({ $gt: '' }),
  fc.constant(JSON.parse('{"__proto__":{"role":"admin"}}')),
  fc.constant({ constructor: { prototype: { role: 'admin' } } }),
  fc.constant(JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`)),
  fc.array(
    fc
      .anything({ maxDepth: 2, withNullPrototype: false })
      .map((value) => JSON.parse(JSON.stringify(value ?? null) ?? 'null')),
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

/** Every place in a JSON value, as paths. */
export function placesIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((one, index) => placesIn(one, [...path, index]))
    : Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key]));
  return [path, ...inner];
}

/** A copy with another value at a place; `undefined` takes the place away. */
export function changedAt(value: unknown, path: readonly (string | number)[], next: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return next;
  if (Array.isArray(value)) return value.map((one, index) => (index === first ? changedAt(one, rest, next) : one));
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value as object)) {
    const changed = key === first ? changedAt(one, rest, next) : one;
    if (changed !== undefined)
      Object.defineProperty(copy, key, { value: changed, enumerable: true, configurable: true });
  }
  return copy;
}
