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
  /** ISO time: of what was first published after it he was not told yet, but for `told`. */
  readonly since: string;
  /** What was first published after `since` and he was told of all the same: the index may learn of an earlier one later. */
  readonly told?: readonly ToldRecord[];
  /** A notice that is to be made, as it was decided; until it has been made nothing newer is told. */
  readonly telling?: SearchTelling;
}

export interface ToldRecord {
  readonly id: string;
  /** ISO time of its first publication. */
  readonly at: string;
}

export interface SearchTelling {
  /** Names what it tells of, so that it is made once. */
  readonly cause: string;
  readonly subject: string;
  readonly text: string;
}

/** A record may come into the index so much later than one that was published after it. */
const indexLagMs = 86_400_000;

/** Those of the found that he was not told of. */
export function untold<R extends ToldRecord>({ since, told = [] }: SavedSearch, found: readonly R[]): R[] {
  const known = new Set(told.map(({ id }) => id));
  return found.filter(({ id, at }) => at > since && !known.has(id));
}

/**
 * Where a search stands once these were told: `since` moves up to a day before the newest of them, and what lies after it
 * is remembered by its id. `all` false: there were more than these, which the notice counts without naming; it covers them.
 */
export function standAfter(
  { since, told = [] }: SavedSearch,
  fresh: readonly ToldRecord[],
  all: boolean,
): Required<Pick<SavedSearch, 'since' | 'told'>> {
  const times = fresh.map(({ at }) => at).sort();
  const newest = times.at(-1);
  if (newest === undefined) return { since, told };
  const lagged = new Date(new Date(newest).getTime() - indexLagMs).toISOString();
  const next = [since, lagged, ...(all ? [] : [times[0]!])].sort().at(-1)!;
  return {
    since: next,
    told: [...told, ...fresh].filter(({ at }) => at > next).map(({ id, at }) => ({ id, at })),
  };
}

/** Nobody follows more. */
export const mostSavedSearches = 30;

/** Whether he is to be told today; `weekday` is 1 for Monday to 7, in Asia/Shanghai. */
export function isAlertDay(alert: SearchAlert, weekday: number): boolean {
  return alert === 'day' || (alert === 'week' && weekday === 1);
}
