import type { ExplanationView } from '../../../http/contract/dockets.ts';

export type Side = 'need' | 'achievement';
type Place = ExplanationView['needSentences'][number];

/** One marked stretch of a field, offsets into the field's own text. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: 'term' | 'sentence' | 'met' | 'unmet' | 'unknown';
  /** Of a term: its place among the shared terms, from 0. */
  readonly term?: number;
  /** What is read out and shown on pointing at it. */
  readonly title: string;
}

/** A stretch of text with everything that is marked on it. */
export interface Segment {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** A term of one character weighs little and stands everywhere: marked, it would only hide the others. */
export const isShownTerm = (term: string): boolean => term.length > 1;

/**
 * Every span of one side by field (`title`, `problem`, `keywords.3` …). `textOf` gives a field's text as it is shown: what an
 * explanation of an older version named and no longer stands there is left out, not marked in a wrong place.
 */
export function spansOf(
  explanation: ExplanationView,
  side: Side,
  textOf: (field: string) => string | undefined,
): ReadonlyMap<string, readonly Span[]> {
  const found = new Map<string, Span[]>();
  const add = (place: Place, span: Omit<Span, 'start' | 'end'>, start = place.start, end = place.end) => {
    const text = textOf(place.field);
    if (text === undefined || text.slice(place.start, place.start + place.text.length) !== place.text) return;
    const list = found.get(place.field) ?? [];
    found.set(place.field, list);
    list.push({ ...span, start, end });
  };
  for (const sentence of side === 'need' ? explanation.needSentences : explanation.achievementSentences) {
    // The title is in sight anyway.
    if (sentence.field !== 'title') add(sentence, { kind: 'sentence', title: '最能说明相关的句子' });
  }
  for (const { name, verdict, target, found: given, reason } of explanation.indicators) {
    const shown = side === 'need' ? target : given;
    if (!shown) continue;
    const within = shown.evidence.text.indexOf(shown.written);
    const start = shown.evidence.start + Math.max(0, within);
    const end = within < 0 ? shown.evidence.end : start + shown.written.length;
    add(shown.evidence, { kind: verdict, title: `指标“${name}”：${reason}` }, start, end);
  }
  explanation.terms.forEach(({ term, [side]: places }, index) => {
    if (!isShownTerm(term)) return;
    for (const place of places) {
      // A single character of a longer term points at nothing that anybody would look for.
      if (place.text.length > 1) add(place, { kind: 'term', term: index, title: `双方都有：${term}` });
    }
  });
  return found;
}

/** The text cut where any span begins or ends. */
export function segmentsOf(text: string, spans: readonly Span[]): readonly Segment[] {
  const inside = spans.filter(({ start, end }) => start >= 0 && end <= text.length && start < end);
  const cuts = [...new Set([0, text.length, ...inside.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  return cuts.slice(0, -1).map((from, i) => ({
    text: text.slice(from, cuts[i + 1]),
    spans: inside.filter(({ start, end }) => start <= from && end >= cuts[i + 1]!),
  }));
}
