import { PrinterOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Skeleton } from 'antd';
import { Link, useParams } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { organisationFacts } from '../../parts/organisation-facts.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf, momentOf } from '../../parts/times.ts';
import { AccountLines } from '../accounts/account-lines.tsx';
import { InviteForm } from './invite-form.tsx';
import { MergeForm } from './merge-form.tsx';
import { type OrganisationView, organisationKey, organisationTones } from './organisation-view.ts';
import './organisation.css';

export function OrganisationPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <OnePage />
    </ForRoles>
  );
}

function OnePage() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: organisationKey(id),
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id } }),
  });
  usePageTitle(data?.content.name);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded organisation={data} /> : error ? null : <Skeleton active paragraph={{ rows: 12 }} />}
    </div>
  );
}

/** One organisation: what it says of itself, its accounts, what it handed in, and what the bureau may do with it. */
function Loaded({ organisation }: { readonly organisation: OrganisationView }) {
  const codes = useCodes();
  const { id, content, state, missing, enteredBy, claimedAt, createdAt, history } = organisation;
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${organisationTones[state]}`}>{codes.label('organisationStates', state)}</span>
          <h1>{content.name}</h1>
          <p className="quiet">
            {createdAt ? `${dayOf(createdAt)} 登记` : ''}
            {enteredBy ? ' · 科技局代填' : ''}
            {claimedAt ? ` · ${dayOf(claimedAt)} 由本单位认领` : ''}
            {missing && missing.length > 0 ? ` · 还有 ${missing.length} 项没有填写` : ''}
          </p>
        </div>
        <Link className="no-print" to={`/entering?${new URLSearchParams({ organisation: id })}`}>
          代填
        </Link>
        <Link className="no-print" to={`/organisations/${encodeURIComponent(id)}/edit`}>
          修改
        </Link>
        <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          打印
        </Button>
      </div>
      <div className="organisation-body">
        <section className="card" aria-labelledby="facts-title">
          <h2 id="facts-title">机构信息</h2>
          <Facts lines={organisationFacts(content, codes)} />
        </section>
        <div>
          <Entries kind="need" organisationId={id} />
          <Entries kind="achievement" organisationId={id} />
          <Administration organisation={organisation} />
        </div>
      </div>
      <Accounts organisation={organisation} />
      {history && history.length > 0 ? (
        <section className="card" aria-labelledby="history-title">
          <h2 id="history-title">经过</h2>
          <ol className="plain-list">
            {history.map((line) => (
              <li key={`${line.at}${line.action}`}>
                <span className="quiet">{momentOf(line.at)}</span> {codes.label('organisationStates', line.to)}
                {line.reason ? `：${line.reason}` : ''}
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </>
  );
}

function Entries({ kind, organisationId }: { readonly kind: 'need' | 'achievement'; readonly organisationId: string }) {
  const codes = useCodes();
  const { data, error, refetch } = useQuery({
    queryKey: ['entries', kind, organisationId],
    queryFn: (): Promise<Answer<'GET /api/v1/needs'> | Answer<'GET /api/v1/achievements'>> =>
      kind === 'need'
        ? call('GET /api/v1/needs', { query: { organisationId, limit: 20 } })
        : call('GET /api/v1/achievements', { query: { organisationId, limit: 20 } }),
  });
  const name = kind === 'need' ? '需求' : '成果';
  const items = data?.items ?? [];
  return (
    <section className="card" aria-label={name}>
      <h2>{name}</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && items.length === 0 ? <p className="quiet">还没有{name}</p> : null}
      <ul className="plain-list">
        {items.map((one) => (
          <li key={one.id} className="organisation-entry">
            <Link to={`/${kind === 'need' ? 'needs' : 'achievements'}/${encodeURIComponent(one.id)}`}>
              {one.content.title ?? '（没有名称）'}
            </Link>{' '}
            <span className="quiet">{codes.label('entryStates', one.state)}</span>
          </li>
        ))}
      </ul>
      {data?.next ? <p className="quiet">先列出最近有变动的 20 项。</p> : null}
    </section>
  );
}

type Move = 'disable' | 'enable' | 'approve' | 'return';

/** What its state lets an administrator or a clerk do. */
function Administration({ organisation }: { readonly organisation: OrganisationView }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { session } = useSession();
  const admin = session?.user.role === 'admin';
  const { id, state, version } = organisation;
  const move = useMutation({
    mutationFn: ({ action, reason }: { readonly action: Move; readonly reason?: string | undefined }) =>
      call('POST /api/v1/organisations/{id}/actions/{action}', {
        params: { id, action },
        body: { version, ...(reason ? { reason } : {}) },
      }),
    onSuccess: (next, { action }) => {
      client.setQueryData(organisationKey(id), next);
      void message.success({ disable: '已停用', enable: '已恢复', approve: '已通过', return: '已退回' }[action]);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: organisationKey(id) }),
        client.invalidateQueries({ queryKey: ['organisations'] }),
      ]),
  });
  const bar = {
    registered: {
      accept: { action: 'approve' as const, label: '通过' },
      refusals: [{ action: 'return' as const, label: '退回', ask: '退回的原因' }],
    },
    approved: {
      accept: null,
      refusals: admin
        ? [
            {
              action: 'disable' as const,
              label: '停用',
              ask: '停用的原因',
              note: '停用以后，这个机构不能登录、不参加匹配；以后可以恢复',
            },
          ]
        : [],
    },
    disabled: { accept: admin ? { action: 'enable' as const, label: '恢复' } : null, refusals: [] },
    returned: { accept: null, refusals: [] },
    merged: { accept: null, refusals: [] },
  }[state];
  const acts = bar.accept !== null || bar.refusals.length > 0;
  if (!acts && !admin && !move.error) return null;
  return (
    <section className="card no-print" aria-label="管理">
      <h2 className="organisation-manage">管理</h2>
      {acts || move.error ? (
        <DecisionBar<Move>
          key={state}
          accept={bar.accept}
          refusals={bar.refusals}
          sending={move.isPending}
          error={move.error}
          onDecide={(action, reason) => move.mutateAsync({ action, reason })}
        />
      ) : null}
      {admin && state !== 'merged' && state !== 'disabled' ? <MergeForm organisation={organisation} /> : null}
    </section>
  );
}

/** The people of an organisation, and who is asked to be one. */
function Accounts({ organisation }: { readonly organisation: OrganisationView }) {
  const { id, state } = organisation;
  const list = useInfiniteQuery({
    queryKey: ['users', 'of', id],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/users', {
        query: { organisationId: id, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const accounts = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="organisation-accounts" aria-labelledby="accounts-title">
      <h2 id="accounts-title">账号</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && accounts.length === 0 ? <p className="quiet">还没有账号</p> : null}
      {accounts.length > 0 ? <AccountLines accounts={accounts} /> : null}
      <MoreButton list={list} many="50 个" />
      {state === 'approved' ? <InviteForm organisationId={id} /> : null}
    </section>
  );
}
