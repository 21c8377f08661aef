import { PrinterOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Skeleton } from 'antd';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { MissingPage } from '../../app/missing-page.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf, momentOf } from '../../parts/times.ts';
import { audienceWords, type PolicyView, policyTones } from './policy-view.ts';
import './policies.css';

/** One policy or notice, for whoever reads it; the bureau sees whom it fits and publishes it here. */
export function PolicyPage() {
  const { id = '' } = useParams();
  const { session } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: ['policy', id, session?.user.id ?? null],
    queryFn: () => call('GET /api/v1/policies/{id}', { params: { id } }),
    enabled: session !== undefined,
  });
  usePageTitle(data?.content.title);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded policy={data} /> : error ? null : <Skeleton active paragraph={{ rows: 12 }} />}
    </div>
  );
}

function Loaded({ policy }: { readonly policy: PolicyView }) {
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const { id, state, content, publishedAt, open, history } = policy;
  const rules = audienceWords(content.audience, codes);
  return (
    <>
      <div className="page-head">
        <div>
          <div className="policy-tags">
            <span className="tag accent">{codes.label('policyKinds', content.kind)}</span>
            {bureau ? <span className={`tag ${policyTones[state]}`}>{codes.label('policyStates', state)}</span> : null}
            {state === 'published' && !open ? <span className="tag wait">已截止</span> : null}
          </div>
          <h1>{content.title}</h1>
          <p className="quiet">
            {[content.issuer, content.number, publishedAt ? `${dayOf(publishedAt)} 发布` : '']
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        {bureau && state !== 'withdrawn' ? (
          <Link className="no-print" to={`/policies/${encodeURIComponent(id)}/edit`}>
            修改
          </Link>
        ) : null}
        <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          打印
        </Button>
      </div>
      {bureau ? <Manage policy={policy} /> : null}
      <div className="policy-body">
        <article className="card">
          <div className="policy-text">{content.text}</div>
        </article>
        <aside className="policy-side">
          <section className="card" aria-labelledby="policy-use">
            <h2 id="policy-use">办理</h2>
            <Facts
              lines={[
                { label: '截止日期', text: content.openUntil ?? '撤下以前都有效' },
                ...(rules.length > 0 ? rules : [{ label: '适用对象', text: '全部机构' }]),
              ]}
            />
            {content.url ? (
              <p>
                <a href={content.url} target="_blank" rel="noreferrer noopener">
                  看原文（{new URL(content.url).host}）
                </a>
              </p>
            ) : null}
          </section>
          {bureau ? <Audience policy={policy} /> : null}
          {history && history.length > 0 ? (
            <section className="card no-print" aria-labelledby="policy-history">
              <h2 id="policy-history">经过</h2>
              <ol className="plain-list">
                {history.map((line) => (
                  <li key={`${line.at}${line.action}`}>
                    <span className="quiet">{momentOf(line.at)}</span> {codes.label('policyStates', line.to)}
                    {line.reason ? `：${line.reason}` : ''}
                  </li>
                ))}
              </ol>
            </section>
          ) : null}
        </aside>
      </div>
    </>
  );
}

const audienceKey = (policy: Pick<PolicyView, 'id' | 'version'>) => ['policy-audience', policy.id, policy.version];

/** Publishes a draft after saying how many will be told; takes down what is published. */
function Manage({ policy }: { readonly policy: PolicyView }) {
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const { id, version, state } = policy;
  const move = useMutation({
    mutationFn: ({
      action,
      reason,
    }: {
      readonly action: 'publish' | 'withdraw';
      readonly reason?: string | undefined;
    }) =>
      call('POST /api/v1/policies/{id}/actions/{action}', {
        params: { id, action },
        body: { version, ...(reason ? { reason } : {}) },
      }),
    onSuccess: (_, { action }) =>
      void message.success(action === 'publish' ? '已发布，正在通知适用的机构' : '已撤下，别人看不到了'),
    onSettled: () =>
      Promise.all(
        ['policy', 'policies', 'policy-audience'].map((name) => client.invalidateQueries({ queryKey: [name] })),
      ),
  });
  const ask = useMutation({
    mutationFn: () => call('GET /api/v1/policies/{id}/audience', { params: { id }, query: { limit: 1 } }),
    onSuccess: ({ fits, unknown }) =>
      modal.confirm({
        title: fits > 0 ? `发布，并通知 ${fits} 家机构？` : '发布？现在没有适用的机构',
        content: (
          <>
            <p>每家通知一次；有效期内才符合条件的，符合后的第二天早上通知。</p>
            {unknown > 0 ? <p>另有 {unknown} 家资料不全，看不出是否适用，现在不通知。</p> : null}
          </>
        ),
        okText: '发布',
        cancelText: '再看看',
        onOk: () => move.mutateAsync({ action: 'publish' }).catch(() => undefined),
      }),
  });
  if (state === 'withdrawn') return null;
  return (
    <section className="card policy-manage no-print" aria-label="发布和撤下">
      {state === 'draft' ? (
        <>
          <ProblemAlert error={ask.error ?? move.error} focus />
          <div className="decision-buttons">
            <Button type="primary" loading={ask.isPending || move.isPending} onClick={() => ask.mutate()}>
              发布……
            </Button>
            <span className="quiet">发布前先告诉您有多少家机构会收到通知</span>
          </div>
        </>
      ) : (
        <DecisionBar<'withdraw'>
          accept={null}
          refusals={[
            {
              action: 'withdraw',
              label: '撤下',
              ask: '撤下的原因',
              note: '撤下后别人看不到，也不能再改；原因留在经过里',
            },
          ]}
          sending={move.isPending}
          error={move.error}
          onDecide={(action, reason) => move.mutateAsync({ action, reason })}
        />
      )}
    </section>
  );
}

/** The organisations that it fits as things are now, and when each was told. */
function Audience({ policy }: { readonly policy: PolicyView }) {
  const { id, state } = policy;
  const list = useInfiniteQuery({
    queryKey: audienceKey(policy),
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/policies/{id}/audience', {
        params: { id },
        query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: state !== 'withdrawn',
  });
  const { data, error, refetch } = list;
  const first = data?.pages[0];
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  if (state === 'withdrawn') return null;
  return (
    <section className="card no-print" aria-labelledby="policy-audience">
      <h2 id="policy-audience">适用的机构</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 4 }} /> : null}
      {first ? (
        <p className="policy-count">
          <span>
            <strong>{first.fits}</strong> 家{state === 'draft' ? '会收到通知' : '适用'}
          </span>
          {first.unknown > 0 ? <span className="quiet">{first.unknown} 家资料不全，看不出是否适用</span> : null}
        </p>
      ) : null}
      {first && first.fits === 0 ? (
        <p className="quiet">现在没有适用的机构；请放宽适用对象，或先补全机构的资料。</p>
      ) : null}
      {items.length > 0 ? (
        <ul className="plain-list policy-told">
          {items.map(({ organisationId, name, toldAt }) => (
            <li key={organisationId}>
              <Link to={`/organisations/${encodeURIComponent(organisationId)}`}>{name}</Link>
              {state === 'published' ? (
                <span className="quiet">{toldAt ? `${momentOf(toldAt)} 已通知` : '还没有通知'}</span>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="50 家" />
    </section>
  );
}
