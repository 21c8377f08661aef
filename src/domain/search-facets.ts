import { disciplines, industries } from './codes/national-codes.ts';
import { organisationTypes } from './codes/organisation-codes.ts';
import type { CodeRow } from './codes/table.ts';
import {
  achievementLevels,
  achievementStages,
  achievementTypes,
  activityTypes,
  cooperationModes,
  ipStatuses,
  solutionModes,
  technologyFields,
} from './codes/technology-codes.ts';
import type { EntryKind } from './entry.ts';

/** What search results can be filtered and counted by. */
export interface SearchFacet {
  readonly name: string;
  /** Chinese name of the facet. */
  readonly label: string;
  /** The codes of its values; absent where the value is the text itself or an id. */
  readonly codes?: readonly CodeRow[];
}

/** Bands of 技术成熟度 (TRL 1–9): research, test, use. */
export const trlBands = [
  { code: '1-3', label: 'TRL 1–3 原理研究' },
  { code: '4-6', label: 'TRL 4–6 试验验证' },
  { code: '7-9', label: 'TRL 7–9 工程应用' },
] as const;

/** The band of a TRL from 1 to 9. */
export function trlBandOf(trl: number): (typeof trlBands)[number]['code'] {
  if (trl <= 3) return '1-3';
  return trl <= 6 ? '4-6' : '7-9';
}

export const archiveStates = [
  { code: 'no', label: '正式发布' },
  { code: 'yes', label: '存档' },
] as const;

const shared: readonly SearchFacet[] = [
  { name: 'field', label: '技术领域', codes: technologyFields },
  { name: 'industry', label: '应用行业', codes: industries },
  { name: 'discipline', label: '学科', codes: disciplines },
  { name: 'organisation', label: '机构' },
  { name: 'organisationType', label: '机构属性', codes: organisationTypes },
  { name: 'region', label: '所在地域' },
  { name: 'archive', label: '记录', codes: archiveStates },
];

/** The facets of each kind in the order in which a page shows them. */
export const searchFacets: Readonly<Record<EntryKind, readonly SearchFacet[]>> = {
  need: [
    ...shared,
    { name: 'mode', label: '解决方式', codes: solutionModes },
    { name: 'activityType', label: '科技活动类型', codes: activityTypes },
  ],
  achievement: [
    ...shared,
    { name: 'mode', label: '合作方式', codes: cooperationModes },
    { name: 'achievementType', label: '成果类型', codes: achievementTypes },
    { name: 'stage', label: '成果阶段', codes: achievementStages },
    { name: 'trlBand', label: '技术成熟度', codes: trlBands },
    { name: 'ipStatus', label: '知识产权状态', codes: ipStatuses },
    { name: 'level', label: '成果水平', codes: achievementLevels },
  ],
};

export const facetNames = [...new Set(Object.values(searchFacets).flatMap((facets) => facets.map(({ name }) => name)))];

/** Numbers that results can be narrowed by, with their Chinese names. */
export const searchRanges: Readonly<Record<EntryKind, Readonly<Record<string, string>>>> = {
  need: { budgetWan: '拟投入资金（万元）' },
  achievement: { trl: '技术成熟度（TRL）', priceMinWan: '价格下限（万元）', priceMaxWan: '价格上限（万元）' },
};

/** Orders of results: which number of the index, and which way. `relevance` is by score. */
export const searchOrders = {
  relevance: { label: '最相关', kinds: ['need', 'achievement'], sort: 'relevance' },
  newest: { label: '最新发布', kinds: ['need', 'achievement'], sort: { by: 'publishedAt', direction: 'desc' } },
  'budget-high': { label: '投入从高到低', kinds: ['need'], sort: { by: 'budgetWan', direction: 'desc' } },
  'budget-low': { label: '投入从低到高', kinds: ['need'], sort: { by: 'budgetWan', direction: 'asc' } },
  'trl-high': { label: '成熟度从高到低', kinds: ['achievement'], sort: { by: 'trl', direction: 'desc' } },
  'price-low': { label: '价格从低到高', kinds: ['achievement'], sort: { by: 'priceMinWan', direction: 'asc' } },
} as const;
export type SearchOrder = keyof typeof searchOrders;
