import { pinyin } from 'pinyin-pro';
import { lettersOf, normaliseText } from '../../domain/plain-text.ts';

/** Places in a title where a suggestion may begin: its beginning and its first words. */
const mostStarts = 16;
/** Characters of a title from a start on that can be written before it stops to match. */
const longestKey = 40;

/** One title and what finds it. */
export interface SuggestedTitle<T> {
  readonly about: T;
  readonly title: string;
  gone: boolean;
}

interface Key<T> {
  readonly entry: SuggestedTitle<T>;
  readonly key: string;
  /** Whether the key begins where the title begins. */
  readonly atStart: boolean;
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
    if (starts.length < mostStarts) starts.push(characters.length);
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
export function createTitleSuggestions<T>(): {
  add(about: T, title: string, words: readonly string[]): SuggestedTitle<T>;
  drop(entry: SuggestedTitle<T>): void;
  /** Best first: titles that begin with what is written, shorter ones, by title; `take` says which may be shown. */
  find(written: string, limit: number, take: (about: T) => boolean): SuggestedTitle<T>[];
} {
  const buckets = new Map<string, Key<T>[]>();
  let alive = 0;
  let gone = 0;

  function purge(): void {
    for (const [name, keys] of buckets) {
      const kept = keys.filter((key) => !key.entry.gone);
      if (kept.length > 0) buckets.set(name, kept);
      else buckets.delete(name);
    }
    gone = 0;
  }

  return {
    add(about, title, words) {
      const entry: SuggestedTitle<T> = { about, title, gone: false };
      for (const { key, atStart } of keysOf(title, words)) {
        for (const name of new Set([key.slice(0, 1), key.slice(0, 2)])) {
          const bucket = buckets.get(name);
          if (bucket) bucket.push({ entry, key, atStart });
          else buckets.set(name, [{ entry, key, atStart }]);
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
      const found = new Map<SuggestedTitle<T>, boolean>();
      for (const { entry, key, atStart } of buckets.get(wanted.slice(0, 2)) ?? []) {
        if (entry.gone || !key.startsWith(wanted) || !take(entry.about)) continue;
        found.set(entry, atStart || (found.get(entry) ?? false));
      }
      return [...found]
        .sort(
          ([a, aStarts], [b, bStarts]) =>
            Number(bStarts) - Number(aStarts) ||
            a.title.length - b.title.length ||
            (a.title < b.title ? -1 : a.title > b.title ? 1 : 0),
        )
        .slice(0, limit)
        .map(([entry]) => entry);
    },
  };
}
