import type { EntryKind } from '../entry.ts';
import { clip, normaliseText, splitSentences } from '../plain-text.ts';
import { bigramCounts, characterCounts, characterRuns } from './character-grams.ts';
import type { CorpusStatistics } from './corpus-statistics.ts';
import type { MatchedField, MatchProfile, MatchText } from './match-profile.ts';
import { isTermWord } from './term-word.ts';

/**
 * How firmly a word stands for its record when it is found in a field: 1 in the title, less where texts are long and speak
 * of much else. Hand-set, the order is the point: title > keywords > key technology > the rest; a word that comes twice in
 * a body is more likely its subject.
 */
export const fieldStrength: Readonly<Record<EntryKind, Readonly<Partial<Record<MatchedField, number>>>>> = {
  need: { title: 1, keywords: 0.9, keyTechnology: 0.7, problem: 0.6, description: 0.6, goal: 0.3, background: 0.2 },
  achievement: { title: 1, keywords: 0.9, abstract: 0.55, scenario: 0.45, advantage: 0.4 },
};
const repeated = 1.25;

/** Weight of a field's words in BM25F, and of its length. */
const bm25FieldWeight: Readonly<Partial<Record<MatchedField, number>>> = {
  title: 1,
  keywords: 0.8,
  abstract: 0.35,
  scenario: 0.3,
  advantage: 0.2,
};
const bm25B = 0.75;

/** One record made ready for many comparisons. Arrays run parallel: `words[i]` has `strength[i]`, and so on. */
export interface PreparedRecord {
  readonly profile: MatchProfile;
  /** Distinct term words of all fields, in the order in which they first stand. */
  readonly words: readonly string[];
  readonly idf: Float32Array;
  /** `fieldStrength` of the best field that holds the word, 0–1. */
  readonly strength: Float32Array;
  /** BM25F's weighted, length-normalised frequency. */
  readonly frequency: Float32Array;
  /** The words before this position stand in the title. */
  readonly titleWords: number;
  /** The title's runs of letters and digits; of a record without title, those of what stands for it. */
  readonly titleRuns: readonly string[];
  readonly titleCharacters: Float64Array;
  /** idf² of each, which sets characters like 钴 further from 法. */
  readonly titleCharacterWeights: Float32Array;
  readonly titleBigrams: Float64Array;
  readonly titleBigramWeights: Float32Array;
  /** Distinct bigrams of the other fields, with the strength of the best field that holds them. */
  readonly bodyBigrams: Float64Array;
  readonly bodyBigramStrength: Float32Array;
  /** Length over title and body of the vector of bigrams, each of strength × idf. */
  readonly bigramNorm: number;
}

/** What stands for the title of a record that has none: its keywords, else the first sentence of its first text (at most 60 characters). */
export function titleText(profile: MatchProfile): MatchText | undefined {
  const of = (field: MatchedField): MatchText | undefined => profile.texts.find((text) => text.field === field);
  const given = of('title') ?? of('keywords');
  if (given) return given;
  const first = profile.texts[0];
  if (!first) return undefined;
  const sentence = clip(splitSentences(clip(first.text, 1000))[0]?.text ?? first.text, 60);
  const normalised = normaliseText(sentence);
  return { field: first.field, text: sentence, words: first.words.filter((word) => normalised.includes(word)) };
}

/** Makes a record ready for comparisons. Never fails: a record without any text has empty arrays. */
export function prepareRecord(profile: MatchProfile, statistics: CorpusStatistics): PreparedRecord {
  const title = titleText(profile);
  const words = new Map<string, { strength: number; frequency: number }>();
  for (const word of title?.words ?? []) {
    if (isTermWord(word) && !words.has(word)) words.set(word, { strength: 0, frequency: 0 });
  }
  const titleWords = words.size;
  const strengths = fieldStrength[profile.kind];
  for (const text of profile.texts) {
    const counts = new Map<string, number>();
    for (const word of text.words) if (isTermWord(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const average = statistics.averageLength(profile.kind, text.field);
    const normalised = (bm25FieldWeight[text.field] ?? 0.3) / (1 - bm25B + (bm25B * text.words.length) / average);
    const strength = text === title ? 1 : (strengths[text.field] ?? 0);
    for (const [word, count] of counts) {
      let entry = words.get(word);
      if (!entry) {
        entry = { strength: 0, frequency: 0 };
        words.set(word, entry);
      }
      entry.strength = Math.max(entry.strength, Math.min(1, count > 1 ? strength * repeated : strength));
      entry.frequency += count * normalised;
    }
  }
  let position = 0;
  for (const entry of words.values()) {
    if (position >= titleWords) break;
    entry.strength = Math.max(entry.strength, strengths.keywords ?? 1);
    position += 1;
  }
  const titleRuns = characterRuns(title?.text ?? '');
  const characters = characterCounts(titleRuns);
  const titleBigrams = bigramCounts(titleRuns);
  const bodyBigrams = new Map<number, number>();
  for (const text of profile.texts) {
    if (text === title) continue;
    const strength = strengths[text.field] ?? 0;
    for (const gram of bigramCounts(characterRuns(text.text)).keys()) {
      bodyBigrams.set(gram, Math.max(bodyBigrams.get(gram) ?? 0, strength));
    }
  }
  let squares = 0;
  for (const gram of titleBigrams.keys()) squares += statistics.gramIdf(gram) ** 2;
  for (const [gram, strength] of bodyBigrams) {
    if (!titleBigrams.has(gram)) squares += (strength * statistics.gramIdf(gram)) ** 2;
  }
  const entries = [...words.values()];
  return {
    profile,
    words: [...words.keys()],
    idf: Float32Array.from(words.keys(), (word) => statistics.idf(word)),
    strength: Float32Array.from(entries, (entry) => entry.strength),
    frequency: Float32Array.from(entries, (entry) => entry.frequency),
    titleWords,
    titleRuns,
    titleCharacters: Float64Array.from(characters.keys()),
    titleCharacterWeights: Float32Array.from(characters.keys(), (key) => statistics.gramIdf(key) ** 2),
    titleBigrams: Float64Array.from(titleBigrams.keys()),
    titleBigramWeights: Float32Array.from(titleBigrams.keys(), (key) => statistics.gramIdf(key)),
    bodyBigrams: Float64Array.from(bodyBigrams.keys()),
    bodyBigramStrength: Float32Array.from(bodyBigrams.values()),
    bigramNorm: Math.sqrt(squares),
  };
}
