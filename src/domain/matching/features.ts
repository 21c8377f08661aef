import { bigram } from './character-grams.ts';
import type { PreparedRecord } from './prepared-record.ts';
import { dotProduct } from './text-encoder.ts';

/**
 * What is measured about a pair, in the order of the vector. Every value lies between 0 and 1; all but the last group grow
 * with the fit. A side that is missing gives 0, never NaN.
 *
 * A word of the other side counts as much as the field says in which it is found (`strength`), so a pair of bare titles and
 * a pair of full forms are measured on one scale.
 */
export const featureNames = [
  // Words
  'bm25Title', // BM25F of the need title's words, as a share of what they could reach
  'bm25Need', // the same of the need's best words from all fields
  'wordsOfNeedTitle', // idf-weighted share of the need title's words that the achievement has
  'wordsOfNeed', // the same of the need's best words
  'wordsOfTitleInNeedTitle', // share of the achievement title's words that the need's title has
  'wordsOfTitleInNeed', // share of the achievement title's words that the need has
  'rarestInTitles', // idf of the rarest word that both titles have
  'rarestShared', // idf of the rarest word that both sides have, by strength
  // Characters, for words that the dictionary splits or lacks
  'charactersOfNeedTitle', // idf²-weighted share of the need title's characters that the achievement has
  'charactersOfTitle', // share of the achievement title's characters that the need's title has
  'charactersOfTitleInNeed', // the same with the need's other fields, where two neighbours agree
  'characterCosine', // cosine of both titles' characters
  'bigramsOfNeedTitle', // idf-weighted share of the need title's pairs of neighbouring characters that the achievement has
  'bigramsOfTitle', // share of the achievement title's that the need's title has
  'bigramsOfTitleInNeed', // the same with all of the need
  'bigramCosine', // cosine of both titles' pairs
  'bigramCosineNeed', // cosine of the need's and the achievement title's pairs
  'longestRun', // longest run of characters that both titles have, 8 or more = 1
  // Meaning, by the vectors of the encoder, for what is said in other words; the best of the achievement's title and of all of it
  'meaningOfNeedTitle', // cosine with the need's title
  'meaningOfNeed', // with all of the need
  'meaningOfTitleInNeed', // cosine of the achievement's title alone with all of the need
  'wordsMeantOfNeedTitle', // idf-weighted mean over the need title's words of how near the achievement's nearest word is
  'rareWordsMeantOfNeedTitle', // the same, weighted by idf²
  'wordsMeantOfTitle', // over the achievement title's words, beside the need's title
  'wordsMeantOfTitleInNeed', // the same beside all of the need
  // The achievement's title alone
  'titleLength', // ln of its length, 100 characters = 1
  'titleRarity', // mean idf of its words
  // The need alone: how demanding its list is. No order within a need comes of it
  'needTitleLength',
  'needTitleRarity',
  'needLength', // ln of the number of its distinct words, 200 = 1
] as const;
export type FeatureName = (typeof featureNames)[number];
export const featureCount = featureNames.length;

/** Most words of a need that `bm25Need` and `wordsOfNeed` ask for. */
const needWordLimit = 40;
const k1 = 1.2;

interface AskedWord {
  /** idf where the word stands in the title, else 0. */
  readonly title: number;
  /** idf × strength where it is one of the best, else 0. */
  readonly need: number;
  readonly strength: number;
}

/** One need with look-up tables, to be compared with many achievements. */
export interface AskingNeed {
  readonly record: PreparedRecord;
  readonly words: ReadonlyMap<string, AskedWord>;
  readonly titleTotal: number;
  readonly needTotal: number;
  readonly characters: ReadonlyMap<number, number>;
  readonly characterTotal: number;
  readonly characterNorm: number;
  /** Weight of each of the title's bigrams, and the positions at which it begins in `sequence`. */
  readonly bigrams: ReadonlyMap<number, { readonly weight: number; readonly at: readonly number[] }>;
  readonly bigramTotal: number;
  readonly bigramNorm: number;
  /** Strength of the bigrams of the other fields. */
  readonly bodyBigrams: ReadonlyMap<number, number>;
  /** The title's characters in order, 0 between runs. */
  readonly sequence: Uint16Array;
  /**
   * How near a word's vector is to each of `record.aligned`, 0–1. Candidates of a need share many words: what was compared is
   * kept with the need.
   */
  readonly nearness: Map<string, Float32Array>;
  /** The three features that are of the need alone. */
  readonly own: readonly [number, number, number];
}

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
const norm = (values: Float32Array): number => {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
};

