import { useMutation } from '@tanstack/react-query';
import { Button, Result } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** No docket yet, or none of that week: what to do. */
export function NoDocket({ week, words }: { readonly week: string; readonly words: string }) {
  const run = useMutation({ mutationFn: () => call('POST /api/v1/matching-runs', { body: {} }) });
  return (
    <div className="page">
      <ProblemAlert error={run.error} focus />
      <Result
        status="info"
        title={<h1 className="result-title">{week === 'current' ? '还没有清单' : '没有这一周的清单'}</h1>}
        subTitle={
          run.data
            ? `已开始匹配 ${run.data.week}，一般一两分钟完成，完成后刷新本页。`
            : week === 'current'
              ? '每周自动匹配一次，匹配后在这里审核。也可以现在就匹配。'
              : words
        }
        extra={
          week === 'current' ? (
            run.data ? (
              <Button type="primary" onClick={() => window.location.reload()}>
                刷新
              </Button>
            ) : (
              <Button type="primary" loading={run.isPending} onClick={() => run.mutate()}>
                现在匹配
              </Button>
            )
          ) : (
            <Link to="/review">
              <Button type="primary">看最近的清单</Button>
            </Link>
          )
        }
      />
    </div>
  );
}
