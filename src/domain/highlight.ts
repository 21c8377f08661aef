import { normaliseWithOffsets, type Span, splitSentences } from './plain-text.ts';

/** A piece of the original text; `hit` where it is one of the words. The pieces joined are the text. */
export interface Segment {
  readonly text: string;
  readonly hit: boolean;
}

const latinOrDigit = /[\p{Script=Latin}\p{N}]/u;

/**
 * Where words of a query stand in the original text: spans in order that neither touch nor overlap.
 * `words` are normalised, as the segmenter gives them. Latin words and numbers only count whole, so that “al” does not
 * light up in “alloy”; a number may be followed by its unit.
 */
export function highlightSpans(original: string, words: readonly string[]): Span[] {
  const wanted = [...new Set(words)].filter((word) => word.length > 0);
  if (wanted.length === 0 || original.length === 0) return [];
  const { text, starts, ends } = normaliseWithOffsets(original);
  const found: { start: number; end: number }[] = [];
  for (const word of wanted) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      const end = at + word.length;
      if (isPartOfWord(text, at, end)) continue;
      found.push({ start: starts[at]!, end: ends[end - 1]! });
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const spans: { start: number; end: number }[] = [];
  for (const span of found) {
    const last = spans.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else spans.push({ ...span });
  }
  return spans;
}

function isPartOfWord(text: string, start: number, end: number): boolean {
  const first = text[start]!;
  const last = text[end - 1]!;
  const before = text[start - 1];
  const after = text[end];
  if (before !== undefined && latinOrDigit.test(first) && latinOrDigit.test(before)) {
    // “mpa” of “5mpa” is a word of its own, “2” of “o2” is not.
    if (!(/\p{N}/u.test(before) && /\p{L}/u.test(first))) return true;
  }
  if (after !== undefined && latinOrDigit.test(last) && latinOrDigit.test(after)) {
    if (!(/\p{N}/u.test(last) && /\p{L}/u.test(after))) return true;
  }
  return false;
}

/** Cuts the stretch of a text (all of it by default) into pieces that are hits and pieces that are not. */
export function segmentsOf(
  text: string,
  spans: readonly Span[],
  stretch: Span = { start: 0, end: text.length },
): Segment[] {
  const segments: Segment[] = [];
  let at = stretch.start;
  const push = (end: number, hit: boolean) => {
    if (end > at) segments.push({ text: text.slice(at, end), hit });
    at = Math.max(at, end);
  };
  for (const span of spans) {
    if (span.end <= stretch.start || span.start >= stretch.end) continue;
    push(Math.max(at, span.start), false);
    push(Math.min(stretch.end, span.end), true);
  }
  push(stretch.end, false);
  return segments;
}

/**
 * The stretch of at most about `length` UTF-16 units that shows most different words, from the beginning of a sentence
 * where one fits; undefined where the text holds none of the words.
 */
export function bestStretch(text: string, spans: readonly Span[], length: number): Span | undefined {
  if (spans.length === 0) return undefined;
  if (text.length <= length) return { start: 0, end: text.length };
  let best: Span | undefined;
  let bestWorth = 0;
  const holds = (sentence: Span) => spans.some((span) => span.start >= sentence.start && span.start < sentence.end);
  const starts = [
    ...splitSentences(text)
      .filter(holds)
      .map((sentence) => sentence.start),
    ...spans.map((span) => span.start),
  ];
  for (const start of starts) {
    const inside = spans.filter((span) => span.start >= start && span.end <= start + length);
    const distinct = new Set(inside.map((span) => text.slice(span.start, span.end))).size;
    const worth = distinct * 1000 + inside.length;
    if (worth > bestWorth) {
      bestWorth = worth;
      best = { start, end: start + length };
    }
  }
  // Every span is longer than the stretch: show the beginning of the first.
  const chosen = best ?? { start: spans[0]!.start, end: spans[0]!.start + length };
  return { start: evenStart(text, chosen.start), end: evenEnd(text, Math.min(chosen.end, text.length)) };
}

// A stretch never begins or ends between the halves of a surrogate pair.
function evenStart(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at - 1 : at;
}

function evenEnd(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}