export function askingNeed(record: PreparedRecord): AskingNeed {
  const worth = (i: number): number => record.strength[i]! * record.idf[i]!;
  const order = record.words.map((_, i) => i).sort((a, b) => worth(b) - worth(a) || a - b);
  const best = new Set(order.slice(0, needWordLimit));
  const words = new Map<string, AskedWord>();
  record.words.forEach((word, i) => {
    words.set(word, {
      title: i < record.titleWords ? record.idf[i]! : 0,
      need: best.has(i) ? worth(i) : 0,
      strength: record.strength[i]!,
    });
  });
  const sequence: number[] = [];
  const positions = new Map<number, number[]>();
  for (const run of record.titleRuns) {
    for (let at = 0; at < run.length; at += 1) {
      if (at + 1 < run.length) {
        const gram = bigram(run, at);
        const known = positions.get(gram);
        if (known) known.push(sequence.length);
        else positions.set(gram, [sequence.length]);
      }
      sequence.push(run.charCodeAt(at));
    }
    sequence.push(0);
  }
  const bigrams = new Map<number, { weight: number; at: readonly number[] }>();
  record.titleBigrams.forEach((gram, i) => {
    bigrams.set(gram, { weight: record.titleBigramWeights[i]!, at: positions.get(gram) ?? [] });
  });
  const pairs = <T extends ArrayLike<number>>(keys: T, values: ArrayLike<number>): Map<number, number> => {
    const map = new Map<number, number>();
    for (let i = 0; i < keys.length; i += 1) map.set(keys[i]!, values[i]!);
    return map;
  };
  return {
    record,
    words,
    titleTotal: sum([...words.values()].map((word) => word.title)),
    needTotal: sum([...words.values()].map((word) => word.need)),
    characters: pairs(record.titleCharacters, record.titleCharacterWeights),
    characterTotal: sum(record.titleCharacterWeights),
    characterNorm: Math.sqrt(sum(record.titleCharacterWeights)),
    bigrams,
    bigramTotal: sum(record.titleBigramWeights),
    bigramNorm: norm(record.titleBigramWeights),
    bodyBigrams: pairs(record.bodyBigrams, record.bodyBigramStrength),
    sequence: Uint16Array.from(sequence),
    nearness: new Map(),
    own: [
      lengthShare(sum(record.titleRuns.map((run) => run.length)), 100),
      share(meanOf(record.idf, record.titleWords), highestIdf),
      lengthShare(record.words.length, 200),
    ],
  };
}

/** ln of a length, 1 at `whole`. */
const lengthShare = (length: number, whole: number): number => share(Math.log1p(length), Math.log1p(whole));
const meanOf = (values: Float32Array, count: number): number => sum(values.subarray(0, count)) / Math.max(1, count);

const share = (part: number, whole: number): number => (whole > 0 && part > 0 ? Math.min(1, part / whole) : 0);
/** idf of a word that stands in one of 20,000 documents: rarer ones count the same. */
const highestIdf = 9.5;

/** The features of a pair, as `featureNames` lists them. */
export function features(need: AskingNeed, achievement: PreparedRecord): Float64Array {
  const out = new Float64Array(featureCount);
  wordFeatures(out, need, achievement);
  const covered = new Float32Array(need.sequence.length);
  const inTitle = characterFeatures(out, need, achievement);
  bigramFeatures(out, need, achievement, covered);
  let needCharacters = 0;
  const counted = new Set<number>();
  for (let at = 0; at < covered.length; at += 1) {
    const character = need.sequence[at]!;
    if (character === 0 || counted.has(character)) continue;
    const reach = inTitle.has(character) ? 1 : covered[at]!;
    if (reach === 0) continue;
    counted.add(character);
    needCharacters += (need.characters.get(character) ?? 0) * reach;
  }
  out[8] = share(needCharacters, need.characterTotal);
  out[17] = share(longestRun(need.sequence, achievement.titleRuns), 8);
  meaningFeatures(out, need, achievement);
  out[25] = lengthShare(sum(achievement.titleRuns.map((run) => run.length)), 100);
  out[26] = share(meanOf(achievement.idf, achievement.titleWords), highestIdf);
  out[27] = need.own[0];
  out[28] = need.own[1];
  out[29] = need.own[2];
  return out;
}

