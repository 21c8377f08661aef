import { type Figure, readFigure } from './figure.ts';
import { chineseIsCertain, endOfIdentifier, figureStart, hardness, isDate, leadingUnit } from './figure-place.ts';
import { foldWidth } from './fold-width.ts';
import { isAccepted, isCount, isShareOfAll, isVerbChange, isWhere } from './indicator-acceptance.ts';
import { build, shareOut, withFurther } from './indicator-build.ts';
import { clauseEnd, clauseEndAfter, lastSentenceEnd } from './indicator-clause.ts';
import type { Indicator } from './indicator-model.ts';
import { nameAtEnd } from './indicator-name.ts';
import { listBefore, nameBehind, nameBesideComparison, resolveName } from './indicator-name-place.ts';
import {
  downVerbs,
  isDownVerb,
  readSign,
  readSuffix,
  type SignReading,
  type Suffix,
  signEnd,
  upVerbs,
} from './indicator-sign.ts';
import type { Unit } from './unit.ts';

export { type Comparator, formatIndicator, type Indicator } from './indicator-model.ts';

/** At most so many characters before a figure are read for its comparator and name. */
const reach = 64;

interface Pending {
  /** 由 … : name and figure from which a change begins. */
  readonly name: string;
  readonly nameStart: number;
  readonly end: number;
  readonly figure: Figure;
  /** 分别由: the names that wait for as many figures. */
  readonly names: readonly { readonly name: string; readonly start: number }[];
}

/**
 * The numeric indicators of a free Chinese text, in order of their place.
 *
 * Reads comparison signs and words (≥, 不低于, 以上, 控制在…以内), ranges, tolerances, powers of ten, 万 and 亿, full-width
 * digits, Chinese numerals where they are unambiguous, changes (降低15%以上), lists that share a figure (A、B均≥95%) or share
 * theirs out (A、B分别达到99%和98%). Leaves out dates, standard, model and telephone numbers, numbering, sizes (30×40), bare
 * counts, and everything without a name that can be read. Time grows with the length of the text.
 */
export function parseIndicators(text: string): Indicator[] {
  const scan: Scan = { text, folded: foldWidth(text), found: [], boundary: 0, at: 0, pending: null };
  const starts = /[\d±百千万零一二两三四五六七八九十]/g;
  while (scan.at < scan.folded.length) {
    starts.lastIndex = scan.at;
    const next = starts.exec(scan.folded);
    if (!next) break;
    const stretch = readStretch(scan, next.index, next[0]);
    if (stretch && !takeBeginning(scan, stretch) && !takeReached(scan, stretch)) takeNamed(scan, stretch);
  }
  return scan.found;
}

interface Scan {
  readonly text: string;
  readonly folded: string;
  readonly found: Indicator[];
  /** No name begins before it: the end of the last indicator. */
  boundary: number;
  /** Where reading goes on; only grows. */
  at: number;
  /** What stands between 由 and 降到. */
  pending: Pending | null;
}

/** A figure with what stands around it. */
interface Stretch {
  readonly figure: Figure;
  readonly start: number;
  readonly unit: Unit | null;
  /** Length of a hardness scale before the number. */
  readonly scale: number;
  /** The text between the last boundary and the figure, and its place. */
  readonly window: string;
  readonly windowStart: number;
  readonly sign: SignReading;
  readonly suffix: Suffix;
  /** `window` up to the sign. */
  readonly rest: string;
}

function take(scan: Scan, indicators: readonly (Indicator | null)[], end: number): void {
  for (const one of indicators) if (one) scan.found.push(one);
  scan.boundary = end;
  scan.at = Math.max(scan.at, end);
}

