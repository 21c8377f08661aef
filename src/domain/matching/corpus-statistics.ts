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

/** The plain form that is stored and sent. */
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
}

/** Counts records one after another in bounded memory: one number a distinct word. */
export function corpusCounter(): CorpusCounter {
  const words = new Map<string, number>();
  const grams = new Map<number, number>();
  const lengths = new Map<string, [number, number]>();
  let documents = 0;
  let titles = 0;
  const count = <K>(counts: Map<K, number>, keys: Iterable<K>): void => {
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  };
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
          count(grams, characterCounts(runs).keys());
          count(grams, bigramCounts(runs).keys());
        }
      }
      count(words, seen);
    },
    counted: (least = 1) => ({
      documents,
      words: [...words].filter(([, n]) => n >= least).sort(byKey),
      titles,
      grams: [...grams].filter(([, n]) => n >= least).sort(byKey),
      lengths: [...lengths].map(([name, [records, total]]) => [name, records, total] as const).sort(byKey),
    }),
  };
}

const byKey = <K extends string | number>(a: readonly [K, ...unknown[]], b: readonly [K, ...unknown[]]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;

function inverseFrequency<K>(
  parts: readonly { readonly total: number; readonly counts: readonly (readonly [K, number])[] }[],
): (key: K) => number {
  const counts = new Map<K, number>();
  let total = 0;
  for (const part of parts) {
    total += part.total;
    for (const [key, count] of part.counts) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return (key) => {
    const n = counts.get(key) ?? 0;
    return Math.log(1 + (total - n + 0.5) / (n + 0.5));
  };
}

/**
 * Statistics of the store's counts, on top of a background (counts of general technical text that ships with the model) so
 * that a bureau with fifty records already knows that 系统 is common and 褐藻胶 is not; the store outweighs it as it grows.
 * Field lengths are the store's own.
 */
export function corpusStatistics(store: CountedCorpus, background?: CountedCorpus): CorpusStatistics {
  const both = background ? [store, background] : [store];
  const averages = new Map(store.lengths.map(([name, records, total]) => [name, records > 0 ? total / records : 1]));
  return {
    version: derivedId(...both.map((counted) => JSON.stringify(counted))),
    documents: both.reduce((sum, counted) => sum + counted.documents, 0),
    idf: inverseFrequency(both.map((counted) => ({ total: counted.documents, counts: counted.words }))),
    gramIdf: inverseFrequency(both.map((counted) => ({ total: counted.titles, counts: counted.grams }))),
    averageLength: (kind, field) => Math.max(1, averages.get(`${kind}.${field}`) ?? 1),
  };
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