function meaningFeatures(out: Float64Array, need: AskingNeed, achievement: PreparedRecord): void {
  const { titleVector, wholeVector } = need.record;
  const title = achievement.titleVector;
  const whole = achievement.wholeVector;
  const bare = achievement.bodyBigrams.length === 0;
  out[18] = share(Math.max(dotProduct(titleVector, title), bare ? 0 : dotProduct(titleVector, whole)), 1);
  out[20] = share(dotProduct(wholeVector, title), 1);
  out[19] = bare ? out[20]! : Math.max(out[20]!, share(dotProduct(wholeVector, whole), 1));

  const asked = need.record.aligned;
  const offered = achievement.aligned;
  const nearest = new Float32Array(asked.at.length);
  let own = 0;
  let inTitle = 0;
  let inNeed = 0;
  for (let a = 0; a < offered.at.length; a += 1) {
    const at = offered.at[a]!;
    const word = achievement.words[at]!;
    const near = nearnessOf(need, word, offered.vectors[a]!);
    const strength = achievement.strength[at]!;
    let nearestInTitle = 0;
    let nearestInNeed = 0;
    for (let q = 0; q < near.length; q += 1) {
      const value = near[q]!;
      if (value * strength > nearest[q]!) nearest[q] = value * strength;
      if (q < asked.title && value > nearestInTitle) nearestInTitle = value;
      const reached = value * need.record.strength[asked.at[q]!]!;
      if (reached > nearestInNeed) nearestInNeed = reached;
    }
    if (a >= offered.title) continue;
    const idf = achievement.idf[at]!;
    own += idf;
    inTitle += idf * nearestInTitle;
    inNeed += idf * nearestInNeed;
  }
  let total = 0;
  let rareTotal = 0;
  let meant = 0;
  let rareMeant = 0;
  for (let q = 0; q < asked.title; q += 1) {
    const idf = need.record.idf[asked.at[q]!]!;
    total += idf;
    rareTotal += idf * idf;
    meant += idf * nearest[q]!;
    rareMeant += idf * idf * nearest[q]!;
  }
  out[21] = share(meant, total);
  out[22] = share(rareMeant, rareTotal);
  out[23] = share(inTitle, own);
  out[24] = share(inNeed, own);
}

function nearnessOf(need: AskingNeed, word: string, vector: Float32Array): Float32Array {
  const known = need.nearness.get(word);
  if (known) return known;
  const { at, vectors } = need.record.aligned;
  const near = new Float32Array(at.length);
  for (let q = 0; q < at.length; q += 1) {
    near[q] = need.record.words[at[q]!] === word ? 1 : Math.max(0, Math.min(1, dotProduct(vectors[q]!, vector)));
  }
  need.nearness.set(word, near);
  return near;
}

function wordFeatures(out: Float64Array, need: AskingNeed, achievement: PreparedRecord): void {
  let bm25Title = 0;
  let bm25Need = 0;
  let coveredTitle = 0;
  let coveredNeed = 0;
  let inNeedTitle = 0;
  let inNeed = 0;
  let ownTitle = 0;
  let rarestInTitles = 0;
  let rarestShared = 0;
  const { words, idf, strength, frequency, titleWords } = achievement;
  for (let i = 0; i < words.length; i += 1) {
    const own = idf[i]!;
    if (i < titleWords) ownTitle += own;
    const asked = need.words.get(words[i]!);
    if (!asked) continue;
    const saturated = frequency[i]! / (frequency[i]! + k1);
    bm25Title += asked.title * saturated;
    bm25Need += asked.need * saturated;
    coveredTitle += asked.title * strength[i]!;
    coveredNeed += asked.need * strength[i]!;
    rarestShared = Math.max(rarestShared, own * strength[i]! * asked.strength);
    if (i >= titleWords) continue;
    inNeed += own * asked.strength;
    if (asked.title > 0) {
      inNeedTitle += own;
      rarestInTitles = Math.max(rarestInTitles, own);
    }
  }
  out[0] = share(bm25Title, need.titleTotal);
  out[1] = share(bm25Need, need.needTotal);
  out[2] = share(coveredTitle, need.titleTotal);
  out[3] = share(coveredNeed, need.needTotal);
  out[4] = share(inNeedTitle, ownTitle);
  out[5] = share(inNeed, ownTitle);
  out[6] = share(rarestInTitles, highestIdf);
  out[7] = share(rarestShared, highestIdf);
}

