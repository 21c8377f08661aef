import type { EntryKind } from '../entry.ts';
import { clip, normaliseText, splitSentences } from '../plain-text.ts';
import { bigramCounts, characterCounts, characterRuns } from './character-grams.ts';
import type { CorpusStatistics } from './corpus-statistics.ts';
import type { MatchedField, MatchProfile, MatchText } from './match-profile.ts';
import { isTermWord } from './term-word.ts';
import { type TextEncoder, unitLength } from './text-encoder.ts';

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
  /** What the title speaks of, by the encoder; length 1, or 0 where nothing in it is known. */
  readonly titleVector: Float32Array;
  /** The same of all fields together, each by its strength. */
  readonly wholeVector: Float32Array;
  /** The words that are compared by meaning, the title's first. */
  readonly aligned: AlignedWords;
}

/** Words of a record with their vectors, cut to what is telling. Arrays run parallel. */
export interface AlignedWords {
  /** Positions in `words` of the record. */
  readonly at: readonly number[];
  /** How many of them stand in the title. */
  readonly title: number;
  /** Leading numbers of each word's vector, made as long as 1. */
  readonly vectors: readonly Float32Array[];
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
export function prepareRecord(
  profile: MatchProfile,
  statistics: CorpusStatistics,
  encoder: TextEncoder,
): PreparedRecord {
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
  const titleVector = textVector(encoder, titleRuns);
  const wholeVector = Float32Array.from(titleVector);
  for (const text of profile.texts) {
    if (text === title) continue;
    const strength = strengths[text.field] ?? 0;
    const runs = characterRuns(text.text);
    addScaled(wholeVector, textVector(encoder, runs), strength);
    for (const gram of bigramCounts(runs).keys()) {
      bodyBigrams.set(gram, Math.max(bodyBigrams.get(gram) ?? 0, strength));
    }
  }
  let squares = 0;
  for (const gram of titleBigrams.keys()) squares += statistics.gramIdf(gram) ** 2;
  for (const [gram, strength] of bodyBigrams) {
    if (!titleBigrams.has(gram)) squares += (strength * statistics.gramIdf(gram)) ** 2;
  }
  const entries = [...words.values()];
  const names = [...words.keys()];
  const idf = Float32Array.from(names, (word) => statistics.idf(word));
  const strength = Float32Array.from(entries, (entry) => entry.strength);
  return {
    profile,
    words: names,
    idf,
    strength,
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
    titleVector,
    wholeVector: unitLength(wholeVector),
    aligned: alignedWords(encoder, names, titleWords, (i) => idf[i]! * strength[i]!),
  };
}

function textVector(encoder: TextEncoder, runs: readonly string[]): Float32Array {
  const vector = new Float32Array(encoder.dimensions);
  encoder.add(vector, runs);
  return unitLength(vector);
}

function addScaled(sum: Float32Array, vector: Float32Array, factor: number): void {
  for (let d = 0; d < sum.length; d += 1) sum[d] = sum[d]! + factor * vector[d]!;
}

/** Words that are compared by meaning: of the title, and of title and body together; and the numbers of a vector that are looked at. */
const alignedLimits = { title: 10, all: 16, dimensions: 96 } as const;

function alignedWords(
  encoder: TextEncoder,
  words: readonly string[],
  titleWords: number,
  worth: (i: number) => number,
): AlignedWords {
  const best = (from: number, to: number, limit: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i)
      .sort((a, b) => worth(b) - worth(a) || a - b)
      .slice(0, limit);
  const title = best(0, titleWords, alignedLimits.title);
  const at = [...title, ...best(titleWords, words.length, alignedLimits.all - title.length)];
  const size = Math.min(alignedLimits.dimensions, encoder.dimensions);
  const vectors = at.map((i) => {
    const vector = new Float32Array(size);
    encoder.add(vector, [words[i]!]);
    return unitLength(vector);
  });
  return { at, title: title.length, vectors };
}
