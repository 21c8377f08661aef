import { Button } from 'antd';
import { Link } from 'react-router';
import { isBureau, useSession } from '../../app/session.tsx';
import { usePageTitle } from '../../parts/page-title.ts';

export function HomePage() {
  usePageTitle('科技供需对接');
  const { session } = useSession();
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>企业技术需求与科技成果的对接</h1>
          <p className="quiet">
            企业发布技术需求，高校和院所发布科技成果；每周自动配对、说明理由，由科技局工作人员审核。
          </p>
        </div>
      </div>
      {isBureau(session) ? (
        <Link to="/review">
          <Button type="primary" size="large">
            去审核本周清单
          </Button>
        </Link>
      ) : null}
    </div>
  );
}
