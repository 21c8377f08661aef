import { BellOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Badge, Button, Popover } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { call } from '../api/client.ts';

const NoticeList = lazy(async () => ({ default: (await import('./notice-list.tsx')).NoticeList }));

/**
 * How many notices are unread. Asked for when somebody comes to a page or back to the window, never by the clock: a request
 * that nobody caused would keep an idle session alive.
 */
export function NoticeBell() {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const place = pathname.split('/')[1];
  const { data, refetch } = useQuery({
    queryKey: ['unread'],
    queryFn: () => call('GET /api/v1/notices/unread-count'),
    staleTime: 60_000,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is the occasion
  useEffect(() => {
    void refetch();
  }, [place, refetch]);
  const unread = data?.unread ?? 0;
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomRight"
      destroyOnHidden
      content={
        <Suspense fallback={<div className="notice-list">正在读取……</div>}>
          <NoticeList onLeave={() => setOpen(false)} />
        </Suspense>
      }
    >
      <Button
        type="text"
        aria-label={unread > 0 ? `通知，${unread} 条未读` : '通知'}
        icon={
          <Badge count={unread} size="small" overflowCount={99}>
            <BellOutlined aria-hidden />
          </Badge>
        }
      />
    </Popover>
  );
}
