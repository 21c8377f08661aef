import { hasTraditional, simplify } from './simplified.ts';

/**
 * Text as search and matching compare it. Every word, n-gram and highlight of the product is made from
 * `normaliseText`, so that ＡＢ, ab and AB, 臺灣 and 台湾 meet everywhere.
 */

/** Grows whenever `normaliseText` may give another result: it is part of the segmenter's version. */
export const normalisationVersion = 1;

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Halves of surrogate pairs become U+FFFD, as `String.prototype.toWellFormed` does. */
export function wellFormed(text: string): string {
  return text.replace(loneSurrogate, '\uFFFD');
}

function fold(text: string): string {
  // Lower-casing can undo a composition (İ), hence the second pass.
  return text.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/** Well-formed, NFKC, lower case, simplified. */
export function normaliseText(text: string): string {
  // Some terms come out with capitals (隨身碟 → U盘).
  return simplify(fold(wellFormed(text))).toLowerCase();
}

/** At most `limit` UTF-16 units from the beginning, without cutting a surrogate pair in two. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}

/** A normalised text that knows where it came from. */
export interface NormalisedText {
  readonly text: string;
  /** For each UTF-16 unit of `text`: where its source begins and ends in the original. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

// A base character with its combining marks is folded as one: e + U+0301 becomes é.
const cluster = /[\s\S]\p{M}*/gu;
const clause = /[^\s,.;:!?，。；：！？、]+/g;

/**
 * `normaliseText` with the way back to the original text. Where a Taiwan term becomes one of another length
 * (印表機 → 打印机 keeps it, others do not) every character of the clause points at the whole clause.
 */
export function normaliseWithOffsets(original: string): NormalisedText {
  const starts: number[] = [];
  const ends: number[] = [];
  let folded = '';
  for (const match of wellFormed(original).matchAll(cluster)) {
    const part = fold(match[0]);
    folded += part;
    for (let unit = 0; unit < part.length; unit++) {
      starts.push(match.index);
      ends.push(match.index + match[0].length);
    }
  }
  if (!hasTraditional(folded)) return { text: folded, starts, ends };

  let text = '';
  const mappedStarts: number[] = [];
  const mappedEnds: number[] = [];
  const copy = (from: number, to: number) => {
    for (let unit = from; unit < to; unit++) {
      mappedStarts.push(starts[unit]!);
      mappedEnds.push(ends[unit]!);
    }
  };
  let done = 0;
  for (const match of folded.matchAll(clause)) {
    const from = match.index;
    const to = from + match[0].length;
    text += folded.slice(done, from);
    copy(done, from);
    const simple = simplify(match[0]).toLowerCase();
    text += simple;
    if (simple.length === match[0].length) copy(from, to);
    else {
      for (let unit = 0; unit < simple.length; unit++) {
        mappedStarts.push(starts[from]!);
        mappedEnds.push(ends[to - 1]!);
      }
    }
    done = to;
  }
  text += folded.slice(done);
  copy(done, folded.length);
  return { text, starts: mappedStarts, ends: mappedEnds };
}

/** A stretch of a text; offsets are UTF-16 units, `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Sentence extends Span {
  readonly text: string;
}

const alwaysEnds = new Set('。！？；!?;\n\r\u2028\u2029');
const closers = new Set('”’」』）)】》"\'');
const onlyNumbering = /^[\s(（]*[0-9０-９一二三四五六七八九十]{1,3}[)）]?$/;

/**
 * Sentences of a text with their places in it, white space around them left out, empty ones dropped.
 * Ends are 。！？； in both widths, line breaks, and a full stop that is neither inside a number or Latin word
 * nor the dot of a numbering (“1.”).
 */
export function splitSentences(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let begin = 0;
  const cut = (end: number) => {
    let from = begin;
    let to = end;
    while (from < to && /\s/.test(text[from]!)) from++;
    while (to > from && /\s/.test(text[to - 1]!)) to--;
    if (to > from) sentences.push({ text: text.slice(from, to), start: from, end: to });
    begin = end;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    let ends = alwaysEnds.has(character);
    if (!ends && (character === '.' || character === '．')) {
      const next = text[index + 1] ?? ' ';
      ends = !/[0-9０-９A-Za-z.．,，;；]/.test(next) && !onlyNumbering.test(text.slice(begin, index));
    }
    if (!ends) continue;
    let end = index + 1;
    while (end < text.length && (closers.has(text[end]!) || (alwaysEnds.has(text[end]!) && text[end] !== '\n'))) end++;
    cut(end);
    index = end - 1;
  }
  cut(text.length);
  return sentences;
}

const letterOrDigit = /[\p{L}\p{N}]/u;

/** Letters, digits and Han characters of a normalised text, all else dropped: what n-grams and suggestions are made of. */
export function lettersOf(normalised: string): string {
  let out = '';
  for (const character of normalised) if (letterOrDigit.test(character)) out += character;
  return out;
}

/**
 * Overlapping n-grams of code points within runs of letters and digits; a run shorter than `n` gives itself.
 * Takes normalised text. No n-gram reaches over punctuation or white space.
 */
export function characterGrams(normalised: string, n: number): string[] {
  const grams: string[] = [];
  for (const run of normalised.matchAll(/[\p{L}\p{N}]+/gu)) {
    const characters = [...run[0]];
    if (characters.length <= n) grams.push(run[0]);
    else for (let at = 0; at + n <= characters.length; at++) grams.push(characters.slice(at, at + n).join(''));
  }
  return grams;
}
