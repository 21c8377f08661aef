import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, Select, Skeleton } from 'antd';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { type Role, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { AccountLines } from './account-lines.tsx';
import { NewAccount } from './new-account.tsx';
import '../../parts/decision-bar.css';
import './accounts.css';

export function AccountsPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Accounts />
    </ForRoles>
  );
}

/** Every account, by role and state; those of one organisation stand on its page. */
function Accounts() {
  usePageTitle('账号');
  const codes = useCodes();
  const { session } = useSession();
  const [search, look] = useNarrowed();
  const role = codes.table('roles').find(({ code }) => code === search.get('role'))?.code as Role | undefined;
  const state = (['active', 'disabled', 'erasing', 'erased'] as const).find((one) => one === search.get('state'));
  const list = useInfiniteQuery({
    queryKey: ['users', 'all', role ?? '', state ?? ''],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/users', {
        query: {
          limit: 50,
          ...(role ? { role } : {}),
          ...(state ? { state } : {}),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const accounts = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>账号</h1>
          <p className="quiet">按登录名排列；机构的账号请到机构的页面邀请</p>
        </div>
      </div>
      {session?.user.role === 'admin' ? <NewAccount /> : null}
      <search className="line-filter no-print">
        <Select
          value={role ?? ''}
          aria-label="角色"
          options={[
            { value: '', label: '全部角色' },
            ...codes.table('roles').map(({ code, label }) => ({ value: code, label })),
          ]}
          onChange={(value) => look({ role: value })}
        />
        <Select
          value={state ?? ''}
          aria-label="账号状态"
          options={[
            { value: '', label: '全部状态' },
            ...codes.table('userStates').map(({ code, label }) => ({ value: code, label })),
          ]}
          onChange={(value) => look({ state: value })}
        />
      </search>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && accounts.length === 0 ? (
        <div className="card">
          <Empty description="没有符合的账号。" />
        </div>
      ) : null}
      {accounts.length > 0 ? <AccountLines accounts={accounts} withOrganisation /> : null}
      <MoreButton list={list} many="50 个" />
    </div>
  );
}
