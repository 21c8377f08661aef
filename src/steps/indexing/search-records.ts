import { audiencesOf, maySeeEntry, type VisibleFields, visibleOrganisation } from '../../domain/access.ts';
import { type AchievementDraft, achievementDraft } from '../../domain/achievement.ts';
import { labelOf } from '../../domain/codes/table.ts';
import { type Entry, type EntryKind, type EntryState, visibleContent } from '../../domain/entry.ts';
import { bestStretch, highlightSpans, type Segment, segmentsOf } from '../../domain/highlight.ts';
import { type NeedDraft, needDraft } from '../../domain/need.ts';
import { clip } from '../../domain/plain-text.ts';
import { queryWords } from '../../domain/query-words.ts';
import { type SearchOrder, searchFacets, searchOrders } from '../../domain/search-facets.ts';
import { type SearchInput, searchInput } from '../../domain/search-input.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, labelsOf } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import { fieldWeights, type SearchHit, type SearchQuery, type SearchResult } from '../../ports/search-index.ts';
import { indexShape } from './index-document.ts';
import { collectionOf, organisationsOf } from './index-entries.ts';

/** A part of a field's text around the words that were looked for. */
export interface SearchFragment {
  readonly field: string;
  /** Chinese name of the field. */
  readonly label: string;
  readonly segments: readonly Segment[];
  /** Whether text of the field comes before or after it. */
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

/** One record that was found: what is published of it, or the archived text, never contacts. */
export interface FoundRecord {
  readonly kind: EntryKind;
  readonly id: string;
  readonly version: number;
  /** BM25; 0 where nothing was asked in words. */
  readonly score: number;
  readonly state: EntryState;
  readonly title: string;
  /** The title cut at the words that were looked for. */
  readonly titleSegments: readonly Segment[];
  /** The two parts of the text that show most of the words; the beginning of the text where it shows none. */
  readonly fragments: readonly SearchFragment[];
  readonly organisationId: string | null;
  readonly organisationName: string | null;
  /** The record has an organisation that the asker is not told. */
  readonly organisationHidden: boolean;
  readonly keywords: readonly string[];
  readonly fields: readonly string[];
  readonly disciplines: readonly string[];
  readonly industry: string | null;
  /** 解决方式 of a need, 合作方式 of an achievement. */
  readonly modes: readonly string[];
  readonly publishedAt: string | null;
  readonly budgetWan: number | null;
  readonly trl: number | null;
  readonly priceMinWan: number | null;
  readonly priceMaxWan: number | null;
}

export interface FacetCounts {
  readonly name: string;
  readonly label: string;
  readonly values: readonly { readonly value: string; readonly label: string; readonly count: number }[];
}

export interface SearchPage {
  /** The words that were looked for. */
  readonly words: readonly string[];
  readonly hits: readonly FoundRecord[];
  readonly total: number;
  /** No record has all words: the hits have some of them. */
  readonly relaxed: boolean;
  readonly sort: SearchOrder;
  readonly counts: readonly FacetCounts[];
  readonly next?: string;
}

const defaultLimit = 20;
const fragmentLength = 120;
const mostFragments = 2;
const fieldLabels = { need: labelsOf(needDraft), achievement: labelsOf(achievementDraft) };

/** Fields that fragments are taken from, those that weigh most first; the title is shown whole and the organisation by itself. */
const fragmentFields = {
  need: fragmentFieldsOf('need'),
  achievement: fragmentFieldsOf('achievement'),
};

function fragmentFieldsOf(kind: EntryKind): readonly string[] {
  const names: readonly string[] = indexShape[kind].fields;
  return names
    .filter((name) => name !== 'title' && name !== 'organisation' && name !== 'keywords')
    .sort((a, b) => (fieldWeights[b] ?? 1) - (fieldWeights[a] ?? 1));
}

/** For the bureau an organisation is itself; others filter and count by the organisations that do not hide. */
const facetInIndex = (principal: Principal | null, name: string): string =>
  name === 'organisation' && !(principal && isBureau(principal)) ? 'shownOrganisation' : name;

function fragmentsOf(kind: EntryKind, content: Readonly<Record<string, unknown>>, words: readonly string[]) {
  const found: { fragment: SearchFragment; distinct: number; place: number }[] = [];
  let opening: SearchFragment | undefined;
  for (const [place, field] of fragmentFields[kind].entries()) {
    const text = content[field];
    if (typeof text !== 'string' || text === '') continue;
    const label = fieldLabels[kind].get(field) ?? field;
    const spans = highlightSpans(text, words);
    const stretch = bestStretch(text, spans, fragmentLength);
    const make = (start: number, end: number): SearchFragment => ({
      field,
      label,
      segments: segmentsOf(text, spans, { start, end }),
      cutBefore: start > 0,
      cutAfter: end < text.length,
    });
    if (stretch) {
      const fragment = make(stretch.start, stretch.end);
      const distinct = new Set(fragment.segments.filter(({ hit }) => hit).map((segment) => segment.text)).size;
      found.push({ fragment, distinct, place });
    } else {
      opening ??= make(0, clip(text, fragmentLength).length);
    }
  }
  found.sort((a, b) => b.distinct - a.distinct || a.place - b.place);
  const best = found.slice(0, mostFragments).map(({ fragment }) => fragment);
  return best.length > 0 ? best : opening ? [opening] : [];
}

function foundRecord(
  kind: EntryKind,
  entry: Entry<VisibleFields>,
  hit: SearchHit,
  words: readonly string[],
  shown: { readonly organisationId: string | null; readonly organisationName: string | null },
): FoundRecord | undefined {
  const content = visibleContent(entry) as (NeedDraft & AchievementDraft) | null;
  if (!content) return undefined;
  const title = content.title ?? '';
  return {
    kind,
    id: entry.id,
    version: entry.version,
    score: hit.score,
    state: entry.state,
    title,
    titleSegments: segmentsOf(title, highlightSpans(title, words)),
    fragments: fragmentsOf(kind, content, words),
    ...shown,
    organisationHidden: shown.organisationId !== entry.organisationId,
    keywords: content.keywords ?? [],
    fields: content.fields ?? [],
    disciplines: content.disciplines ?? [],
    industry: content.industry ?? null,
    modes: (kind === 'need' ? content.solutionModes : content.cooperationModes) ?? [],
    publishedAt: entry.state === 'published' ? (entry.published?.at ?? null) : null,
    budgetWan: content.budgetWan ?? null,
    trl: content.trl ?? null,
    priceMinWan: content.priceMinWan ?? null,
    priceMaxWan: content.priceMaxWan ?? null,
  };
}

async function labelledCounts(
  ports: Pick<Ports, 'store'>,
  principal: Principal | null,
  kind: EntryKind,
  counts: SearchResult['counts'],
): Promise<FacetCounts[]> {
  const inIndex = (name: string) => counts[facetInIndex(principal, name)] ?? [];
  const organisations = await organisationsOf(
    ports,
    inIndex('organisation').map(({ value }) => value),
  );
  return searchFacets[kind].map(({ name, label, codes }) => ({
    name,
    label,
    values: inIndex(name).map(({ value, count }) => ({
      value,
      label: codes
        ? labelOf(codes, value)
        : name === 'organisation'
          ? (organisations.get(value)?.content.name ?? value)
          : value,
      count,
    })),
  }));
}

/** Begins a cursor of a search by the longer words alone. */
const loosely = '~';

/**
 * Searches by all words. Where no record holds all of them, those that hold some are found by the words of two characters and
 * more: nearly every record holds 机 or 水, which says nothing. Single characters stay where nothing else was asked for.
 */
async function foundBy(
  ports: Pick<Ports, 'index'>,
  query: Omit<SearchQuery, 'words' | 'cursor'>,
  words: readonly string[],
  cursor: string | undefined,
): Promise<SearchResult> {
  const longer = words.filter((word) => !/^\p{Script=Han}$/u.test(word));
  const loose = async (at?: string): Promise<SearchResult> => {
    const { next, ...found } = await ports.index.search({
      ...query,
      words: longer,
      ...(at === undefined ? {} : { cursor: at }),
    });
    return { ...found, relaxed: found.total > 0, ...(next === undefined ? {} : { next: loosely + next }) };
  };
  if (cursor?.startsWith(loosely)) return loose(cursor.slice(loosely.length));
  const found = await ports.index.search({ ...query, words, ...(cursor === undefined ? {} : { cursor }) });
  if (!found.relaxed || longer.length === words.length || longer.length === 0) return found;
  return loose();
}

/**
 * One page of the records that hold the words and that the asker may see, with counts for every facet.
 *
 * The index finds; what is shown is read back from the store and checked there again, so that a record which was
 * withdrawn a moment ago is not shown. A page can therefore be shorter than its limit; `next` says whether there is more.
 * Throws `invalid` for input that breaks a rule and `malformed` for a cursor of another query.
 */
export async function searchRecords(
  ports: Ports,
  principal: Principal | null,
  input: SearchInput,
): Promise<SearchPage> {
  const {
    kind,
    text = '',
    facets = {},
    ranges = {},
    limit = defaultLimit,
    cursor,
    ...rest
  } = check(searchInput, input);
  const [cut = []] = text === '' ? [[]] : await ports.segmenter.segment([text], 'exact');
  const words = queryWords(cut);
  const sort = rest.sort ?? (words.length > 0 ? 'relevance' : 'newest');
  const filters: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(facets)) {
    if (values?.length) filters[facetInIndex(principal, name)] = values;
  }
  const limits: Record<string, { gte?: number; lte?: number }> = {};
  for (const [name, range] of Object.entries(ranges)) if (range) limits[name] = range;

