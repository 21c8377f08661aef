import { Button, Result } from 'antd';
import { Link } from 'react-router';
import { usePageTitle } from '../parts/page-title.ts';

export function MissingPage() {
  usePageTitle('没有这个页面');
  return (
    <Result
      status="404"
      title={<h1 className="result-title">没有这个页面</h1>}
      subTitle="请检查网址是否抄全、抄对；也可能是记录已经撤回，或您没有查看的权限。"
      extra={
        <Link to="/">
          <Button type="primary">回到首页</Button>
        </Link>
      }
    />
  );
}
