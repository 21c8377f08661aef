import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useParams } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useCodes } from '../../parts/codes.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { SideInvitation } from './side-invitation.tsx';
import { WholeInvitation } from './whole-invitation.tsx';
import './invitation.css';

export type InvitationView = Answer<'GET /api/v1/invitations/{id}'>;
export type SideView = Extract<InvitationView, { readonly other: unknown }>;
export type WholeView = Extract<InvitationView, { readonly pairId: string }>;

export const invitationKey = (id: string) => ['invitation', id] as const;

const stateTones: Readonly<Record<InvitationView['state'], string>> = {
  open: 'wait',
  agreed: 'good',
  declined: 'bad',
  lapsed: '',
  void: '',
  cancelled: '',
};

export function InvitationPage() {
  return (
    <ForRoles roles={['member', 'manager', 'staff', 'admin']}>
      <LoadedPage />
    </ForRoles>
  );
}

/** The question whether the two sides of a pair are willing: to one side its own part, to the bureau the whole. */
function LoadedPage() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: invitationKey(id),
    queryFn: () => call('GET /api/v1/invitations/{id}', { params: { id } }),
  });
  usePageTitle('对接邀请');
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page invitation">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        'other' in data ? (
          <SideInvitation invitation={data} />
        ) : (
          <WholeInvitation invitation={data} />
        )
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 10 }} />
      )}
    </div>
  );
}

/** What it is, where it stands, and until when it can be answered. */
export function InvitationHead({ invitation }: { readonly invitation: InvitationView }) {
  const codes = useCodes();
  const { state, overdue, invitedOn, dueOn } = invitation;
  return (
    <div className="page-head">
      <div>
        <div className="invitation-tags">
          <span className={`tag ${stateTones[state]}`}>{codes.label('invitationStates', state)}</span>
          {overdue ? <span className="tag bad">已过答复期限</span> : null}
        </div>
        <h1>对接邀请</h1>
        <p className="quiet">
          {invitedOn} 邀请 · {state === 'open' ? '请在' : '答复期限'} {dueOn}
          {state === 'open' ? ' 前（含当天）答复' : ''}
        </p>
      </div>
    </div>
  );
}
