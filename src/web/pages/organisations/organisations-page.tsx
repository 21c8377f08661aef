import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, Input, Select, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { type OrganisationView, organisationTones } from './organisation-view.ts';
import '../../parts/lines.css';

export function OrganisationsPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Organisations />
    </ForRoles>
  );
}

/** Organisations by name, kind and state; what is looked for stands in the address. */
function Organisations() {
  usePageTitle('机构');
  const codes = useCodes();
  const [search, look] = useNarrowed();
  const name = search.get('name') ?? '';
  const type = search.get('type') ?? '';
  const state = search.get('state') ?? '';
  const list = useInfiniteQuery({
    queryKey: ['organisations', name, type, state],
    queryFn: ({ pageParam, signal }) =>
      call('GET /api/v1/organisations', {
        query: {
          limit: 50,
          ...(name ? { name } : {}),
          ...(type ? { type: type as 'enterprise' } : {}),
          ...(state ? { state: state as OrganisationView['state'] } : {}),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  const choices = (table: string, all: string) => [
    { value: '', label: all },
    ...codes.table(table).map(({ code, label }) => ({ value: code, label })),
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1>机构</h1>
        <Link className="no-print" to="/organisations/new">
          登记机构
        </Link>
      </div>
      <search className="line-filter no-print">
        <Input.Search
          key={name}
          defaultValue={name}
          placeholder="名称里的几个字"
          aria-label="按名称查找"
          maxLength={100}
          enterButton="查找"
          onSearch={(text) => look({ name: text.trim() })}
        />
        <Select
          value={type}
          aria-label="机构属性"
          options={choices('organisationTypes', '全部属性')}
          onChange={(value) => look({ type: value })}
        />
        <Select
          value={state}
          aria-label="机构状态"
          options={choices('organisationStates', '全部状态')}
          onChange={(value) => look({ state: value })}
        />
      </search>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty description="没有符合的机构。请换几个字，或放宽条件。" />
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map((line) => (
            <li key={line.id}>
              <span className="line-title">
                <Link to={`/organisations/${encodeURIComponent(line.id)}`}>{line.content.name}</Link>
                <span className="quiet">
                  {[codes.label('organisationTypes', line.content.type), line.content.region, line.content.creditCode]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </span>
              <span>
                {line.missing && line.missing.length > 0 ? <span className="tag">待补全</span> : null}{' '}
                {line.enteredBy && !line.claimedAt ? <span className="tag">代填</span> : null}
              </span>
              <span className={`tag ${organisationTones[line.state]}`}>
                {codes.label('organisationStates', line.state)}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="50 家" />
    </div>
  );
}
