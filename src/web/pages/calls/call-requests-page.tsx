import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, Select, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf } from '../../parts/times.ts';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { type RequestState, requestPath, requestTones } from './call-view.ts';
import '../../parts/lines.css';

export function CallRequestsPage() {
  return (
    <ForRoles roles={organisationRoles}>
      <Requests />
    </ForRoles>
  );
}

/** The calls that reached one's own organisation, the newest first. The state stands in the address. */
function Requests() {
  usePageTitle('收到的征集');
  const codes = useCodes();
  const [search, narrow] = useNarrowed();
  const wanted = search.get('state') ?? '';
  const state = wanted in requestTones ? (wanted as RequestState) : undefined;
  const list = useInfiniteQuery({
    queryKey: ['call-requests', state ?? ''],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/call-requests', {
        query: { limit: 20, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>收到的征集</h1>
          <p className="quiet">企业的需求还没有合适的成果，科技局请贵单位看看能不能解决</p>
        </div>
      </div>
      <div className="line-filter no-print">
        <Select
          value={state ?? ''}
          aria-label="答复状态"
          options={[
            { value: '', label: '全部状态' },
            ...codes.table('callRequestStates').map(({ code, label }) => ({ value: code, label })),
          ]}
          onChange={(value) => narrow({ state: value })}
        />
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 6 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty
            description={
              state
                ? '没有这个状态的征集。请换一个状态。'
                : '还没有收到征集。把成果的技术领域和内容写全，相近的需求才会征集到贵单位。'
            }
          >
            {state ? null : <Link to="/my/achievements">看我的成果</Link>}
          </Empty>
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map((line) => (
            <li key={line.id}>
              <span className="line-title">
                <Link to={requestPath(line.id)}>{line.needTitle}</Link>
                <span className="quiet">
                  {dayOf(line.sentAt)} 收到
                  {line.teams.length > 0 ? ` · 相近的团队：${line.teams.join('、')}` : ''}
                </span>
              </span>
              <span className="quiet">{line.until} 截止</span>
              <span className={`tag ${requestTones[line.state]}`}>{codes.label('callRequestStates', line.state)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 次" />
    </div>
  );
}
