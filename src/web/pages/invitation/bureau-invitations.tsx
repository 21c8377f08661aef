import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Empty, Skeleton } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { today } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import '../../parts/two-panes.css';
import './bureau-invitations.css';

type Line = Answer<'GET /api/v1/invitations'>['items'][number];
type State = Line['state'];
const states: readonly State[] = ['open', 'agreed', 'declined', 'lapsed', 'void', 'cancelled'];

/** Whom the bureau has asked, and who has not answered: what is due first stands in front. */
export function BureauInvitations() {
  const codes = useCodes();
  const [search] = useSearchParams();
  const state = states.find((one) => one === search.get('state')) ?? 'open';
  const list = useInfiniteQuery({
    queryKey: ['invitations', state],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/invitations', { query: { state, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>邀请</h1>
          <p className="quiet">通过的对征询双方是否愿意；没有答复的可以催复，或打开后记录电话里的答复</p>
        </div>
      </div>
      <nav className="tabs" aria-label="邀请的状态">
        {states.map((one) => (
          <Link key={one} to={`/invitations?state=${one}`} aria-current={one === state ? 'page' : undefined}>
            {codes.label('invitationStates', one)}
          </Link>
        ))}
      </nav>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty
            description={
              state === 'open' ? '没有等待答复的邀请。清单关闭后，通过的对会征询双方。' : '没有这个状态的邀请。'
            }
          />
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card asked-lines">
          {lines.map((line) => (
            <InvitationLine key={line.id} line={line} />
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="100 项" />
    </div>
  );
}

function InvitationLine({ line }: { readonly line: Line }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, version, state, needTitle, achievementTitle, answered, invitedOn, dueOn } = line;
  const remind = useMutation({
    mutationFn: () => call('POST /api/v1/invitations/{id}/remind', { params: { id }, body: { version: version ?? 0 } }),
    onSuccess: () => void message.success('已提醒还没有答复的一方'),
    onSettled: () => client.invalidateQueries({ queryKey: ['invitations'] }),
  });
  const once = useOnce();
  const open = state === 'open';
  const over = open && dueOn < today();
  const silent = [answered.need ? '' : '需求方', answered.achievement ? '' : '成果方'].filter(Boolean);
  return (
    <li>
      <span className="asked-title">
        <Link to={`/invitations/${id}`}>
          {needTitle} × {achievementTitle}
        </Link>
        <span className="quiet">
          {invitedOn} 邀请，{dueOn} {open ? '前答复' : '为期限'}
        </span>
        {remind.error ? (
          <span className="asked-problem" role="alert">
            {remind.error.message}
          </span>
        ) : null}
      </span>
      <span>
        {over ? <span className="tag bad">期限已过</span> : null}{' '}
        {open ? <span className="tag wait">等{silent.join('、')}</span> : null}
      </span>
      <span className="no-print">
        {open && !over ? (
          <Button
            size="small"
            loading={remind.isPending}
            disabled={remind.isSuccess}
            aria-label={`催复：${needTitle} × ${achievementTitle}`}
            onClick={() => once(() => remind.mutateAsync())}
          >
            {remind.isSuccess ? '已催' : '催复'}
          </Button>
        ) : null}
      </span>
    </li>
  );
}
