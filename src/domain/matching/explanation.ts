import { matchLevels } from '../codes/review-codes.ts';
import { labelOf } from '../codes/table.ts';
import { foldWidth } from '../fold-width.ts';
import { highlightSpans } from '../highlight.ts';
import type { Evidence, Explanation, IndicatorCheck, SharedTerm } from '../match.ts';
import { clip, normaliseText, splitSentences } from '../plain-text.ts';
import { compareFacts, factAdjustment } from './fact-comparison.ts';
import { type AskingNeed, features } from './features.ts';
import type { Leaning } from './judged-neighbours.ts';
import { type ListContext, withContext } from './list-context.ts';
import type { MatchedField, MatchProfile, MatchText } from './match-profile.ts';
import type { PreparedRecord } from './prepared-record.ts';
import { type RankedPair, type RankerModel, rankVector } from './ranker-model.ts';
import { rareIdf, sharedTerms, type WeightedTerm } from './shared-terms.ts';

/** Most of each that a clerk is shown. */
const limits = { terms: 12, places: 3, sentences: 2, quote: 200 } as const;

/** A term has to carry this much to be shown, the first one always. */
const leastShare = 0.01;

/**
 * What the ranker says of two prepared records, the facts included: beside the other candidates of the need where their
 * context is given, else on their own. `vector` is that of `features`.
 */
export function rankPair(
  model: RankerModel,
  need: AskingNeed,
  achievement: PreparedRecord,
  context?: ListContext,
  vector: Float64Array = features(need, achievement),
): RankedPair & { readonly vector: Float64Array } {
  const adjustment = factAdjustment(compareFacts(need.record.profile.facts, achievement.profile.facts));
  const asked = context ? withContext(vector, achievement, context) : vector;
  return { ...rankVector(model, asked, adjustment, knownOf(need, achievement)), vector };
}

/** What there is of both records: by this the level's thresholds are chosen. */
export const knownOf = (need: AskingNeed, achievement: PreparedRecord): 'title' | 'text' =>
  saysMore(need.record.profile) && saysMore(achievement.profile) ? 'text' : 'title';

/** Whether a record has a text beside title and keywords. */
const saysMore = ({ texts }: MatchProfile): boolean =>
  texts.some(({ field }) => field !== 'title' && field !== 'keywords');

/**
 * Why two records fit, and what speaks against it, made of the same numbers as the score. `indicators` is the check of the
 * need's numeric targets; `judged` what the ranker said of the pair among other candidates, where it did. Holds for records
 * with a title or a text alone; of records without anything it says so.
 */
export function explain(
  model: RankerModel,
  need: AskingNeed,
  achievement: PreparedRecord,
  indicators: readonly IndicatorCheck[],
  judged?: RankedPair & { readonly leaning?: Leaning },
): Explanation {
  const alone = rankPair(model, need, achievement);
  const ranked = judged ?? alone;
  const weighted = sharedTerms(need, achievement, alone.vector, model).filter(
    ({ share }, place) => place === 0 || share >= leastShare,
  );
  const terms = weighted
    .slice(0, limits.terms)
    .map((term) => sharedTerm(term, need.record.profile, achievement.profile));
  const shown = weighted.map((term, place) => ({ ...term, term: terms[place]?.term ?? term.term }));
  const findings = compareFacts(need.record.profile.facts, achievement.profile.facts);
  const against = [
    ...indicators
      .filter(({ verdict }) => verdict === 'unmet')
      .map(
        ({ name, target, found }) =>
          `指标未达到：要求${named(name, target.written)}${found ? `，成果为${found.written.replace(/\s+/g, ' ').trim()}` : ''}`,
      ),
    ...findings.filter(({ effect }) => effect < 0).map(({ text }) => text),
    ...weakGround(weighted),
  ];
  return {
    statement: statement(ranked, shown, indicators, against, leaningText(achievement, judged?.leaning)),
    terms,
    needSentences: bestSentences(need.record.profile, weighted),
    achievementSentences: bestSentences(achievement.profile, weighted),
    indicators,
    against,
    missing: missingFacts(need.record.profile, achievement.profile, indicators),
  };
}

