import { foldWidth } from './fold-width.ts';
import { parseIndicators } from './indicator.ts';
import type { Indicator } from './indicator-model.ts';
import { roleOf } from './indicator-role.ts';

/** Names that may stand in any sentence before any figure. */
const shortestName = 3;
/** What may stand between a name and a figure that states it. */
const link = /^\s*(?:为|是|达到?|可达|约|[:：])?\s*(?=\d)/;
/** Behind the figure: it is one of several, or a factor. */
const goesOn = /^\s*(?:[~～×*/^–—-]|至|到|±)/;

/**
 * Statements of a quantity that is asked for by this very name, with a figure right behind it and no sign between
 * (断网缓存24h): without the name to look for, such a stretch says nothing for sure. Offsets are of `text`.
 */
export function bareFigures(name: string, text: string): Indicator[] {
  if ([...name].length < shortestName) return [];
  const folded = foldWidth(text);
  const found: Indicator[] = [];
  for (let start = folded.indexOf(name); start >= 0; start = folded.indexOf(name, start + name.length)) {
    // A part of a longer name is another quantity.
    if (start > 0 && /[\p{L}\p{N}]/u.test(folded[start - 1]!)) continue;
    const behind = start + name.length;
    const between = link.exec(folded.slice(behind, behind + 8));
    if (!between) continue;
    const figureStart = behind + between[0].length;
    const asked = `${name}≥`;
    const [read] = parseIndicators(asked + folded.slice(figureStart, figureStart + 40));
    if (read?.start !== 0 || read.name !== name || read.comparator !== '≥' || read.min === null) continue;
    const end = figureStart + read.end - asked.length;
    if (goesOn.test(folded.slice(end, end + 4))) continue;
    found.push({
      ...read,
      comparator: '=',
      max: read.min,
      maxInclusive: true,
      role: roleOf(folded, start, end, figureStart),
      start,
      end,
      written: text.slice(start, end),
      figure: text.slice(figureStart, end),
    });
  }
  return found;
}
