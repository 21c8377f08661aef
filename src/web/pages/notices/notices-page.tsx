import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, Empty, Select, Skeleton } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { isPageAddress } from '../../../http/contract/pages.ts';
import { call } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { insiders } from '../partnership/partnership-words.ts';
import '../account/account.css';
import './notices.css';

export function NoticesPage() {
  return (
    <ForRoles roles={insiders}>
      <Notices />
    </ForRoles>
  );
}

/** Everything that one was told, the newest first; what is looked for stands in the address. */
function Notices() {
  usePageTitle('通知');
  const client = useQueryClient();
  const codes = useCodes();
  const [search, setSearch] = useSearchParams();
  const unread = search.get('unread') === '1';
  const kind = search.get('kind') ?? '';
  const list = useInfiniteQuery({
    queryKey: ['notices', 'page', unread, kind],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/notices', {
        query: {
          limit: 30,
          ...(unread ? { unread: true } : {}),
          ...(kind ? { kind: kind as never } : {}),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    staleTime: 0,
  });
  const { data, error, refetch } = list;
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
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const newest = items[0];
  const look = (change: { readonly unread?: boolean; readonly kind?: string }) => {
    const next = { unread, kind, ...change };
    setSearch({ ...(next.unread ? { unread: '1' } : {}), ...(next.kind ? { kind: next.kind } : {}) });
  };
  return (
    <div className="page notices-page">
      <div className="page-head">
        <h1>通知</h1>
        <div className="notices-tools no-print">
          <Checkbox checked={unread} onChange={({ target }) => look({ unread: target.checked })}>
            只看未读
          </Checkbox>
          <Select
            className="notices-kind"
            aria-label="通知种类"
            value={kind}
            options={[
              { value: '', label: '全部种类' },
              ...codes
                .table('noticeKinds')
                .filter(({ code }) => code !== 'digest')
                .map(({ code, label }) => ({ value: code, label })),
            ]}
            onChange={(value) => look({ kind: value })}
          />
          <Button
            disabled={!newest || items.every((one) => one.readAt !== null)}
            loading={readAll.isPending}
            onClick={() => newest && readAll.mutate(newest.id)}
          >
            全部标为已读
          </Button>
          <Link to="/account">通知方式</Link>
        </div>
      </div>
      <ProblemAlert error={error ?? readAll.error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && items.length === 0 ? (
        <div className="card">
          <Empty
            description={unread || kind ? '没有符合的通知。' : '还没有通知。有事要您办时，会在这里和邮件里告诉您。'}
          />
        </div>
      ) : null}
      {items.length > 0 ? (
        <ul className="card notices-lines">
          {items.map((notice) => (
            <li key={notice.id} className={notice.readAt === null ? 'unread' : undefined}>
              <details onToggle={() => notice.readAt === null && !readOne.isPending && readOne.mutate(notice.id)}>
                <summary>
                  <span className="notices-subject">
                    {notice.readAt === null ? <span className="only-read">未读：</span> : null}
                    {notice.subject}
                  </span>
                  <span className="quiet">
                    {codes.label('noticeKinds', notice.kind)} · {momentOf(notice.createdAt)}
                  </span>
                </summary>
                <p className="notices-text">{notice.text}</p>
                {notice.link && isPageAddress(notice.link) ? <Link to={notice.link}>去办理</Link> : null}
              </details>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="30 条" />
    </div>
  );
}