/** Fills the features of single characters; answers which of the need title's stand in the achievement's title. */
function characterFeatures(out: Float64Array, need: AskingNeed, achievement: PreparedRecord): ReadonlySet<number> {
  const inTitle = new Set<number>();
  const beside = besideInNeed(need, achievement);
  let own = 0;
  let shared = 0;
  let inNeed = 0;
  achievement.titleCharacters.forEach((character, i) => {
    const weight = achievement.titleCharacterWeights[i]!;
    own += weight;
    if (need.characters.has(character)) {
      inTitle.add(character);
      shared += weight;
      inNeed += weight;
    } else {
      inNeed += weight * (beside.get(character) ?? 0);
    }
  });
  out[9] = share(shared, own);
  out[10] = share(inNeed, own);
  // Weights are idf², so their sums are the squared lengths of the idf vectors.
  out[11] = share(shared, Math.sqrt(own) * need.characterNorm);
  return inTitle;
}

/** The achievement title's characters that stand in one of the need's other fields beside the same neighbour, with the field's strength. */
function besideInNeed(need: AskingNeed, achievement: PreparedRecord): Map<number, number> {
  const beside = new Map<number, number>();
  for (const run of achievement.titleRuns) {
    for (let at = 0; at + 1 < run.length; at += 1) {
      const strength = need.bodyBigrams.get(bigram(run, at));
      if (strength === undefined) continue;
      for (const character of [run.charCodeAt(at), run.charCodeAt(at + 1)]) {
        beside.set(character, Math.max(beside.get(character) ?? 0, strength));
      }
    }
  }
  return beside;
}

function bigramFeatures(out: Float64Array, need: AskingNeed, achievement: PreparedRecord, covered: Float32Array): void {
  let own = 0;
  let squares = 0;
  let ofNeedTitle = 0;
  let shared = 0;
  let inNeed = 0;
  let dot = 0;
  let dotNeed = 0;
  const mark = (positions: readonly number[], strength: number): void => {
    for (const at of positions) {
      covered[at] = Math.max(covered[at]!, strength);
      covered[at + 1] = Math.max(covered[at + 1]!, strength);
    }
  };
  const titleGrams = new Set<number>();
  achievement.titleBigrams.forEach((gram, i) => {
    const weight = achievement.titleBigramWeights[i]!;
    own += weight;
    squares += weight * weight;
    const asked = need.bigrams.get(gram);
    if (asked) {
      titleGrams.add(gram);
      mark(asked.at, 1);
      ofNeedTitle += asked.weight;
      shared += weight;
      inNeed += weight;
      dot += weight * weight;
      dotNeed += weight * weight;
    } else {
      const strength = need.bodyBigrams.get(gram) ?? 0;
      inNeed += weight * strength;
      dotNeed += weight * weight * strength;
    }
  });
  for (let i = 0; i < achievement.bodyBigrams.length; i += 1) {
    const asked = need.bigrams.get(achievement.bodyBigrams[i]!);
    if (!asked || titleGrams.has(achievement.bodyBigrams[i]!)) continue;
    const strength = achievement.bodyBigramStrength[i]!;
    mark(asked.at, strength);
    ofNeedTitle += asked.weight * strength;
  }
  out[12] = share(ofNeedTitle, need.bigramTotal);
  out[13] = share(shared, own);
  out[14] = share(inNeed, own);
  out[15] = share(dot, Math.sqrt(squares) * need.bigramNorm);
  out[16] = share(dotNeed, Math.sqrt(squares) * need.record.bigramNorm);
}

/** Length of the longest run of characters that the sequence (0 ends a run) and one of the runs share. */
function longestRun(sequence: Uint16Array, runs: readonly string[]): number {
  let longest = 0;
  const lengths = new Uint16Array(sequence.length + 1);
  for (const run of runs) {
    lengths.fill(0);
    for (let i = 0; i < run.length; i += 1) {
      const character = run.charCodeAt(i);
      for (let j = sequence.length; j > 0; j -= 1) {
        const length = sequence[j - 1] === character ? lengths[j - 1]! + 1 : 0;
        lengths[j] = length;
        if (length > longest) longest = length;
      }
    }
  }
  return longest;
}
