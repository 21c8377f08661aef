import { expect } from 'chai';
import fc from 'fast-check';
import { convert, readUnit, unitOf, unitSpellings } from '../../src/domain/unit.ts';

const unit = (symbol: string) => {
  const found = unitOf(symbol);
  if (!found) throw new Error(`no unit: ${symbol}`);
  return found;
};

describe('unit', () => {
  const equal: readonly (readonly [number, string, number, string])[] = [
    [1, 'kg/t', 1000, 'g/t'],
    [1, 'MPa', 1, 'N/mm²'],
    [1, 'MPa', 1, 'N/mm2'],
    [10, 'bar', 1, 'MPa'],
    [1, 'GPa', 1000, '兆帕'],
    [25, '℃', 298.15, 'K'],
    [77, '°F', 25, '℃'],
    [2, '年', 24, '个月'],
    [1, '天', 24, '小时'],
    [1, '周', 7, 'd'],
    [3, '亿元', 30000, '万元'],
    [1.2, '万元/年', 1000, '元/月'],
    [5, '%', 50, '‰'],
    [0.5, '‰', 500, 'ppm'],
    [1, 'ppm', 1000, 'ppb'],
    [9, '成', 90, '%'],
    [1, 't/a', 1, '吨/年'],
    [24, 't/d', 1, '吨/小时'],
    [1, 'kWh/t', 3600, 'kJ/t'],
    [1, '千瓦时/吨', 1, 'kW·h/t'],
    [1, 'kgce/t', 1000, 'gce/t'],
    [1, 'kgce', 0.001, '吨标准煤'],
    [1, 'g/L', 1000, 'mg/L'],
    [1, 'mg/m³', 1, 'mg/Nm3'],
    [1, 'mg/m3', 1000, 'μg/m³'],
    [1, 'g/cm³', 1000, 'kg/m³'],
    [1.8, '克/立方厘米', 1800, 'kg/m3'],
    [1, 'μm', 1000, 'nm'],
    [1, 'um', 0.001, '毫米'],
    [1, '微米', 1, 'μm'],
    [60, 'r/min', 1, 'r/s'],
    [100, 'rpm', 100, '转/分'],
    [1, 'm/s', 3.6, 'km/h'],
    [1, 'kHz', 1000, 'Hz'],
    [1, 'S/cm', 100, 'S/m'],
    [1, 'Ω·cm', 0.01, 'Ω·m'],
    [1, 'W/(m·K)', 0.01, 'W/(cm·K)'],
    [1, 'W·m⁻¹·K⁻¹', 1, 'W/(m·K)'],
    [1, 'W·m-1·K-1', 1, 'W/(m·K)'],
    [1, 'mPa·s', 1, 'cP'],
    [1, 'kWh', 3.6, 'MJ'],
    [1, 'Ah', 1000, 'mAh'],
    [1, 'L/h', 0.001, 'm³/h'],
    [1, 'μg/mL', 1, 'mg/L'],
    [1, 'CFU/g', 1000, 'CFU/kg'],
    [1, 'm²/kg', 10, 'cm²/g'],
    [1, 'mg/100g', 10, 'mg/kg'],
    [15, '亩', 1, '公顷'],
    [1, 'kN', 1000, '牛'],
    [1, 'lm/W', 1, '流明/瓦'],
    [180, '°', Math.PI, 'rad'],
    [1, 'mol/L', 1000, 'mmol/L'],
    [1, 'T', 10000, 'Gs'],
    [1, 'ngTEQ/m³', 1000, 'pgTEQ/m³'],
    [1, '次/年', 1, '次/a'],
  ];
  for (const [a, from, b, to] of equal) {
    it(`${a} ${from} is ${b} ${to}`, () => {
      expect(convert(a, unit(from), unit(to))).to.be.closeTo(b, Math.abs(b) * 1e-9);
      expect(convert(b, unit(to), unit(from))).to.be.closeTo(a, Math.abs(a) * 1e-9);
    });
  }

  const apart: readonly (readonly [string, string])[] = [
    ['kg/t', '%'],
    ['kWh/t', 'kgce/t'],
    ['kg/t', 'kgce/t'],
    ['台', '套'],
    ['HV', 'HRC'],
    ['倍', '%'],
    ['个百分点', '%'],
    ['目', 'μm'],
    ['度', '℃'],
    ['度', 'kWh'],
    ['元', '美元'],
    ['dB', 'dB(A)'],
    ['次/(百台·月)', '次'],
    ['元/吨', '元'],
    ['t/a', 't'],
    ['kVA', 'kW'],
    ['ngTEQ/m³', 'ng/m³'],
    ['%RH', '%'],
    ['N·m', 'N/m'],
  ];
  for (const [a, b] of apart) {
    it(`${a} does not meet ${b}`, () => expect(convert(1, unit(a), unit(b))).to.equal(undefined));
  }

  it('takes a tolerance of temperature without the zero point', () => {
    expect(convert(2, unit('℃'), unit('K'), true)).to.equal(2);
    expect(convert(9, unit('°F'), unit('℃'), true)).to.be.closeTo(5, 1e-9);
    expect(unit('℃/h').offset).to.equal(0);
  });

  const none = [
    '5G',
    'mold',
    '成本',
    '级配',
    '个性',
    '年级',
    '家用',
    '转化',
    '粒径',
    '项目',
    '月',
    'a',
    '日',
    '',
    '素',
    'Hzz',
  ];
  for (const text of none)
    it(`reads no unit at the beginning of “${text}”`, () => expect(readUnit(text, 0)).to.equal(undefined));

  it('stops where the unit ends', () => {
    expect(readUnit('kWh/t（全废钢）', 0)).to.deep.include({ end: 5 });
    expect(readUnit('℃/85%RH', 0)?.unit.symbol).to.equal('℃');
    expect(readUnit('m/s时检出', 0)?.unit.symbol).to.equal('m/s');
    expect(readUnit('mW/cm2.其余', 0)?.unit.symbol).to.equal('mW/cm2');
    expect(readUnit('次/（百台·月）'.replace('（', '(').replace('）', ')'), 0)?.unit.symbol).to.equal('次/(百台·月)');
  });

  it('every spelling is a unit by itself and converts to itself', () => {
    for (const symbol of unitSpellings()) {
      const one = unit(symbol);
      expect(convert(7, one, one), symbol).to.equal(7);
      expect(one.factor, symbol).to.be.greaterThan(0);
    }
  });

  it('converting there and back gives the value', () => {
    const all = unitSpellings().map(unit);
    const pairs = all.flatMap((a) => all.filter((b) => a.dimension === b.dimension).map((b) => [a, b] as const));
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.boolean(),
        ([a, b], value, difference) => {
          const there = convert(value, a, b, difference)!;
          const scale = Math.abs(value) + 1000 * Math.max(1, b.factor / a.factor);
          expect(Math.abs(convert(there, b, a, difference)! - value)).to.be.lessThan(1e-9 * scale);
        },
      ),
      { seed: 11, numRuns: 500 },
    );
  });
});
