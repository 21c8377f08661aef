import { z } from 'zod';
import type { EntryState } from '../../domain/entry.ts';
import { entryStates } from '../../domain/entry.ts';
import { type SearchOrder, searchFacets, searchOrders, searchRanges } from '../../domain/search-facets.ts';
import { entryKinds, type SearchInput } from '../../domain/search-input.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, decimalNumber, instant, pageSize, several, wholeNumber, words } from './query-values.ts';
import { stateOf } from './record-parts.ts';

const kind = choice('种类', entryKinds);

/** Every facet of both kinds once, with where its values come from. */
const facets = new Map(Object.values(searchFacets).flatMap((rows) => rows.map((row) => [row.name, row] as const)));
const ranges = new Map(Object.values(searchRanges).flatMap((rows) => Object.entries(rows)));
const orders = Object.keys(searchOrders) as [SearchOrder, ...SearchOrder[]];

const facetValues = Object.fromEntries(
  [...facets].map(([name, { label }]) => [name, several(label, words(label, 100, { min: 1 }), 50).optional()]),
);
const rangeValues = Object.fromEntries(
  [...ranges].flatMap(([name, label]) => [
    [`${name}.gte`, decimalNumber(`${label}不小于`, { min: 0, max: 10_000_000 }).optional()],
    [`${name}.lte`, decimalNumber(`${label}不大于`, { min: 0, max: 10_000_000 }).optional()],
  ]),
);

/** `text`, any facet (repeated for several values), any range as `budgetWan.gte=10`. */
export const searchQuery = z.strictObject({
  kind,
  text: words('搜索词', 200).optional(),
  ...facetValues,
  ...rangeValues,
  sort: z
    .enum(orders, {
      error: `不能按这一项排序|请从 ${orders.map((order) => `${order}（${searchOrders[order].label}）`).join('、')} 中选择`,
    })
    .meta({ title: '排序', description: orders.map((order) => `${order}=${searchOrders[order].label}`).join('；') })
    .optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

/** The step's input of a read query. */
export function searchInputOf(query: z.output<typeof searchQuery>): SearchInput {
  const { kind: wanted, text, sort, limit, cursor: after } = query;
  const given = query as Readonly<Record<string, unknown>>;
  const chosen: Record<string, string[]> = {};
  for (const name of facets.keys()) {
    const values = given[name] as string[] | undefined;
    if (values) chosen[name] = values;
  }
  const limits: Record<string, { gte?: number; lte?: number }> = {};
  for (const name of ranges.keys()) {
    const gte = given[`${name}.gte`] as number | undefined;
    const lte = given[`${name}.lte`] as number | undefined;
    if (gte !== undefined || lte !== undefined) {
      limits[name] = { ...(gte === undefined ? {} : { gte }), ...(lte === undefined ? {} : { lte }) };
    }
  }
  return {
    kind: wanted,
    ...(text === undefined ? {} : { text }),
    facets: chosen,
    ranges: limits,
    ...(sort === undefined ? {} : { sort }),
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { cursor: after }),
  };
}

const segments = z.array(z.object({ text: z.string(), hit: z.boolean() }));

export const searchPage = z
  .object({
    words: z.array(z.string()).meta({ description: '实际查找的词' }),
    hits: z.array(
      z
        .object({
          kind,
          id: z.string(),
          version: z.int(),
          score: z.number(),
          state: stateOf<EntryState>('状态', entryStates.states),
          title: z.string(),
          titleSegments: segments,
          fragments: z.array(
            z.object({
              field: z.string(),
              label: z.string(),
              segments,
              cutBefore: z.boolean(),
              cutAfter: z.boolean(),
            }),
          ),
          organisationId: z.string().nullable(),
          organisationName: z.string().nullable(),
          organisationHidden: z.boolean(),
          keywords: z.array(z.string()),
          fields: z.array(z.string()),
          disciplines: z.array(z.string()),
          industry: z.string().nullable(),
          modes: z.array(z.string()),
          publishedAt: instant.nullable(),
          budgetWan: z.number().nullable(),
          trl: z.number().nullable(),
          priceMinWan: z.number().nullable(),
          priceMaxWan: z.number().nullable(),
        })
        .meta({ id: 'FoundRecord' }),
    ),
    total: z.int(),
    relaxed: z.boolean().meta({ description: '没有记录含全部的词，列出的只含一部分' }),
    sort: z.enum(orders),
    counts: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        values: z.array(z.object({ value: z.string(), label: z.string(), count: z.int() })),
      }),
    ),
    next: z.string().optional(),
  })
  .meta({ id: 'SearchPage' });
export type SearchPageView = z.output<typeof searchPage>;

export const suggestQuery = z.strictObject({
  text: words('搜索词', 100),
  kind: kind.optional(),
  limit: wholeNumber('条数', { min: 1, max: 20 }).optional(),
});

export const suggestions = z
  .object({ items: z.array(z.object({ kind, id: z.string(), title: z.string() })) })
  .meta({ id: 'Suggestions' });
