import { z } from 'zod';
import type { CodeRow } from './codes/table.ts';
import type { Stored } from './record.ts';
import { type SearchInput, searchInput } from './search-input.ts';
import { choice, text } from './validation.ts';

/** How often somebody wants to be told of what is new in a search that he kept. */
export const searchAlerts = [
  { code: 'day', label: '每天' },
  { code: 'week', label: '每周一' },
  { code: 'off', label: '不提醒' },
] as const satisfies readonly CodeRow[];
export type SearchAlert = (typeof searchAlerts)[number]['code'];

/** What is kept of a search: what it asks for, not in which order or how many at a time. */
export type KeptSearch = Pick<SearchInput, 'kind' | 'text' | 'facets' | 'ranges'>;

export const savedSearchInput = z.strictObject({
  name: text('名称', 50),
  search: searchInput
    .refine(({ sort, limit, cursor }) => sort === undefined && limit === undefined && cursor === undefined, {
      error: '写了排序、条数或翻页标记|保存的只是查什么，请去掉这些',
    })
    .meta({ title: '搜索' }),
  alert: choice('提醒', searchAlerts),
});

/** A search that somebody keeps for himself. */
export interface SavedSearch extends Stored {
  readonly userId: string;
  readonly name: string;
  readonly search: KeptSearch;
  readonly alert: SearchAlert;
  /** ISO time: what was published after it he was not told of yet. */
  readonly since: string;
}

/** Nobody follows more. */
export const mostSavedSearches = 30;

/** Whether he is to be told today; `weekday` is 1 for Monday to 7, in Asia/Shanghai. */
export function isAlertDay(alert: SearchAlert, weekday: number): boolean {
  return alert === 'day' || (alert === 'week' && weekday === 1);
}
