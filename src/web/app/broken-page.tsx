import { Button, Result } from 'antd';
import { useRouteError } from 'react-router';
import { isProblem } from '../api/client.ts';

/** What stands where a page broke: mostly a page whose files were replaced by a newer version while it was open. */
export function BrokenPage() {
  const error = useRouteError();
  const stale = error instanceof TypeError && /dynamically imported module|Importing a module/i.test(error.message);
  return (
    <Result
      status="warning"
      title={<h1 className="result-title">{stale ? '系统已更新' : '这个页面出错了'}</h1>}
      subTitle={
        isProblem(error)
          ? error.message
          : stale
            ? '页面的文件已换成新的，请刷新后继续。'
            : '请刷新页面；仍不行时，请把您刚才的操作告诉管理员。'
      }
      extra={
        <Button type="primary" onClick={() => window.location.reload()}>
          刷新页面
        </Button>
      }
    />
  );
}
