import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Select, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf } from '../../parts/times.ts';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { type PolicyKind, type PolicyState, policyTones } from './policy-view.ts';
import '../../parts/lines.css';
import './policies.css';

/** What the bureau made known, the newest first; drafts and withdrawn ones are the bureau's. Kind and state stand in the address. */
export function PoliciesPage() {
  usePageTitle('政策和通知公告');
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const [search, narrow] = useNarrowed();
  const kind = search.get('kind') ?? '';
  const wanted = bureau ? (search.get('state') ?? '') : '';
  const state = wanted in policyTones ? (wanted as PolicyState) : 'published';
  const list = useInfiniteQuery({
    queryKey: ['policies', kind, state, session?.user.id ?? null],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/policies', {
        query: {
          limit: 20,
          ...(kind ? { kind: kind as PolicyKind } : {}),
          ...(state === 'published' ? {} : { state }),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: session !== undefined,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>政策和通知公告</h1>
          <p className="quiet">
            {bureau ? '发布后通知适用的机构，每个机构一次' : '科技局发布的政策和通知，最近发布的在前'}
          </p>
        </div>
        {bureau ? (
          <Link className="no-print" to="/policies/new">
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              起草
            </Button>
          </Link>
        ) : null}
      </div>
      <search className="line-filter no-print">
        <Select
          value={kind}
          aria-label="类别"
          options={[
            { value: '', label: '政策和通知' },
            ...codes.table('policyKinds').map(({ code, label }) => ({ value: code, label })),
          ]}
          onChange={(value) => narrow({ kind: value })}
        />
        {bureau ? (
          <Select
            value={state}
            aria-label="状态"
            options={codes.table('policyStates').map(({ code, label }) => ({ value: code, label }))}
            onChange={(value) => narrow({ state: value === 'published' ? '' : value })}
          />
        ) : null}
      </search>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty
            description={
              state === 'draft'
                ? '没有草稿。要发布新的政策或通知，请先起草。'
                : state === 'withdrawn'
                  ? '没有撤下的。'
                  : bureau
                    ? '还没有发布。起草一项政策或通知，看过适用哪些机构再发布。'
                    : '还没有发布。有新的政策和通知，会通知适用的机构，也列在这里。'
            }
          />
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map(({ id, state: now, content, publishedAt, open }) => (
            <li key={id}>
              <span className="line-title">
                <Link to={`/policies/${encodeURIComponent(id)}`}>{content.title}</Link>
                <span className="quiet">
                  {[content.issuer, content.number, publishedAt ? `${dayOf(publishedAt)} 发布` : '']
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </span>
              <span className="quiet">
                {content.openUntil ? (now === 'published' && !open ? '已截止' : `${content.openUntil} 截止`) : ''}
              </span>
              <span className={`tag ${now === 'published' ? '' : policyTones[now]}`}>
                {now === 'published'
                  ? codes.label('policyKinds', content.kind)
                  : `${codes.label('policyKinds', content.kind)} · ${codes.label('policyStates', now)}`}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 项" />
    </div>
  );
}
