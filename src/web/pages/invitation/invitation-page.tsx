import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { invitationKey } from './invitation-head.tsx';
import { SideInvitation } from './side-invitation.tsx';
import { WholeInvitation } from './whole-invitation.tsx';
import './invitation.css';

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
