import { Button } from 'antd';
import { useState } from 'react';
import { Link, Navigate, useSearchParams } from 'react-router';
import { useSession } from '../../app/session.tsx';
import { PageSkeleton } from '../../parts/page-skeleton.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ForgottenPassword } from './forgotten-password.tsx';
import { LoginForm } from './login-form.tsx';
import { nextAddress } from './next-address.ts';

export function LoginPage() {
  usePageTitle('登录');
  const { session, set } = useSession();
  const [search] = useSearchParams();
  const [forgotten, setForgotten] = useState(false);
  // Until it is known that nobody is logged in, an answer on its way could undo a login.
  if (session === undefined) return <PageSkeleton />;
  if (session) return <Navigate replace to={nextAddress(search, session)} />;
  return (
    <div className="page narrow">
      <div className="card">
        <div className="page-head">
          <div>
            <h1>{forgotten ? '忘了密码' : '登录'}</h1>
            {forgotten ? null : <p className="quiet">企业、高校院所和科技局工作人员由此登录</p>}
          </div>
        </div>
        {forgotten ? (
          <ForgottenPassword onBack={() => setForgotten(false)} />
        ) : (
          <>
            <LoginForm known={search.get('login') ?? ''} onLoggedIn={set} />
            <Button type="link" block onClick={() => setForgotten(true)}>
              忘了密码
            </Button>
          </>
        )}
      </div>
      <p className="foot">
        单位还没有登记？<Link to="/register">登记机构</Link>。已登记的单位，请机构管理员邀请您。
      </p>
    </div>
  );
}
