import type { EntryKind } from '../entry.ts';
import { QianxianError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { MatchText } from './match-profile.ts';

/**
 * What is counted over all records of the store, so that a rare word counts for more than a common one. Made from the store
 * alone, in the order of ids, so both engine families give the same. `version` is a hash of the content.
 */
export interface CorpusStatistics {
  readonly version: string;
  /** Records counted, of both kinds, and the background's documents. */
  readonly documents: number;
  /** How many documents hold the word. */
  readonly frequency: (word: string) => number;
  /** ln(1 + (N − n + 0.5) / (n + 0.5)): Robertson and Spärck Jones in the form that is never negative. */
  readonly idf: (word: string) => number;
  /** Mean number of words in a field (`need.title`); 1 where no record has the field. */
  readonly averageLength: (kind: EntryKind, field: string) => number;
}

/** The plain form that is stored and sent. */
export interface CountedCorpus {
  readonly documents: number;
  /** Word and number of documents, by word ascending. */
  readonly words: readonly (readonly [string, number])[];
  /** Field (`need.title`), number of records that have it, words in all of them; by field ascending. */
  readonly lengths: readonly (readonly [string, number, number])[];
}

/** Counts records one after another in bounded memory (one number a distinct word). */
export function corpusCounter(): {
  add(record: { readonly kind: EntryKind; readonly texts: readonly Pick<MatchText, 'field' | 'words'>[] }): void;
  counted(): CountedCorpus;
} {
  const words = new Map<string, number>();
  const lengths = new Map<string, [number, number]>();
  let documents = 0;
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
      }
      for (const word of seen) words.set(word, (words.get(word) ?? 0) + 1);
    },
    counted: () => ({
      documents,
      words: [...words].sort(byKey),
      lengths: [...lengths].map(([name, [records, total]]) => [name, records, total] as const).sort(byKey),
    }),
  };
}

const byKey = (a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;

/**
 * Statistics of the store's counts, on top of a background (document counts of general technical text that ships with the
 * model) so that a bureau with fifty records already knows that 系统 is common and 褐藻胶 is not; the store outweighs it as
 * it grows. Field lengths are the store's own.
 */
export function corpusStatistics(store: CountedCorpus, background?: CountedCorpus): CorpusStatistics {
  const frequencies = new Map<string, number>(store.words);
  for (const [word, count] of background?.words ?? []) frequencies.set(word, (frequencies.get(word) ?? 0) + count);
  const documents = store.documents + (background?.documents ?? 0);
  const averages = new Map(store.lengths.map(([name, records, total]) => [name, records > 0 ? total / records : 1]));
  const frequency = (word: string): number => frequencies.get(word) ?? 0;
  return {
    version: derivedId(JSON.stringify(store), background ? JSON.stringify(background) : ''),
    documents,
    frequency,
    idf: (word) => {
      const n = frequency(word);
      return Math.log(1 + (documents - n + 0.5) / (n + 0.5));
    },
    averageLength: (kind, field) => Math.max(1, averages.get(`${kind}.${field}`) ?? 1),
  };
}

/** The counts as bytes; `readCounted` gives them back. */
export function writeCounted(counted: CountedCorpus): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: 1, ...counted }));
}

const isRow = (row: unknown, numbers: number): boolean =>
  Array.isArray(row) &&
  row.length === numbers + 1 &&
  typeof row[0] === 'string' &&
  row.slice(1).every((value) => Number.isSafeInteger(value) && value >= 0);

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
    Number.isSafeInteger(counted.documents) &&
    Array.isArray(counted.words) &&
    counted.words.every((row) => isRow(row, 1)) &&
    Array.isArray(counted.lengths) &&
    counted.lengths.every((row) => isRow(row, 2));
  if (!sound) throw new QianxianError('damaged', '词频统计文件的内容不完整，请重新运行匹配以重新统计');
  const { documents, words, lengths } = counted as CountedCorpus;
  return { documents, words, lengths };
}