/** A figure with its name, once. */
function named(name: string, written: string): string {
  const line = written.replace(/\s+/g, ' ').trim();
  return foldWidth(line).includes(name) ? line : `${name}${line}`;
}

function sharedTerm(term: WeightedTerm, need: MatchProfile, achievement: MatchProfile): SharedTerm {
  const asked = placesOf(term, need);
  const offered = placesOf(term, achievement);
  return {
    term: asWritten(term.term, [...asked, ...offered]),
    share: Math.floor(term.share * 10_000) / 10_000,
    need: asked,
    achievement: offered,
  };
}

/** A term as the texts write it (N型, not n型): matching folds case and width, and nobody is shown that. */
function asWritten(term: string, places: readonly Evidence[]): string {
  return places.find(({ text }) => normaliseText(text) === term)?.text ?? term;
}

/** Where a term stands, or a word that it is joined from, in the order of the fields, in the original texts. */
function placesOf({ term, words }: WeightedTerm, profile: MatchProfile): Evidence[] {
  const places: Evidence[] = [];
  for (const piece of piecesOf(profile.texts)) {
    for (const { start, end } of highlightSpans(piece.text, [term, ...words])) {
      places.push({ field: piece.field, text: piece.text.slice(start, end), start, end });
      if (places.length >= limits.places) return places;
    }
  }
  return places;
}

/** The texts as they lie in the record: each keyword is a text of its own. */
function piecesOf(texts: readonly MatchText[]): { readonly field: string; readonly text: string }[] {
  return texts.flatMap(({ field, text }) =>
    field === 'keywords'
      ? text.split('\n').map((word, i) => ({ field: `keywords.${i}`, text: word }))
      : [{ field, text }],
  );
}

/** The sentences that carry most, best first; a title is one sentence, and stands for the record where nothing else does. */
function bestSentences(profile: MatchProfile, terms: readonly WeightedTerm[]): Evidence[] {
  const scored: { readonly evidence: Evidence; readonly worth: number }[] = [];
  for (const { field, text } of profile.texts) {
    if (field === 'keywords') continue;
    const sentences = field === 'title' ? [{ text, start: 0, end: text.length }] : splitSentences(text);
    for (const sentence of sentences) {
      const normalised = normaliseText(sentence.text);
      const share = terms.reduce((sum, term) => sum + term.share * heldBy(normalised, term), 0);
      if (share <= 0) continue;
      const quoted = clip(sentence.text, limits.quote);
      // Everybody sees the title anyway: a sentence of the body says more, unless it holds far less.
      const worth = field === 'title' ? share * 0.5 : share;
      scored.push({
        evidence: { field, text: quoted, start: sentence.start, end: sentence.start + quoted.length },
        worth,
      });
    }
  }
  return scored
    .sort((a, b) => b.worth - a.worth || a.evidence.start - b.evidence.start)
    .slice(0, limits.sentences)
    .map(({ evidence }) => evidence);
}

/** 1 where the whole term stands in the text, else the share of the words that it is joined from. */
function heldBy(text: string, { term, words }: WeightedTerm): number {
  if (text.includes(term)) return 1;
  return words.filter((word) => text.includes(word)).length / Math.max(1, words.length);
}

function weakGround(terms: readonly WeightedTerm[]): string[] {
  if (terms.length === 0) return ['双方没有共同的词语'];
  if (terms.every(({ idf, term }) => idf < rareIdf && term.length < 5)) {
    return ['双方共有的都是常见词，没有共同的专门术语'];
  }
  return [];
}

const states = (profile: MatchProfile, field: MatchedField): boolean =>
  profile.texts.some((text) => text.field === field);

