import type { EntryKind } from './entry.ts';
import { formatIndicator } from './indicator.ts';
import { indicatorsOf, isTarget } from './indicator-check.ts';

/** One numeric indicator that was recognised in a text of a record, for its author to confirm. */
export interface StatedIndicator {
  /** The field in which it stands. */
  readonly field: string;
  /** Its plain spelling, `粒度≥67%`: what `notIndicators` of a need names it by. */
  readonly text: string;
  /** As it is written. */
  readonly written: string;
}

const fields = {
  need: ['keyTechnology', 'goal', 'problem', 'background'],
  achievement: ['abstract', 'advantage', 'scenario', 'maturityNote'],
} as const satisfies Readonly<Record<EntryKind, readonly string[]>>;

/** Nobody confirms more. */
const most = 60;

/**
 * The indicators that matching will read out of the texts: what a need asks for, what an achievement states; each once, in
 * the order of the form. What the author of a need took out is among them.
 */
export function statedIndicators(kind: EntryKind, content: Readonly<Record<string, unknown>>): StatedIndicator[] {
  const texts = fields[kind].flatMap((field) => {
    const text = content[field];
    return typeof text === 'string' ? [{ field, text }] : [];
  });
  const found = new Map<string, StatedIndicator>();
  for (const indicator of indicatorsOf(texts)) {
    if (kind === 'need' ? !isTarget(indicator) : indicator.role !== 'stated') continue;
    const text = formatIndicator(indicator);
    if (!found.has(text)) found.set(text, { field: indicator.field, text, written: indicator.written.trim() });
  }
  return [...found.values()].slice(0, most);
}