/** Reads the figure at `position` and its surroundings, and moves on behind it; null where there is none that could count. */
function readStretch(scan: Scan, position: number, first: string): Stretch | null {
  const { folded, boundary } = scan;
  scan.at = position + 1;
  if (/[百千万]/.test(first) && !/^[百千万]分之/.test(folded.slice(position, position + 3))) return null;
  const chinese = /[零一二两三四五六七八九十]/.test(first);
  if (first === '零' && folded[position + 1] === '下' && /\d/.test(folded[position + 2] ?? '')) {
    scan.at = position + 2;
    return null;
  }
  // Q235B, D50, T960: the digits belong to a name; pH9.5, Ra0.8 and HRC58 are told.
  const before = folded.slice(Math.max(0, position - 4), position);
  if (
    !chinese &&
    first !== '±' &&
    /[A-Za-z_#№₀-₉]$/.test(before) &&
    !leadingUnit.test(before) &&
    !/(?:^|[^A-Za-z])(?:pH|PH|Ra|Rz)$/.test(before)
  ) {
    scan.at = endOfIdentifier(folded, position);
    return null;
  }
  let start = figureStart(folded, position);
  if (
    folded[start - 1] === '(' &&
    /^\([-+]?\d[\d.,]{0,12} ?(?:±|~|-|–|—|至) ?[\d.]{1,12} ?\) ?[^\s\d，。；、)]/.test(
      folded.slice(start - 1, start + 34),
    )
  ) {
    start--;
  }
  start = Math.max(start, boundary);
  const read = readFigure(folded, start);
  scan.at = Math.max(read.end, position + 1);
  const figure = read.figure;
  if (!figure) return null;
  if (isDate(folded, figure, chinese)) {
    // 2026年6月 is read on as one date.
    const more = /^[年.\-/]?\d{1,2}(?:月(?:\d{1,2}日?)?|[.\-/]\d{1,2})?/.exec(
      folded.slice(figure.end, figure.end + 10),
    );
    if (more) scan.at = figure.end + more[0].length;
    return null;
  }
  if (chinese && !chineseIsCertain(folded, figure)) return null;
  // HV0.1≥850, P1.5/50≤2.3: a number that a sign follows belongs to the name.
  if (/^\s?(?:[≥≤<>≈]|=[^=])/.test(folded.slice(figure.end, figure.end + 3))) return null;

  const from = Math.max(boundary, start - reach);
  let window = folded.slice(from, start);
  const stop = lastSentenceEnd(window);
  window = window.slice(stop);
  const scale = figure.unit ? null : leadingUnit.exec(window);
  if (scale) window = window.slice(0, scale.index);
  const sign = readSign(window);
  return {
    figure,
    start,
    unit: scale ? hardness(scale[1]!) : figure.unit,
    scale: scale ? scale[0].length : 0,
    window,
    windowStart: from + stop,
    sign,
    suffix: readSuffix(folded, figure.end),
    rest: window.slice(0, sign.at),
  };
}

/** Takes the figure from which a change begins (由372 kWh/t …) off the text; whether it was one. */
function takeBeginning(scan: Scan, stretch: Stretch): boolean {
  const { text, folded } = scan;
  const { figure, sign, suffix, rest, windowStart } = stretch;
  const fromAt = sign.from ? rest.length : fromWithin(rest, folded, figure);
  if (fromAt < 0) return false;
  const named = nameAtEnd(rest.slice(0, fromAt));
  if (!named) return true;
  // 由372到334 was read as a range.
  if (figure.form === 'range' && sign.from && /[到至]/.test(folded.slice(figure.start, figure.end))) {
    const { first, last } = endsOfRange(folded, figure);
    const one = build(text, folded, {
      name: named.name,
      start: windowStart + named.start,
      figureStart: figure.start + folded.slice(figure.start, figure.end).search(/[到至]/) + 1,
      figure: { ...figure, form: 'single', min: last, max: last },
      unit: stretch.unit,
      sign: { ...sign, reached: last < first ? 'down' : 'up', comparator: null },
      suffix,
    });
    take(scan, [one], suffix.end);
    return true;
  }
  const last = { name: named.name, start: windowStart + named.start };
  const names = /分别/.test(rest.slice(named.end))
    ? [...listBefore(rest, named.start, named.name, windowStart), last]
    : [];
  let end = suffix.end;
  // 由58%、69%提高到: the other beginnings.
  for (let more = 1; more < names.length; more++) {
    const joint = /^ ?[、和,，] ?(?=\d)/.exec(folded.slice(end, end + 4));
    const other = joint && readFigure(folded, end + joint[0].length);
    if (!other?.figure) break;
    end = readSuffix(folded, other.figure.end).end;
  }
  scan.at = Math.max(scan.at, end);
  scan.pending = { name: named.name, nameStart: last.start, end, figure, names };
  return true;
}

