import { useCodes } from '../../parts/codes.ts';
import { recordFields } from './record-fields.ts';
import type { RecordView } from './record-view.ts';

/** What a change would change: the published text beside the new one. */
export function RecordChanges({ record }: { readonly record: RecordView }) {
  const codes = useCodes();
  if (!record.published) return null;
  const flat = (content: RecordView['content']) => {
    const { texts, facts } = recordFields(record.kind, content, codes);
    return new Map(
      [{ label: '名称', text: content.title ?? '' }, ...texts, ...facts].map((line) => [line.label, line.text]),
    );
  };
  const before = flat(record.published.content);
  const after = flat(record.content);
  const labels = [...new Set([...before.keys(), ...after.keys()])].filter(
    (label) => before.get(label) !== after.get(label),
  );
  if (labels.length === 0) return <p className="quiet">没有可见的改动（可能只改了联系方式）。</p>;
  return (
    <div className="table-frame">
      <table className="changes">
        <thead>
          <tr>
            <th scope="col">改动</th>
            <th scope="col">已发布的</th>
            <th scope="col">改为</th>
          </tr>
        </thead>
        <tbody>
          {labels.map((label) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{before.get(label) ?? '（没有）'}</td>
              <td>{after.get(label) ?? '（删去）'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
