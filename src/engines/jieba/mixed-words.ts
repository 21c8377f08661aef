import type { Span } from '../../domain/plain-text.ts';

const sign = /^(?:(?!\p{Script=Han})[\p{L}\p{N}])$/u;

/**
 * Makes a finder of words that hold letters, digits or signs beside Han characters (x射线, β-葡聚糖, pm2.5): the longest
 * one at each place, left to right. Where such a word begins or ends with a letter or digit, no other may touch it, so
 * that “n型” is not found in “pin型”.
 */
export function createMixedWordFinder(words: readonly string[]): (text: string) => Span[] {
  const byFirst = new Map<string, { readonly word: string; readonly bare: boolean; readonly open: boolean }[]>();
  for (const word of [...words].sort((a, b) => b.length - a.length)) {
    const characters = [...word];
    const entry = { word, bare: sign.test(characters[0]!), open: sign.test(characters.at(-1)!) };
    const list = byFirst.get(word[0]!);
    if (list) list.push(entry);
    else byFirst.set(word[0]!, [entry]);
  }
  if (byFirst.size === 0) return () => [];
  return (text) => {
    const found: Span[] = [];
    for (let at = 0; at < text.length; at++) {
      const word = byFirst
        .get(text[at]!)
        ?.find(
          ({ word, bare, open }) =>
            text.startsWith(word, at) &&
            !(bare && at > 0 && sign.test(text[at - 1]!)) &&
            !(open && sign.test(text[at + word.length] ?? '')),
        )?.word;
      if (word === undefined) continue;
      found.push({ start: at, end: at + word.length });
      at += word.length - 1;
    }
    return found;
  };
}
