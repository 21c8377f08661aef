import type { AchievementDraft } from '../achievement.ts';
import type { EntryKind } from '../entry.ts';
import { derivedId } from '../ids.ts';
import type { NeedDraft } from '../need.ts';

/** The text fields that matching reads, of both kinds. */
export const matchedFields = {
  need: ['title', 'keywords', 'keyTechnology', 'problem', 'goal', 'description', 'background'],
  achievement: ['title', 'keywords', 'abstract', 'scenario', 'advantage'],
} as const satisfies Record<EntryKind, readonly string[]>;

export type MatchedField = (typeof matchedFields)[EntryKind][number];

/** One field as it is written, before segmentation. */
export interface FieldText {
  readonly field: MatchedField;
  readonly text: string;
}

/** One field with the words that the segmenter (mode `search`) made of it. */
export interface MatchText extends FieldText {
  readonly words: readonly string[];
}

/** What the forms state besides text. Missing means that the record does not say. */
export interface MatchFacts {
  readonly technologyFields: readonly string[];
  readonly disciplines: readonly string[];
  readonly industry?: string;
  /** Need: 解决方式. Achievement: 合作方式. */
  readonly modes: readonly string[];
  /** Need only: 科技活动类型. */
  readonly activityType?: string;
  /** Need only: figures that its author says are no indicators, as `formatIndicator` spells them. */
  readonly notIndicators?: readonly string[];
  /** Need only, 万元. */
  readonly budgetWan?: number;
  /** Achievement only, 万元. */
  readonly priceMinWan?: number;
  readonly priceMaxWan?: number;
  /** 1–9. */
  readonly trl?: number;
  readonly stage?: string;
  readonly maturityNote?: string;
  readonly ipStatus?: string;
  readonly transferStage?: string;
  readonly licensedScope?: string;
  /** Milliseconds since 1970. */
  readonly updatedAt?: number;
}

/** A record as matching sees it: the texts in words, the facts, and a hash that says whether any of it changed. */
export interface MatchProfile {
  readonly kind: EntryKind;
  readonly id: string;
  readonly texts: readonly MatchText[];
  readonly facts: MatchFacts;
  /** `matchedHash` of the content. */
  readonly matchedHash: string;
}

/** The content of either kind; which fields are read goes by the kind. */
export type MatchedContent = NeedDraft | AchievementDraft;

/** The texts of a record that are matched, in the order of `matchedFields`, without empty ones. Keywords are one text, one a line. */
export function profileText(kind: EntryKind, content: MatchedContent): FieldText[] {
  const values = content as Readonly<Record<string, unknown>>;
  const texts: FieldText[] = [];
  for (const field of matchedFields[kind]) {
    const value = values[field];
    const text = Array.isArray(value) ? value.join('\n') : typeof value === 'string' ? value : '';
    if (text.trim() !== '') texts.push({ field, text });
  }
  return texts;
}

function needFacts(content: NeedDraft, updatedAt: number | undefined): MatchFacts {
  return {
    technologyFields: content.fields ?? [],
    disciplines: content.disciplines ?? [],
    industry: content.industry,
    modes: content.solutionModes ?? [],
    activityType: content.activityType,
    budgetWan: content.budgetWan,
    ...(content.notIndicators?.length ? { notIndicators: content.notIndicators } : {}),
    updatedAt,
  };
}

function achievementFacts(content: AchievementDraft, updatedAt: number | undefined): MatchFacts {
  return {
    technologyFields: content.fields ?? [],
    disciplines: content.disciplines ?? [],
    industry: content.industry,
    modes: content.cooperationModes ?? [],
    priceMinWan: content.priceMinWan,
    priceMaxWan: content.priceMaxWan,
    trl: content.trl,
    stage: content.stage,
    maturityNote: content.maturityNote,
    ipStatus: content.ipStatus,
    transferStage: content.transferStage,
    licensedScope: content.licensedScope,
    updatedAt,
  };
}

/**
 * A profile of one record. `words` are the segmenter's answers for the texts of `profileText`, in the same order;
 * `updatedAt` is an ISO time.
 */
export function matchProfile(
  kind: EntryKind,
  id: string,
  content: MatchedContent,
  words: readonly (readonly string[])[],
  updatedAt?: string,
): MatchProfile {
  const time = updatedAt === undefined ? Number.NaN : Date.parse(updatedAt);
  const at = Number.isFinite(time) ? time : undefined;
  return {
    kind,
    id,
    texts: profileText(kind, content).map((text, position) => ({ ...text, words: words[position] ?? [] })),
    facts: kind === 'need' ? needFacts(content as NeedDraft, at) : achievementFacts(content as AchievementDraft, at),
    matchedHash: matchedHash(kind, content),
  };
}

/**
 * A hash of everything in a record that matching looks at: a pair that was refused comes again only when it changes.
 * White space and the width of characters do not count, nor the order in which codes were ticked; time of writing does not.
 */
export function matchedHash(kind: EntryKind, content: MatchedContent): string {
  const parts: string[] = [kind];
  for (const { field, text } of profileText(kind, content)) {
    parts.push(field, text.normalize('NFKC').replace(/\s+/g, ' ').trim());
  }
  const facts = kind === 'need' ? needFacts(content as NeedDraft, 0) : achievementFacts(content as AchievementDraft, 0);
  for (const [name, value] of Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined || name === 'updatedAt') continue;
    parts.push(name, Array.isArray(value) ? [...value].sort().join('\n') : String(value));
  }
  return derivedId(...parts);
}
