import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useSession } from '../../app/session.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { JobList } from './job-list.tsx';
import { ParkedChanges } from './parked-changes.tsx';
import { WeeklyRun } from './weekly-run.tsx';
import '../../parts/lines.css';
import './jobs.css';

export function JobsPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Jobs />
    </ForRoles>
  );
}

/** What the service does by itself: the week's matching for all staff, what failed for administrators. */
function Jobs() {
  usePageTitle('任务');
  const { session } = useSession();
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>任务</h1>
          <p className="quiet">系统在后台做的事：每周匹配，定时的工作，做不成的在这里重试</p>
        </div>
      </div>
      <WeeklyRun />
      {session?.user.role === 'admin' ? (
        <>
          <JobList />
          <ParkedChanges />
        </>
      ) : null}
    </div>
  );
}
