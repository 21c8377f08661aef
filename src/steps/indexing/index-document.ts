import { audienceOf, type VisibleFields } from '../../domain/access.ts';
import type { Achievement, AchievementDraft } from '../../domain/achievement.ts';
import { type EntryKind, visibleContent } from '../../domain/entry.ts';
import type { Need, NeedDraft } from '../../domain/need.ts';
import type { Organisation } from '../../domain/organisation.ts';
import { trlBandOf } from '../../domain/search-facets.ts';
import type { IndexDocument } from '../../ports/search-index.ts';

/** A record that search may find, with the organisation that it belongs to. */
export type IndexableEntry = { readonly organisation: Organisation | undefined } & (
  | { readonly kind: 'need'; readonly entry: Need }
  | { readonly kind: 'achievement'; readonly entry: Achievement }
);

/**
 * Everything that an index document of each kind can hold: the mappings of `index-mappings/` name the same.
 * Contacts, patents' numbers, teams (often a person's name), questions and history are in none of them.
 */
export const indexShape = {
  need: {
    fields: ['title', 'problem', 'keyTechnology', 'goal', 'keywords', 'background', 'description', 'organisation'],
    facets: [
      'field',
      'industry',
      'discipline',
      'organisation',
      'shownOrganisation',
      'organisationType',
      'region',
      'state',
      'archive',
      'mode',
      'activityType',
    ],
    numbers: ['publishedAt', 'updatedAt', 'budgetWan'],
  },
  achievement: {
    fields: ['title', 'abstract', 'keywords', 'scenario', 'advantage', 'organisation'],
    facets: [
      'field',
      'industry',
      'discipline',
      'organisation',
      'shownOrganisation',
      'organisationType',
      'region',
      'state',
      'archive',
      'mode',
      'achievementType',
      'stage',
      'trlBand',
      'ipStatus',
      'level',
    ],
    numbers: ['publishedAt', 'updatedAt', 'trl', 'priceMinWan', 'priceMaxWan'],
  },
} as const satisfies Readonly<Record<EntryKind, Record<'fields' | 'facets' | 'numbers', readonly string[]>>>;

/** What of a record goes into the index, apart from what its organisation adds. */
interface Indexed {
  readonly content: VisibleFields & { readonly title?: string | undefined };
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly facets: Readonly<Record<string, readonly (string | undefined)[]>>;
  readonly numbers: Readonly<Record<string, number | undefined>>;
}

function ofNeed(content: NeedDraft): Indexed {
  const { title, problem, keyTechnology, goal, background, description } = content;
  return {
    content,
    texts: { title, problem, keyTechnology, goal, keywords: content.keywords?.join('；'), background, description },
    facets: {
      field: content.fields ?? [],
      industry: [content.industry],
      discipline: content.disciplines ?? [],
      mode: content.solutionModes ?? [],
      activityType: [content.activityType],
    },
    numbers: { budgetWan: content.budgetWan },
  };
}

function ofAchievement(content: AchievementDraft): Indexed {
  const { title, abstract, scenario, advantage, trl, priceMinWan, priceMaxWan } = content;
  return {
    content,
    texts: { title, abstract, keywords: content.keywords?.join('；'), scenario, advantage },
    facets: {
      field: content.fields ?? [],
      industry: [content.industry],
      discipline: content.disciplines ?? [],
      mode: content.cooperationModes ?? [],
      achievementType: [content.achievementType],
      stage: [content.stage],
      trlBand: [trl === undefined ? undefined : trlBandOf(trl)],
      ipStatus: [content.ipStatus],
      level: [content.level],
    },
    numbers: { trl, priceMinWan, priceMaxWan },
  };
}

/** Undefined where the record is in no index: neither published nor archived. */
function indexedOf(item: IndexableEntry): Indexed | undefined {
  if (item.kind === 'need') {
    const content = visibleContent(item.entry);
    return content ? ofNeed(content) : undefined;
  }
  const content = visibleContent(item.entry);
  return content ? ofAchievement(content) : undefined;
}

/**
 * The texts of a record that are indexed, by field, in original writing; empty ones are left out. Undefined where the
 * record is in no index. The name of an enterprise that hides it is not among them.
 */
export function indexedTexts(item: IndexableEntry): Readonly<Record<string, string>> | undefined {
  const indexed = indexedOf(item);
  if (!indexed) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(indexed.texts)) if (text) texts[name] = text;
  const organisation = item.organisation?.content.name;
  if (organisation && !indexed.content.hideOrganisation) texts.organisation = organisation;
  return texts;
}

/**
 * What the index holds of a record. `words` are the segmenter's words of `indexedTexts`, by field.
 * Archived records are for the bureau (and their owner, by the facet `organisation`); `shownOrganisation` is the same
 * without enterprises that hide their name, for filters of others. Times are in milliseconds, money is in 万元.
 * Undefined where the record is in no index.
 */
export function indexDocument(
  item: IndexableEntry,
  words: Readonly<Record<string, readonly string[]>>,
): IndexDocument | undefined {
  const indexed = indexedOf(item);
  if (!indexed) return undefined;
  const { kind, entry, organisation } = item;
  const { content } = indexed;
  const archived = entry.state === 'archived';
  const owner = entry.organisationId ?? undefined;
  const facets: Record<string, string[]> = {};
  const values: Indexed['facets'] = {
    ...indexed.facets,
    organisation: [owner],
    shownOrganisation: [content.hideOrganisation ? undefined : owner],
    organisationType: [organisation?.content.type],
    region: [organisation?.content.region],
    state: [entry.state],
    archive: [archived ? 'yes' : 'no'],
  };
  for (const [name, list] of Object.entries(values)) facets[name] = list.filter((value) => value !== undefined);
  const numbers: Record<string, number> = {};
  const measured: Indexed['numbers'] = {
    ...indexed.numbers,
    publishedAt: archived || !entry.published ? undefined : Date.parse(entry.published.at),
    updatedAt: Date.parse(entry.updatedAt),
  };
  for (const [name, value] of Object.entries(measured)) {
    if (value !== undefined && Number.isFinite(value)) numbers[name] = value;
  }
  return {
    kind,
    id: entry.id,
    version: entry.version,
    title: content.title ?? '',
    fields: words,
    facets,
    numbers,
    audience: archived ? 'bureau' : audienceOf(content),
  };
}
