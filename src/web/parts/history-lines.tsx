import { useCodes } from './codes.ts';
import { momentOf } from './times.ts';

interface HistoryLine {
  readonly at: string;
  readonly action: string;
  readonly to: string;
  readonly reason?: string | undefined;
}

/** The way of a record so far; `states` is the code table of its states. */
export function HistoryLines({
  history,
  states,
}: {
  readonly history: readonly HistoryLine[] | undefined;
  readonly states: string;
}) {
  const codes = useCodes();
  if (!history || history.length === 0) return null;
  return (
    <section className="card form-section no-print" aria-labelledby="history-title">
      <h2 id="history-title">经过</h2>
      <ol className="plain-list">
        {history.map((line) => (
          <li key={`${line.at}${line.action}`}>
            <span className="quiet">{momentOf(line.at)}</span> {codes.label(states, line.to)}
            {line.reason ? `：${line.reason}` : ''}
          </li>
        ))}
      </ol>
    </section>
  );
}
