import { type Figure, readFigure } from './figure.ts';
import type { Comparator, Indicator } from './indicator-model.ts';
import { betterIsLess } from './indicator-name.ts';
import { roleOf } from './indicator-role.ts';
import { readSuffix, type SignReading, type Suffix } from './indicator-sign.ts';
import type { Unit } from './unit.ts';

/** Further figures of the same dimension that follow with 和 or 、: one range over all of them. */
export function withFurther(folded: string, figure: Figure, suffix: Suffix): { figure: Figure; suffix: Suffix } {
  let whole = figure;
  let last = suffix;
  for (let count = 0; count < 8; count++) {
    const joint = /^ ?(?:、|和|与|及|以及|或) ?(?=\d)/.exec(folded.slice(last.end, last.end + 5));
    const other = joint && readFigure(folded, last.end + joint[0].length).figure;
    if (!other || other.proportion || other.form === 'tolerance') break;
    const { unit } = other;
    if (unit?.symbol !== whole.unit?.symbol) break;
    whole = {
      ...whole,
      form: 'range',
      unit,
      min: Math.min(whole.min, other.min),
      max: Math.max(whole.max, other.max),
      end: other.end,
    };
    last = readSuffix(folded, other.end);
  }
  return whole === figure ? { figure, suffix } : { figure: whole, suffix: last };
}

/** A、B分别达到99%和98%: names and figures are told off one by one; undefined where their counts differ. */
export function shareOut(
  text: string,
  folded: string,
  names: readonly { readonly name: string; readonly start: number }[],
  first: Figure,
  sign: SignReading,
  suffix: Suffix,
): { indicators: Indicator[]; end: number } | undefined {
  const figures = [{ figure: first, suffix }];
  let end = suffix.end;
  for (let count = 0; count < 8; count++) {
    const joint = /^ ?(?:、|，|,|和|与|及|以及) ?(?:不低于|不少于|不高于|不超过|≥|≤|>|<)?(?=[\d±])/.exec(
      folded.slice(end, end + 8),
    );
    if (!joint) break;
    const read = readFigure(folded, end + joint[0].length);
    if (!read.figure) break;
    const after = readSuffix(folded, read.figure.end);
    figures.push({ figure: read.figure, suffix: after });
    end = after.end;
  }
  if (figures.length !== names.length) return undefined;
  const lastUnit = figures.at(-1)!.figure.unit;
  const tail = figures.at(-1)!.suffix;
  const indicators: Indicator[] = [];
  for (const [index, { figure, suffix: own }] of figures.entries()) {
    const one = build(text, folded, {
      name: names[index]!.name,
      start: names[index]!.start,
      figureStart: figure.start,
      figure,
      unit: figure.unit ?? lastUnit,
      sign,
      suffix: own.comparator === null ? { ...own, comparator: tail.comparator } : own,
      end,
    });
    if (!one) return undefined;
    indicators.push(one);
  }
  return { indicators, end };
}

interface Parts {
  readonly name: string;
  readonly start: number;
  readonly figureStart: number;
  readonly figure: Figure;
  readonly unit: Unit | null;
  readonly sign: SignReading;
  readonly suffix: Suffix;
  readonly end?: number | undefined;
}

export function build(text: string, folded: string, parts: Parts): Indicator | null {
  const { figure, sign, suffix, unit } = parts;
  const end = parts.end ?? suffix.end;
  let unitRead = unit;
  // 循环2000周: cycles, not weeks.
  if (unitRead?.symbol === '周' && /循环|充放电|寿命试验/.test(parts.name)) {
    unitRead = { symbol: '周', dimension: 'count:次', factor: 1, offset: 0 };
  }
  let comparator: Comparator;
  let min: number | null = figure.min;
  let max: number | null = figure.max;
  let minInclusive = true;
  let maxInclusive = true;
  const bound =
    sign.comparator ??
    (sign.better ? (betterIsLess(parts.name) && !isHighPercent(figure, unitRead) ? '<' : '>') : null);
  const isApproximate = sign.approximate || suffix.approximate || bound === '≈';
  if (
    bound === '≥' ||
    bound === '>' ||
    (bound === null && suffix.comparator === '≥') ||
    (bound === null && suffix.comparator === '>')
  ) {
    comparator = bound ?? suffix.comparator!;
    max = null;
    minInclusive = comparator === '≥';
  } else if (
    bound === '≤' ||
    bound === '<' ||
    (bound === null && suffix.comparator === '≤' && figure.form !== 'tolerance')
  ) {
    comparator = bound ?? suffix.comparator!;
    if (figure.form === 'tolerance') {
      comparator = '±';
    } else {
      // 小于0.1~0.2 allows the upper one.
      min = null;
    }
    maxInclusive = comparator !== '<';
  } else if (figure.form === 'tolerance') {
    comparator = '±';
  } else if (figure.form === 'range' && min !== max) {
    comparator = 'range';
  } else {
    comparator = isApproximate ? '≈' : '=';
  }
  if (figure.form === 'range' && sign.link !== 'none' && bound === null && comparator === '≤') {
    // 在2.4～2.9 Ω内
    comparator = 'range';
    min = figure.min;
  }
  if (comparator === '≥' || comparator === '>') min = figure.form === 'tolerance' ? figure.max : figure.min;
  if (min !== null && max !== null && min > max) return null;
  if (!Number.isFinite(figure.min) || !Number.isFinite(figure.max)) return null;
  const kind = sign.change !== null ? 'change' : 'value';
  return {
    name: parts.name,
    kind,
    comparator,
    direction: sign.change ?? sign.reached,
    min,
    max,
    minInclusive,
    maxInclusive,
    unit: unitRead,
    dimension: figure.proportion ? 'proportion' : (unitRead?.dimension ?? 'number'),
    role: roleOf(folded, parts.start, end, parts.figureStart),
    start: parts.start,
    end,
    written: text.slice(parts.start, end),
    figure: text.slice(parts.figureStart, Math.max(suffix.end, parts.figureStart)),
  };
}

function isHighPercent(figure: Figure, unit: Unit | null): boolean {
  return unit?.symbol === '%' && figure.min >= 50;
}
