import { useQuery } from '@tanstack/react-query';
import { Button, Empty, Skeleton } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, Navigate, useNavigate, useParams } from 'react-router';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { KeyHelp } from '../../parts/key-help.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { QueueOnceContext, useQueueOnce } from '../../parts/queue-once.ts';
import { dayOf, today } from '../../parts/times.ts';
import { useKeys } from '../../parts/use-keys.ts';
import { EntryDetail } from './entry-detail.tsx';
import { FileDetail } from './file-detail.tsx';
import { type Desk, type IntakeKind, intakeKinds, intakePath, isIntakeKind, type Work } from './intake-kinds.ts';
import { RegistrationDetail } from './registration-detail.tsx';
import '../../parts/two-panes.css';

export function IntakePage() {
  const { list } = useParams();
  return (
    <ForRoles roles={bureauRoles}>
      {list === undefined ? <FirstList /> : isIntakeKind(list) ? <Queue kind={list} /> : <MissingPage />}
    </ForRoles>
  );
}

/** A notice names the registration: the bureau examines it, the applicant has a page of his own. */
export function RegistrationRedirect() {
  const { id = '' } = useParams();
  const { session } = useSession();
  if (session && !isBureau(session)) return <Navigate replace to="/registration" />;
  return <Navigate replace to={intakePath('registration', id)} />;
}

export function FilesRedirect() {
  return <Navigate replace to={intakePath('file')} />;
}

const most = 200;
function useWaiting() {
  return useQuery({
    queryKey: ['desk', 'intake'],
    queryFn: () => call('GET /api/v1/desk', { query: { limit: most } }),
  });
}

/** Leads to the first list in which something waits. */
function FirstList() {
  const { data, error, refetch } = useWaiting();
  if (error) {
    return (
      <div className="page">
        <ProblemAlert error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <QueueSkeleton />;
  const first = intakeKinds.find(({ kind }) => data.lists[kind].length > 0) ?? intakeKinds[0];
  return <Navigate replace to={intakePath(first.kind)} />;
}

function QueueSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <Skeleton active paragraph={{ rows: 10 }} />
    </div>
  );
}

/** What was handed in and waits for the bureau: the list beside the one that is examined; what is decided leaves the list. */
function Queue({ kind }: { readonly kind: IntakeKind }) {
  usePageTitle('受理');
  const { data, error, refetch } = useWaiting();
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>受理</h1>
          <p className="quiet">登记、需求、成果和附件，等得最久的在前</p>
        </div>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <nav className="tabs" aria-label="受理的种类">
        {intakeKinds.map((one) => (
          <Link key={one.kind} to={intakePath(one.kind)} aria-current={one.kind === kind ? 'page' : undefined}>
            {one.label} {data ? waitingOf(data, one.kind) : ''}
          </Link>
        ))}
      </nav>
      {data ? <Panes key={kind} kind={kind} desk={data} /> : error ? null : <Skeleton active paragraph={{ rows: 8 }} />}
    </div>
  );
}

const waitingOf = (desk: Desk, kind: IntakeKind): number =>
  desk.figures.find((figure) => figure.kind === kind)?.waiting ?? 0;

/** A record each time that it is handed in. */
const turnOf = ({ recordId, since }: Work): string => `${recordId} ${since}`;

const wide = window.matchMedia('(min-width: 761px)');

