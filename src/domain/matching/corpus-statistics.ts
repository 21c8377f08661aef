import { createHash, type Hash } from 'node:crypto';
import type { EntryKind } from '../entry.ts';
import { QianxianError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { bigramCounts, characterCounts, characterRuns } from './character-grams.ts';
import type { MatchText } from './match-profile.ts';

/**
 * What is counted over all records of the store, so that a rare word counts for more than a common one. Made from the store
 * alone, in whatever order, so both engine families give the same. `version` is a hash of the content.
 */
export interface CorpusStatistics {
  readonly version: string;
  /** Records counted, of both kinds, and the background's documents. */
  readonly documents: number;
  /**
   * ln(1 + (N − n + 0.5) / (n + 0.5)) of a word that stands in n of N documents: Robertson and Spärck Jones in the form that
   * is never negative.
   */
  readonly idf: (word: string) => number;
  /** The same of a character or a pair of neighbours (keys of `character-grams.ts`), counted over titles. */
  readonly gramIdf: (key: number) => number;
  /** Mean number of words in a field of the store's records; 1 where no record has the field. */
  readonly averageLength: (kind: EntryKind, field: string) => number;
}

/**
 * The plain form that is stored and sent, whole or in slices: slices of one corpus add up to it (`documents`, `titles` and
 * `lengths` stand in the first one, words and grams are parted).
 */
export interface CountedCorpus {
  readonly documents: number;
  /** Word and number of documents, by word ascending. */
  readonly words: readonly (readonly [string, number])[];
  /** Titles counted for `grams`. */
  readonly titles: number;
  /** Key of a character or a bigram and number of titles, by key ascending. */
  readonly grams: readonly (readonly [number, number])[];
  /** Field (`need.title`), number of records that have it, words in all of them; by field ascending. */
  readonly lengths: readonly (readonly [string, number, number])[];
}

export interface CorpusCounter {
  add(record: { readonly kind: EntryKind; readonly texts: readonly MatchText[] }): void;
  /** What was counted; words and grams that fewer than `least` documents hold are left out. */
  counted(least?: number): CountedCorpus;
  /**
   * The same in slices of about `sliceEntries` words or grams, all in ascending order: a vocabulary grows into millions, and
   * sorting, writing or reading it at once would keep everything else in a process waiting.
   */
  slices(): Generator<CountedCorpus>;
}

/** Words or grams of a slice: some milliseconds of work. */
const sliceEntries = 10_000;

/** Numbers by key, in buckets whose order is that of their keys, so that each can be sorted by itself. */
class Counts<K extends string | number> {
  readonly #buckets = new Map<number, Map<K, number>>();
  readonly #bucketOf: (key: K) => number;

  constructor(bucketOf: (key: K) => number) {
    this.#bucketOf = bucketOf;
  }

  count(keys: Iterable<K>): void {
    for (const key of keys) {
      const number = this.#bucketOf(key);
      let bucket = this.#buckets.get(number);
      if (!bucket) {
        bucket = new Map();
        this.#buckets.set(number, bucket);
      }
      bucket.set(key, (bucket.get(key) ?? 0) + 1);
    }
  }

  /** Bucket by bucket, ascending in all. */
  *sorted(): Generator<(readonly [K, number])[]> {
    const order = [...this.#buckets].sort(([a], [b]) => a - b);
    for (const [, bucket] of order) yield [...bucket].sort(byKey);
  }

  *slices(): Generator<(readonly [K, number])[]> {
    let slice: (readonly [K, number])[] = [];
    for (const some of this.sorted()) {
      for (const entry of some) slice.push(entry);
      if (slice.length < sliceEntries) continue;
      yield slice;
      slice = [];
    }
    if (slice.length > 0) yield slice;
  }
}

/** Counts records one after another in bounded memory: one number a distinct word. */
export function corpusCounter(): CorpusCounter {
  const words = new Counts<string>((word) => word.charCodeAt(0) || 0);
  // Characters lie below 65,536 and come first, then pairs by their first character.
  const grams = new Counts<number>((key) => Math.floor(key / 65_536));
  const lengths = new Map<string, [number, number]>();
  let documents = 0;
  let titles = 0;
  const nothing = { documents: 0, words: [], titles: 0, grams: [], lengths: [] };
  const head = (): CountedCorpus => ({
    ...nothing,
    documents,
    titles,
    lengths: [...lengths].map(([name, [records, total]]) => [name, records, total] as const).sort(byKey),
  });
  return {
    add({ kind, texts }) {
      documents += 1;
      const seen = new Set<string>();
      for (const text of texts) {
        const name = `${kind}.${text.field}`;
        const length = lengths.get(name);
        if (length) {
          length[0] += 1;
          length[1] += text.words.length;
        } else {
          lengths.set(name, [1, text.words.length]);
        }
        for (const word of text.words) seen.add(word);
        if (text.field === 'title') {
          titles += 1;
          const runs = characterRuns(text.text);
          grams.count(characterCounts(runs).keys());
          grams.count(bigramCounts(runs).keys());
        }
      }
      words.count(seen);
    },
    counted: (least = 1) => ({
      ...head(),
      words: [...words.sorted()].flat().filter(([, n]) => n >= least),
      grams: [...grams.sorted()].flat().filter(([, n]) => n >= least),
    }),
    *slices() {
      yield head();
      for (const some of words.slices()) yield { ...nothing, words: some };
      for (const some of grams.slices()) yield { ...nothing, grams: some };
    },
  };
}

const byKey = <K extends string | number>(a: readonly [K, ...unknown[]], b: readonly [K, ...unknown[]]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;

/** Adds up slices of one corpus, each some milliseconds of work. */
export interface StatisticsBuilder {
  add(slice: CountedCorpus): void;
  build(): CorpusStatistics;
}

/** Counts by key of several corpora together, and how many documents they come from. */
function frequencies<K>() {
  const counts = new Map<K, number>();
  let total = 0;
  return {
    add(documents: number, entries: readonly (readonly [K, number])[]): void {
      total += documents;
      for (const [key, count] of entries) counts.set(key, (counts.get(key) ?? 0) + count);
    },
    total: () => total,
    inverse: (key: K): number => {
      const n = counts.get(key) ?? 0;
      return Math.log(1 + (total - n + 0.5) / (n + 0.5));
    },
  };
}

/** The same for the same entries in the same order, however they are sliced. */
function hashEntries(hash: Hash, entries: readonly (readonly [string | number, ...number[]])[]): void {
  if (entries.length > 0) hash.update(entries.map((entry) => JSON.stringify(entry)).join(''));
}

/**
 * Statistics of the store's counts, on top of a background (counts of general technical text that ships with the model) so
 * that a bureau with fifty records already knows that 系统 is common and 褐藻胶 is not; the store outweighs it as it grows.
 * Field lengths are the store's own. Slices come in the order in which the counter gives them.
 */
export function statisticsBuilder(background?: CountedCorpus): StatisticsBuilder {
  const words = frequencies<string>();
  const grams = frequencies<number>();
  const averages = new Map<string, number>();
  const hash = { words: createHash('sha256'), grams: createHash('sha256'), lengths: createHash('sha256') };
  const include = (slice: CountedCorpus): void => {
    words.add(slice.documents, slice.words);
    grams.add(slice.titles, slice.grams);
    hashEntries(hash.words, slice.words);
    hashEntries(hash.grams, slice.grams);
    hashEntries(hash.lengths, slice.lengths);
  };
  if (background) {
    include(background);
    for (const one of Object.values(hash)) one.update(`background ${background.documents} ${background.titles}`);
  }
  return {
    add(slice) {
      include(slice);
      for (const [name, records, total] of slice.lengths) averages.set(name, records > 0 ? total / records : 1);
    },
    build: () => ({
      version: derivedId(
        ...Object.values(hash).map((one) => one.copy().digest('hex')),
        `${words.total()} ${grams.total()}`,
      ),
      documents: words.total(),
      idf: words.inverse,
      gramIdf: grams.inverse,
      averageLength: (kind, field) => Math.max(1, averages.get(`${kind}.${field}`) ?? 1),
    }),
  };
}

/** Statistics of counts that are small enough to be taken whole; see `statisticsBuilder`. */
export function corpusStatistics(store: CountedCorpus, background?: CountedCorpus): CorpusStatistics {
  const builder = statisticsBuilder(background);
  builder.add(store);
  return builder.build();
}

/** The counts as bytes, the same for the same counts; `readCounted` gives them back. */
export function writeCounted(counted: CountedCorpus): Uint8Array {
  const { documents, words, titles, grams, lengths } = counted;
  return new TextEncoder().encode(JSON.stringify({ format: 1, documents, titles, lengths, words, grams }));
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const areRows = (rows: unknown, key: 'string' | 'number', numbers: number): boolean =>
  Array.isArray(rows) &&
  rows.every(
    (row) =>
      Array.isArray(row) &&
      row.length === numbers + 1 &&
      typeof row[0] === key &&
      row.slice(1).every((value) => isCount(value)),
  );

/** Counts from bytes that `writeCounted` made; throws `damaged` for anything else. */
export function readCounted(bytes: Uint8Array): CountedCorpus {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new QianxianError('damaged', '词频统计文件无法读取，请重新运行匹配以重新统计', { cause });
  }
  const counted = value as Partial<CountedCorpus & { format: unknown }> | null;
  const sound =
    typeof counted === 'object' &&
    counted?.format === 1 &&
    isCount(counted.documents) &&
    isCount(counted.titles) &&
    areRows(counted.words, 'string', 1) &&
    areRows(counted.grams, 'number', 1) &&
    areRows(counted.lengths, 'string', 2);
  if (!sound) throw new QianxianError('damaged', '词频统计文件的内容不完整，请重新运行匹配以重新统计');
  const { documents, words, titles, grams, lengths } = counted as CountedCorpus;
  return { documents, words, titles, grams, lengths };
}
