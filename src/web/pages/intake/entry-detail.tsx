import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { Link } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { recordPath } from '../../parts/suggest-box.tsx';
import { LoadedRecord, useRecord } from '../record/record-page.tsx';
import type { RecordView } from '../record/record-view.ts';

/** A record that waits for publication, with what its examiner wants to know: what resembles it, what is missing. */
export function EntryDetail({
  kind,
  id,
  onDone,
}: {
  readonly kind: 'need' | 'achievement';
  readonly id: string;
  readonly onDone: () => void;
}) {
  const { data, error, refetch } = useRecord(kind, id);
  if (error) {
    return isProblem(error, 404) ? (
      <p>没有这条记录，可能已经撤回。</p>
    ) : (
      <ProblemAlert error={error} onRetry={() => void refetch()} />
    );
  }
  if (!data) return <Skeleton active paragraph={{ rows: 12 }} />;
  return (
    <>
      <LoadedRecord record={data} queue={{ onDone }} />
      <Checked record={data} />
    </>
  );
}

function Checked({ record }: { readonly record: RecordView }) {
  const codes = useCodes();
  const { kind, id, version } = record;
  const { data, error, refetch } = useQuery({
    queryKey: ['checked', kind, id, version],
    queryFn: (): Promise<Answer<'POST /api/v1/needs/check'>> =>
      record.kind === 'need'
        ? call('POST /api/v1/needs/check', { body: { id, content: record.content } })
        : call('POST /api/v1/achievements/check', { body: { id, content: record.content } }),
    staleTime: 60_000,
  });
  return (
    <section className="card" aria-label="核对">
      <h2>核对</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        <>
          {data.faults.length > 0 ? (
            <ul className="problem-list">
              {data.faults.map(({ field, label, reason, mend }) => (
                <li key={`${field}${reason}`}>
                  <strong>{label}</strong>：{reason}。{mend}
                </li>
              ))}
            </ul>
          ) : null}
          {data.similar === null ? (
            <p className="quiet">搜索暂时不可用，没有查内容相近的记录。</p>
          ) : data.similar.length === 0 ? (
            <p className="quiet">没有内容相近的已有记录。</p>
          ) : (
            <>
              <h3>内容相近的已有记录</h3>
              <ul>
                {data.similar.map((one) => (
                  <li key={one.id}>
                    <Link to={recordPath(one.kind, one.id)}>{one.title}</Link>{' '}
                    <span className="quiet">
                      相同 {Math.round(one.likeness * 100)}% · {codes.label('entryStates', one.state)}
                      {one.organisationId !== null && one.organisationId === record.organisationId ? ' · 同一单位' : ''}
                    </span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      ) : error ? null : (
        <Skeleton active title={false} paragraph={{ rows: 2 }} />
      )}
    </section>
  );
}
