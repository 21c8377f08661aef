import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { lazy, Suspense } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { call } from '../../api/client.ts';
import { organisationRoles } from '../../app/for-roles.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { PageSkeleton } from '../../parts/page-skeleton.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { kindNames, recordPath, SuggestBox } from '../../parts/suggest-box.tsx';
import { dayOf } from '../../parts/times.ts';
import { accountLinkOf } from '../mail-links/account-link.ts';
import './home.css';

const AccountLinkPage = lazy(async () => ({
  default: (await import('../mail-links/account-link-page.tsx')).AccountLinkPage,
}));

const kinds = [
  { kind: 'need', title: '最新技术需求', what: '企业要解决的技术问题' },
  { kind: 'achievement', title: '最新科技成果', what: '高校和院所可以转化的成果' },
] as const;

/** The first page; links in mails about accounts lead here too, with what they are for behind the `#`. */
export function HomePage() {
  const link = accountLinkOf(useLocation().hash);
  if (!link) return <FirstPage />;
  return (
    <Suspense fallback={<PageSkeleton />}>
      <AccountLinkPage key={link.token} {...link} />
    </Suspense>
  );
}

/** What this is, a field to search, and what was published last. */
function FirstPage() {
  usePageTitle('科技供需对接');
  const navigate = useNavigate();
  const { session } = useSession();
  return (
    <>
      <div className="hero">
        <h1>企业技术需求与科技成果的对接</h1>
        <p>企业发布技术需求，高校和院所发布科技成果；每周自动配对、说明理由，由科技局工作人员审核后为双方牵线。</p>
        <SuggestBox onSearch={(text) => void navigate(text ? `/search?text=${encodeURIComponent(text)}` : '/search')} />
        {isBureau(session) ? (
          <Link to="/desk">
            <Button size="large">去工作台</Button>
          </Link>
        ) : null}
        {session && organisationRoles.includes(session.user.role) ? (
          <div className="hero-buttons">
            <Link to="/my/needs/new">
              <Button size="large" type="primary">
                填写需求
              </Button>
            </Link>
            <Link to="/my/achievements/new">
              <Button size="large">填写成果</Button>
            </Link>
          </div>
        ) : null}
        {session === null ? (
          <Link to="/register">
            <Button size="large">登记机构</Button>
          </Link>
        ) : null}
      </div>
      <div className="page home-columns">
        {kinds.map((one) => (
          <Newest key={one.kind} {...one} />
        ))}
      </div>
    </>
  );
}

function Newest({ kind, title, what }: (typeof kinds)[number]) {
  const { session } = useSession();
  const { data, error } = useQuery({
    queryKey: ['newest', kind, session?.user.id ?? null],
    queryFn: () => call('GET /api/v1/search', { query: { kind, sort: 'newest', limit: 6 } }),
    enabled: session !== undefined,
  });
  return (
    <section className="card" aria-labelledby={`newest-${kind}`}>
      <div className="newest-head">
        <div>
          <h2 id={`newest-${kind}`}>{title}</h2>
          <p className="quiet">{what}</p>
        </div>
        {data ? (
          <p className="newest-count">
            <strong>{data.total}</strong> 项
          </p>
        ) : null}
      </div>
      {data ? (
        data.hits.length > 0 ? (
          <>
            <ul className="newest">
              {data.hits.map((hit) => (
                <li key={hit.id}>
                  <Link to={recordPath(kind, hit.id)}>{hit.title}</Link>
                  <span className="quiet">
                    {hit.organisationHidden ? '发布单位未公开' : hit.organisationName}
                    {hit.publishedAt ? ` · ${dayOf(hit.publishedAt)}` : ''}
                  </span>
                </li>
              ))}
            </ul>
            <Link to={`/search?kind=${kind}`}>全部{kindNames[kind]}</Link>
          </>
        ) : (
          <p className="quiet">{session ? '还没有发布的记录。' : '现在没有对所有人公开的记录，登录后可以看到更多。'}</p>
        )
      ) : error ? (
        <p className="quiet">暂时读不到，请稍后再看。</p>
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 6 }} />
      )}
    </section>
  );
}
