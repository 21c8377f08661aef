import { Link } from 'react-router';
import { useCodes } from '../../parts/codes.ts';
import type { EntryCheck, EntryKind } from '../../parts/entry-calls.ts';
import { goToField } from '../../parts/form-field.tsx';
import { recordPath } from '../../parts/suggest-box.tsx';

/** How far the form is: what is missing, how clear it is and what would raise it, what says nearly the same already. */
export function CheckPanel({
  kind,
  check,
  labelOf,
}: {
  readonly kind: EntryKind;
  readonly check: EntryCheck | undefined;
  readonly labelOf: (name: string) => string;
}) {
  const codes = useCodes();
  if (!check) {
    return (
      <section className="card">
        <h2>填写情况</h2>
        <p className="quiet">写下名称和内容后，这里会说明还缺什么、怎样写得更清楚。</p>
      </section>
    );
  }
  const missing = [...new Set(check.missing)];
  return (
    <>
      <section className="card" aria-labelledby="missing-title">
        <h2 id="missing-title">{missing.length === 0 ? '必填项已填好' : `还差 ${missing.length} 项必填`}</h2>
        {missing.length > 0 ? (
          <ul className="missing-list">
            {missing.map((name) => (
              <li key={name}>
                <button type="button" className="link-button" onClick={() => goToField(name)}>
                  {labelOf(name)}
                </button>
              </li>
            ))}
          </ul>
        ) : null}
      </section>
      {check.clarity ? (
        <section className="card" aria-labelledby="clarity-title">
          <h2 id="clarity-title">
            写得有多清楚：<span className="clarity-score">{check.clarity.score}</span> 分
          </h2>
          <ul className="clarity-parts">
            {check.clarity.parts.map(({ code, label, points, most, advice }) => (
              <li key={code}>
                <div className="clarity-line">
                  <span>{label}</span>
                  <span className="quiet">
                    {points}/{most}
                  </span>
                </div>
                <div className="clarity-bar" aria-hidden>
                  <div data-full={points >= most} style={{ width: `${(points / most) * 100}%` }} />
                </div>
                {advice ? <p className="quiet">{advice}</p> : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {check.similar && check.similar.length > 0 ? (
        <section className="card similar" aria-labelledby="similar-title">
          <h2 id="similar-title">已有内容相近的记录</h2>
          <p className="quiet">请先看看是不是同一件事；是同一件的，请改那一条，不必再提交。</p>
          <ul className="similar-list">
            {check.similar.slice(0, 5).map((one) => (
              <li key={one.id}>
                <Link to={recordPath(kind, one.id)} target="_blank">
                  {one.title || '（没有名称）'}
                </Link>
                <span className="quiet">
                  {' '}
                  {codes.label('entryStates', one.state)} · 相同 {Math.round(one.likeness * 100)}%
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
