import { Result } from 'antd';
import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { type Role, useSession } from './session.tsx';

/** A page for some roles alone. The service decides what they get; this only leads people to where they can go on. */
export function ForRoles({ roles, children }: { readonly roles: readonly Role[]; readonly children: ReactNode }) {
  const { session } = useSession();
  const { pathname, search } = useLocation();
  if (session === undefined) return <PageSkeleton />;
  if (session === null) return <Navigate replace to={`/login?next=${encodeURIComponent(pathname + search)}`} />;
  if (!roles.includes(session.user.role)) {
    return (
      <Result
        status="403"
        title={<h1 className="result-title">您的账号不能使用这个页面</h1>}
        subTitle={`您现在以“${session.user.name}”登录。需要使用这个页面时，请请管理员给您相应的角色，或换一个账号登录。`}
      />
    );
  }
  return children;
}

export const organisationRoles: readonly Role[] = ['manager', 'member'];
export const bureauRoles: readonly Role[] = ['staff', 'admin'];
