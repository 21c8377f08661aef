import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Empty, Skeleton, Switch } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useSession } from '../../app/session.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf, today, weekName } from '../../parts/times.ts';
import './desk.css';

type Desk = Answer<'GET /api/v1/desk'>;
type WorkKind = keyof Desk['lists'];
type Work = Desk['lists'][WorkKind][number];

/** Where a piece of work is done; absent where its page is not there yet. */
function placeOf(kind: WorkKind, { recordId, place }: Work): string | undefined {
  if (kind === 'pair') return `/review/current/${encodeURIComponent(recordId)}`;
  if (kind === 'registration' || kind === 'need' || kind === 'achievement' || kind === 'file') {
    return `/intake/${kind}/${encodeURIComponent(recordId)}`;
  }
  switch (place.collection) {
    case 'answers':
    case 'needs':
    case 'achievements':
    case 'invitations':
    case 'partnerships':
    case 'agreements':
      return `/${place.collection}/${encodeURIComponent(place.id)}`;
    case 'jointBodies':
      return `/joint-bodies/${encodeURIComponent(place.id)}`;
    default:
      return undefined;
  }
}

export function DeskPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <DeskView />
    </ForRoles>
  );
}

/** What waits, how long, and on whom; what is overdue stands in front. */
function DeskView() {
  usePageTitle('工作台');
  const { session } = useSession();
  const [search, setSearch] = useSearchParams();
  const mine = search.get('mine') === '1';
  const { data, error, refetch } = useQuery({
    queryKey: ['desk', mine],
    queryFn: () =>
      call('GET /api/v1/desk', { query: { limit: 50, ...(mine && session ? { assigneeId: session.user.id } : {}) } }),
  });
  const current = useQuery({
    queryKey: ['dockets'],
    queryFn: () => call('GET /api/v1/dockets', { query: { limit: 60 } }),
    staleTime: 60_000,
  });
  const week = current.data?.items.find(({ state }) => state === 'open');
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>工作台</h1>
          <p className="quiet">等着办的事，等得最久的在前</p>
        </div>
        <span className="desk-mine no-print">
          <Switch
            checked={mine}
            aria-label="只看我经办的"
            onChange={(on) => setSearch(on ? { mine: '1' } : {}, { replace: true })}
          />{' '}
          只看我经办的
        </span>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {week ? (
        <Link className="desk-week" to={`/review/${week.week}`}>
          <span>
            {weekName(week.week)}清单：已标记 <strong>{week.marked}</strong>/{week.marked + week.undecided}
          </span>
          <svg className="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect width="100" height="6" className="desk-all" />
            <rect
              width={(100 * week.marked) / Math.max(1, week.marked + week.undecided)}
              height="6"
              className="desk-done"
            />
          </svg>
          <span className="desk-go">去审核</span>
        </Link>
      ) : null}
      {data?.warnings.map((warning) => (
        <Alert key={warning} className="desk-warning" type="warning" showIcon title={warning} />
      ))}
      {data ? <DeskLists desk={data} /> : error ? null : <Skeleton active paragraph={{ rows: 8 }} />}
    </div>
  );
}

function DeskLists({ desk }: { readonly desk: Desk }) {
  const figures = [...desk.figures].sort((a, b) => b.overdue - a.overdue || b.oldestDays - a.oldestDays);
  const busy = figures.filter(({ waiting }) => waiting > 0);
  return (
    <>
      <ul className="desk-figures">
        {desk.figures.map(({ kind, label, waiting, overdue, oldestDays }) => (
          <li key={kind} className={waiting === 0 ? 'calm' : undefined}>
            <a href={waiting > 0 ? `#${kind}` : undefined}>
              <span className="figure">{waiting}</span>
              <span>{label}</span>
              <span className="quiet">
                {overdue > 0 ? <span className="tag bad">逾期 {overdue}</span> : null}
                {waiting > 0 ? (oldestDays > 0 ? ` 最久 ${oldestDays} 天` : ' 今天起') : '没有'}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {busy.length === 0 ? (
        <div className="card">
          <Empty description="没有等着办的事。新的登记、需求和清单会出现在这里。" />
        </div>
      ) : (
        busy.map(({ kind, label, waiting }) => (
          <WorkList key={kind} kind={kind} label={label} waiting={waiting} items={desk.lists[kind]} />
        ))
      )}
    </>
  );
}

function WorkList({
  kind,
  label,
  waiting,
  items,
}: {
  readonly kind: WorkKind;
  readonly label: string;
  readonly waiting: number;
  readonly items: readonly Work[];
}) {
  const { session } = useSession();
  const client = useQueryClient();
  const { message } = App.useApp();
  const me = session?.user.id;
  const assign = useMutation({
    mutationFn: ({ work, to }: { work: Work; to: string | null }) =>
      call('POST /api/v1/desk/assignments', {
        body: { kind, recordId: work.recordId, assigneeId: to, assignmentVersion: work.assignmentVersion },
      }),
    // Somebody else was quicker, mostly: the words of the service say who.
    onError: (error) => void message.error(error.message, 6),
    onSettled: () => client.invalidateQueries({ queryKey: ['desk'] }),
  });
  return (
    <section className="card desk-list" id={kind} aria-labelledby={`${kind}-title`}>
      <h2 id={`${kind}-title`}>
        {label} <span className="quiet">{waiting}</span>
      </h2>
      <ul>
        {items.map((work) => {
          const place = placeOf(kind, work);
          const late = work.dueOn !== null && work.dueOn < today();
          return (
            <li key={work.recordId}>
              <span className="work-title">
                {place ? <Link to={place}>{work.title}</Link> : work.title}
                {work.waitsOn.length > 0 ? <span className="quiet"> 等 {work.waitsOn.join('、')}</span> : null}
              </span>
              <span className="work-since quiet">
                {late ? <span className="tag bad">逾期</span> : null}{' '}
                {work.dueOn ? `${work.dueOn} 前办` : `${dayOf(work.since)} 起`}
              </span>
              <span className="work-who no-print">
                {work.assigneeId === null ? (
                  <Button
                    size="small"
                    disabled={assign.isPending}
                    onClick={() => me && assign.mutate({ work, to: me })}
                    aria-label={`我来办：${work.title}`}
                  >
                    我来办
                  </Button>
                ) : work.assigneeId === me ? (
                  <>
                    <span className="tag accent">我在办</span>
                    <Button
                      size="small"
                      type="text"
                      disabled={assign.isPending}
                      onClick={() => assign.mutate({ work, to: null })}
                      aria-label={`交回：${work.title}`}
                    >
                      交回
                    </Button>
                  </>
                ) : (
                  <span className="tag">同事在办</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {items.length < waiting ? <p className="quiet">先列出等得最久的 {items.length} 项。</p> : null}
    </section>
  );
}
