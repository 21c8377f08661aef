import { type Span, segmentsOf } from './evidence.ts';

const hues = 6;

/** A text with its evidence marked by colour and by underline; an emphasised term stands out on both sides. */
export function MarkedText({
  text,
  spans = [],
  emphasised,
}: {
  readonly text: string;
  readonly spans: readonly Span[] | undefined;
  readonly emphasised: number | null;
}) {
  let at = 0;
  return (
    <>
      {segmentsOf(text, spans).map((segment) => {
        const key = at;
        at += segment.text.length;
        if (segment.spans.length === 0) return segment.text;
        const classes = segment.spans.map(({ kind, term }) =>
          kind === 'term' ? `ev-term hue-${(term! % hues) + 1}${emphasised === term ? ' ev-now' : ''}` : `ev-${kind}`,
        );
        return (
          <mark
            key={key}
            className={`ev ${classes.join(' ')}`}
            title={segment.spans.map(({ title }) => title).join('；')}
          >
            {segment.text}
          </mark>
        );
      })}
    </>
  );
}
