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
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { type CampaignState, campaignTones } from './campaign-view.ts';
import '../../parts/lines.css';

/** 需求征集: for everybody those that have begun, for the bureau all. The state stands in the address. */
export function CampaignsPage() {
  usePageTitle('需求征集');
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const [search, narrow] = useNarrowed();
  const wanted = search.get('state') ?? '';
  const state = wanted in campaignTones ? (wanted as CampaignState) : undefined;
  const list = useInfiniteQuery({
    queryKey: ['campaigns', state ?? '', session?.user.id ?? null],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/campaigns', {
        query: { limit: 20, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: session !== undefined,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  const states = codes.table('campaignStates').filter(({ code }) => bureau || code === 'open' || code === 'closed');
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>需求征集</h1>
          <p className="quiet">科技局在一段时间里征集企业的技术需求；截止最晚的在前</p>
        </div>
        {bureau ? (
          <Link className="no-print" to="/campaigns/new">
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              拟定征集
            </Button>
          </Link>
        ) : null}
      </div>
      <div className="line-filter no-print">
        <Select
          value={state ?? ''}
          aria-label="征集状态"
          options={[{ value: '', label: '全部状态' }, ...states.map(({ code, label }) => ({ value: code, label }))]}
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
                : bureau
                  ? '还没有征集。拟定一次征集，开始后企业可以把需求填在它下面。'
                  : '现在没有征集。需求随时可以填写、提交，不必等征集。'
            }
          />
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map(({ id, state: now, content }) => (
            <li key={id}>
              <span className="line-title">
                <Link to={`/campaigns/${encodeURIComponent(id)}`}>{content.title}</Link>
                <span className="quiet">{codes.list('technologyFields', content.fields)}</span>
              </span>
              <span className="quiet">
                {content.from} 至 {content.until}
              </span>
              <span className={`tag ${campaignTones[now]}`}>{codes.label('campaignStates', now)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 次" />
    </div>
  );
}
