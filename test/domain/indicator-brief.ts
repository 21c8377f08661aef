import type { Indicator } from '../../src/domain/indicator.ts';

/**
 * An indicator on one short line, for tables: `粒度 ≥67 %`, `温度 800~1200 ℃`, `尺寸精度 ±0.02 mm`, a change with an arrow
 * (`能耗 ↓≥15 %`), another role than `stated` behind (`SO₂ ≤35 mg/m³ condition`).
 */
export function briefOf(indicator: Indicator): string {
  const { comparator, min, max } = indicator;
  const arrow = indicator.kind === 'change' ? (indicator.direction === 'up' ? '↑' : '↓') : '';
  const value =
    comparator === 'range'
      ? `${min}~${max}`
      : comparator === '±'
        ? `±${max}`
        : `${comparator}${comparator === '≤' || comparator === '<' ? max : min}`;
  const unit = indicator.unit ? ` ${indicator.unit.symbol}` : '';
  return `${indicator.name} ${arrow}${value}${unit}${indicator.role === 'stated' ? '' : ` ${indicator.role}`}`;
}
