import './facts.css';

export interface FieldLine {
  readonly label: string;
  readonly text: string;
}

/** What is known of something, one line a fact. */
export function Facts({ lines }: { readonly lines: readonly FieldLine[] }) {
  return (
    <dl className="facts">
      {lines.map(({ label, text }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
