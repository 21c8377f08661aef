import { type Figure, readFigure } from './figure.ts';
import { foldWidth } from './fold-width.ts';
import { betterIsLess, isQuantityName, nameAtEnd } from './indicator-name.ts';
import type { Unit } from './unit.ts';

export type Comparator = '≥' | '≤' | '>' | '<' | '=' | 'range' | '±' | '≈';

/**
 * One numeric indicator of a text: what is measured, how it is bounded, and in which unit.
 * `kind: 'change'` is a relative statement (能耗降低15%以上): the figures are then the amount of the change.
 */
export interface Indicator {
  /** 名称 as written, width folded, without particles; of a list (A、B均≥95%) each has its own. */
  readonly name: string;
  readonly kind: 'value' | 'change';
  readonly comparator: Comparator;
  /** Of a change: which way. Of a value: from where it was reached (降到 is `down`), where the text says so. */
  readonly direction: 'up' | 'down' | null;
  /** In `unit`; null is unbounded. For ± without a centre they are minus and plus the tolerance. */
  readonly min: number | null;
  readonly max: number | null;
  readonly minInclusive: boolean;
  readonly maxInclusive: boolean;
  /** Null: a plain number. */
  readonly unit: Unit | null;
  /** Of the unit; `number` without one, `proportion` for a:b. */
  readonly dimension: string;
  /**
   * `condition`: holds where something else is measured (SO₂≤35 mg/m³条件下). `baseline`: what was before, or what others
   * have (目前…, 传统…). Both are no target and no result.
   */
  readonly role: 'stated' | 'condition' | 'baseline';
  /** UTF-16 offsets in the original text from the beginning of the name (or of the sign, where that is first) to the end. */
  readonly start: number;
  readonly end: number;
  /** `text.slice(start, end)`. */
  readonly written: string;
  /** The sign and the figure as written: `≥67%`, `不低于95%`, `72%`. */
  readonly figure: string;
}

/** At most so many characters before a figure are read for its comparator and name. */
const reach = 64;

interface SignReading {
  readonly comparator: Comparator | null;
  /** A word that joins name and figure without bounding it: 为, 达到, ：. */
  readonly link: 'none' | 'weak' | 'strong';
  /** 优于. */
  readonly better: boolean;
  readonly approximate: boolean;
  /** Where the sign begins in the text before the figure. */
  readonly at: number;
  /** A verb of change right before the figure, with its way. */
  readonly change: 'up' | 'down' | null;
  /** 降到, 提高至: the figure is the value reached. */
  readonly reached: 'up' | 'down' | null;
  /** 由, 从: the figure is where a change begins. */
  readonly from: boolean;
  readonly negated: boolean;
  /** The comparator is a sign (≥) and no word. */
  readonly symbol: boolean;
  /** What 节能, 节电 and 节水 lessen. */
  readonly saved: string | null;
}

const signs: readonly (readonly [RegExp, Comparator])[] = [
  [/(?:≥|>=|=>|≯=)$/, '≥'],
  [/(?:≤|<=|=<)$/, '≤'],
  [/≯$/, '≤'],
  [/≮$/, '≥'],
  [/>$/, '>'],
  [/<$/, '<'],
  [/(?:≈|≒)$/, '≈'],
  [/=$/, '='],
];
const comparatorWords: readonly (readonly [RegExp, Comparator])[] = [
  [
    /(?:不(?:应|得|能|宜|可)?(?:该|够)?(?:低|少|小|短|弱|亚|差|薄|轻|慢)于|不(?:得|能|应)少过|(?:大|高|多|长)于(?:或)?等于|至少(?:为|要|达到?)?|最少(?:为|要|达到?)?|起码)$/,
    '≥',
  ],
  [
    /(?:不(?:应|得|能|宜|可|允许)?(?:该|够)?(?:高|大|多|长|厚|重|晚|迟)于|(?:不|未|没有?)(?:应|得|能|宜|可)?(?:超过|超出|突破|超)|(?:小|低|少|短)于(?:或)?等于|至多(?:为)?|最多(?:为|不超过)?)$/,
    '≤',
  ],
  [/(?:超过|大于|高于|多于|长于|超出|突破了?|超)$/, '>'],
  [/(?:小于|低于|少于|短于|不足|不到|薄于)$/, '<'],
];
const strongLinks =
  /(?:可?达到?了?|可?高达|低至|控制在|控制到|保持在|维持在|稳定在|稳定到|能达到?|仅为|只有|实测值?为?|平均为|仅|只)$/;