  // Signs alone (“!!”) are a question that nothing answers, not a question for everything.
  if (text !== '' && words.length === 0) {
    return { words, hits: [], total: 0, relaxed: false, sort, counts: [] };
  }
  const query = {
    kind,
    facets: filters,
    ranges: limits,
    audiences: audiencesOf(principal),
    ...(principal?.organisationId === undefined ? {} : { ownOrganisation: principal.organisationId }),
    sort: searchOrders[sort].sort,
    limit,
    count: searchFacets[kind].map(({ name }) => facetInIndex(principal, name)),
  };
  const result = await foundBy(ports, query, words, cursor);

  const entries: readonly Entry<VisibleFields>[] = await ports.store
    .collection(collectionOf[kind])
    .getMany(result.hits.map(({ id }) => id));
  const visible = new Map(entries.filter((entry) => maySeeEntry(principal, entry)).map((entry) => [entry.id, entry]));
  const organisations = await organisationsOf(
    ports,
    [...visible.values()].map((entry) => visibleOrganisation(principal, entry)),
  );
  const hits: FoundRecord[] = [];
  for (const hit of result.hits) {
    const entry = visible.get(hit.id);
    if (!entry) continue;
    const organisationId = visibleOrganisation(principal, entry);
    const organisationName = organisations.get(organisationId ?? '')?.content.name ?? null;
    const record = foundRecord(kind, entry, hit, words, { organisationId, organisationName });
    if (record) hits.push(record);
  }
  return {
    words,
    hits,
    total: result.total,
    relaxed: result.relaxed,
    sort,
    counts: await labelledCounts(ports, principal, kind, result.counts),
    ...(result.next === undefined ? {} : { next: result.next }),
  };
}
