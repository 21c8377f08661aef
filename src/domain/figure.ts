import { readUnit, type Unit } from './unit.ts';

/**
 * A figure as it is written: one number, a range, a value with tolerance or a tolerance alone, with its unit.
 * Values are in `unit`; 万 and 亿 are multiplied in, but for money, where 万元 is the unit.
 */
export interface Figure {
  readonly start: number;
  readonly end: number;
  readonly form: 'single' | 'range' | 'tolerance';
  readonly min: number;
  readonly max: number;
  readonly unit: Unit | null;
  /** The number is a proportion a:b. */
  readonly proportion: boolean;
}

/** What stands at a position: a figure, or text without one up to `end` (an identifier, a date, a dimension 30×40). */
export type FigureRead =
  | { readonly figure: Figure; readonly end: number }
  | { readonly figure: null; readonly end: number };

interface Number_ {
  readonly value: number;
  readonly end: number;
  /** 1 unless 万, 亿 … stands behind. */
  readonly magnitude: number;
}

const magnitudes: readonly (readonly [string, number])[] = [
  ['万亿', 1e12],
  ['千亿', 1e11],
  ['百亿', 1e10],
  ['十亿', 1e9],
  ['亿', 1e8],
  ['千万', 1e7],
  ['百万', 1e6],
  ['十万', 1e5],
  ['万', 1e4],
  ['千', 1e3],
];
const superscriptDigits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const chineseDigits: Readonly<Record<string, number>> = {
  零: 0,
  〇: 0,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
};