/** Takes a value that was reached (… 降到334 kWh/t) with the name from before 由; whether it was one. */
function takeReached(scan: Scan, stretch: Stretch): boolean {
  const { text, folded, pending } = scan;
  const { figure, sign, suffix, start, window, windowStart } = stretch;
  if (!pending) return false;
  const between = folded.slice(pending.end, start);
  const follows =
    (sign.reached !== null || sign.link === 'strong') && between.length < 40 && !/[。；;\n]/.test(between);
  const joint = folded.slice(pending.end, windowStart + sign.at).replace(/[\s，,]+/g, '');
  if (!follows || joint.length > 8) {
    if (clauseEnd.test(between)) scan.pending = null;
    return false;
  }
  scan.pending = null;
  const way = figure.max < pending.figure.min ? 'down' : 'up';
  if (pending.names.length > 0) {
    const shared = shareOut(text, folded, pending.names, figure, { ...sign, reached: way }, suffix);
    if (shared) take(scan, shared.indicators, shared.end);
    else scan.at = Math.max(scan.at, clauseEndAfter(folded, scan.at));
    return true;
  }
  const one = build(text, folded, {
    name: pending.name,
    start: pending.nameStart,
    figureStart: sign.comparator || sign.better ? signEnd(window, sign, windowStart) : start,
    figure,
    unit: stretch.unit ?? pending.figure.unit,
    sign: { ...sign, reached: sign.reached ?? way },
    suffix,
  });
  take(scan, [one], suffix.end);
  return true;
}

