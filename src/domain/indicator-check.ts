import { bareFigures } from './bare-figure.ts';
import { foldWidth } from './fold-width.ts';
import { type Indicator, parseIndicators } from './indicator.ts';
import { areKinNames, type NameLikeness, nameLikeness, polarityOf } from './indicator-name.ts';
import type { Evidence, IndicatorCheck, IndicatorVerdict } from './match.ts';
import { impliedNames, plainStatements } from './plain-statement.ts';
import { convert, unitOf } from './unit.ts';

/** One text field of a record. */
export interface IndicatorText {
  readonly field: string;
  readonly text: string;
}

/** An indicator with the field in which it stands. */
export interface FieldIndicator extends Indicator {
  readonly field: string;
  readonly evidence: Evidence;
}

/** Longest sentence that is shown, in UTF-16 units. */
const longestSentence = 240;

/** The sentence around a stretch of a text, with its offsets; very long ones are cut around the stretch. */
export function sentenceAround(field: string, text: string, start: number, end: number): Evidence {
  const isEnd = (at: number) =>
    /[。；;！!？?\n\r]/.test(text[at]!) || (text[at] === '.' && !/[\dA-Za-z]/.test(text[at + 1] ?? ' '));
  let from = start;
  while (from > 0 && start - from < longestSentence && !isEnd(from - 1)) from--;
  let to = end;
  while (to < text.length && to - from < longestSentence && !isEnd(to)) to++;
  if (to < text.length && isEnd(to) && !/[\n\r]/.test(text[to]!)) to++;
  while (from < start && /\s/.test(text[from]!)) from++;
  while (to > end && /\s/.test(text[to - 1]!)) to--;
  // Never between the halves of a surrogate pair.
  if (from > 0 && /[\udc00-\udfff]/.test(text[from]!) && /[\ud800-\udbff]/.test(text[from - 1]!)) from--;
  if (to < text.length && /[\udc00-\udfff]/.test(text[to]!) && /[\ud800-\udbff]/.test(text[to - 1]!)) to++;
  return { field, text: text.slice(from, to), start: from, end: to };
}

/** The indicators of all fields, each with its sentence. Parse a record once and compare it with many. */
export function indicatorsOf(fields: readonly IndicatorText[]): FieldIndicator[] {
  const found: FieldIndicator[] = [];
  for (const { field, text } of fields) {
    for (const indicator of parseIndicators(text)) {
      found.push({ ...indicator, field, evidence: sentenceAround(field, text, indicator.start, indicator.end) });
    }
  }
  return found;
}

/** Fields of a need that tell how things are, not how they shall be: only what is said as a demand is a target there. */
const presentFields: ReadonlySet<string> = new Set(['problem', 'background']);
/** What is fed in is given, not wanted. */
const givenConditions = /^(?:入口|进口|进料|进水|进气|原料|来料|原水|环境|现有|原)/;
const demand =
  /(?:要求|目标|指标|需要?达到|应(?!用|力|变|急|答)|希望|期望|预期|考核|不低于|不高于|不超过|不大于|不小于|以内|控制在)/;
const present = /(?:目前|现有|当前|现在|现状|原来|仅能|只能|只有|已(?:经|达|有|建)|最高(?:只|仅)|传统|常规|国外|进口)/;

/** The clause up to the end of the indicator: what stands before it between two commas. */
function clauseOf(indicator: FieldIndicator): string {
  const { text, start } = indicator.evidence;
  const before = text.slice(0, Math.max(0, indicator.start - start));
  const comma = Math.max(before.lastIndexOf('，'), before.lastIndexOf('：'), before.lastIndexOf(','));
  return before.slice(comma + 1) + indicator.written;
}

/** What a business earns, sells, pays and is paid back: no achievement of a laboratory is measured by it. */
const financial =
  /(?:毛利率?|净利率?|利润率?|利税|税收|税金|产值|销售额|销售收入|营业收入|营收|收入|收益率?|回报率|投资回收期|回收期|市场占有率|市占率|就业|经济效益|直接效益)$/;
/** Output of a year and sums of money in all: the plan of a business, where 处理成本≤2元/吨 is a property of the process. */
const businessScale = /(?:年产能|新增产能|达产|总产能)/;

