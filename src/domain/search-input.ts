import { z } from 'zod';
import type { EntryKind } from './entry.ts';
import { facetNames, type SearchOrder, searchFacets, searchOrders, searchRanges } from './search-facets.ts';
import { choice, list, number, text } from './validation.ts';

export const entryKinds = [
  { code: 'need', label: '需求' },
  { code: 'achievement', label: '成果' },
] as const;

const orders = Object.entries(searchOrders).map(([code, { label }]) => ({ code: code as SearchOrder, label }));

const range = (label: string) =>
  z
    .strictObject({
      gte: number(label, { min: 0, max: 10_000_000, digits: 4 }).optional(),
      lte: number(label, { min: 0, max: 10_000_000, digits: 4 }).optional(),
    })
    .superRefine((value, context) => {
      if (value.gte !== undefined && value.lte !== undefined && value.lte < value.gte) {
        context.addIssue({ code: 'custom', path: ['lte'], message: '小于下限|请检查范围的上下限' });
      }
    })
    .meta({ title: label });

const rangeNames = { ...searchRanges.need, ...searchRanges.achievement };
const facetLabels = new Map(
  Object.values(searchFacets).flatMap((facets) => facets.map(({ name, label }) => [name, label])),
);

/** What a search asks for. Everything but the kind may be left out. */
export const searchInput = z
  .strictObject({
    kind: choice('种类', entryKinds),
    text: text('搜索词', 200, { min: 0 }).optional(),
    /** Values by facet: within one facet any, between facets all. */
    facets: z
      .strictObject(
        Object.fromEntries(
          facetNames.map((name) => [
            name,
            list(facetLabels.get(name)!, text(facetLabels.get(name)!, 100), { max: 50 }).optional(),
          ]),
        ),
      )
      .meta({ title: '筛选' })
      .optional(),
    ranges: z
      .strictObject(
        Object.fromEntries(Object.entries(rangeNames).map(([name, label]) => [name, range(label).optional()])),
      )
      .meta({ title: '范围' })
      .optional(),
    sort: choice('排序', orders).optional(),
    limit: number('每页条数', { min: 1, max: 100 }).optional(),
    cursor: text('翻页标记', 1000).optional(),
  })
  .superRefine((value, context) => {
    const label = entryKinds.find(({ code }) => code === value.kind)!.label;
    const refuse = (path: string[], mend: string) =>
      context.addIssue({ code: 'custom', path, message: `${label}没有这一项|${mend}` });
    for (const [name, values] of Object.entries(value.facets ?? {})) {
      if (values && !searchFacets[value.kind].some((facet) => facet.name === name))
        refuse(['facets', name], '请去掉这个筛选');
    }
    for (const [name, limits] of Object.entries(value.ranges ?? {})) {
      if (limits && !Object.hasOwn(searchRanges[value.kind], name)) refuse(['ranges', name], '请去掉这个范围');
    }
    if (value.sort && !(searchOrders[value.sort].kinds as readonly EntryKind[]).includes(value.kind)) {
      refuse(['sort'], '请换一种排序');
    }
  });
export type SearchInput = z.input<typeof searchInput>;

/** What a suggestion asks for: what was written so far, in Chinese, pinyin or initials. */
export const suggestInput = z.strictObject({
  text: text('搜索词', 100, { min: 0 }),
  kinds: list('种类', choice('种类', entryKinds), { min: 1, max: 2 }).optional(),
  limit: number('条数', { min: 1, max: 20 }).optional(),
});
export type SuggestInput = z.input<typeof suggestInput>;
