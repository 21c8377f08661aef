import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Skeleton } from 'antd';
import { Link } from 'react-router';
import { isPageAddress } from '../../http/contract/pages.ts';
import { call } from '../api/client.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { shortMomentOf } from '../parts/times.ts';
import './notice-list.css';

/** The newest notices; following one marks it as read. */
export function NoticeList({ onLeave }: { readonly onLeave: () => void }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['notices'],
    queryFn: () => call('GET /api/v1/notices', { query: { limit: 20 } }),
  });
  const changed = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['notices'] }),
      client.invalidateQueries({ queryKey: ['unread'] }),
    ]);
  const readOne = useMutation({
    mutationFn: (id: string) => call('POST /api/v1/notices/{id}/actions/read', { params: { id } }),
    onSettled: changed,
  });
  const readAll = useMutation({
    mutationFn: (upTo: string) => call('POST /api/v1/notices/actions/read-all', { body: { upTo } }),
    onSettled: changed,
  });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <div className="notice-list">
        <Skeleton active paragraph={{ rows: 3 }} />
      </div>
    );
  }
  const [newest] = data.items;
  if (!newest) {
    return (
      <div className="notice-list">
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有通知。有事要您办时，会在这里和邮件里告诉您。" />
      </div>
    );
  }
  return (
    <div className="notice-list">
      <div className="notice-head">
        <h2>通知</h2>
        <Button
          type="link"
          size="small"
          disabled={data.items.every((one) => one.readAt !== null)}
          loading={readAll.isPending}
          onClick={() => readAll.mutate(newest.id)}
        >
          全部标为已读
        </Button>
      </div>
      <ul>
        {data.items.map((notice) => {
          const shown = (
            <>
              <span className="notice-subject">{notice.subject}</span>
              <span className="quiet notice-time">{shortMomentOf(notice.createdAt)}</span>
            </>
          );
          const unread = notice.readAt === null;
          return (
            <li key={notice.id} className={unread ? 'unread' : undefined}>
              {notice.link && isPageAddress(notice.link) ? (
                <Link
                  to={notice.link}
                  onClick={() => {
                    if (unread) readOne.mutate(notice.id);
                    onLeave();
                  }}
                >
                  {shown}
                </Link>
              ) : (
                <details onToggle={() => unread && readOne.mutate(notice.id)}>
                  <summary>{shown}</summary>
                  <p className="notice-text">{notice.text}</p>
                </details>
              )}
            </li>
          );
        })}
      </ul>
      <p className="notice-all">
        <Link to="/notices" onClick={onLeave}>
          全部通知
        </Link>
      </p>
    </div>
  );
}
