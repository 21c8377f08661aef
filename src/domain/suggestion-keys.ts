import { pinyin } from 'pinyin-pro';
import { lettersOf, normaliseText } from './plain-text.ts';

/** Places in a title where a suggestion may begin: its beginning and its first words. */
const mostStarts = 16;
/** Characters of a title from a start on that can be written before it stops to match. */
const longestKey = 40;
/** Nobody begins to write with these. */
const particle = /^[的地得了和与及或在对中于以为其之]$/;

/** Something that one may begin to write in order to find a title. */
export interface SuggestionKey {
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

/**
 * What can be written to find a title: the text, its pinyin and its initials, from the title's start and each word's.
 * `words` are the segmenter's words of the title. 48 keys of 240 letters at most.
 */
export function suggestionKeys(title: string, words: readonly string[]): SuggestionKey[] {
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

/** What somebody wrote, in the form of the keys; empty where there is no letter in it. */
export function writtenKey(written: string): string {
  return lettersOf(normaliseText(written))
    .replaceAll('ü', 'v')
    .slice(0, longestKey * 6);
}
