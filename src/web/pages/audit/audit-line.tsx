import type { Answer } from '../../api/client.ts';
import { momentOf } from '../../parts/times.ts';
import { auditKinds } from './audit-kinds.ts';

type Entry = Answer<'GET /api/v1/audit'>['items'][number];
type Fact = string | number | boolean | null;

const shown = (fact: Fact): string => {
  if (fact === null || fact === '') return '（空）';
  return typeof fact === 'boolean' ? (fact ? '是' : '否') : String(fact);
};

/** One entry; following a person or a record narrows the search to it. */
export function AuditLine({
  entry: { kind, action, at, by, from, subject, changed, facts, sequence, labels },
  onLook,
}: {
  readonly entry: Entry;
  readonly onLook: (change: Readonly<Record<string, string>>) => void;
}) {
  const [, label, tone] = auditKinds.find(([code]) => code === kind)!;
  const changes = Object.entries(changed);
  const more = Object.entries(facts);
  return (
    <li>
      <div className="line-title">
        <span>
          <span className={`tag ${tone}`}>{label}</span> <strong title={action}>{labels.action ?? action}</strong>
          {subject ? (
            <>
              {' '}
              <span title={subject.collection}>{labels.collection ?? subject.collection}</span>{' '}
              <button type="button" className="link" onClick={() => onLook({ recordId: subject.id })}>
                {subject.id}
              </button>
            </>
          ) : null}
        </span>
        <span className="quiet">
          {momentOf(at)} ·{' '}
          <button type="button" className="link" onClick={() => onLook({ by })}>
            {by}
          </button>
          {from.ip ? ` · ${from.ip}` : ''}
          {from.shell ? ` · 命令行 ${from.shell}` : ''} · 第 {sequence} 条
        </span>
        {changes.length > 0 ? (
          <div className="audit-frame">
            <table className="audit-changes">
              <thead>
                <tr>
                  <th scope="col">字段</th>
                  <th scope="col">改前</th>
                  <th scope="col">改后</th>
                </tr>
              </thead>
              <tbody>
                {changes.map(([field, pair]) => (
                  <tr key={field}>
                    <th scope="row" title={field}>
                      {labels.changed[field] ?? field}
                    </th>
                    {pair === null ? (
                      <td colSpan={2} className="quiet">
                        （有改动，内容不留）
                      </td>
                    ) : (
                      <>
                        <td>{shown(pair[0])}</td>
                        <td>{shown(pair[1])}</td>
                      </>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
        {more.length > 0 ? (
          <span className="quiet">
            {more
              .map(
                ([name, value]) =>
                  `${labels.facts[name] ?? name}：${Array.isArray(value) ? value.map(shown).join('、') : shown(value as Fact)}`,
              )
              .join('；')}
          </span>
        ) : null}
      </div>
    </li>
  );
}
