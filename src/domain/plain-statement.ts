import { readFigure } from './figure.ts';
import { foldWidth } from './fold-width.ts';
import type { Comparator, Indicator } from './indicator-model.ts';
import { isQuantityName, nameAtEnd } from './indicator-name.ts';
import { roleOf } from './indicator-role.ts';

/** A phrase, and right behind it a figure. */
const figureBehind = /[\u4e00-\u9fffA-Za-z₀-₉⁺⁻)](\s?(?:为|是|达到?|可达|约|仅|[:：])?\s?)(?=\d)/gu;
/** Behind the figure: it is a size or a factor, or goes on as a unit that was not read. */
const goesOn = /^\s*[×*^]/;
const bounds: readonly (readonly [RegExp, Comparator])[] = [
  [/^\s?(?:以上|及以上|或以上)/, '≥'],
  [/^\s?(?:以下|以内|及以下|之内)/, '≤'],
  [/^\s?(?:左右|上下)/, '≈'],
];
/** How far before a figure its name may begin. */
const longestLead = 40;

/** What a phrase without the name of a quantity is a quantity of, by the dimension of its figure (碘88% is 碘率 or 碘含量). */
const impliedHeads: Readonly<Record<string, readonly string[]>> = {
  ratio: ['率', '含量', '比例'],
  'ratio of mass': ['含量'],
  'length^-3·mass': ['含量', '浓度'],
  time: ['时间'],
  temperature: ['温度'],
};

/** The names under which a phrase with a figure of this dimension may be meant: itself, or with the quantity that goes without saying. */
export function impliedNames(name: string, dimension: string): readonly string[] {
  if (isQuantityName(name)) return [name];
  return [name, ...(impliedHeads[dimension] ?? []).map((head) => name + head)];
}

/**
 * Every phrase with a figure right behind it and no sign between (总砷1.9 mg/kg, 改造停窑12～15 d), whether or not the phrase is
 * the name of a quantity. Most say nothing by themselves: they are looked through for what somebody asks by name. Changes
 * (提高12%) and figures without a unit are left out. Offsets are of `text`.
 */
export function plainStatements(text: string): Indicator[] {
  const folded = foldWidth(text);
  const found: Indicator[] = [];
  for (const { index, 0: all, 1: link } of folded.matchAll(figureBehind)) {
    const figureStart = index + all.length;
    const nameEnd = figureStart - link!.length;
    const from = Math.max(0, nameEnd - longestLead);
    const named = nameAtEnd(folded.slice(from, nameEnd));
    // What was trimmed off the end is no link that is known here.
    if (!named || named.verb !== null || named.end !== nameEnd - from || [...named.name].length < 2) continue;
    if (/[由从至到自]$/.test(named.name)) continue;
    const { figure } = readFigure(folded, figureStart);
    if (!figure?.unit || figure.proportion || figure.form === 'tolerance') continue;
    if (goesOn.test(folded.slice(figure.end, figure.end + 3))) continue;
    const behind = folded.slice(figure.end, figure.end + 4);
    const bound = bounds.find(([words]) => words.test(behind));
    const comparator = bound?.[1] ?? (link?.includes('约') ? '≈' : figure.form === 'range' ? 'range' : '=');
    const end = figure.end + (bound ? bound[0].exec(behind)![0].length : 0);
    const start = from + named.start;
    found.push({
      name: named.name,
      kind: 'value',
      comparator,
      direction: null,
      min: comparator === '≤' ? null : figure.min,
      max: comparator === '≥' ? null : figure.max,
      minInclusive: true,
      maxInclusive: true,
      unit: figure.unit,
      dimension: figure.unit.dimension,
      role: roleOf(folded, start, end, figureStart),
      start,
      end,
      written: text.slice(start, end),
      figure: text.slice(figureStart, end),
    });
  }
  return found;
}
