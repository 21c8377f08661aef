import { expect } from 'chai';
import fc from 'fast-check';
import { bestStretch, highlightSpans, segmentsOf } from '../../src/domain/highlight.ts';

const marked = (text: string, words: readonly string[]): string =>
  segmentsOf(text, highlightSpans(text, words))
    .map((segment) => (segment.hit ? `[${segment.text}]` : segment.text))
    .join('');

describe('highlightSpans', () => {
  it('marks every place of every word in the original writing', () => {
    expect(marked('稀土抛光粉，回收抛光粉', ['抛光粉'])).to.equal('稀土[抛光粉]，回收[抛光粉]');
    expect(marked('臺灣的ＡＢＳ樹脂', ['abs', '台湾', '树脂'])).to.equal('[臺灣]的[ＡＢＳ樹脂]');
  });

  it('joins words that touch or overlap', () => {
    expect(marked('稀土抛光粉料', ['稀土', '抛光粉', '光粉', '粉料'])).to.equal('[稀土抛光粉料]');
    expect(highlightSpans('甲乙丙', ['甲', '乙'])).to.deep.equal([{ start: 0, end: 2 }]);
  });

  it('marks Latin words and numbers only whole', () => {
    expect(marked('alloy 与 Al 及 al2o3', ['al'])).to.equal('alloy 与 [Al] 及 al2o3');
    expect(marked('95%、1950、95MPa', ['95'])).to.equal('[95]%、1950、[95]MPa');
    expect(marked('5MPa 与 mpas', ['mpa'])).to.equal('5[MPa] 与 mpas');
    expect(marked('β-葡聚糖 和 beta', ['β-葡聚糖', 'bet'])).to.equal('[β-葡聚糖] 和 beta');
  });

  it('answers nothing for nothing', () => {
    expect(highlightSpans('', ['a'])).to.deep.equal([]);
    expect(highlightSpans('甲', ['', '乙'])).to.deep.equal([]);
    expect(highlightSpans('甲', [])).to.deep.equal([]);
  });

  it('treats words as text, not as patterns or keys', () => {
    expect(marked('c++ 与 __proto__ 与 $1.*', ['c++', '__proto__', '.*'])).to.equal('[c++] 与 [__proto__] 与 $1[.*]');
  });
});

describe('segmentsOf', () => {
  const text = fc
    .array(fc.constantFrom(...'甲乙丙丁ab，。😀é㎡臺軟'), { maxLength: 30 })
    .map((parts) => parts.join(''));
  const words = fc.array(fc.constantFrom('甲', '甲乙', '丙', 'ab', 'm2', '台', '软', '。'), { maxLength: 4 });

  it('gives back the text, pieces alternating and none empty', () => {
    fc.assert(
      fc.property(text, words, (original, asked) => {
        const segments = segmentsOf(original, highlightSpans(original, asked));
        expect(segments.map((segment) => segment.text).join('')).to.equal(original);
        for (const [index, segment] of segments.entries()) {
          expect(segment.text).not.to.equal('');
          if (index > 0) expect(segment.hit).not.to.equal(segments[index - 1]!.hit);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('cuts spans at the ends of a stretch', () => {
    const spans = [
      { start: 0, end: 2 },
      { start: 4, end: 8 },
    ];
    expect(segmentsOf('0123456789', spans, { start: 1, end: 6 })).to.deep.equal([
      { text: '1', hit: true },
      { text: '23', hit: false },
      { text: '45', hit: true },
    ]);
  });
});

describe('bestStretch', () => {
  const filler = '无关的文字。'.repeat(20);

  it('is the whole text where it is short, and nothing where no word stands in it', () => {
    expect(bestStretch('甲乙', [{ start: 0, end: 1 }], 10)).to.deep.equal({ start: 0, end: 2 });
    expect(bestStretch(filler, [], 10)).to.equal(undefined);
  });

  it('prefers different words to one word often', () => {
    const text = `粉粉粉粉。${filler}稀土与粉。${filler}`;
    const stretch = bestStretch(text, highlightSpans(text, ['粉', '稀土']), 20)!;
    expect(text.slice(stretch.start, stretch.end)).to.match(/^稀土与粉。/);
    expect(stretch.end - stretch.start).to.equal(20);
  });

  it('begins with the sentence where the words fit behind its beginning', () => {
    const text = `${filler}本成果用于稀土。${filler}`;
    const stretch = bestStretch(text, highlightSpans(text, ['稀土']), 30)!;
    expect(text.slice(stretch.start).startsWith('本成果用于稀土')).to.equal(true);
  });

  it('shows the beginning of a word that is longer than the stretch, and no half of a pair', () => {
    const text = `${filler}${'长'.repeat(50)}${filler}`;
    const stretch = bestStretch(text, [{ start: filler.length, end: filler.length + 50 }], 10)!;
    expect(stretch).to.deep.equal({ start: filler.length, end: filler.length + 10 });
    const pairs = `甲${'😀'.repeat(40)}`;
    const cut = bestStretch(pairs, [{ start: 0, end: 1 }], 10)!;
    expect(/\p{Surrogate}/u.test(pairs.slice(cut.start, cut.end))).to.equal(false);
  });
});