const businessSum = /^(?:年|总|综合|生产|制造|运营|人工|采购|管理|财务)*(?:成本|费用|投资)$/;

function isBusiness({ name, dimension }: Pick<Indicator, 'name' | 'dimension'>): boolean {
  return financial.test(name) || businessScale.test(name) || (dimension === 'money' && businessSum.test(name));
}

/** Whether the need states the indicator as what it wants. */
export function isTarget(indicator: FieldIndicator): boolean {
  if (indicator.role !== 'stated' || givenConditions.test(indicator.name) || isBusiness(indicator)) return false;
  const bounded = indicator.comparator !== '=' && indicator.comparator !== '≈';
  if (presentFields.has(indicator.field)) return bounded && demand.test(clauseOf(indicator));
  if (indicator.field === 'description') {
    if (present.test(clauseOf(indicator)) && !demand.test(clauseOf(indicator))) return false;
    return bounded && (demand.test(indicator.evidence.text) || /[≥≤><≧≦＞＜±]/.test(indicator.figure));
  }
  // A bare figure is a target where something is reached or changed, not where a condition is described (压力130 g/cm²).
  if (!bounded && indicator.kind === 'value') {
    return (
      indicator.direction !== null ||
      /(?:达|控制|为|稳定|保持|[:：])/.test(indicator.written.slice(0, -indicator.figure.length))
    );
  }
  return true;
}

interface Interval {
  readonly min: number;
  readonly max: number;
  readonly minInclusive: boolean;
  readonly maxInclusive: boolean;
}

/** What is taken as allowed around a figure that is said to be approximate (约, 左右). */
const approximately = 0.05;

const isMagnitude = (name: string) => /(?:误差|偏差|精度|公差|波动|均匀性|漂移|跳动|不平度|色差)$/.test(name);

/** The values that satisfy a target. */
function wanted(target: Indicator): Interval | null {
  let { min, max } = target;
  const { minInclusive, maxInclusive } = target;
  if (target.comparator === '=' || target.comparator === '≈') {
    if (min === null || max === null) return null;
    // An amount of change, or a value reached from one side, is the least that is wanted.
    const way =
      target.kind === 'change'
        ? 1
        : target.direction === 'up'
          ? 1
          : target.direction === 'down'
            ? -1
            : polarityOf(target.name);
    if (way > 0) return { min, max: Number.POSITIVE_INFINITY, minInclusive: true, maxInclusive: true };
    if (way < 0) return { min: Number.NEGATIVE_INFINITY, max, minInclusive: true, maxInclusive: true };
    return target.comparator === '=' ? { min, max, minInclusive: true, maxInclusive: true } : null;
  }
  if (target.kind === 'change' && target.comparator === 'range') {
    // 降低20%～30% is fulfilled by the lower one.
    max = null;
  }
  if (target.comparator === '±' && isMagnitude(target.name)) min = null;
  return { min: min ?? Number.NEGATIVE_INFINITY, max: max ?? Number.POSITIVE_INFINITY, minInclusive, maxInclusive };
}

/** The values that an achievement's statement leaves open. */
function given(found: Indicator, name: string): Interval {
  let { min, max } = found;
  if (found.comparator === '≈' && min !== null && max !== null) {
    min -= Math.abs(min) * approximately;
    max += Math.abs(max) * approximately;
  }
  if (isMagnitude(name)) {
    // An error is a magnitude: ±0.05 mm states it, below 0.05 mm leaves it open down to 0.
    if (found.comparator === '±') min = max;
    else if (min === null) min = 0;
  }
  return {
    min: min ?? Number.NEGATIVE_INFINITY,
    max: max ?? Number.POSITIVE_INFINITY,
    minInclusive: found.minInclusive,
    maxInclusive: found.maxInclusive,
  };
}

