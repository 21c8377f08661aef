import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Empty, Segmented, Select, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf, weekName } from '../../parts/times.ts';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { type CallState, callPath, callTones } from './call-view.ts';
import '../../parts/lines.css';

export function CallsPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Calls />
    </ForRoles>
  );
}

/** 成果征集: needs that nothing fits, and the calls that were made for such. What is looked at stands in the address. */
function Calls() {
  usePageTitle('成果征集');
  const [search, narrow] = useNarrowed();
  const wanting = search.get('view') === 'wanting';
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>成果征集</h1>
          <p className="quiet">每周配对没有找到较强成果的需求，向相近的高校、院所和团队征集</p>
        </div>
      </div>
      <div className="line-filter no-print">
        <Segmented
          value={wanting ? 'wanting' : 'calls'}
          aria-label="看什么"
          options={[
            { value: 'calls', label: '各次征集' },
            { value: 'wanting', label: '可以征集的需求' },
          ]}
          onChange={(value) => narrow({ view: value === 'wanting' ? 'wanting' : '', state: '' })}
        />
      </div>
      {wanting ? <Wanting /> : <Made />}
    </div>
  );
}

function Made() {
  const codes = useCodes();
  const [search, narrow] = useNarrowed();
  const wanted = search.get('state') ?? '';
  const state = wanted in callTones ? (wanted as CallState) : undefined;
  const list = useInfiniteQuery({
    queryKey: ['calls', state ?? ''],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/calls', {
        query: { limit: 20, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="line-filter no-print">
        <Select
          value={state ?? ''}
          aria-label="征集状态"
          options={[
            { value: '', label: '全部状态' },
            ...codes.table('callStates').map(({ code, label }) => ({ value: code, label })),
          ]}
          onChange={(value) => narrow({ state: value })}
        />
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 6 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty description={state ? '没有这个状态的征集。' : '还没有征集。从没有较强候选的需求里选一项，拟定征集。'}>
            {state ? null : (
              <Button type="primary" onClick={() => narrow({ view: 'wanting' })}>
                看可以征集的需求
              </Button>
            )}
          </Empty>
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map((line) => (
            <li key={line.id}>
              <span className="line-title">
                <Link to={callPath(line.id)}>{line.needTitle}</Link>
                <span className="quiet">
                  {dayOf(line.createdAt)} 拟定{line.round > 1 ? ` · 第 ${line.round} 次` : ''}
                </span>
              </span>
              <span className="quiet">{line.until} 截止</span>
              <span className={`tag ${callTones[line.state]}`}>{codes.label('callStates', line.state)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 次" />
    </>
  );
}

function Wanting() {
  const codes = useCodes();
  const [search, narrow] = useNarrowed();
  const all = search.get('all') === '1';
  const { data, error, refetch } = useQuery({
    queryKey: ['wanting-needs', all],
    queryFn: () => call('GET /api/v1/calls/wanting', { query: all ? { withOpenCalls: true } : {} }),
  });
  return (
    <>
      <div className="line-filter no-print">
        <Checkbox checked={all} onChange={({ target }) => narrow({ all: target.checked ? '1' : '' })}>
          也列出正在征集的
        </Checkbox>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 6 }} /> : null}
      {data && data.items.length === 0 ? (
        <div className="card">
          <Empty description="没有可以征集的需求：已发布的需求在最近一次配对里都有较强的候选，或者还没有配对过。" />
        </div>
      ) : null}
      {data && data.items.length > 0 ? (
        <ul className="card lines">
          {data.items.map((one) => (
            <li key={one.needId}>
              <span className="line-title">
                <Link to={`/needs/${encodeURIComponent(one.needId)}`}>{one.title}</Link>
                <span className="quiet">
                  {one.waitingSince ? `${dayOf(one.waitingSince)} 起等待 · ` : ''}
                  {weekName(one.week)}最好的候选：{one.best ? codes.label('matchLevels', one.best) : '没有'}
                </span>
              </span>
              {one.call ? (
                <Link to={callPath(one.call.id)}>{codes.label('callStates', one.call.state)}</Link>
              ) : (
                <Link className="no-print" to={`/calls/new?need=${encodeURIComponent(one.needId)}`}>
                  拟定征集
                  <span className="only-read">：{one.title}</span>
                </Link>
              )}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
