import type { Comparator } from './indicator-model.ts';

export interface SignReading {
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
  [/(?:小于|低于|少于|短于|不足|(?<!达)不到|薄于)$/, '<'],
];

const strongLinks =
  /(?:可?达到?了?|可?高达|低至|控制在|控制到|保持在|维持在|稳定在|稳定到|能达到?|仅为|只有|实测值?为?|平均为|仅|只)$/;

const weakLinks = /(?:[:：=]|约?为|是|在|介于|处于|:)$/;

export const upVerbs =
  '提高|提升|增加|增长|增强|扩大|上升|延长|加快|升高|加大|增大|增厚|(?<![公毫微每温])升|(?<![倍])增|涨';

export const downVerbs = '降低|减少|下降|缩短|节约|节省|减小|压缩|削减|缩小|(?<![沉压温电])降|(?<!衰)减|缩减|下跌';

const upChange = new RegExp(`(?:${upVerbs})(?:幅度|率|量|幅)?(?:了|至少|均)?$`);

const downChange = new RegExp(`(?:${downVerbs}|降幅|减幅)(?:幅度|率|量|幅)?(?:了|至少|均)?$`);

const upReached = new RegExp(`(?:${upVerbs}|提|增)(?:到了?|至|为|达到?)$`);

const downReached = new RegExp(`(?:${downVerbs})(?:到了?|至|为)$`);

const verbsOfChange = new RegExp(`^(?:${upVerbs}|${downVerbs}|幅度|率|量|了)*`);

export const isDownVerb = new RegExp(`^(?:${downVerbs})$`);

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
export function readSign(before: string): SignReading {
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

export interface Suffix {
  readonly comparator: Comparator | null;
  readonly approximate: boolean;
  readonly end: number;
}

/** 以上, 以内, 左右 behind the figure. */
export function readSuffix(text: string, end: number): Suffix {
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

/** Where the comparison sign begins, behind 应, 达到 and the like that stand before it. */
export function signEnd(window: string, sign: SignReading, windowStart: number): number {
  const stretch = window.slice(sign.at);
  const verbs = verbsOfChange.exec(stretch)![0].length;
  const links = /^(?:\s|应当?|须|需|要求?|可|能|均|都|达到?|为|在|控制|保持|维持|[到至:：=])*/.exec(
    stretch.slice(verbs),
  )![0];
  const skipped = verbs + links.length;
  return windowStart + sign.at + (skipped < stretch.trimEnd().length ? skipped : 0);
}
