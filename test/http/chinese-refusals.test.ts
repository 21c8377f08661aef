import { expect } from 'chai';
import { z } from 'zod';
import { type FieldIssue, Invalid } from '../../src/domain/errors.ts';
import { check } from '../../src/domain/validation.ts';
import { routes } from '../../src/http/routes.ts';

/** What may come where something else is meant: every kind of JSON value, too little, too much, too long. */
const strange: readonly unknown[] = [
  undefined,
  null,
  -1,
  7,
  1.5,
  1e12,
  'x',
  '',
  '长'.repeat(21_000),
  true,
  [],
  ['x', 'x'],
  Array(600).fill('x'),
  {},
  { 没有的字段: 1 },
  [[]],
  [{}],
  [null],
];

/** Values that are wrong at one place of the schema, for every place. */
function* wrongValues(schema: unknown, depth = 0): Generator<unknown> {
  yield* strange;
  if (depth > 6) return;
  if (schema instanceof z.ZodObject) {
    for (const [key, child] of Object.entries(schema.shape)) {
      for (const value of wrongValues(child, depth + 1)) yield { [key]: value };
    }
  } else if (schema instanceof z.ZodArray) {
    for (const value of wrongValues(schema.element, depth + 1)) yield [value];
  } else if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    yield* wrongValues(schema.unwrap(), depth);
  } else if (schema instanceof z.ZodPipe) {
    yield* wrongValues(schema.in, depth);
  } else if (schema instanceof z.ZodUnion) {
    for (const way of schema.options) yield* wrongValues(way, depth);
  } else if (schema instanceof z.ZodRecord) {
    for (const value of wrongValues(schema.valueType, depth + 1)) yield { 甲: value };
  }
}

function faultsOf(schema: z.ZodType, value: unknown): readonly FieldIssue[] {
  try {
    check(schema, value);
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(Invalid);
    return (error as Invalid).issues;
  }
}

const chinese = /\p{Script=Han}/u;

describe('what is refused', () => {
  it('is told in Chinese with field and mend, at every place of every request', () => {
    let told = 0;
    for (const route of routes) {
      for (const schema of [route.body, route.query, route.params]) {
        if (!schema) continue;
        for (const value of wrongValues(schema)) {
          for (const { field, label, reason, mend } of faultsOf(schema, value)) {
            const where = `${route.operationId} ${field}: ${label}：${reason}。${mend}`;
            told += 1;
            if (reason !== '不认识的字段') expect(label, where).to.match(chinese);
            expect(reason, where)
              .to.match(chinese)
              .and.not.match(/invalid|expected|received|too (?:big|small)/i);
            expect(mend, where).to.match(chinese).and.not.equal('请按要求修改后再提交');
            expect(`${reason}${mend}`, where).to.not.include('{label}');
          }
        }
      }
    }
    expect(told).to.be.greaterThan(5_000);
  });

  const cases: readonly (readonly [string, z.ZodType, unknown, string])[] = [
    [
      'a missing object',
      z.object({ a: z.object({}).meta({ title: '甲' }) }),
      {},
      '甲：没有填写。请把甲填写为一组字段 {…}',
    ],
    [
      'another kind',
      z.object({ a: z.array(z.string()).meta({ title: '甲' }) }),
      { a: 'x' },
      '甲：应是列表。请把甲填写为列表 […]',
    ],
    [
      'a kind without a name',
      z.object({ a: z.symbol().meta({ title: '甲' }) }),
      { a: 1 },
      '甲：应是规定的格式。请检查甲的写法',
    ],
    [
      'another value',
      z.object({ a: z.literal('b').meta({ title: '甲' }) }),
      { a: 'c' },
      '甲：不是可选的值。请从 b 中选择',
    ],
    ['no value', z.object({ a: z.enum(['b', 'c']).meta({ title: '甲' }) }), {}, '甲：没有填写。请从 b、c 中选择'],
    [
      'a long text',
      z.object({ a: z.string().max(2).meta({ title: '甲' }) }),
      { a: 'abc' },
      '甲：最多2个字。请把甲改到2个字以内',
    ],
    [
      'a short list',
      z.object({ a: z.array(z.string()).min(1).meta({ title: '甲' }) }),
      { a: [] },
      '甲：至少1项。请把甲改到1项以上',
    ],
    [
      'a large number',
      z.object({ a: z.number().max(3).meta({ title: '甲' }) }),
      { a: 4 },
      '甲：不能大于3。请把甲改到3以内',
    ],
    [
      'a small number',
      z.object({ a: z.number().min(3).meta({ title: '甲' }) }),
      { a: 2 },
      '甲：不能小于3。请把甲改到3以上',
    ],
    [
      'an odd number',
      z.object({ a: z.number().multipleOf(2).meta({ title: '甲' }) }),
      { a: 3 },
      '甲：应是2的倍数。请检查甲',
    ],
    ['half a number', z.object({ a: z.int().meta({ title: '甲' }) }), { a: 1.5 }, '甲：应是整数。请把甲填写为整数'],
    [
      'no date',
      z.object({ a: z.iso.date().meta({ title: '甲' }) }),
      { a: '明天' },
      '甲：格式不对。请按 2026-12-31 的格式填写甲',
    ],
    [
      'no pattern',
      z.object({ a: z.string().regex(/^b$/).meta({ title: '甲' }) }),
      { a: 'c' },
      '甲：格式不对。请检查甲的写法',
    ],
    [
      'a key',
      z.object({ a: z.record(z.string().regex(/^b$/), z.int()).meta({ title: '甲' }) }),
      { a: { c: 1 } },
      '甲.c',
    ],
    ['a map', z.object({ a: z.map(z.string(), z.int()).meta({ title: '甲' }) }), { a: new Map([['b', 'c']]) }, '甲'],
    [
      'any of two',
      z.object({ a: z.union([z.enum(['b']), z.array(z.string())]).meta({ title: '甲' }) }),
      { a: 'c' },
      '甲：不是可选的值。请从 b 中选择',
    ],
    [
      'one of a set',
      z.object({ a: z.set(z.string()).min(1).meta({ title: '甲' }) }),
      { a: new Set() },
      '甲：至少1项。请把甲改到1项以上',
    ],
    [
      'a rule',
      z.object({
        a: z
          .string()
          .refine(() => false)
          .meta({ title: '甲' }),
      }),
      { a: 'c' },
      '甲：不符合要求。请检查甲',
    ],
    ['a whole', z.object({}), 7, '内容：应是一组字段。请把内容填写为一组字段 {…}'],
  ];
  for (const [name, schema, value, expected] of cases) {
    it(`has words of its own where a schema has none: ${name}`, () => {
      const [first] = faultsOf(schema, value);
      const { label, reason, mend } = first!;
      if (expected.includes('：')) expect(`${label}：${reason}。${mend}`).to.equal(expected);
      expect(`${reason}${mend}`)
        .to.match(chinese)
        .and.not.match(/invalid|expected/i);
    });
  }
});
