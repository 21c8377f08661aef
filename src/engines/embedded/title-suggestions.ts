import { pinyin } from 'pinyin-pro';
import { lettersOf, normaliseText } from '../../domain/plain-text.ts';

/** Places in a title where a suggestion may begin: its beginning and its first words. */
const mostStarts = 16;
/** Characters of a title from a start on that can be written before it stops to match. */
const longestKey = 40;
/** Nobody begins to write with these. */
const particle = /^[的地得了和与及或在对中于以为其之]$/;

/** One title and what finds it. */
export interface SuggestedTitle {
  readonly id: string;
  readonly title: string;
  gone: boolean;
}

interface Key {
  readonly entry: SuggestedTitle;
  readonly key: string;
  /** Whether the key begins where the title begins. */
  readonly atStart: boolean;
}

/** Keys with the same beginning, in the order in which they are shown as long as `sorted`. */
interface Bucket {
  keys: Key[];
  sorted: boolean;
}

function inOrder(a: Key, b: Key): number {
  if (a.atStart !== b.atStart) return a.atStart ? -1 : 1;
  const [one, two] = [a.entry.title, b.entry.title];
  if (one !== two) return one.length - two.length || (one < two ? -1 : 1);
  return a.entry.id < b.entry.id ? -1 : a.entry.id > b.entry.id ? 1 : 0;
}

const pinyinOfWord = new Map<string, readonly string[]>();

/** Syllables of a word's characters (ü as v); characters without a reading stand for themselves. */
function syllablesOf(word: string): readonly string[] {
  const known = pinyinOfWord.get(word);
  if (known) return known;
  const syllables = pinyin(word, { toneType: 'none', type: 'array', v: true, nonZh: 'spaced' }).map((syllable) =>
    syllable.toLowerCase(),
  );
  const characters = [...word];
  const result = syllables.length === characters.length ? syllables : characters;
  // Bounded: words of titles are few, but they come from outside.
  if (pinyinOfWord.size > 200_000) pinyinOfWord.clear();
  pinyinOfWord.set(word, result);
  return result;
}

/** A title cut at the words that the segmenter found in it: the longest word that fits comes first, else one character. */
function cutTitle(title: string, words: readonly string[]): string[] {
  const byFirst = new Map<string, string[]>();
  for (const word of new Set(words)) {
    const plain = lettersOf(word);
    const first = plain[0];
    if (first === undefined) continue;
    const list = byFirst.get(first);
    if (list) list.push(plain);
    else byFirst.set(first, [plain]);
  }
  const parts: string[] = [];
  for (let at = 0; at < title.length; ) {
    let best = String.fromCodePoint(title.codePointAt(at)!);
    for (const word of byFirst.get(title[at]!) ?? []) {
      if (word.length > best.length && title.startsWith(word, at)) best = word;
    }
    parts.push(best);
    at += best.length;
  }
  return parts;
}

/** What can be written to find a title: the text, its pinyin and its initials, from the title's start and each word's. */
export function keysOf(title: string, words: readonly string[]): { key: string; atStart: boolean }[] {
  const parts = cutTitle(lettersOf(normaliseText(title)), words);
  const characters: string[] = [];
  const syllables: string[] = [];
  const starts: number[] = [];
  for (const part of parts) {
    if (starts.length < mostStarts && !(starts.length > 0 && particle.test(part))) starts.push(characters.length);
    characters.push(...part);
    syllables.push(...syllablesOf(part));
    if (characters.length > longestKey + mostStarts * 4) break;
  }
  const keys = new Map<string, boolean>();
  for (const start of starts) {
    const stretch = syllables.slice(start, start + longestKey);
    const made = [
      characters.slice(start, start + longestKey).join(''),
      stretch.join(''),
      stretch.map((syllable) => [...syllable][0] ?? '').join(''),
    ];
    for (const key of made) if (key && !keys.has(key)) keys.set(key, start === 0);
  }
  return [...keys].map(([key, atStart]) => ({ key, atStart }));
}

/**
 * Titles by what one may begin to write: Chinese, pinyin or initials. Keys lie in buckets by their first one and first
 * two characters, so that writing two characters looks at a small part of them.
 */
export function createTitleSuggestions(): {
  add(id: string, title: string, words: readonly string[]): SuggestedTitle;
  drop(entry: SuggestedTitle): void;
  /** Best first: titles that begin with what is written, shorter ones, by title and id; `take` says which may be shown. */
  find(written: string, limit: number, take: (id: string) => boolean): SuggestedTitle[];
} {
  const buckets = new Map<string, Bucket>();
  let alive = 0;
  let gone = 0;

  function purge(): void {
    for (const [name, bucket] of buckets) {
      bucket.keys = bucket.keys.filter((key) => !key.entry.gone);
      if (bucket.keys.length === 0) buckets.delete(name);
    }
    gone = 0;
  }

  return {
    add(id, title, words) {
      const entry: SuggestedTitle = { id, title, gone: false };
      for (const { key, atStart } of keysOf(title, words)) {
        for (const name of new Set([key.slice(0, 1), key.slice(0, 2)])) {
          const bucket = buckets.get(name);
          if (bucket) {
            bucket.keys.push({ entry, key, atStart });
            bucket.sorted = false;
          } else buckets.set(name, { keys: [{ entry, key, atStart }], sorted: true });
        }
      }
      alive++;
      return entry;
    },
    drop(entry) {
      if (entry.gone) return;
      entry.gone = true;
      alive--;
      gone++;
      if (gone > 1000 && gone > alive) purge();
    },
    find(written, limit, take) {
      const wanted = lettersOf(normaliseText(written)).replaceAll('ü', 'v').slice(0, 240);
      if (wanted === '') return [];
      const bucket = buckets.get(wanted.slice(0, 2));
      if (!bucket) return [];
      if (!bucket.sorted) {
        bucket.keys.sort(inOrder);
        bucket.sorted = true;
      }
      const found = new Set<SuggestedTitle>();
      for (const { entry, key } of bucket.keys) {
        if (found.size === limit) break;
        if (!entry.gone && key.startsWith(wanted) && take(entry.id)) found.add(entry);
      }
      return [...found];
    },
  };
}