const weakLinks = /(?:[:：=]|约?为|是|在|介于|处于|:)$/;
const upVerbs = '提高|提升|增加|增长|增强|扩大|上升|延长|加快|升高|加大|增大|增厚|(?<![公毫微每温])升|(?<![倍])增|涨';
const downVerbs = '降低|减少|下降|缩短|节约|节省|减小|压缩|削减|缩小|(?<![沉压温电])降|(?<!衰)减|缩减|下跌';
const upChange = new RegExp(`(?:${upVerbs})(?:幅度|率|量|幅)?(?:了|至少|均)?$`);
const downChange = new RegExp(`(?:${downVerbs}|降幅|减幅)(?:幅度|率|量|幅)?(?:了|至少|均)?$`);
const upReached = new RegExp(`(?:${upVerbs}|提|增)(?:到了?|至|为|达到?)$`);
const downReached = new RegExp(`(?:${downVerbs})(?:到了?|至|为)$`);
const verbsOfChange = new RegExp(`^(?:${upVerbs}|${downVerbs}|幅度|率|量|了)*`);
const isDownVerb = new RegExp(`^(?:${downVerbs})$`);
const savings: readonly (readonly [RegExp, string, 'up' | 'down'])[] = [
  [/节能(?:率|量)?(?:了|约)?$/, '能耗', 'down'],
  [/节电(?:率|量)?(?:了|约)?$/, '电耗', 'down'],
  [/节水(?:率|量)?(?:了|约)?$/, '水耗', 'down'],
  [/降本(?:了|约)?$/, '成本', 'down'],
  [/减重(?:了|约)?$/, '重量', 'down'],
  [/增产(?:了|约)?$/, '产量', 'up'],
];
const plainReached = /(?:(?:改善|优化|调整|做|变|转|改|缩|压|恢复)(?:到|至|为)|[到至])$/;