/** Takes a figure with its own name, or leaves it. */
function takeNamed(scan: Scan, stretch: Stretch): void {
  const { text, folded } = scan;
  const { figure, suffix, start, unit, window, windowStart, rest } = stretch;
  let { sign } = stretch;
  let named = nameBesideComparison(rest, sign);
  if (named?.change) {
    // 产量高于对照30%: a change, and only where the figure is relative.
    if (!/^(?:ratio|multiple|percentagePoint)$/.test(unit?.dimension ?? '')) return;
    sign = { ...sign, change: named.change };
  }
  // 酶活达到12000U/mL，较出发菌株提高3.5倍: the subject is that of the clause before.
  const last = scan.found.at(-1);
  if (
    !named &&
    sign.change !== null &&
    sign.saved === null &&
    last &&
    /^\s?[，,]?\s?[比较]/.test(folded.slice(last.end, start))
  ) {
    const lead = folded.slice(last.end, start).search(/[比较]/) + last.end - windowStart;
    if (lead >= 0) named = { name: last.name, start: lead, end: lead, verb: null };
  }
  // 整车节能5%, 节电15%以上
  if (sign.saved !== null) {
    named = named
      ? { ...named, name: named.name + sign.saved }
      : { name: sign.saved, start: rest.length, end: rest.length, verb: null };
  }
  const explicit = sign.comparator !== null || sign.better || suffix.comparator !== null || figure.form === 'tolerance';
  // Named behind: 不低于90%的脱硝率.
  const behind = !named && explicit && !sign.negated ? nameBehind(folded, suffix.end) : null;
  const dimension = figure.proportion ? 'proportion' : (unit?.dimension ?? 'number');
  // 支持不少于10000个终端: what is counted stands behind.
  const things =
    named && sign.comparator !== null && isCount(dimension)
      ? /^[\u4e00-\u9fff]{2,8}?(?=[，。；;、,)）]|$|同时|并|和|与|的|以上|进行|接入|参与)/.exec(
          folded.slice(suffix.end, suffix.end + 12),
        )
      : null;
  if (things) {
    const from = signEnd(window, sign, windowStart);
    const end = suffix.end + things[0].length;
    take(
      scan,
      [build(text, folded, { name: things[0], start: from, figureStart: from, figure, unit, sign, suffix, end })],
      end,
    );
    return;
  }
  const name = behind?.name ?? (named ? resolveName(named.name, scan.found, folded, windowStart + named.start) : null);
  if (
    name === null ||
    !isAccepted(
      name,
      dimension,
      explicit,
      sign,
      suffix,
      figure,
      named?.verb ?? null,
      /^(?:后|之后|以后)/.test(folded.slice(suffix.end, suffix.end + 2)),
    ) ||
    isShareOfAll(name, folded, sign, suffix) ||
    isWhere(folded, windowStart + sign.at, figure, suffix)
  ) {
    if (sign.symbol) scan.boundary = suffix.end;
    return;
  }
  if (
    named?.verb &&
    sign.change === null &&
    sign.reached === null &&
    isVerbChange(named.name, dimension, sign, suffix)
  ) {
    sign = { ...sign, change: isDownVerb.test(named.verb) ? 'down' : 'up' };
  }
  const begin = windowStart + (named?.start ?? 0);
  const from = named
    ? begin - (sign.change !== null && named.verb !== null ? named.verb.length : 0)
    : signEnd(window, sign, windowStart);
  const figureStart =
    sign.comparator !== null || sign.better ? signEnd(window, sign, windowStart) : start - stretch.scale;

  // A、B分别达到99%和98%
  const between = named ? folded.slice(windowStart + named.end, start) : '';
  if (named && /分别/.test(between)) {
    const names = [...listBefore(rest, named.start, named.name, windowStart), { name: named.name, start: begin }];
    const shared = shareOut(text, folded, names, figure, sign, suffix);
    if (shared) take(scan, shared.indicators, shared.end);
    else scan.at = Math.max(scan.at, clauseEndAfter(folded, scan.at));
    return;
  }
  // 防效达到41.5%和40.3%: both hold, so the figure is all that lies between.
  const spread =
    !explicit && figure.form === 'single' && sign.change === null && !figure.proportion
      ? withFurther(folded, figure, suffix)
      : { figure, suffix };
  const names = [{ name, start: from }];
  if (named && /均|都|皆|全部/.test(between)) names.unshift(...listBefore(rest, named.start, name, windowStart));
  const end = behind?.end;
  const all = names.map((item) => build(text, folded, { ...item, ...spread, figureStart, unit, sign, end }));
  take(scan, all, Math.max(spread.suffix.end, end ?? 0));
}

/** Where 由 stands at some distance before the figure from which a change begins (由单炉的372 kWh/t降到); -1 where it does not. */
function fromWithin(rest: string, text: string, figure: Figure): number {
  const word = /[由从][^，。；、由从]{0,10}$/.exec(rest);
  if (!word) return -1;
  const changes = new RegExp(
    `^[^，。；\\d]{0,8}(?:${upVerbs}|${downVerbs}|改善|缩|提|增|变|优化)[^，。；\\d]{0,3}[到至为]`,
  ).test(text.slice(figure.end, figure.end + 16));
  return changes ? word.index : -1;
}

/** The first and last value of a range in the order in which they are written. */
function endsOfRange(text: string, figure: Figure): { first: number; last: number } {
  const first = Number.parseFloat(text.slice(figure.start, figure.end));
  const descending = Math.abs(first - figure.max) < Math.abs(first - figure.min);
  return descending ? { first: figure.max, last: figure.min } : { first: figure.min, last: figure.max };
}
