import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Checkbox, Empty, Skeleton } from 'antd';
import { useRef, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { QueueOnceContext, useQueueOnce } from '../../parts/queue-once.ts';
import { AnswerDetail } from './answer-detail.tsx';
import type { AnswerView } from './answer-view.ts';
import { BatchBar } from './batch-bar.tsx';
import '../../parts/two-panes.css';
import './answers.css';

type State = AnswerView['state'];

const tabs: readonly (readonly [State, string])[] = [
  ['drafted', '没有待批准的答复。清单关闭、需求发布以后，系统拟好的答复会出现在这里。'],
  ['approved', '没有等待发出的答复。批准以后的答复会出现在这里。'],
  ['sent', '还没有发出过答复。'],
  ['dropped', '没有决定不发的答复。'],
];

export function AnswersPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Answers />
    </ForRoles>
  );
}

const wide = window.matchMedia('(min-width: 761px)');
const mostChosen = 100;

/** The letters to the parties: drafted by the service, edited, approved and sent by staff, one by one or several at once. */
function Answers() {
  usePageTitle('答复');
  const { id } = useParams();
  const codes = useCodes();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const one = useQuery({
    queryKey: ['answer', id],
    queryFn: () => call('GET /api/v1/answers/{id}', { params: { id: id ?? '' } }),
    enabled: id !== undefined,
  });
  const asked = tabs.find(([code]) => code === search.get('state'))?.[0];
  const state = asked ?? one.data?.state ?? 'drafted';
  const ready = asked !== undefined || id === undefined || one.data !== undefined || one.error !== null;
  const list = useInfiniteQuery({
    queryKey: ['answers', state],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/answers', { query: { state, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: ready,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  // What left the list meanwhile is not chosen any more: the count is of what is there.
  const chosen = items.filter((item) => ticked.has(item.id)).slice(0, mostChosen);
  const pane = useRef<HTMLDivElement>(null);
  const once = useQueueOnce();
  const several = state === 'drafted' || state === 'approved';
  const shown = id ?? (wide.matches ? items[0]?.id : undefined);
  const placeOf = (wanted: string) => `/answers/${encodeURIComponent(wanted)}?state=${state}`;
  const done = (finished: string) => {
    once.advanced();
    const at = items.findIndex((item) => item.id === finished);
    const next = items[at + 1] ?? items[at - 1];
    void navigate(next ? placeOf(next.id) : `/answers?state=${state}`, { replace: true });
    pane.current?.focus({ preventScroll: true });
  };
  const tick = (wanted: string, on: boolean) => {
    const next = new Set(ticked);
    if (on) next.add(wanted);
    else next.delete(wanted);
    setTicked(next);
  };
  return (
    <div className="page answers">
      <div className="page-head">
        <div>
          <h1>答复</h1>
          <p className="quiet">系统按审核结果拟稿，核对后批准、发出；应先发出的在前</p>
        </div>
      </div>
      <nav className="tabs" aria-label="答复的状态">
        {tabs.map(([code]) => (
          <Link key={code} to={`/answers?state=${code}`} aria-current={code === state ? 'page' : undefined}>
            {codes.label('answerStates', code)}
          </Link>
        ))}
      </nav>
      <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
      {one.error && isProblem(one.error, 404) ? <p>没有这份答复。</p> : null}
      {!list.data && !list.error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {list.data && items.length === 0 && id === undefined ? (
        <div className="card">
          <Empty description={tabs.find(([code]) => code === state)![1]} />
        </div>
      ) : null}
      {list.data && (items.length > 0 || id !== undefined) ? (
        <div className={`panes${id === undefined ? '' : ' chosen'}`}>
          <div className="panes-list">
            {several && items.length > 0 ? (
              <BatchBar
                state={state}
                chosen={chosen}
                all={items.length}
                onAll={(on) => setTicked(new Set(on ? items.slice(0, mostChosen).map((item) => item.id) : []))}
              />
            ) : null}
            <ol>
              {items.map((item) => (
                <li key={item.id} className="answer-line">
                  {several ? (
                    <Checkbox
                      checked={ticked.has(item.id)}
                      aria-label={`选择：${item.subject}`}
                      onChange={({ target }) => tick(item.id, target.checked)}
                    />
                  ) : null}
                  <Link
                    className="pane-item"
                    to={placeOf(item.id)}
                    aria-current={item.id === shown ? 'page' : undefined}
                  >
                    {item.subject}
                    <span className="quiet">
                      {item.overdue ? <span className="tag bad">逾期</span> : null}
                      {item.outdated ? <span className="tag wait">结果有更正</span> : null}{' '}
                      {codes.label('answerKinds', item.kind)}
                      {several && item.dueOn ? ` · ${item.dueOn} 前发出` : ''}
                    </span>
                  </Link>
                </li>
              ))}
            </ol>
            <MoreButton list={list} many="100 份" />
          </div>
          <div className="panes-one" ref={pane} tabIndex={-1}>
            <Link className="panes-back" to={`/answers?state=${state}`}>
              ← 返回列表
            </Link>
            {shown === undefined ? null : (
              <QueueOnceContext value={once}>
                <AnswerDetail key={shown} id={shown} onDone={() => done(shown)} />
              </QueueOnceContext>
            )}
          </div>
        </div>
      ) : null}
    </div>
  );
}