/** Reads backwards what stands between name and figure. */
function readSign(before: string): SignReading {
  let rest = before.replace(/[\s"”“|]+$/, '');
  let comparator: Comparator | null = null;
  let link: SignReading['link'] = 'none';
  let better = false;
  let approximate = false;
  let change: 'up' | 'down' | null = null;
  let reached: 'up' | 'down' | null = null;
  let symbol = false;
  let from = false;
  let negated = false;
  let saved: string | null = null;
  const strip = (pattern: RegExp): boolean => {
    const found = pattern.exec(rest);
    if (!found) return false;
    rest = rest.slice(0, found.index).replace(/[\s|]+$/, '');
    return true;
  };
  if (strip(/(?:大约|大概|约为|约|接近|将近|近|~)$/)) approximate = true;
  for (const [pattern, sign] of signs) {
    if (!strip(pattern)) continue;
    if (sign === '=') {
      link = 'strong';
    } else {
      comparator = sign;
      symbol = true;
    }
    break;
  }
  if (comparator === null) {
    for (const [pattern, sign] of comparatorWords) {
      if (!strip(pattern)) continue;
      comparator = sign;
      break;
    }
  }
  if (comparator === null && strip(/(?:不劣于|优于|好于|不差于)$/)) better = true;
  if (comparator !== null && strip(/(?:没有?|未能?|尚未|难以|无法)$/)) negated = true;
  if (strip(/(?:由|从|自)(?:目前|现在|原来|现有|原先|最初|当前|以前)?的?$/)) {
    from = true;
  } else if (strip(upReached)) {
    reached = 'up';
    link = 'strong';
  } else if (strip(downReached)) {
    reached = 'down';
    link = 'strong';
  } else if (comparator === null && strip(/(?:达不到|未达到?|没有达到|不能达到|难以达到|无法达到|尚未达到)$/)) {
    negated = true;
  } else if (strip(/(?:应|须|需|要|可|能|均|都)?(?:达到?了?|为|在|到|至|控制在|控制到|保持在|维持在|稳定在|要求)$/)) {
    const whole = before.slice(rest.length).trim();
    link = /达|控制|保持|维持|稳定|[到至]/.test(whole) ? 'strong' : 'weak';
    if (/(?:控制|保持|维持|稳定)$/.test(rest)) {
      rest = rest.slice(0, -2);
      link = 'strong';
    }
    if (plainReached.test(whole) && !/达/.test(whole)) link = 'strong';
    // 降幅达到15%, 提高幅度为15% are changes.
    if (/(?:幅度|降幅|增幅|降低率|减幅|涨幅)$/.test(rest)) {
      if (strip(/增幅|涨幅$/)) change = 'up';
      else if (downChange.test(rest)) change = 'down';
      else if (upChange.test(rest)) change = 'up';
      strip(change === 'down' ? downChange : upChange);
    } else if (new RegExp(`(?:${downVerbs})$`).test(rest) && /^[到至为]/.test(whole)) {
      reached = 'down';
      strip(new RegExp(`(?:${downVerbs})$`));
    }
  } else if (strip(strongLinks)) {
    link = 'strong';
  } else if (strip(weakLinks)) {
    link = 'weak';
  }
  for (const [pattern, quantity, way] of savings) {
    if (reached !== null || link !== 'none' || from || !strip(pattern)) continue;
    saved = quantity;
    change = way;
    break;
  }
  if (change === null && reached === null && link === 'none' && !from) {
    if (strip(/(?:增幅|涨幅)$/) || strip(upChange)) change = 'up';
    else if (strip(downChange)) change = 'down';
    else if (/(?:比|较|相比).{1,24}$/.test(rest)) {
      if (strip(/(?:高|多|长|快|大)(?:出|了)?$/)) change = 'up';
      else if (strip(/(?:低|少|短|慢|小|省)(?:了)?$/)) change = 'down';
    }
  }
  return { comparator, link, better, approximate, at: rest.length, change, reached, from, negated, symbol, saved };
}

interface Suffix {
  readonly comparator: Comparator | null;
  readonly approximate: boolean;
  readonly end: number;
}

/** 以上, 以内, 左右 behind the figure. */
function readSuffix(text: string, end: number): Suffix {
  const found =
    /^\s?(?:\(含\))?(?:及|或|和)?\s?(以上|之上|以下|之下|以内|之内|内(?=[,，。;；、)）\s]|$)|左右|上下|之间|范围内?|区间|以外|多(?=[，。；、个]|$)|以?上下)/.exec(
      text.slice(end, end + 9),
    );
  if (!found) return { comparator: null, approximate: false, end };
  const word = found[1]!;
  const to = end + found[0].length;
  if (word === '以上' || word === '之上' || word === '多')
    return { comparator: word === '多' ? '>' : '≥', approximate: false, end: to };
  if (word === '以下' || word === '之下' || word === '以内' || word === '之内' || word === '内') {
    return { comparator: '≤', approximate: false, end: to };
  }
  if (word === '左右' || word.endsWith('上下')) return { comparator: null, approximate: true, end: to };
  return { comparator: null, approximate: false, end: to };
}

/** Hardness scales stand before their number: HRC58～62, 硬度≥HV500. */
const leadingUnit = /(?<![A-Za-z])(HRC|HRA|HRB|HV|HBW|HB) ?$/;

const standardBefore =
  /(?:GB(?:\/T)?|GBZ|HJ(?:\/T)?|ISO(?:\/TS|\/IEC)?|IEC|IEEE|ASTM|DIN|JIS|EN|UL|HG(?:\/T)?|JB(?:\/T)?|YB(?:\/T)?|QB(?:\/T)?|SH(?:\/T)?|DL(?:\/T)?|NB(?:\/T)?|YY(?:\/T)?|NY(?:\/T)?|CJ(?:\/T)?|DB|JG[JT]?|T\/[A-Z]+|Q\/[A-Z]+|IATF|ZL|CN|PCT|RFC|No\.?|NO\.?|第|图|表|式|公式|附件|步骤|型号|编号|电话|邮编|牌号|批号) ?$/;

/** Units that count things: said without a sign they are facts and no indicators. */
function isCount(dimension: string): boolean {
  return dimension.startsWith('count:') && dimension !== 'count:次';
}

const baselineWords =
  /(?:目前|现有|当前|现在|现状|原来|原有|原先|改造前|此前|以往|过去|去年|前年|传统|常规|普通|对照|同类|一般(?=的?[\u4e00-\u9fff])|国外|进口|行业平均|市售|市场上|现行|现用|而常|往年)/;
/** In spite of such a word what follows is a goal or a result. */
const goalWords = /(?:要求|目标|达到|提高到|降到|降至|提高至|应|需|不低于|不高于|期望|希望|已|可)/;

const clauseEnd = /[，。；;！!？?\n\r]/;

/** Where the figure begins that stands at a digit, with a sign or a parenthesis before it taken in; -1 where it is no figure. */
function figureStart(text: string, at: number): number {
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
  if (standardBefore.test(folded.slice(Math.max(boundary, start - 8), start))) {
    scan.at = endOfIdentifier(folded, position);
    return null;
  }
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
      figureStart: figure.start,
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
    isShareOfAll(name, folded, sign, suffix)
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

type Beside = NonNullable<ReturnType<typeof nameAtEnd>> & { readonly change?: 'up' | 'down' };

/**
 * The name before a figure. Where something is compared with something else (能耗较现有水平降低15%, 产量高于对照30%), the name
 * is what stands before 较; what is compared with is no name.
 */
function nameBesideComparison(rest: string, sign: SignReading): Beside | undefined {
  // 容积的50%: a share of something.
  if (sign.comparator === null && sign.link === 'none' && sign.change === null && /的\s*$/.test(rest)) return undefined;
  const compared = /([比较](?![表容强重例热值功对高低大小好为])|高于|低于|优于|多于|少于)[^，。；,比较]{1,24}$/.exec(
    rest,
  );
  if (!compared || /(?:相|对|性|反|正|占|配|长径|硅|碳|料液|固液|信噪)$/.test(rest.slice(0, compared.index))) {
    return nameAtEnd(rest);
  }
  const before = nameAtEnd(rest.slice(0, compared.index));
  if (before && isQuantityName(before.name)) {
    const way = compared[1] === '低于' || compared[1] === '少于' ? 'down' : 'up';
    return compared[1]!.length === 1 || sign.change !== null ? before : { ...before, change: way };
  }
  const after = nameAtEnd(rest);
  // 比传统工艺能耗降低20%: what is compared with is left out by the name itself.
  return after && isQuantityName(after.name) && after.start > compared.index + 2 ? after : undefined;
}

/** 矿山90%以上都是井下开采, 水95%以上的: a share of things, no value of a quantity. */
function isShareOfAll(name: string, folded: string, sign: SignReading, suffix: Suffix): boolean {
  if (sign.comparator !== null || sign.link !== 'none' || suffix.comparator === null) return false;
  return /^\s?[\u4e00-\u9fff]/.test(folded.slice(suffix.end, suffix.end + 2)) && !isQuantityName(name);
}

/** Further figures of the same dimension that follow with 和 or 、: one range over all of them. */
function withFurther(folded: string, figure: Figure, suffix: Suffix): { figure: Figure; suffix: Suffix } {
  let whole = figure;
  let last = suffix;
  for (let count = 0; count < 8; count++) {
    const joint = /^ ?(?:、|和|与|及|以及|或) ?(?=\d)/.exec(folded.slice(last.end, last.end + 5));
    const other = joint && readFigure(folded, last.end + joint[0].length).figure;
    if (!other || other.proportion || other.form === 'tolerance') break;
    const unit = other.unit ?? figure.unit;
    if (whole.unit !== null && unit?.symbol !== whole.unit.symbol) break;
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

function hardness(symbol: string): Unit {
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

function endOfIdentifier(text: string, start: number): number {
  let at = start;
  while (
    at < text.length &&
    (/[\dA-Za-z]/.test(text[at]!) || (/[.\-/]/.test(text[at]!) && /\d/.test(text[at + 1] ?? '')))
  )
    at++;
  return Math.max(at, start + 1);
}

function lastSentenceEnd(window: string): number {
  for (let at = window.length - 1; at >= 0; at--) {
    if (/[。;；!！?？\n\r]/.test(window[at]!)) return at + 1;
  }
  return 0;
}

/** Where the comparison sign begins, behind 应, 达到 and the like that stand before it. */
function signEnd(window: string, sign: SignReading, windowStart: number): number {
  const stretch = window.slice(sign.at);
  const verbs = verbsOfChange.exec(stretch)![0].length;
  const links = /^(?:\s|应当?|须|需|要求?|可|能|均|都|达到?|为|在|控制|保持|维持|[到至:：=])*/.exec(
    stretch.slice(verbs),
  )![0];
  const skipped = verbs + links.length;
  return windowStart + sign.at + (skipped < stretch.trimEnd().length ? skipped : 0);
}

/** Where the clause ends, at most 80 characters on. */
function clauseEndAfter(text: string, start: number): number {
  let at = start;
  while (at < text.length && at - start < 80 && !clauseEnd.test(text[at]!)) at++;
  return at;
}

/** 2026年, 6月, 2020～2022年, 12日. */
function isDate(text: string, figure: Figure, chinese: boolean): boolean {
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
function chineseIsCertain(text: string, figure: Figure): boolean {
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

/** The noun behind 的: 不低于90%的脱硝率. */
function nameBehind(text: string, end: number): { name: string; end: number } | null {
  const found = /^ ?的([\p{L}\d]{2,14}?)(?=[，。；;、,)）]|$|达|要求|的|和|与)/u.exec(text.slice(end, end + 18));
  if (!found || !isQuantityName(found[1]!)) return null;
  return { name: found[1]!, end: end + found[0].length };
}

const qualifierWords =
  '出口|入口|进口|正面|背面|横向|纵向|轴向|径向|夏季|冬季|满载|空载|常温|高温|低温|峰值|最大|最小|最高|最低|平均|出水|进水|静态|动态';
const qualifiers = new RegExp(`^(?:${qualifierWords})$`);
const leadingQualifier = new RegExp(`^(?:${qualifierWords})`);
const leadingAge = /^-?\d+(?:\.\d+)?(?:~\d+)? ?(?:d|h|min|s|天|小时|年|个月|月|周|次|℃|°C|C|倍)(?:后|时|下)?/;
const age = /^-?\d+(?:\.\d+)?(?:~\d+)? ?(?:d|h|min|s|天|小时|年|个月|月|周|次|℃|°C|C|倍)(?:后|时|下)?$/;

/** A name that is only an age (28 d) or a place (出口) takes the rest from the indicator before it. */
function resolveName(name: string, found: readonly Indicator[], folded: string, start: number): string | null {
  const isAge = age.test(name);
  const isQualifier = qualifiers.test(name);
  if (!isAge && !isQualifier) return name;
  const last = found.at(-1);
  if (!last || start - last.end > 24 || /[。;；\n]/.test(folded.slice(last.end, start))) return isAge ? null : name;
  const lead = isAge
    ? /^.*?-?\d+(?:\.\d+)?(?:~\d+)? ?(?:d|h|min|s|天|小时|年|个月|月|周|次|℃|°C|C|倍)(?:后|时|下)?/.exec(last.name)
    : leadingQualifier.exec(last.name);
  if (!lead) return isAge ? null : name;
  const tail = last.name.slice(lead[0].length);
  return tail === '' ? name : name + tail;
}

function isAccepted(
  name: string,
  dimension: string,
  explicit: boolean,
  sign: SignReading,
  suffix: Suffix,
  figure: Figure,
  verb: string | null,
  isLed: boolean,
): boolean {
  if (sign.negated) return false;
  const latinOnly = /^[A-Za-zα-ωΑ-Ω][²A-Za-z0-9₀-₉']{0,2}$/.test(name);
  if (dimension === 'number' || dimension === 'proportion') {
    // P<0.05, n=16: statistics, not indicators.
    if (latinOnly && !/^(?:pH|PH|Ra|Rz|COP|IPF|EER)$/.test(name)) return false;
    if (dimension === 'proportion') return /比|倍率/.test(name);
    if (sign.symbol && sign.comparator !== null) return true;
    if (/pH$|PH$|pH值$/.test(name))
      return explicit || sign.link !== 'none' || figure.form !== 'single' || sign.approximate || true;
    if (sign.comparator !== null || suffix.comparator !== null || sign.better)
      return isQuantityName(name) && !/[量]$/.test(name);
    return (
      (sign.link !== 'none' || figure.form === 'range') &&
      /(?:系数|指数|因子|因数|圆度|SOC|比|值|色差|ΔE)$/.test(name) &&
      !/(?:产值|价值|比值)$/.test(name)
    );
  }
  if (
    latinOnly &&
    (dimension === 'ratio' || name.length === 1) &&
    !sign.symbol &&
    sign.link === 'none' &&
    !/^D\d/.test(name)
  )
    return false;
  if (sign.change !== null) return !isCount(dimension) || explicit;
  if (explicit) return true;
  if (isCount(dimension)) return false;
  const quantity = isQuantityName(name);
  if (sign.reached !== null) return true;
  if (sign.link === 'strong')
    return quantity || (dimension !== 'time' && dimension !== 'count:次' && dimension !== 'grade');
  // 降低能耗15%, 节约标煤1200吨
  if (verb !== null && dimension !== 'temperature' && dimension !== 'time') return true;
  // A bare figure: only what is surely a quantity, and not 循环1000次后.
  return quantity && !isLed;
}

/** 降低成本15%, 提高效率20%以上: the verb before the name makes the figure a change, unless the figure is the name's own value. */
function isVerbChange(name: string, dimension: string, sign: SignReading, suffix: Suffix): boolean {
  if (sign.link !== 'none' || sign.symbol) return false;
  if (dimension !== 'ratio' && dimension !== 'percentagePoint' && dimension !== 'multiple')
    return sign.comparator === null && suffix.comparator !== '≤';
  const ownPercent = /(?:率|含量|纯度|浓度|湿度|占比|品位|比例)$/.test(name);
  return sign.comparator === null || !ownPercent;
}

/** The other items of a list that shares one figure: A、B均≥95%. */
function listBefore(
  rest: string,
  nameStart: number,
  lastName: string,
  windowStart: number,
): { name: string; start: number }[] {
  const items: { name: string; start: number }[] = [];
  let end = nameStart;
  for (let count = 0; count < 8; count++) {
    const joint = /(?:、|和|与|及|以及)\s?$/.exec(rest.slice(0, end));
    if (!joint) break;
    const one = nameAtEnd(rest.slice(0, joint.index));
    const lastAge = leadingAge.exec(lastName);
    if (one && lastAge && age.test(one.name)) {
      items.unshift({ name: one.name + lastName.slice(lastAge[0].length), start: windowStart + one.start });
      end = one.start;
      continue;
    }
    // 横向、纵向拉伸强度
    const lastQualifier = leadingQualifier.exec(lastName);
    if (one && lastQualifier && qualifiers.test(one.name)) {
      items.unshift({ name: one.name + lastName.slice(lastQualifier[0].length), start: windowStart + one.start });
      end = one.start;
      continue;
    }
    if (!one || one.end < joint.index || /\d{2}/.test(one.name)) break;
    items.unshift({ name: withHead(one.name, lastName), start: windowStart + one.start });
    end = one.start;
  }
  return items;
}

/** 碳、硫含量: the first takes the head of the last. */
function withHead(name: string, last: string): string {
  if (isQuantityName(name)) return name;
  const head =
    /(?:去除率|回收率|浸出率|脱除率|转化率|收率|含量|浓度|纯度|强度|精度|误差|偏差|准确率|效率|率|度|量|值|力)$/.exec(
      last,
    );
  return head && head.index > 0 ? name + head[0] : name;
}

/** A、B分别达到99%和98%: names and figures are told off one by one; undefined where their counts differ. */
function shareOut(
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

function build(text: string, folded: string, parts: Parts): Indicator | null {
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

function roleOf(folded: string, start: number, end: number, figureStart: number): Indicator['role'] {
  const behind = folded.slice(end, end + 60);
  const after = /^[^，。；;：:\n]{0,60}/.exec(behind)?.[0] ?? '';
  if (
    /(?:条件下|情况下|工况下|环境下|状态下|前提下|作用下)/.test(after) ||
    /^\)?(?:时|下)(?=[，,:：]|[\u4e00-\u9fff])/.test(behind)
  ) {
    return 'condition';
  }
  let from = Math.max(0, start - 24);
  for (let at = start - 1; at >= from; at--) {
    if (clauseEnd.test(folded[at]!) || folded[at] === '：' || folded[at] === ':') {
      from = at + 1;
      break;
    }
  }
  // 目前…，…: what is at present, up to the end of the sentence or to what is wanted.
  const sentence = folded.slice(Math.max(0, start - 60), start);
  const now = sentence.slice(lastSentenceEnd(sentence));
  const present = /(?:目前|当前|现状|现阶段)/.exec(now);
  const told = present && now.slice(present.index);
  if (told && !goalWords.test(told) && !/(?:需|拟|将|研制|开发|改进后|改造后)/.test(told)) {
    if (!goalWords.test(folded.slice(start, figureStart))) return 'baseline';
  }
  const lead = folded.slice(from, figureStart);
  if (/^\s?当(?![量地前])/.test(lead)) return 'condition';
  const word = baselineWords.exec(lead);
  if (!word) return 'stated';
  const rest = lead.slice(word.index + word[0].length);
  // 比传统工艺降低, 较现有水平提高: the figure is the new one's.
  if (/[比较与和于]$/.test(lead.slice(0, word.index)) || /(?:降|减|缩|提高|提升|增|升|节)/.test(rest)) return 'stated';
  return goalWords.test(rest) ? 'stated' : 'baseline';
}

const directionWord = { up: '提高', down: '降低' } as const;

/** Twelve digits: more than anybody writes, fewer than floating point loses. */
function formatNumber(exact: number): string {
  const value = Number(exact.toPrecision(12));
  if (value !== 0 && (Math.abs(value) >= 1e15 || Math.abs(value) < 1e-6)) {
    const [mantissa, exponent] = value.toExponential().split('e');
    return `${mantissa}×10^${Number(exponent)}`;
  }
  return String(value);
}

/** The indicator in one plain spelling that `parseIndicators` reads back to the same bounds: `粒度≥67%`, `温度为800～1200℃`. */
export function formatIndicator(
  indicator: Pick<Indicator, 'name' | 'kind' | 'comparator' | 'direction' | 'min' | 'max' | 'unit'>,
): string {
  const unit = indicator.unit?.symbol ?? '';
  const { comparator, min, max, name } = indicator;
  const verb = indicator.kind === 'change' ? directionWord[indicator.direction ?? 'up'] : '';
  const low = min === null ? '' : formatNumber(min);
  const high = max === null ? '' : formatNumber(max);
  if (comparator === '≥' || comparator === '>') return `${name}${verb}${comparator}${low}${unit}`;
  if (comparator === '≤' || comparator === '<') return `${name}${verb}${comparator}${high}${unit}`;
  if (comparator === '±') return `${name}${verb}±${high}${unit}`;
  const link = verb || '为';
  if (comparator === 'range') return `${name}${link}${low}～${high}${unit}`;
  return `${name}${link}${comparator === '≈' ? '约' : ''}${low}${unit}`;
}