/** Floating point after conversion: figures within one part in 10⁹ are the same. */
function near(a: number, b: number): boolean {
  if (a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** Whether every value that the achievement leaves open satisfies the target, none does, or it depends. */
function compareIntervals(need: Interval, has: Interval): IndicatorVerdict {
  const lowEnough = near(has.max, need.max) ? need.maxInclusive || !has.maxInclusive : has.max < need.max;
  const highEnough = near(has.min, need.min) ? need.minInclusive || !has.minInclusive : has.min > need.min;
  if (lowEnough && highEnough) return 'met';
  const above = near(has.min, need.max) ? !(need.maxInclusive && has.minInclusive) : has.min > need.max;
  const below = near(has.max, need.min) ? !(need.minInclusive && has.maxInclusive) : has.max < need.min;
  return above || below ? 'unmet' : 'unknown';
}

/** Whether a temperature is meant as a difference: its scale's zero point must stay out. */
function isDifference(indicator: Indicator): boolean {
  return (
    indicator.kind === 'change' ||
    indicator.comparator === '±' ||
    /(?:差|波动|精度|误差|均匀性|温升|漂移|升温|降温|过冷度|过热度)/.test(indicator.name)
  );
}

/** The achievement's figures in the need's unit; null where they cannot be compared. */
function inUnitOf(found: Indicator, target: Indicator): Indicator | null {
  if (found.dimension !== target.dimension) return null;
  if (!found.unit || !target.unit) return found.unit === target.unit ? found : null;
  const difference = isDifference(found) || isDifference(target);
  const from = found.unit;
  const to = target.unit;
  const turn = (value: number | null) => (value === null ? null : (convert(value, from, to, difference) ?? Number.NaN));
  return { ...found, min: turn(found.min), max: turn(found.max), unit: to };
}

/** The verdict on two statements of the same quantity, by their figures alone. */
export function compareFigures(target: Indicator, found: Indicator): IndicatorVerdict {
  if (target.kind !== found.kind || (target.kind === 'change' && target.direction !== found.direction))
    return 'unknown';
  const same = inUnitOf(found, target);
  const need = wanted(target);
  if (!same || !need) return 'unknown';
  return compareIntervals(need, given(same, target.name));
}

interface Candidate {
  readonly found: FieldIndicator;
  readonly score: number;
  readonly verdict: IndicatorVerdict;
  /** Why an otherwise clear verdict is not certain, in Chinese. */
  readonly doubt: string | null;
}

interface Titles {
  readonly need: string;
  readonly achievement: string;
}

const commonWords =
  /(?:技术|要求|达到|不低于|不超过|以上|以下|以内|左右|实现|采用|具有|指标|其中|系统|设备|生产|提高|降低|平均|公司|目前|可以|能够|处理|控制|研究|开发|产品|过程|工艺|条件|材料|方法|装置|应用|关键|高效|及其|一种)/g;

/** Dimensions in which an amount of change needs no base. */
const relative = /^(?:ratio|percentagePoint|multiple)$/;

const han = /[\u3400-\u9fff]/;

/** Whether two records speak of the same thing there: pairs of Chinese characters beside names of quantities and common words. */
function sharesSubject(need: FieldIndicator, found: FieldIndicator, titles: Titles): boolean {
  const strip = (one: FieldIndicator, title: string) =>
    `${foldWidth(title)} ${foldWidth(one.evidence.text)}`
      .replaceAll(one.name, ' ')
      .replace(/[\u4e00-\u9fff]{0,2}(?:率|度|量|力|时间|成本|寿命|周期|误差|偏差|功率|面积)/g, ' ')
      .replace(commonWords, ' ');
  const grams = new Set<string>();
  const left = strip(need, titles.need);
  for (let at = 0; at + 1 < left.length; at++)
    if (han.test(left[at]!) && han.test(left[at + 1]!)) grams.add(left.slice(at, at + 2));
  let shared = 0;
  const right = strip(found, titles.achievement);
  const counted = new Set<string>();
  for (let at = 0; at + 1 < right.length; at++) {
    const gram = right.slice(at, at + 2);
    if (grams.has(gram) && !counted.has(gram)) {
      counted.add(gram);
      shared++;
    }
  }
  return shared >= 2;
}

function mentions(text: string, word: string): boolean {
  return foldWidth(text).replace(/\s/g, '').toLowerCase().includes(word);
}

/** What is counted by the ton where its unit does not say so: 吨熟料运行成本1.9元 are 1.9 元/t. */
const byTheTon = /^(?:每吨|吨|单吨)(?=.)/;

function perTon<I extends Indicator>(indicator: I): I {
  const { name, unit } = indicator;
  if (!unit || !byTheTon.test(name) || unit.symbol.includes('/')) return indicator;
  const quotient = unitOf(`${unit.symbol}/t`);
  return quotient ? { ...indicator, unit: quotient, dimension: quotient.dimension } : indicator;
}

/** The word that has to be found in the other text: of 吨熟料 it is 熟料, for a figure by the ton says the rest. */
const wordOf = (unsaid: string): string => unsaid.replace(byTheTon, '');

function candidateOf(
  target: FieldIndicator,
  found: FieldIndicator,
  titles: Titles,
  likeness: NameLikeness = nameLikeness(target.name, found.name),
): Candidate | null {
  if (likeness.score < 0.6) return null;
  if (found.dimension !== target.dimension) {
    const asked = perTon(target);
    const said = perTon(found);
    if (said.dimension === asked.dimension && (asked !== target || said !== found)) {
      const same = candidateOf(asked, said, titles, likeness);
      return same && { ...same, found };
    }
  }
  const verdict = compareFigures(target, found);
  let doubt: string | null = null;
  let score = likeness.score;
  if (likeness.unsaid !== null) {
    const where =
      likeness.missingIn === 'achievement'
        ? found.evidence.text + titles.achievement
        : target.evidence.text + titles.need;
    if (mentions(where, wordOf(likeness.unsaid))) score = 0.85;
    else
      doubt =
        likeness.missingIn === 'achievement'
          ? `成果没有说明是“${likeness.unsaid}”的数值`
          : `成果说的是“${likeness.unsaid}”的数值，需求没有写明`;
  }
  if (
    likeness.condition !== null &&
    doubt === null &&
    !mentions(found.evidence.text, likeness.condition.toLowerCase())
  ) {
    doubt = `成果没有写明“${likeness.condition}”这一条件`;
  }
  if (likeness.vague && doubt === null && !sharesSubject(target, found, titles)) doubt = '两处说的不一定是同一对象';
  if (found.dimension !== target.dimension) {
    // 收率 and 收率 with units that cannot be compared: worth showing, no verdict.
    if (found.kind !== target.kind) return null;
    return { found, score: score - 0.3, verdict: 'unknown', doubt: '两处单位不能换算' };
  }
  if (found.kind !== target.kind) {
    return {
      found,
      score: score - 0.2,
      verdict: 'unknown',
      doubt:
        target.kind === 'change' ? '需求要求的是变化幅度，成果给出的是数值' : '需求要求的是数值，成果给出的是变化幅度',
    };
  }
  if (found.kind === 'change' && found.direction !== target.direction) return null;
  // 年节电3500万kWh and 吨钢节电12 kWh: amounts without a common base.
  if (found.kind === 'change' && !relative.test(found.dimension) && found.name !== target.name && doubt === null) {
    doubt = '变化量的基数不一定相同';
  }
  return { found, score, verdict, doubt };
}

const verdictWord: Readonly<Record<IndicatorVerdict, string>> = { met: '达到', unmet: '未达到', unknown: '无法判断' };
const changeWord = { up: '提高', down: '降低' } as const;

/** A name before a figure: a space only where letters or digits would run together. */
function join(name: string, figure: string): string {
  return /[A-Za-z0-9]$/.test(name) && /^[A-Za-z0-9]/.test(figure) ? `${name} ${figure}` : name + figure;
}

/** Name and figure for a sentence, on one line: as written where the writing names it, else name and figure. */
function say(indicator: Indicator): string {
  const written = indicator.written.replace(/\s+/g, ' ').trim();
  if (written.length <= 48 && foldWidth(written).includes(indicator.name)) return written;
  const word = indicator.kind === 'change' && indicator.direction ? changeWord[indicator.direction] : '';
  return join(indicator.name, word + indicator.figure.replace(/\s+/g, ' ').trim());
}

function sayFound(target: Indicator, found: Indicator): string {
  const figure = found.figure.replace(/\s+/g, ' ').trim();
  const word = found.kind === 'change' && found.direction ? changeWord[found.direction] : '';
  return found.name === target.name ? `${word}${figure}` : join(found.name, word + figure);
}

function checkOne(
  target: FieldIndicator,
  candidates: readonly Candidate[],
  texts: readonly IndicatorText[],
): IndicatorCheck {
  const stated = { name: target.name, target: { written: target.written, evidence: target.evidence } };
  const asked = `需求要求${say(target)}`;
  const best = candidates[0];
  if (!best) {
    return {
      ...stated,
      verdict: 'unknown',
      found: null,
      reason: isMentioned(target, texts)
        ? `${asked}，成果提到“${target.name}”，没有认出数值，请看原文或向成果方核实`
        : `${asked}，没有在成果里认出对应的数值，请看原文；没有的，向成果方核实`,
    };
  }
  const found = { written: best.found.written, evidence: best.found.evidence };
  const has = `成果为${sayFound(target, best.found)}`;
  if (best.doubt !== null)
    return { ...stated, verdict: 'unknown', found, reason: `${asked}，${has}，${best.doubt}，无法判断` };
  // Equally near statements that disagree leave the question open.
  const others = candidates.filter((one) => one !== best && one.doubt === null && one.score >= best.score - 0.05);
  const other = others.find((one) => one.verdict !== best.verdict && one.verdict !== 'unknown');
  if (best.verdict !== 'unknown' && other) {
    return {
      ...stated,
      verdict: 'unknown',
      found,
      reason: `${asked}，${has}，另一处为${sayFound(target, other.found)}，两处结论不同，无法判断`,
    };
  }
  if (best.verdict === 'unknown') {
    return { ...stated, verdict: 'unknown', found, reason: `${asked}，${has}，只说明了一部分，无法判断是否达到` };
  }
  return { ...stated, verdict: best.verdict, found, reason: `${asked}，${has}，${verdictWord[best.verdict]}` };
}

/** Whether the achievement speaks of it by this name, with or without a figure. */
function isMentioned({ name }: FieldIndicator, texts: readonly IndicatorText[]): boolean {
  return [...name].length >= 3 && texts.some(({ text }) => mentions(text, name.replace(/\s/g, '').toLowerCase()));
}

/** Targets that are checked at most, the first ones: a form has about twenty, and nobody reads more lines than this. */
const mostTargets = 60;

/**
 * Like `checkIndicators`, for texts that were parsed before. Titles help to tell of what a figure speaks; `texts` of the
 * achievement are looked through for what is asked for by name and was not read as an indicator of its own.
 */
export function compareIndicators(
  need: readonly FieldIndicator[],
  achievement: readonly FieldIndicator[],
  titles: Titles = { need: '', achievement: '' },
  texts: readonly IndicatorText[] = [],
): IndicatorCheck[] {
  const facts = achievement.filter((one) => one.role === 'stated');
  const checks: IndicatorCheck[] = [];
  let plain: readonly FieldIndicator[] | undefined;
  const seen = new Set<string>();
  for (const target of need) {
    if (!isTarget(target)) continue;
    const key = `${target.name} ${target.kind} ${target.direction} ${target.comparator} ${target.min} ${target.max} ${target.unit?.symbol}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > mostTargets) break;
    const candidatesAmong = (among: readonly FieldIndicator[]) =>
      among.flatMap((found) => candidateOf(target, found, titles) ?? []);
    let candidates = candidatesAmong(facts);
    if (candidates.length === 0) candidates = candidatesAmong(namedFacts(target, texts));
    if (candidates.length === 0) {
      plain ??= texts.flatMap(({ field, text }) => inField(field, text, plainStatements(text)));
      candidates = plain.flatMap((found) => plainCandidate(target, found, titles) ?? []);
    }
    // Best name first; among equals one with a clear verdict, then the order of the text.
    candidates.sort(
      (a, b) =>
        Number(a.doubt !== null) - Number(b.doubt !== null) ||
        b.score - a.score ||
        Number(a.verdict === 'unknown') - Number(b.verdict === 'unknown') ||
        0,
    );
    checks.push(checkOne(target, candidates, texts));
  }
  return groupedChecks(checks);
}

const inField = (field: string, text: string, found: readonly Indicator[]): FieldIndicator[] =>
  found
    .filter(({ role }) => role === 'stated')
    .map((one) => ({ ...one, field, evidence: sentenceAround(field, text, one.start, one.end) }));

/** What the texts state by the target's own name without a sign. */
function namedFacts(target: FieldIndicator, texts: readonly IndicatorText[]): FieldIndicator[] {
  return texts.flatMap(({ field, text }) => inField(field, text, bareFigures(target.name, text)));
}

/**
 * A plain statement as an answer to the target: by its own words or with the quantity that goes without saying, in one
 * dimension. Names that merely resemble each other are not enough here; a word that only one of them has must stand in the
 * other text, as must something of the subject where the quantity itself is not said.
 */
function plainCandidate(target: FieldIndicator, found: FieldIndicator, titles: Titles): Candidate | null {
  if (target.kind !== 'value' || [...target.name].length < 2) return null;
  if (perTon(found).dimension !== perTon(target).dimension) return null;
  let best: NameLikeness | null = null;
  for (const asked of impliedNames(target.name, target.dimension)) {
    for (const said of impliedNames(found.name, found.dimension)) {
      const likeness = likelyTheSame(asked, said, asked !== target.name || said !== found.name);
      if (likeness.score > (best?.score ?? 0)) best = likeness;
    }
  }
  return best && candidateOf(target, found, titles, best);
}

function likelyTheSame(asked: string, said: string, isImplied: boolean): NameLikeness {
  const likeness = nameLikeness(asked, said);
  const none = { ...likeness, score: 0 };
  if (likeness.unsaid !== null) {
    // 含量 alone is asked of everything, 回用率 of little.
    return [...likeness.unsaid].length < 2 || (isImplied && !said.endsWith('率')) ? none : likeness;
  }
  if (likeness.score < 0.9) return none;
  const vague = likeness.vague || isImplied;
  if (likeness.score === 1 || areKinNames(asked, said)) return { ...likeness, vague };
  for (const [long, short, missingIn] of [
    [said, asked, 'need'],
    [asked, said, 'achievement'],
  ] as const) {
    const unsaid = long.slice(0, -short.length);
    if (unsaid !== '' && long.endsWith(short)) return { ...likeness, vague, unsaid, missingIn };
  }
  return none;
}

/**
 * Targets that are one figure for several quantities (Cl⁻、Na⁺均≤1ppm) are told once, as a group, where the answer to all of
 * them is the same: the achievement says nothing of any.
 */
function groupedChecks(checks: readonly IndicatorCheck[]): IndicatorCheck[] {
  const grouped: IndicatorCheck[] = [];
  for (const check of checks) {
    const last = grouped.at(-1);
    const oneFigure =
      last !== undefined &&
      last.found === null &&
      check.found === null &&
      last.target.evidence.field === check.target.evidence.field &&
      last.target.evidence.start === check.target.evidence.start &&
      last.target.written.length > check.target.written.length &&
      last.target.written.endsWith(check.target.written);
    if (!oneFigure) {
      grouped.push(check);
      continue;
    }
    grouped[grouped.length - 1] = {
      ...last,
      name: `${last.name}、${check.name}`,
      reason: `需求要求${last.target.written.replace(/\s+/g, ' ').trim()}，没有在成果里认出这些数值，请看原文；没有的，向成果方核实`,
    };
  }
  return grouped;
}

/**
 * Every numeric target of a need beside what the achievement says of the same quantity: met, unmet or, whenever there is a
 * doubt about the quantity, its subject, its condition or its figure, unknown; each with one Chinese sentence. Field `title`
 * of either side helps to tell of what a figure speaks.
 */
export function checkIndicators(
  need: readonly IndicatorText[],
  achievement: readonly IndicatorText[],
): IndicatorCheck[] {
  const titleOf = (fields: readonly IndicatorText[]) => fields.find((one) => one.field === 'title')?.text ?? '';
  const titles = { need: titleOf(need), achievement: titleOf(achievement) };
  return compareIndicators(indicatorsOf(need), indicatorsOf(achievement), titles, achievement);
}
