import { Skeleton } from 'antd';

/** The outline of a page while its file or its first answer is on the way. */
export function PageSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <span className="only-read">正在打开……</span>
      <Skeleton active title={{ width: '30%' }} paragraph={{ rows: 6 }} />
    </div>
  );
}
