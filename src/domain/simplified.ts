import { Converter } from 'opencc-js/t2cn';

/**
 * Traditional characters and Taiwan's words to simplified ones (OpenCC, `twp` → `cn`).
 *
 * Characters that simplified text uses too (著 of 显著, 乾 of 乾坤) say nothing about the script, so a piece of text is
 * converted only where it holds a character that GB 2312 does not have and OpenCC would change. Everything else passes through untouched, which is also
 * what makes the usual case cheap.
 */

interface Simplifier {
  readonly convert: (text: string) => string;
  readonly isTraditional: Uint8Array;
}

const firstHan = 0x3400;
const lastHan = 0x9fff;
const outsideAscii = /[\u3400-\u9fff]/;
/** Sentences and clauses: the run between two of these is looked at by itself. */
const piece = /[^\s,.;:!?，。；：！？、]+/g;

/** Written in simplified text although OpenCC has another form for it: the 噁 of 二噁英. */
const exempt: ReadonlySet<string> = new Set('噁');

let made: Simplifier | undefined;

function simplifier(): Simplifier {
  if (made) return made;
  const convert = Converter({ from: 'twp', to: 'cn' });
  const common = new Set<string>();
  const decoder = new TextDecoder('gbk');
  for (let row = 0xb0; row <= 0xf7; row++) {
    for (let cell = 0xa1; cell <= 0xfe; cell++) common.add(decoder.decode(new Uint8Array([row, cell])));
  }
  const isTraditional = new Uint8Array(lastHan - firstHan + 1);
  for (let code = firstHan; code <= lastHan; code++) {
    const character = String.fromCharCode(code);
    if (!common.has(character) && !exempt.has(character) && convert(character) !== character)
      isTraditional[code - firstHan] = 1;
  }
  made = { convert, isTraditional };
  return made;
}

/** Whether a text holds a character that only traditional script uses. */
export function hasTraditional(text: string): boolean {
  if (!outsideAscii.test(text)) return false;
  const { isTraditional } = simplifier();
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) - firstHan;
    if (code >= 0 && code < isTraditional.length && isTraditional[code] === 1) return true;
  }
  return false;
}

/** The text in simplified characters; a text without traditional ones is answered as it is. */
export function simplify(text: string): string {
  if (!hasTraditional(text)) return text;
  const { convert } = simplifier();
  return text.replace(piece, (part) => (hasTraditional(part) ? convert(part) : part));
}