function Panes({ kind, desk }: { readonly kind: IntakeKind; readonly desk: Desk }) {
  const { id } = useParams();
  const navigate = useNavigate();
  const { keys } = usePreferences();
  const [help, setHelp] = useState(false);
  const once = useQueueOnce();
  const [said, setSaid] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const one = useRef<HTMLDivElement>(null);
  // What was decided a moment ago is still in the list until the desk is read again; handed in anew it is there anew.
  const [decided, setDecided] = useState<readonly string[]>([]);
  const items = desk.lists[kind].filter((work) => !decided.includes(turnOf(work)));
  const { none } = intakeKinds.find((row) => row.kind === kind)!;
  // On a phone the list comes first; looking at a registration is kept, so nothing is opened that nobody sees.
  const chosen = id ?? (wide.matches ? items[0]?.recordId : undefined);
  const place = items.findIndex(({ recordId }) => recordId === chosen);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice is the occasion
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  const go = (work: Work | undefined) => {
    if (work) void navigate(intakePath(kind, work.recordId), { replace: id !== undefined });
  };
  const done = (recordId: string) => {
    once.advanced();
    const at = items.findIndex((work) => work.recordId === recordId);
    const next = items[at + 1] ?? items[at - 1];
    const work = items[at];
    if (work) setDecided((before) => [...before, turnOf(work)]);
    const rest = items.length - (at >= 0 ? 1 : 0);
    setSaid(next ? `还有 ${rest} 项，现在是：${next.title}` : '这一类都办完了');
    void navigate(intakePath(kind, next?.recordId), { replace: true });
    one.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  };
  useKeys((code, event) => {
    if (code === 'KeyJ' || code === 'ArrowDown') go(items[place + 1]);
    else if (code === 'KeyK' || code === 'ArrowUp') go(items[place - 1]);
    else if (code === 'Slash' && event.shiftKey) setHelp(true);
    else return false;
    return true;
  }, keys);

  if (chosen === undefined && items.length === 0) {
    return (
      <div className="card">
        <Empty description={none} />
      </div>
    );
  }
  return (
    <QueueOnceContext value={once}>
      <p className="only-read" role="status">
        {said}
      </p>
      <div className={`panes${id === undefined ? '' : ' chosen'}`}>
        <div className="panes-list" ref={list}>
          <ol>
            {items.map((work) => (
              <li key={work.recordId}>
                <Link
                  className="pane-item"
                  to={intakePath(kind, work.recordId)}
                  aria-current={work.recordId === chosen ? 'page' : undefined}
                >
                  {work.title}
                  <span className="quiet">
                    {work.dueOn !== null && work.dueOn < today() ? <span className="tag bad">逾期</span> : null}{' '}
                    {dayOf(work.since)} 提交{work.dueOn ? `，${work.dueOn} 前办` : ''}
                  </span>
                </Link>
              </li>
            ))}
          </ol>
          {desk.lists[kind].length < waitingOf(desk, kind) ? (
            <p className="quiet pane-note">先列出等得最久的 {most} 项。</p>
          ) : null}
          {keys ? (
            <p className="quiet pane-note only-wide">
              <Button size="small" type="text" onClick={() => setHelp(true)}>
                键盘操作{' '}
                <span aria-hidden="true">
                  <kbd>?</kbd>
                </span>
              </Button>
            </p>
          ) : null}
        </div>
        <div className="panes-one" ref={one} tabIndex={-1}>
          <Link className="panes-back" to={intakePath(kind)}>
            ← 返回列表
          </Link>
          {chosen === undefined ? null : kind === 'registration' ? (
            <RegistrationDetail key={chosen} id={chosen} onDone={() => done(chosen)} />
          ) : kind === 'file' ? (
            <FileDetail
              key={chosen}
              id={chosen}
              work={items.find(({ recordId }) => recordId === chosen)}
              onDone={() => done(chosen)}
            />
          ) : (
            <EntryDetail key={chosen} kind={kind} id={chosen} onDone={() => done(chosen)} />
          )}
        </div>
      </div>
      <KeyHelp
        open={help}
        rows={keyRows}
        note="办完一项自动到下一项。通过和发布立即生效。"
        onClose={() => setHelp(false)}
      />
    </QueueOnceContext>
  );
}

const keyRows = [
  ['J 或 ↓', '下一项'],
  ['K 或 ↑', '上一项'],
  ['1', '通过、发布或公开'],
  ['2，3', '退回或不予登记：写好原因，Ctrl+Enter 确定'],
  ['Esc', '不退回了'],
  ['?', '打开这个说明'],
] as const;
