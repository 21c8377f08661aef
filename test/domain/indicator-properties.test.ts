import { expect } from 'chai';
import fc from 'fast-check';
import { formatIndicator, type Indicator, parseIndicators } from '../../src/domain/indicator.ts';
import { checkIndicators } from '../../src/domain/indicator-check.ts';
import { unitOf } from '../../src/domain/unit.ts';

const pieces = [
  ...'≥≤<>=±～~-—–:：，。；、（）()/·×.%‰℃ \n0123456789０１９一二三十百千万亿零两',
  ...[
    '不低于',
    '以上',
    '以下',
    '降低',
    '提高到',
    '由',
    '分别',
    '均',
    '的',
    '粒度',
    '能耗',
    '脱硝率',
    '温度',
    '百分之',
    'mg/m³',
    'kWh/t',
  ],
  ...[
    'MPa',
    '年',
    '次',
    '万元',
    '×10^',
    '⁻⁴',
    '1.5E4',
    'GB/T ',
    'D50',
    '２０２６',
    '𠮷',
    '\ud800',
    '\u0000',
    '__proto__',
    '条件下',
    '目前',
  ],
];
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);
const runs = { seed: 20, numRuns: 3000 };

describe('indicator properties', () => {
  it('never throws, and every offset points to what is written, in order and within the text', () => {
    fc.assert(
      fc.property(text, (value) => {
        for (const one of parseIndicators(value)) {
          expect(one.start).to.be.within(0, value.length);
          expect(one.end).to.be.within(one.start + 1, value.length);
          expect(value.slice(one.start, one.end)).to.equal(one.written);
          expect(value).to.include(one.figure);
          expect(one.name).to.match(/\p{L}/u);
          if (one.min !== null && one.max !== null) expect(one.min).to.be.at.most(one.max);
          expect(one.min === null && one.max === null).to.equal(false);
          for (const bound of [one.min, one.max]) if (bound !== null) expect(Number.isFinite(bound)).to.equal(true);
        }
      }),
      runs,
    );
  });

  it('checks any two texts without throwing, evidence pointing to each field', () => {
    fc.assert(
      fc.property(text, text, (need, achievement) => {
        for (const check of checkIndicators(
          [{ field: 'keyTechnology', text: need }],
          [{ field: 'abstract', text: achievement }],
        )) {
          const { target, found } = check;
          expect(need.slice(target.evidence.start, target.evidence.end)).to.equal(target.evidence.text);
          expect(target.evidence.text).to.include(target.written.trim());
          if (found) expect(achievement.slice(found.evidence.start, found.evidence.end)).to.equal(found.evidence.text);
          if (check.verdict !== 'unknown') expect(found).to.not.equal(null);
        }
      }),
      runs,
    );
  });

  it('width and neighbours do not change what is read', () => {
    const widen = (value: string) =>
      value.replace(/[0-9%A-Za-z]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
    for (const value of ['粒度≥67.5%', '电耗≤345kWh/t', '产量500～800t/a', '误差±0.02mm', '速度≥1.5m/s']) {
      const plain = parseIndicators(value)[0]!;
      const wide = parseIndicators(`前文。${widen(value)}。后文`)[0]!;
      expect([wide.comparator, wide.min, wide.max, wide.dimension]).to.deep.equal([
        plain.comparator,
        plain.min,
        plain.max,
        plain.dimension,
      ]);
    }
  });

  it('a formatted indicator is read back', () => {
    const names = [
      '粒度',
      '堆积密度',
      '抗压强度',
      '脱硝率',
      '综合电耗',
      '使用寿命',
      '处理能力',
      '表面粗糙度',
      '转化率',
      '响应时间',
    ];
    const units = ['%', 'MPa', 'kWh/t', '℃', 'μm', 'mg/m³', '万元/年', 'W/(m·K)', 't/a', 'r/min', '‰', 'h', '元/t'].map(
      (symbol) => unitOf(symbol)!,
    );
    const amount = fc.oneof(
      fc.integer({ min: 1, max: 99999 }),
      fc.integer({ min: 1, max: 99999 }).map((value) => value / 1000),
      fc.integer({ min: 1, max: 999 }).map((value) => value * 1e18),
      fc.integer({ min: 1, max: 999 }).map((value) => Number(`${value}e-12`)),
    );
    type Shape = Pick<Indicator, 'name' | 'kind' | 'comparator' | 'direction' | 'min' | 'max' | 'unit'>;
    const value: fc.Arbitrary<Shape> = fc
      .tuple(
        fc.constantFrom(...names),
        fc.constantFrom(...units),
        fc.constantFrom('≥', '≤', '>', '<', '=', 'range', '±', '≈' as const),
        amount,
        amount,
        fc.constantFrom('up' as const, 'down' as const, null),
      )
      .map(([name, unit, comparator, a, b, direction]) => {
        const kind = direction === null || comparator === '±' ? 'value' : 'change';
        const low = Math.min(a, b);
        const high = comparator === 'range' ? Math.max(a, b) + low : low;
        const bounds =
          comparator === '≥' || comparator === '>'
            ? { min: low, max: null }
            : comparator === '≤' || comparator === '<'
              ? { min: null, max: low }
              : comparator === '±'
                ? { min: -low, max: low }
                : { min: low, max: high };
        return {
          name,
          unit,
          kind,
          direction: kind === 'change' ? direction : null,
          comparator: comparator as never,
          ...bounds,
        };
      });
    fc.assert(
      fc.property(value, (shape) => {
        const written = formatIndicator(shape);
        const read = parseIndicators(written);
        expect(read, written).to.have.length(1);
        const one = read[0]!;
        expect([one.name, one.kind, one.comparator, one.direction, one.unit?.dimension], written).to.deep.equal([
          shape.name,
          shape.kind,
          shape.comparator,
          shape.direction,
          shape.unit?.dimension,
        ]);
        for (const side of ['min', 'max'] as const) {
          if (shape[side] === null) expect(one[side], written).to.equal(null);
          else expect(one[side]! / shape[side], written).to.be.closeTo(1, 1e-9);
        }
      }),
      { seed: 21, numRuns: 2000 },
    );
  });

  // No clock is asked: work that grows with the square of such texts would not end within the runner's own limit.
  const long = 120_000;
  const adversaries: readonly (readonly [string, string])[] = [
    ['digits', '1'],
    ['digits and commas', '111,'],
    ['digits and points', '1.'],
    ['digits and spaces', '111 '],
    ['digits and dashes', '1-'],
    ['digits and strokes', '1/'],
    ['digits and crosses', '1×'],
    ['digits and percent signs', '1%'],
    ['percentages in a row', '≥1%'],
    ['percentages in a list', '1%、'],
    ['parentheses', '('],
    ['parentheses with digits', '(1±'],
    ['closing parentheses', '1)'],
    ['Chinese numerals', '一百'],
    ['ten thousands', '1万亿'],
    ['particles', '的'],
    ['verbs', '提高'],
    ['comparison words', '不低于'],
    ['a name without end', '粒度'],
    ['names and figures', '粒度1%'],
    ['lists', '率、'],
    ['respectively', '甲、乙率分别为1%、'],
    ['from', '率由1%'],
    ['minus signs', '-'],
    ['plus-minus signs', '±'],
    ['letters', 'm'],
    ['units', '1kg/'],
    ['exponents', '10^-'],
    ['powers', '1×10⁻⁴'],
    ['white space', ' '],
    ['colons', '1:'],
    ['line breaks', '率1%\n'],
  ];
  for (const [what, piece] of adversaries) {
    it(`reads ${long} characters of ${what}`, function () {
      this.timeout(10_000);
      const value = `粒度≥67%。${piece.repeat(Math.ceil(long / piece.length))}`;
      const found = parseIndicators(value);
      expect(found[0]?.name).to.equal('粒度');
      expect(found.filter((one) => !value.startsWith(one.written, one.start))).to.deep.equal([]);
    });
  }
});
