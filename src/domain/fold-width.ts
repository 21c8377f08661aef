/**
 * Full-width Latin letters, digits and signs as their half-width ones, and the many signs for one thing as one, each UTF-16
 * unit for one unit: offsets in the folded text hold in the original. (NFKC would change lengths and turn 10⁴ into 104.)
 * The Chinese comma stays, so that it never groups thousands.
 */
export function foldWidth(text: string): string {
  return text.replace(
    /[\uff01-\uff0b\uff0d-\uff5e\u00b5\u2126\u3000\u00a0\u2000-\u200a\u202f﹪⩾≧⩽≦〜∼～﹣－−∶﹤﹥﹦⁓]/g,
    (character) => {
      const same = signs.get(character);
      if (same !== undefined) return same;
      const code = character.charCodeAt(0);
      return code >= 0xff01 && code <= 0xff5e ? String.fromCharCode(code - 0xfee0) : ' ';
    },
  );
}

const signs: ReadonlyMap<string, string> = new Map([
  ['⩾', '≥'],
  ['≧', '≥'],
  ['⩽', '≤'],
  ['≦', '≤'],
  ['～', '~'],
  ['〜', '~'],
  ['∼', '~'],
  ['⁓', '~'],
  ['﹣', '-'],
  ['－', '-'],
  ['−', '-'],
  ['∶', ':'],
  ['﹤', '<'],
  ['﹥', '>'],
  ['﹦', '='],
  ['﹪', '%'],
  ['\u00b5', '\u03bc'], // micro sign, Greek mu
  ['\u2126', '\u03a9'], // ohm sign, Greek omega
]);
