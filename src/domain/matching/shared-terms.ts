import { normaliseText } from '../plain-text.ts';
import { type AskingNeed, type FeatureName, featureNames } from './features.ts';
import { type PreparedRecord, titleText } from './prepared-record.ts';
import { orderScore, type RankerModel } from './ranker-model.ts';
import { isTermWord } from './term-word.ts';

/** A term that both sides have, with its share in what speaks for the pair. */
export interface WeightedTerm {
  readonly term: string;
  /** 0–1; all terms together at most 1. */
  readonly share: number;
  /** idf of the rarest word in it: what is below `rareIdf` says little. */
  readonly idf: number;
  /** The shared words that it is joined from; itself alone where it is one word. */
  readonly words: readonly string[];
}

const oneSided: ReadonlySet<FeatureName> = new Set<FeatureName>([
  'titleLength',
  'titleRarity',
  'needTitleLength',
  'needTitleRarity',
  'needLength',
]);

/**
 * Single characters that join or shape words and name nothing by themselves: they may count a little in the order, but nobody
 * is shown them as a reason. Elements and things of one character (锂, 铜, 藻) are none of them.
 */
const fillers: ReadonlySet<string> = new Set(
  '用做作使让来去给有能好多少大小高低新旧型类种式性化法后前内外间时年月日天个项次套台件批只条第首两一二三四五六七八九十应该会要并再还只即若如当同共全总约至起式样部分层级组成度量率点面处位程期段'.split(
    '',
  ),
);

/** Words in fewer than about 1 of 60 documents. */
export const rareIdf = 4;

/**
 * What each measure of fit brings to the order of a pair on its own, at least 0: the mean of what is lost when it alone is
 * taken away, and what it alone brings to a pair that has nothing else.
 */
function contributions(model: RankerModel, vector: ArrayLike<number>): (name: FeatureName) => number {
  const full = Float64Array.from(vector);
  const empty = Float64Array.from(vector);
  for (const name of measures) empty[featureNames.indexOf(name)] = 0;
  const all = orderScore(model.pair, full);
  const nothing = orderScore(model.pair, empty);
  const brought = new Map<FeatureName, number>();
  for (const name of measures) {
    const at = featureNames.indexOf(name);
    const value = full[at]!;
    if (value === 0) continue;
    full[at] = 0;
    empty[at] = value;
    brought.set(name, Math.max(0, (all - orderScore(model.pair, full) + orderScore(model.pair, empty) - nothing) / 2));
    full[at] = value;
    empty[at] = 0;
  }
  return (name) => brought.get(name) ?? 0;
}

/**
 * The terms that carry a pair's score, most first. Each measure of fit counts with what it brings; what it is made of is
 * given to the words and characters that made it (a word's part in the sum, a character's weight in the sum), and a
 * character's part goes to the terms that it stands in. Words inside a longer shared term are counted with it. What no term
 * can claim (a common character on its own) stays out, so the shares add up to 1 at most.
 */
