import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Empty, Select, Skeleton } from 'antd';
import { Link } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { insiders } from '../partnership/partnership-words.ts';
import { addressOfSearch } from './search-address.ts';
import '../account/account.css';

type Saved = Answer<'GET /api/v1/saved-searches'>['items'][number];
const key = ['saved-searches'];

export function SavedSearchesPage() {
  return (
    <ForRoles roles={insiders}>
      <SavedSearches />
    </ForRoles>
  );
}

/** One's own kept searches: followed, told of or not, forgotten. */
function SavedSearches() {
  usePageTitle('我的搜索');
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => call('GET /api/v1/saved-searches'),
    staleTime: 0,
  });
  const changed = () => client.invalidateQueries({ queryKey: key });
  const change = useMutation({
    mutationFn: ({ one, alert }: { readonly one: Saved; readonly alert: Saved['alert'] }) =>
      call('PUT /api/v1/saved-searches/{id}', {
        params: { id: one.id },
        body: { version: one.version, name: one.name, search: one.search, alert },
      }),
    onSuccess: () => void message.success('已保存'),
    onSettled: changed,
  });
  const remove = useMutation({
    mutationFn: (one: Saved) => call('DELETE /api/v1/saved-searches/{id}', { params: { id: one.id } }),
    onSuccess: () => void message.success('已删除'),
    onSettled: changed,
  });
  return (
    <div className="page my-organisation">
      <div className="page-head">
        <div>
          <h1>我的搜索</h1>
          <p className="quiet">有新发布的，按您选的时候告诉您</p>
        </div>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ProblemAlert error={change.error ?? remove.error} focus />
      {!data && !error ? <Skeleton active paragraph={{ rows: 5 }} /> : null}
      {data?.items.length === 0 ? (
        <div className="card">
          <Empty description="还没有保存的搜索。在“需求与成果”里查到想关注的，点“保存这个搜索”。">
            <Link to="/search">去搜索</Link>
          </Empty>
        </div>
      ) : null}
      {data && data.items.length > 0 ? (
        <div className="card">
          <ul className="account-lines choices">
            {data.items.map((one) => (
              <li key={one.id}>
                <span>
                  <Link to={addressOfSearch(one.search)}>{one.name}</Link>
                  <br />
                  <span className="quiet">
                    {kindNames[one.search.kind]}
                    {one.search.text ? ` · ${one.search.text}` : ''}
                    {one.search.facets || one.search.ranges ? ' · 有筛选' : ''}
                  </span>
                </span>
                <Select
                  aria-label={`${one.name}：提醒`}
                  className="choice-mail"
                  value={one.alert}
                  options={codes.table('searchAlerts').map(({ code, label }) => ({ value: code, label }))}
                  onChange={(alert) => change.mutate({ one, alert })}
                />
                <Button
                  size="small"
                  danger
                  disabled={remove.isPending}
                  aria-label={`删除 ${one.name}`}
                  onClick={() => remove.mutate(one)}
                >
                  删除
                </Button>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </div>
  );
}