const digits = /(?:\d{1,3}(?:,\d{3}){1,4}(?![\d,])|\d{1,3}(?: \d{3}){1,3}(?![\d.]? ?\d)|\d{1,15})(?:\.\d{1,15})?/y;
const power = / ?[×xX*·] ?10(?:\^?\(?([-]?\d{1,2})\)?|(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})|~\((-?\d{1,2})\))/y;
const barePower = /10(?:\^\(?([-]?\d{1,2})\)?|(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function exponentOf(match: RegExpExecArray): number {
  const written = match[1] ?? match[3];
  if (written !== undefined) return Number(written);
  const raised = match[2] ?? '';
  const value = Number([...raised].map((sign) => (sign === '⁻' ? '-' : superscriptDigits.indexOf(sign))).join(''));
  return value;
}

/** An Arabic number with thousands, decimals and powers of ten, without 万 and 亿. */
function readArabic(text: string, start: number): { value: number; end: number } | 'identifier' | null {
  const bare = matchAt(barePower, text, start);
  if (bare) return { value: 10 ** exponentOf(bare), end: start + bare[0].length };
  const plain = matchAt(digits, text, start);
  if (!plain) return null;
  let end = start + plain[0].length;
  // More digits, or a second point: a telephone, patent or version number.
  if (/\d/.test(text[end] ?? '') || (text[end] === '.' && /\d/.test(text[end + 1] ?? ''))) return 'identifier';
  const scientific = matchAt(power, text, end);
  const mantissa = plain[0].replace(/[ ,]/g, '');
  if (scientific) {
    // 1.5×104 may be 10⁴ with its exponent lost or a product: neither is certain.
    const certain = /\^|-|~/.test(scientific[0]) || scientific[2] !== undefined;
    if (!certain) return 'identifier';
    return { value: Number(`${mantissa}e${exponentOf(scientific)}`), end: end + scientific[0].length };
  }
  const e = /^[eE]([+-]?\d{1,2})(?![\dA-Za-z])/.exec(text.slice(end, end + 5));
  if (e) {
    end += e[0].length;
    return { value: Number(`${mantissa}e${e[1]}`), end };
  }
  return { value: Number(mantissa), end };
}

/** A Chinese numeral below ten thousand: 九十五, 一百二十, 三, 十二, 两千. */
function readChinese(text: string, start: number): { value: number; end: number } | null {
  let total = 0;
  let digit: number | null = null;
  let lastScale = 1e5;
  let at = start;
  for (; at < start + 9; at++) {
    const sign = text[at]!;
    const value = sign === undefined ? undefined : chineseDigits[sign];
    if (value !== undefined) {
      if (digit !== null && digit !== 0) return null;
      digit = value;
      continue;
    }
    const scale = sign === '十' ? 10 : sign === '百' ? 100 : sign === '千' ? 1000 : 0;
    if (scale === 0 || scale >= lastScale || (scale !== 10 && digit === null)) break;
    // 千克, 千瓦: the unit begins here.
    if (scale === 1000 && /[克瓦米帕焦卡伏赫]/.test(text[at + 1] ?? '')) break;
    total += (digit ?? 1) * scale;
    digit = null;
    lastScale = scale;
  }
  if (at === start) return null;
  let value = total + (digit ?? 0);
  if (text[at] === '点') {
    const decimals = /^点([零〇一二三四五六七八九]{1,6})/.exec(text.slice(at, at + 7));
    if (decimals) {
      value += Number(`0.${[...decimals[1]!].map((sign) => chineseDigits[sign]).join('')}`);
      at += decimals[0].length;
    }
  }
  return { value, end: at };
}

function readMagnitude(text: string, start: number): { magnitude: number; end: number } {
  let at = start;
  if (text[at] === ' ' && /[万亿]/.test(text[at + 1] ?? '')) at++;
  for (const [written, magnitude] of magnitudes) {
    if (!text.startsWith(written, at)) continue;
    const end = at + written.length;
    const unit = readUnit(text, at);
    // 千克 and 万元 are units themselves.
    if (unit && unit.end > end) return { magnitude: 1, end: start };
    if (written === '千' && !/[次米吨个件元人台]/.test(text[end] ?? '')) return { magnitude: 1, end: start };
    return { magnitude, end };
  }
  return { magnitude: 1, end: start };
}

function readNumber(text: string, start: number): Number_ | 'identifier' | null {
  let at = start;
  let sign = 1;
  if (text.startsWith('零下', at)) {
    sign = -1;
    at += 2;
  } else if (text[at] === '-' || text[at] === '+') {
    if (text[at] === '-') sign = -1;
    at++;
  }
  const arabic = readArabic(text, at);
  if (arabic === 'identifier') return 'identifier';
  const number = arabic ?? readChinese(text, at);
  if (!number) return null;
  const { magnitude, end } = readMagnitude(text, number.end);
  // 2 times 1e4 in floating point is exact for what people write; decimals are rounded to 12 digits.
  const value = sign * (magnitude === 1 ? number.value : Number((number.value * magnitude).toPrecision(12)));
  return { value, end, magnitude };
}

function spaces(text: string, start: number, most = 2): number {
  let at = start;
  while (at - start < most && (text[at] === ' ' || text[at] === '\t')) at++;
  return at;
}

function readUnitAfter(text: string, end: number): { unit: Unit | null; end: number } {
  const at = spaces(text, end);
  const read = readUnit(text, at);
  return read ? { unit: read.unit, end: read.end } : { unit: null, end };
}

/** Where the run of characters that belong to a number or identifier ends. */
function endOfToken(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[\dA-Za-z]/.test(text[at]!)) at++;
  return Math.max(at, start + 1);
}

const rangeSign = /^ ?(?:~|-{1,2}|–|—{1,2}|――|至|到) ?(?=[-+±\d零一二两三四五六七八九十])/;
const fractions: readonly (readonly [string, number])[] = [
  ['百分之', 1e-2],
  ['千分之', 1e-3],
  ['万分之', 1e-4],
];
const percent = readUnit('%', 0)!.unit;

/** 百分之九十五, 百分之85, 千分之三: as a percentage. */
function readFraction(text: string, start: number): FigureRead | null {
  for (const [written, factor] of fractions) {
    if (!text.startsWith(written, start)) continue;
    const number = readNumber(text, start + written.length);
    if (number === null || number === 'identifier') return { figure: null, end: start + written.length };
    const value = Number((number.value * factor * 100).toPrecision(12));
    let max = value;
    let end = number.end;
    const sign = rangeSign.exec(text.slice(end, end + 5));
    if (sign) {
      let at = end + sign[0].length;
      if (text.startsWith(written, at)) at += written.length;
      const high = readNumber(text, at);
      if (high !== null && high !== 'identifier') {
        max = Number((high.value * factor * 100).toPrecision(12));
        end = high.end;
      }
    }
    return {
      figure: {
        start,
        end,
        form: max === value ? 'single' : 'range',
        min: value,
        max,
        unit: percent,
        proportion: false,
      },
      end,
    };
  }
  return null;
}

/**
 * Reads what stands at `start` of a folded text, where a digit, a sign before a digit, ±, a Chinese numeral or 百分之 is.
 * Time is bounded by the length of what is read, and the caller goes on at `end`.
 */
export function readFigure(text: string, start: number): FigureRead {
  const fraction = readFraction(text, start);
  if (fraction) return fraction;

  if (text[start] === '±') return readTolerance(text, start);
  let at = start;
  const open = text[start] === '(';
  if (open) at = spaces(text, at + 1);
  const first = readNumber(text, at);
  if (first === 'identifier') return { figure: null, end: skipIdentifier(text, at) };
  if (first === null) return { figure: null, end: start + 1 };

  const firstUnit = readUnitAfter(text, first.end);
  let end = firstUnit.end;
  const fail = { figure: null, end: Math.max(first.end, start + 1) } as const;

  // 30×40 mm, 300 mm×400 mm: sizes of things, no indicators.
  const product = /^ ?[×xX*] ?(?=\d)/.exec(text.slice(end, end + 4));
  if (product) return { figure: null, end: skipProduct(text, end) };

  // 850±10 ℃, 850 ℃±10 ℃, (850±10) ℃
  const plusMinus = /^ ?(?:±|\+\/-) ?(?=\d)/.exec(text.slice(end, end + 6));
  if (plusMinus) {
    const tolerance = readNumber(text, end + plusMinus[0].length);
    if (tolerance === null || tolerance === 'identifier') return fail;
    let after = readUnitAfter(text, tolerance.end);
    if (open && !after.unit) {
      const close = spaces(text, tolerance.end);
      if (text[close] !== ')') return fail;
      // (1.127±0.268)×10⁻³ mm²/s
      const scaled = matchAt(power, text, close + 1);
      const behind = close + 1 + (scaled ? scaled[0].length : 0);
      const scale = scaled ? 10 ** exponentOf(scaled) : 1;
      after = readUnitAfter(text, behind);
      const low = (first.value - tolerance.value) * scale;
      return done(
        start,
        after.unit ? after.end : behind,
        'range',
        low,
        (first.value + tolerance.value) * scale,
        after.unit,
      );
    } else if (open) {
      return fail;
    }
    const unit = after.unit ?? firstUnit.unit;
    const center = first.value;
    let spread = tolerance.value;
    if (firstUnit.unit && after.unit && firstUnit.unit.symbol !== after.unit.symbol) {
      // 10 mm±5 %: a relative tolerance; 10 mm±50 μm: another unit of the same dimension.
      if (after.unit.dimension === 'ratio') spread = Math.abs(center) * spread * after.unit.factor;
      else if (after.unit.dimension === firstUnit.unit.dimension)
        spread = (spread * after.unit.factor) / firstUnit.unit.factor;
      else return fail;
      return done(start, after.end, 'range', center - spread, center + spread, firstUnit.unit);
    }
    return done(start, after.end, 'range', center - spread, center + spread, unit);
  }

  // 800~1200 ℃, 5%~8%, 3~5万吨
  const sign = rangeSign.exec(text.slice(end, end + 5));
  if (sign) {
    const second = readNumber(text, end + sign[0].length);
    if (second !== null && second !== 'identifier') {
      let after = readUnitAfter(text, second.end);
      if (open && !after.unit) {
        const close = spaces(text, second.end);
        if (text[close] === ')') {
          after = readUnitAfter(text, close + 1);
          if (!after.unit) return fail;
        } else return fail;
      } else if (open) return fail;
      if (isIdentifierTail(text, after.end, after.unit)) return { figure: null, end: skipIdentifier(text, after.end) };
      const unit = after.unit ?? firstUnit.unit;
      if (after.unit || sign[0].trim() !== '到' || firstUnit.unit) {
        let low = first.value;
        const high = second.value;
        // The magnitude behind the second number holds for both: 3~5万吨, but not 5000~1万.
        if (second.magnitude > 1 && first.magnitude === 1 && low <= high / second.magnitude) {
          low = Number((low * second.magnitude).toPrecision(12));
        }
        if (firstUnit.unit && after.unit && firstUnit.unit.symbol !== after.unit.symbol) {
          if (firstUnit.unit.dimension !== after.unit.dimension) return fail;
          low = Number(
            ((low * firstUnit.unit.factor + firstUnit.unit.offset - after.unit.offset) / after.unit.factor).toPrecision(
              12,
            ),
          );
        }
        const next = after.end;
        if (/^ ?[×xX*] ?\d/.test(text.slice(next, next + 4))) return { figure: null, end: skipProduct(text, next) };
        return done(start, next, 'range', Math.min(low, high), Math.max(low, high), unit);
      }
    }
  }
  if (open) return { figure: null, end: start + 1 };

  // 40:1
  if (text[end] === ':' && !firstUnit.unit) {
    const other = /^: ?(\d{1,6}(?:\.\d{1,4})?)(?![\d.:])/.exec(text.slice(end, end + 14));
    if (other && Number(other[1]) !== 0) {
      const value = first.value / Number(other[1]);
      return {
        figure: {
          start,
          end: end + other[0].length,
          form: 'single',
          min: value,
          max: value,
          unit: null,
          proportion: true,
        },
        end: end + other[0].length,
      };
    }
  }
  // 1/100, 10/20
  if (!firstUnit.unit && text[end] === '/' && /\d/.test(text[end + 1] ?? ''))
    return { figure: null, end: skipProduct(text, end) };
  // 0.20/min: an inverse unit is not read.
  if (!firstUnit.unit && text[first.end] === '/') return { figure: null, end: first.end + 1 };
  if (isIdentifierTail(text, end, firstUnit.unit)) return { figure: null, end: skipIdentifier(text, end) };
  end = firstUnit.end;
  return done(start, end, 'single', first.value, first.value, firstUnit.unit);
}

function readTolerance(text: string, start: number): FigureRead {
  const number = readNumber(text, spaces(text, start + 1));
  if (number === null || number === 'identifier') return { figure: null, end: start + 1 };
  const unit = readUnitAfter(text, number.end);
  if (isIdentifierTail(text, unit.end, unit.unit)) return { figure: null, end: skipIdentifier(text, unit.end) };
  const spread = Math.abs(number.value);
  return done(start, unit.end, 'tolerance', -spread, spread, unit.unit);
}

function done(
  start: number,
  end: number,
  form: Figure['form'],
  min: number,
  max: number,
  unit: Unit | null,
): FigureRead {
  const round = (value: number) => Number(value.toPrecision(12));
  return { figure: { start, end, form, min: round(min), max: round(max), unit, proportion: false }, end };
}

/** A Latin letter right behind a number without a unit: 5G, 304L, 3D. */
function isIdentifierTail(text: string, end: number, unit: Unit | null): boolean {
  return unit === null && /[A-Za-z]/.test(text[end] ?? '');
}

function skipIdentifier(text: string, start: number): number {
  let at = endOfToken(text, start);
  while (at < text.length && /[.\-/]/.test(text[at]!) && /[\dA-Za-z]/.test(text[at + 1] ?? ''))
    at = endOfToken(text, at + 1);
  return at;
}

/** Behind 30×40×50 mm. */
function skipProduct(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[\d.×xX*/ ]/.test(text[at]!)) at++;
  return Math.max(at, start + 1);
}
