import { useInfiniteQuery } from '@tanstack/react-query';
import { Select, Skeleton } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { insiders } from '../partnership/partnership-words.ts';
import { BureauInvitations } from './bureau-invitations.tsx';
import './invitation.css';

type Line = Answer<'GET /api/v1/invitations'>['items'][number];

export function InvitationsPage() {
  return (
    <ForRoles roles={insiders}>
      <ByRole />
    </ForRoles>
  );
}

function ByRole() {
  usePageTitle('邀请');
  const { session } = useSession();
  return isBureau(session) ? <BureauInvitations /> : <InvitationList />;
}

/** What is left to do with an invitation, for whoever looks at it. */
function standing({ side, state, answered, dueOn }: Line): { readonly words: string; readonly own: boolean } {
  if (state !== 'open') return { words: '', own: false };
  if (side === undefined) {
    const waiting = [...(answered.need ? [] : ['需求方']), ...(answered.achievement ? [] : ['成果方'])];
    return { words: waiting.length > 0 ? `等${waiting.join('、')}在 ${dueOn} 前答复` : '双方已答复', own: false };
  }
  return answered[side] ? { words: '您已答复，等对方答复', own: false } : { words: `请在 ${dueOn} 前答复`, own: true };
}

/** The invitations that one's side has, the newest first; the state stands in the address. */
function InvitationList() {
  const codes = useCodes();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('state') ?? '';
  const states = codes.table('invitationStates');
  const state = states.some(({ code }) => code === wanted) ? (wanted as Line['state']) : undefined;
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>邀请</h1>
          <p className="quiet">科技局认为合适的对象；双方都答复“愿意”，才互告联系方式</p>
        </div>
        <Select
          className="no-print invitations-state"
          aria-label="状态"
          value={state ?? ''}
          options={[{ value: '', label: '全部状态' }, ...states.map(({ code, label }) => ({ value: code, label }))]}
          onChange={(value) => setSearch(value ? { state: value } : {})}
        />
      </div>
      <Lines
        state={state}
        side="need"
        title="为我们的需求"
        empty="没有邀请。需求发布后，有合适的成果，科技局会发邀请，并用邮件告诉您。"
      />
      <Lines
        state={state}
        side="achievement"
        title="为我们的成果"
        empty="没有邀请。成果发布后，有合适的需求，科技局会发邀请，并用邮件告诉您。"
      />
    </div>
  );
}

function Lines({
  state,
  side,
  title,
  empty,
}: {
  readonly state: Line['state'] | undefined;
  readonly side?: 'need' | 'achievement';
  readonly title: string;
  readonly empty: string;
}) {
  const codes = useCodes();
  const id = `invitations-${side ?? 'all'}`;
  const list = useInfiniteQuery({
    queryKey: ['invitations', side ?? '', state ?? ''],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/invitations', {
        query: {
          limit: 20,
          ...(state ? { state } : {}),
          ...(side ? { side } : {}),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    staleTime: 0,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      {data && lines.length === 0 ? <p className="quiet">{state ? '没有这个状态的邀请。' : empty}</p> : null}
      <ul className="invitation-lines">
        {lines.map((line) => {
          const { words, own } = standing(line);
          return (
            <li key={line.id}>
              <span className="invitation-line-title">
                <Link to={`/invitations/${encodeURIComponent(line.id)}`}>
                  {line.needTitle} — {line.achievementTitle}
                </Link>
                <span className={own ? 'invitation-own' : 'quiet'}>{words || `${line.invitedOn} 邀请`}</span>
              </span>
              <span className={`tag ${own ? 'wait' : ''}`}>{codes.label('invitationStates', line.state)}</span>
            </li>
          );
        })}
      </ul>
      <MoreButton list={list} many="20 项" />
    </section>
  );
}
