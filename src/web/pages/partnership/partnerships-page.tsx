import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, Select, Skeleton } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { call } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf } from '../../parts/times.ts';
import { insiders, type PartnershipState, stateTones, wan } from './partnership-words.ts';
import './partnership.css';

export function PartnershipsPage() {
  return (
    <ForRoles roles={insiders}>
      <PartnershipList />
    </ForRoles>
  );
}

/** The partnerships that somebody may know of, the newest change first; the state that is looked for stands in the address. */
function PartnershipList() {
  usePageTitle('合作项目');
  const codes = useCodes();
  const { session } = useSession();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('state') ?? '';
  const state = wanted in stateTones ? (wanted as PartnershipState) : undefined;
  const list = useInfiniteQuery({
    queryKey: ['partnerships', state ?? ''],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/partnerships', {
        query: { limit: 20, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page partnerships">
      <div className="page-head">
        <div>
          <h1>合作项目</h1>
          <p className="quiet">{isBureau(session) ? '最近有变动的在前' : '贵单位参加的合作，最近有变动的在前'}</p>
        </div>
        <Select
          className="no-print partnerships-state"
          value={state ?? ''}
          aria-label="合作阶段"
          options={[
            { value: '', label: '全部阶段' },
            ...codes.table('partnershipStates').map(({ code, label }) => ({ value: code, label })),
          ]}
          onChange={(value) => setSearch(value ? { state: value } : {})}
        />
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty
            description={state ? '没有这个阶段的合作。' : '还没有合作。双方都答复“愿意”以后，合作会出现在这里。'}
          />
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card partnership-lines">
          {lines.map((line) => (
            <li key={line.id}>
              <span className="partnership-line-title">
                <Link to={`/partnerships/${line.id}`}>{line.title}</Link>
                <span className="quiet">
                  {line.needParty ?? '（没有名称）'} — {line.achievementParty ?? '（没有名称）'}
                </span>
              </span>
              <span className="quiet partnership-line-facts">
                {line.amount === null ? '' : `成交额 ${wan(line.amount)}`} {dayOf(line.updatedAt)} 变动
              </span>
              <span className={`tag ${stateTones[line.state]}`}>{codes.label('partnershipStates', line.state)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 项" />
    </div>
  );
}
