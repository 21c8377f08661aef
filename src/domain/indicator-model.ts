import type { Unit } from './unit.ts';

export type Comparator = '≥' | '≤' | '>' | '<' | '=' | 'range' | '±' | '≈';

/**
 * One numeric indicator of a text: what is measured, how it is bounded, and in which unit.
 * `kind: 'change'` is a relative statement (能耗降低15%以上): the figures are then the amount of the change.
 */
export interface Indicator {
  /** 名称 as written, width folded, without particles; of a list (A、B均≥95%) each has its own. */
  readonly name: string;
  readonly kind: 'value' | 'change';
  readonly comparator: Comparator;
  /** Of a change: which way. Of a value: from where it was reached (降到 is `down`), where the text says so. */
  readonly direction: 'up' | 'down' | null;
  /** In `unit`; null is unbounded. For ± without a centre they are minus and plus the tolerance. */
  readonly min: number | null;
  readonly max: number | null;
  readonly minInclusive: boolean;
  readonly maxInclusive: boolean;
  /** Null: a plain number. */
  readonly unit: Unit | null;
  /** Of the unit; `number` without one, `proportion` for a:b. */
  readonly dimension: string;
  /**
   * `condition`: holds where something else is measured (SO₂≤35 mg/m³条件下). `baseline`: what was before, or what others
   * have (目前…, 传统…). Both are no target and no result.
   */
  readonly role: 'stated' | 'condition' | 'baseline';
  /** UTF-16 offsets in the original text from the beginning of the name (or of the sign, where that is first) to the end. */
  readonly start: number;
  readonly end: number;
  /** `text.slice(start, end)`. */
  readonly written: string;
  /** The sign and the figure as written: `≥67%`, `不低于95%`, `72%`. */
  readonly figure: string;
}

const directionWord = { up: '提高', down: '降低' } as const;

/** Twelve digits: more than anybody writes, fewer than floating point loses. */
function formatNumber(exact: number): string {
  const value = Number(exact.toPrecision(12));
  if (value !== 0 && (Math.abs(value) >= 1e15 || Math.abs(value) < 1e-6)) {
    const [mantissa, exponent] = value.toExponential().split('e');
    return `${mantissa}×10^${Number(exponent)}`;
  }
  return String(value);
}

/** The indicator in one plain spelling that `parseIndicators` reads back to the same bounds: `粒度≥67%`, `温度为800～1200℃`. */
export function formatIndicator(
  indicator: Pick<Indicator, 'name' | 'kind' | 'comparator' | 'direction' | 'min' | 'max' | 'unit'>,
): string {
  const unit = indicator.unit?.symbol ?? '';
  const { comparator, min, max, name } = indicator;
  const verb = indicator.kind === 'change' ? directionWord[indicator.direction ?? 'up'] : '';
  const low = min === null ? '' : formatNumber(min);
  const high = max === null ? '' : formatNumber(max);
  if (comparator === '≥' || comparator === '>') return `${name}${verb}${comparator}${low}${unit}`;
  if (comparator === '≤' || comparator === '<') return `${name}${verb}${comparator}${high}${unit}`;
  if (comparator === '±') return `${name}${verb}±${high}${unit}`;
  const link = verb || '为';
  if (comparator === 'range') return `${name}${link}${low}～${high}${unit}`;
  return `${name}${link}${comparator === '≈' ? '约' : ''}${low}${unit}`;
}
