import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { Facts } from '../../parts/facts.tsx';
import { flat } from '../../parts/form-errors.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { organisationLabels, organisationNames } from '../registration/organisation-fields.tsx';
import { ColleagueSection } from './colleague-section.tsx';
import '../account/account.css';

const tables: Readonly<Record<string, string>> = {
  type: 'organisationTypes',
  size: 'organisationSizes',
  industry: 'industries',
  fields: 'technologyFields',
};

export function MyOrganisationPage() {
  return (
    <ForRoles roles={organisationRoles}>
      <MyOrganisation />
    </ForRoles>
  );
}

/** What is known of one's own organisation; for its managers its people and who is invited. */
function MyOrganisation() {
  usePageTitle('我的机构');
  const codes = useCodes();
  const { session } = useSession();
  const id = session?.user.organisationId ?? '';
  const { data, error, refetch } = useQuery({
    queryKey: ['organisation', id],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id } }),
    enabled: id !== '',
  });
  const values = data ? flat(data.content, organisationNames) : {};
  return (
    <div className="page my-organisation">
      <div className="page-head">
        <div>
          <h1>{data?.content.name ?? '我的机构'}</h1>
          {data ? <p className="quiet">{codes.label('organisationStates', data.state)}</p> : null}
        </div>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {session?.user.role === 'manager' ? <ColleagueSection organisationId={id} /> : null}
      <section className="card" aria-labelledby="organisation-title">
        <h2 id="organisation-title">机构信息</h2>
        {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 8 }} /> : null}
        {data ? (
          <>
            <Facts
              lines={organisationNames.flatMap((name) => {
                const value = values[name];
                if (value === undefined) return [];
                const table = tables[name];
                const text = table
                  ? codes.list(table, Array.isArray(value) ? (value as string[]) : [String(value)])
                  : String(value);
                return [{ label: organisationLabels[name]!, text }];
              })}
            />
            {session?.user.role === 'manager' ? (
              <p className="no-print">
                <Link to="/my/organisation/edit">修改机构信息</Link>
              </p>
            ) : (
              <p className="quiet">信息有变动的，请本机构的管理员修改。</p>
            )}
          </>
        ) : null}
      </section>
    </div>
  );
}
