import type { Figure } from './figure.ts';
import { isQuantityName } from './indicator-name.ts';
import type { SignReading, Suffix } from './indicator-sign.ts';

/** Units that count things: said without a sign they are facts and no indicators. */
export function isCount(dimension: string): boolean {
  return dimension.startsWith('count:') && dimension !== 'count:次';
}

/** 动刚度在300Hz存在波谷: where something happens, no value. */
export function isWhere(folded: string, signStart: number, figure: Figure, suffix: Suffix): boolean {
  return (
    folded.slice(signStart, figure.start).trim() === '在' &&
    suffix.end === figure.end &&
    /^\s?[\u4e00-\u9fff]/.test(folded.slice(figure.end, figure.end + 2))
  );
}

/** 矿山90%以上都是井下开采, 水95%以上的: a share of things, no value of a quantity. */
export function isShareOfAll(name: string, folded: string, sign: SignReading, suffix: Suffix): boolean {
  if (sign.comparator !== null || sign.link !== 'none' || suffix.comparator === null) return false;
  return /^\s?[\u4e00-\u9fff]/.test(folded.slice(suffix.end, suffix.end + 2)) && !isQuantityName(name);
}

export function isAccepted(
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
    if (/pH$|PH$|pH值$/.test(name)) return true;
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
export function isVerbChange(name: string, dimension: string, sign: SignReading, suffix: Suffix): boolean {
  if (sign.link !== 'none' || sign.symbol) return false;
  if (dimension !== 'ratio' && dimension !== 'percentagePoint' && dimension !== 'multiple')
    return sign.comparator === null && suffix.comparator !== '≤';
  const ownPercent = /(?:率|含量|纯度|浓度|湿度|占比|品位|比例)$/.test(name);
  return sign.comparator === null || !ownPercent;
}
