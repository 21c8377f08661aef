import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseIndicators } from '../../src/domain/indicator.ts';
import { briefOf } from './indicator-brief.ts';

/**
 * 80 sentences in the style of real forms, labelled by hand with what a reader would put into a table of 名称, 比较符, 数值,
 * 单位, before the parser had read them; what it got wrong in general was mended afterwards, so the figures are no blind ones.
 * Comparator, figures, unit and role must be right; the name must be the label's or end with it (or the label with the name),
 * for how much of the subject belongs to a name (污水处理站出水COD, 出水COD) is a matter of taste. Both ways are printed.
 */
describe('indicator sample', () => {
  const sample = readFileSync(new URL('./indicator-sample.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { text: string; expected: string[] });

  const parts = (brief: string) => {
    const at = brief.search(/ [↑↓]?(?:[≥≤<>=≈±]|-?[\d.e-]+~)/);
    return { name: brief.slice(0, at), rest: brief.slice(at) };
  };
  const alike = (a: string, b: string) => {
    const one = parts(a);
    const other = parts(b);
    if (one.rest !== other.rest || Math.min(one.name.length, other.name.length) < 2) return a === b;
    return one.name.endsWith(other.name) || other.name.endsWith(one.name);
  };

  function measure(same: (a: string, b: string) => boolean) {
    let right = 0;
    let read = 0;
    let wanted = 0;
    const faults: string[] = [];
    for (const { text, expected } of sample) {
      const open = [...expected];
      wanted += expected.length;
      for (const brief of parseIndicators(text).map(briefOf)) {
        read++;
        const at = open.findIndex((label) => same(label, brief));
        if (at >= 0) {
          right++;
          open.splice(at, 1);
        } else faults.push(`+ ${brief} in ${text}`);
      }
      for (const missed of open) faults.push(`- ${missed} in ${text}`);
    }
    return { precision: right / read, recall: right / wanted, wanted, faults };
  }

  it('is read with a precision of 0.95 and a recall of 0.9 at least', () => {
    const exact = measure((a, b) => a === b);
    const { precision, recall, wanted, faults } = measure(alike);
    console.log(
      `      ${sample.length} sentences, ${wanted} indicators: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}` +
        ` (names to the letter: ${exact.precision.toFixed(3)}, ${exact.recall.toFixed(3)})`,
    );
    expect(sample).to.have.length(80);
    expect(wanted).to.be.greaterThan(150);
    expect(precision, faults.join('\n')).to.be.at.least(0.95);
    expect(recall, faults.join('\n')).to.be.at.least(0.9);
    expect(exact.precision, faults.join('\n')).to.be.at.least(0.9);
  });
});