/** What a clerk should ask for, achievement first. */
function missingFacts(need: MatchProfile, achievement: MatchProfile, indicators: readonly IndicatorCheck[]): string[] {
  const missing: string[] = [];
  const { facts } = achievement;
  if (!states(achievement, 'title')) missing.push('成果没有名称');
  if (!states(achievement, 'abstract')) missing.push('成果没有摘要，只能按名称和关键词判断');
  const unknown = indicators.filter(({ verdict }) => verdict === 'unknown').map(({ name }) => name);
  if (unknown.length > 0) {
    const named = unknown.slice(0, 4).join('、');
    missing.push(`没有在成果里认出的指标：${named}${unknown.length > 4 ? `等${unknown.length}项` : ''}`);
  }
  if (facts.trl === undefined && facts.stage === undefined && facts.maturityNote === undefined) {
    missing.push('成果未说明成熟度');
  }
  if (facts.priceMinWan === undefined && facts.priceMaxWan === undefined) missing.push('成果未说明价格');
  if (facts.modes.length === 0) missing.push('成果未说明合作方式');
  if (facts.ipStatus === undefined) missing.push('成果未说明知识产权状态');
  if (!states(need, 'title')) missing.push('需求没有名称');
  if (!['problem', 'keyTechnology', 'description'].some((field) => states(need, field as MatchedField))) {
    missing.push('需求没有说明主要问题和技术关键，只能按名称判断');
  }
  if (need.facts.budgetWan === undefined) missing.push('需求未说明拟投入资金');
  return missing;
}

/** A change that nobody would notice is not told, in levels. */
const leastTold = 0.15;

/** How earlier decisions about the same need changed what is said of this pair. */
function leaningText(achievement: PreparedRecord, leaning: Leaning | undefined): string | undefined {
  if (!leaning || Math.abs(leaning.by) < leastTold) return undefined;
  const { achievementId, title, level } = leaning.like;
  const judged = matchLevels.find((row) => row.level === level)!.label;
  // Beside what was expected of it: 弱 may be better than that, 较强 worse.
  const changed = leaning.by > 0 ? '比原来的估计好，评价因此调高' : '不如原来的估计，评价因此调低';
  if (achievementId === achievement.profile.id) return `这一对此前的决定或答复相当于“${judged}”，${changed}`;
  return `这项需求的另一项成果“${clip(title, 40)}”与它相近，此前的决定或答复相当于“${judged}”，${changed}`;
}

/** One or two sentences: how well and why, then what speaks against it. */
function statement(
  ranked: RankedPair,
  terms: readonly WeightedTerm[],
  indicators: readonly IndicatorCheck[],
  against: readonly string[],
  leaning: string | undefined,
): string {
  const level = labelOf(matchLevels, ranked.level);
  const { strong, fair } = ranked.probabilities;
  const parts: string[] = [];
  if (terms.length === 0) {
    parts.push('双方没有共同的词语');
  } else {
    const named = terms.slice(0, 3);
    const share = Math.round(named.reduce((sum, term) => sum + term.share, 0) * 100);
    parts.push(`双方都提到${named.map(({ term }) => `“${term}”`).join('')}，占判断依据的${share}%`);
  }
  const suits = Math.round((strong + fair) * 100);
  parts.push(`判为“${level}”：按人工判断过的配对估计，这样的100对里约有${suits}对合适（强或较强）`);
  if (leaning) parts.push(leaning);
  if (indicators.length > 0) {
    const count = (verdict: IndicatorCheck['verdict']) =>
      indicators.filter((check) => check.verdict === verdict).length;
    const counts = [
      [count('met'), '项达到'],
      [count('unmet'), '项未达到'],
      [count('unknown'), '项没有认出数值'],
    ] as const;
    parts.push(
      `${indicators.length}项指标中${counts
        .filter(([number]) => number > 0)
        .map(([number, words]) => `${number}${words}`)
        .join('、')}`,
    );
  }
  const first = against[0];
  return `${parts.join('；')}。${first && terms.length > 0 ? `需留意：${clip(first, 80)}。` : ''}`;
}
