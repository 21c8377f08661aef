import { createHash } from 'node:crypto';

/** Longest token that the whitespace tokenizer does not cut (255) leaves room for escapes. */
const longestToken = 200;

// White space of JavaScript and of Java, controls, lone surrogates, the dot (which no feature of a sparse vector may
// have), and the backslash that escapes.
const escaped = /[\s\p{Cc}\p{Z}\p{Surrogate}\uFEFF.\\]/gu;

/**
 * A word as Elasticsearch holds it: as it is where nothing cuts it; else dots, white space and the like as `\HEX;`, and a
 * hash where it is too long. Different words give different tokens; the whitespace analyzer keeps every token whole.
 */
export function wordToken(word: string): string {
  if (word === '') return '\\;';
  const token = word.replace(escaped, (character) => `\\${character.codePointAt(0)!.toString(16)};`);
  if (token.length <= longestToken) return token;
  return `\\#${createHash('sha256').update(token).digest('base64url')}`;
}
