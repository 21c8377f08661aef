import { DownloadOutlined, EditOutlined, PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf, weekName } from '../../parts/times.ts';
import { MeetingForm } from './meeting-form.tsx';
import { minutesKey } from './minutes-key.ts';
import { MinutesPaper } from './minutes-paper.tsx';
import './minutes.css';

export function MinutesPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <OneWeek />
    </ForRoles>
  );
}

/** The minutes of one weekly review: written, read, printed, taken as a Word file. */
function OneWeek() {
  const { week = '' } = useParams();
  const [editing, setEditing] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: minutesKey(week),
    queryFn: () => call('GET /api/v1/dockets/{week}/minutes', { params: { week } }),
  });
  usePageTitle(`${weekName(week)}会议纪要`);
  if (isProblem(error, 404) || isProblem(error, 422)) return <MissingPage />;
  const writing = data !== undefined && (editing || data.meeting === null);
  return (
    <div className="page minutes-page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        <>
          <div className="minutes-tools no-print">
            <Link to={`/review/${week}`}>‹ 回到{weekName(week)}清单</Link>
            <div className="minutes-buttons">
              {writing ? null : (
                <Button icon={<EditOutlined aria-hidden />} onClick={() => setEditing(true)}>
                  改会议信息
                </Button>
              )}
              <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
                打印
              </Button>
              <Button
                type={writing ? 'default' : 'primary'}
                icon={<DownloadOutlined aria-hidden />}
                href={`/api/v1/dockets/${encodeURIComponent(week)}/minutes/file`}
                download
              >
                下载 Word
              </Button>
            </div>
          </div>
          {data.draft ? (
            <p className="minutes-draft no-print">
              清单还没有关闭，这是草稿：决定和数字会随标记变动，日期按今天关闭推算。
            </p>
          ) : null}
          {writing ? (
            <MeetingForm minutes={data} onSaved={() => setEditing(false)} onCancel={() => setEditing(false)} />
          ) : null}
          <MinutesPaper minutes={data} />
          {data.history.length > 0 ? (
            <section className="card no-print" aria-labelledby="minutes-history">
              <h2 id="minutes-history">会议信息的修改</h2>
              <ol className="plain-list">
                {data.history.map(({ at, byName, fields }) => (
                  <li key={at}>
                    <span className="quiet">{momentOf(at)}</span> {byName} 填写了{fields.join('、')}
                  </li>
                ))}
              </ol>
            </section>
          ) : null}
        </>
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 14 }} />
      )}
    </div>
  );
}
