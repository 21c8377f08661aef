import type { Figure } from './figure.ts';
import type { Unit } from './unit.ts';

/** Hardness scales stand before their number: HRC58～62, 硬度≥HV500. */
export const leadingUnit = /(?<![A-Za-z])(HRC|HRA|HRB|HV|HBW|HB) ?$/;

/** Where the figure begins that stands at a digit, with a sign or a parenthesis before it taken in; -1 where it is no figure. */
export function figureStart(text: string, at: number): number {
  const sign = text[at]!;
  const previous = text[at - 1] ?? '';
  if (sign === '±') return at;
  // A range sign before a digit was read with its first number; left alone it is a minus only behind a clear break.
  if ((previous === '-' || previous === '+') && !/[\dA-Za-z)\u4e00-\u9fff₀-₉%℃]/.test(text[at - 2] ?? ' '))
    return at - 1;
  if (previous === '-' && /[为到至在达于约]/.test(text[at - 2] ?? '')) return at - 1;
  // 工作温度-40～85℃
  if (previous === '-' && /^\d{1,4}(?:\.\d{1,4})? ?(?:℃|°C|mV|V(?![A-Za-z])|~|至)/.test(text.slice(at, at + 14))) {
    if (/[\u4e00-\u9fff]/.test(text[at - 2] ?? '')) return at - 1;
  }
  if (previous === '下' && text[at - 2] === '零') return at - 2;
  return at;
}

export function hardness(symbol: string): Unit {
  const kinds: Readonly<Record<string, string>> = {
    HRC: 'hardnessRockwellC',
    HRA: 'hardnessRockwellA',
    HRB: 'hardnessRockwellB',
    HV: 'hardnessVickers',
    HBW: 'hardnessBrinell',
    HB: 'hardnessBrinell',
  };
  return { symbol, dimension: kinds[symbol]!, factor: 1, offset: 0 };
}

export function endOfIdentifier(text: string, start: number): number {
  let at = start;
  while (
    at < text.length &&
    (/[\dA-Za-z]/.test(text[at]!) || (/[.\-/]/.test(text[at]!) && /\d/.test(text[at + 1] ?? '')))
  )
    at++;
  return Math.max(at, start + 1);
}

/** 2026年, 6月, 2020～2022年, 12日. */
export function isDate(text: string, figure: Figure, chinese: boolean): boolean {
  const after = text.slice(figure.end, figure.end + 2);
  const isYear = (value: number) => Number.isInteger(value) && value >= 1900 && value <= 2100;
  if (isYear(figure.min) || isYear(figure.max)) {
    const written = text.slice(figure.start, figure.end);
    if (figure.unit?.dimension === 'time' && /年/.test(written)) return true;
    if (figure.unit === null && /^(?:年|[-./]\d|—|届|版|级|财年|上半|下半)/.test(after)) return true;
  }
  if (figure.unit === null && /^(?:月|日|号|时|点|届|期)/.test(after)) return true;
  if (chinese && /^(?:月|日|年代)/.test(after)) return true;
  return false;
}

/** Chinese numerals count only with a unit that leaves no doubt, and not where they are part of a word (一次性, 三年级). */
export function chineseIsCertain(text: string, figure: Figure): boolean {
  if (figure.unit === null) return false;
  const written = text.slice(figure.start, figure.end);
  if (/分之/.test(written)) return true;
  if (/^(?:第|每|其|之|唯|同|某|另|任|统|专|单|万|初|周|星|礼)$/.test(text[figure.start - 1] ?? '')) return false;
  if (
    /^一(?:次|级|年|天|个|项|台|套|家|条|种|块|片|点|件|层|道|位|例|组|部|元|成|张|只|支|度|步|批|路|段|座|处|对|名|份|周|目|升|米|克)/.test(
      written,
    )
  ) {
    return false;
  }
  return /(?:年|个月|天|小时|分钟|秒|倍|次|万元|亿元|元|吨|成|公斤|千克|毫米|微米|米|公里|度|摄氏度|℃|%|台|套|项|件|人|名)$/.test(
    written,
  );
}