export function sharedTerms(
  need: AskingNeed,
  achievement: PreparedRecord,
  vector: ArrayLike<number>,
  model: RankerModel,
): WeightedTerm[] {
  const contribution = contributions(model, vector);
  const total = measures.reduce((sum, name) => sum + contribution(name), 0);
  if (total <= 0) return [];
  const words = wordParts(need, achievement, contribution);
  const runs = commonRuns(need, achievement);
  const terms = mergeTerms([...words.keys(), ...runs].filter((term) => !fillers.has(term)));
  const parts = new Map<string, TermPart>();
  for (const term of terms) parts.set(term, { part: 0, idf: 0, words: [] });
  for (const [word, { part, idf }] of words) {
    const holder = terms.find((term) => term.includes(word));
    const entry = holder === undefined ? undefined : parts.get(holder);
    if (!entry) continue;
    entry.part += part;
    entry.idf = Math.max(entry.idf, idf);
    entry.words.push(word);
  }
  const characters = characterPart(contribution);
  shareCharacters(need, achievement, characters, terms, parts);
  return [...parts]
    .map(([term, { part, idf, words }]) => ({
      term,
      share: part / total,
      idf,
      words: words.includes(term) ? [term] : words,
    }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || (a.term < b.term ? -1 : 1));
}

interface TermPart {
  part: number;
  idf: number;
  readonly words: string[];
}

/** Every measure of fit: the others describe one side alone. */
const measures = featureNames.filter((name) => !oneSided.has(name));
const characterMeasures = [
  'charactersOfNeedTitle',
  'charactersOfTitle',
  'charactersOfTitleInNeed',
  'characterCosine',
  'bigramsOfNeedTitle',
  'bigramsOfTitle',
  'bigramsOfTitleInNeed',
  'bigramCosine',
  'bigramCosineNeed',
  'longestRun',
] as const satisfies readonly FeatureName[];

const characterPart = (contribution: (name: FeatureName) => number): number =>
  characterMeasures.reduce((sum, name) => sum + contribution(name), 0);

/** What each shared word brings: its part of the sums that the word features are. */
function wordParts(
  need: AskingNeed,
  achievement: PreparedRecord,
  contribution: (name: FeatureName) => number,
): Map<string, { part: number; idf: number }> {
  const shared: { word: string; idf: number; parts: Partial<Record<FeatureName, number>> }[] = [];
  const sums: Partial<Record<FeatureName, number>> = {};
  achievement.words.forEach((word, i) => {
    const asked = need.words.get(word);
    if (!asked) return;
    const idf = achievement.idf[i]!;
    const strength = achievement.strength[i]!;
    const saturated = achievement.frequency[i]! / (achievement.frequency[i]! + 1.2);
    const inTitle = i < achievement.titleWords;
    const parts: Partial<Record<FeatureName, number>> = {
      bm25Title: asked.title * saturated,
      bm25Need: asked.need * saturated,
      wordsOfNeedTitle: asked.title * strength,
      wordsOfNeed: asked.need * strength,
      wordsOfTitleInNeedTitle: inTitle && asked.title > 0 ? idf : 0,
      wordsOfTitleInNeed: inTitle ? idf * asked.strength : 0,
    };
    for (const name of Object.keys(parts) as FeatureName[]) sums[name] = (sums[name] ?? 0) + parts[name]!;
    // By meaning: a word that both have is its own nearest; what comes of other words stays with no term.
    Object.assign(parts, {
      wordsMeantOfNeedTitle: asked.title * strength,
      rareWordsMeantOfNeedTitle: asked.title * asked.title * strength,
      wordsMeantOfTitle: inTitle && asked.title > 0 ? idf : 0,
      wordsMeantOfTitleInNeed: inTitle ? idf * asked.strength : 0,
    });
    // The rarest words: only the one word that sets the feature is its maker.
    parts.rarestInTitles = inTitle && asked.title > 0 ? idf : 0;
    parts.rarestShared = idf * strength * asked.strength;
    shared.push({ word, idf, parts });
  });
  for (const name of ['rarestInTitles', 'rarestShared'] as const) {
    const highest = shared.reduce((most, { parts }) => Math.max(most, parts[name]!), 0);
    let given = false;
    for (const { parts } of shared) {
      const maker: boolean = !given && highest > 0 && parts[name] === highest;
      parts[name] = maker ? 1 : 0;
      given ||= maker;
    }
    sums[name] = 1;
  }
  Object.assign(sums, meantTotals(need, achievement));
  return new Map(
    shared.map(({ word, idf, parts }) => {
      let part = 0;
      for (const name of Object.keys(parts) as FeatureName[]) {
        const sum = sums[name]!;
        if (sum > 0) part += (contribution(name) * parts[name]!) / sum;
      }
      return [word, { part, idf }];
    }),
  );
}

/** What the measures by words' meaning are parts of: all words of the title that they look at, times the measure's value. */
function meantTotals(need: AskingNeed, achievement: PreparedRecord): Partial<Record<FeatureName, number>> {
  let asked = 0;
  let rare = 0;
  for (const { title } of need.words.values()) {
    asked += title;
    rare += title * title;
  }
  let own = 0;
  for (let i = 0; i < achievement.titleWords; i += 1) own += achievement.idf[i]!;
  return {
    wordsMeantOfNeedTitle: asked,
    rareWordsMeantOfNeedTitle: rare,
    wordsMeantOfTitle: own,
    wordsMeantOfTitleInNeed: own,
  };
}

/** Runs of two or more characters that both titles have, cut to whole words of the titles; words that are no terms do not count. */
function commonRuns(need: AskingNeed, achievement: PreparedRecord): string[] {
  const vocabulary = new Set([...titleVocabulary(need.record), ...titleVocabulary(achievement)]);
  const titles = [need.record, achievement].map((record) => normaliseText(titleText(record.profile)?.text ?? ''));
  const runs = new Set<string>();
  for (const own of need.record.titleRuns) {
    for (const other of achievement.titleRuns) {
      for (let at = 0; at < own.length; at += 1) {
        let length = 0;
        while (at + length < own.length && other.includes(own.slice(at, at + length + 1))) length += 1;
        if (length < 2) continue;
        const run = betweenBorders(wholeWords(own.slice(at, at + length), vocabulary), titles, vocabulary);
        if (run !== undefined) runs.add(run);
        at += length - 1;
      }
    }
  }
  return [...runs];
}

/** A run without letters and digits at its ends that belong to something longer in a title: of 5000t/d水泥窑 it is 水泥窑. */
function betweenBorders(
  run: string | undefined,
  titles: readonly string[],
  vocabulary: ReadonlySet<string>,
): string | undefined {
  if (run === undefined || titles.every((title) => standsFree(run, title))) return run;
  const bare = run.replace(/^[a-z0-9]+/, '').replace(/[a-z0-9]+$/, '');
  if (bare.length < 2 || bare === run) return undefined;
  return vocabulary.has(bare) ? bare : wholeWords(bare, vocabulary);
}

/** Whether a run stands in a title without cutting a number, a unit or a foreign word there. */
function standsFree(run: string, title: string): boolean {
  for (let at = title.indexOf(run); at >= 0; at = title.indexOf(run, at + 1)) {
    const before = title.slice(0, at).at(-1) ?? ' ';
    const behind = title[at + run.length] ?? ' ';
    const cutsBefore = /^[a-z0-9]/.test(run) && /[a-z0-9/·.%-]/.test(before);
    const cutsBehind = /[a-z0-9]$/.test(run) && /[a-z0-9/]/.test(behind);
    if (!cutsBefore && !cutsBehind) return true;
  }
  return false;
}

const titleVocabulary = (record: PreparedRecord): readonly string[] => titleText(record.profile)?.words ?? [];

/** The longest part of a run that is words of the vocabulary side by side, two or more of them; undefined where there is none. */
function wholeWords(run: string, vocabulary: ReadonlySet<string>): string | undefined {
  let best = '';
  for (let from = 0; from < run.length; from += 1) {
    // reach[i]: the stretch from `from` to `i` is made of whole words, and of how many at most.
    const reach = new Map([[from, 0]]);
    for (let at = from; at < run.length; at += 1) {
      const words = reach.get(at);
      if (words === undefined) continue;
      for (let end = at + 1; end <= run.length; end += 1) {
        const word = run.slice(at, end);
        if (!vocabulary.has(word) || (words === 0 && !isTermWord(word))) continue;
        reach.set(end, Math.max(reach.get(end) ?? 0, words + 1));
        if (isTermWord(word) && words >= 1 && end - from > best.length) best = run.slice(from, end);
      }
    }
  }
  return best === '' ? undefined : best;
}

/** Longest first, without those inside another. */
function mergeTerms(candidates: readonly string[]): string[] {
  const ordered = [...new Set(candidates)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const terms: string[] = [];
  for (const term of ordered) if (!terms.some((longer) => longer.includes(term))) terms.push(term);
  return terms;
}

/** Gives the character measures' part to the terms, by the weight of the need title's characters that the achievement has. */
function shareCharacters(
  need: AskingNeed,
  achievement: PreparedRecord,
  part: number,
  terms: readonly string[],
  parts: ReadonlyMap<string, TermPart>,
): void {
  const own = new Set(achievement.titleCharacters);
  const weights = new Map<string, number>();
  let total = 0;
  for (const [key, weight] of need.characters) {
    if (!own.has(key)) continue;
    total += weight;
    weights.set(String.fromCharCode(key), weight);
  }
  if (total <= 0) return;
  for (const [character, weight] of weights) {
    const holders = terms.filter((term) => term.includes(character));
    for (const holder of holders) parts.get(holder)!.part += (part * weight) / total / holders.length;
  }
}
