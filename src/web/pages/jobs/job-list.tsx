import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Select, Skeleton } from 'antd';
import { useSearchParams } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';

type Job = Answer<'GET /api/v1/jobs'>['items'][number];
const states = [
  ['failed', '失败', 'bad'],
  ['running', '运行中', 'accent'],
  ['waiting', '等待', 'wait'],
] as const;

/** Jobs that are not done, failures in front: tried again, or given up. */
export function JobList() {
  const [search, setSearch] = useSearchParams();
  const state = states.find(([code]) => code === search.get('state'))?.[0] ?? 'failed';
  const list = useInfiniteQuery({
    queryKey: ['jobs', state],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/jobs', { query: { state, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch, isFetching } = list;
  const jobs = data?.pages.flatMap((page) => page.items) ?? [];
  const counts = data?.pages[0]?.counts;
  const countOf = (code: string) =>
    counts
      ? ` ${code === 'failed' ? counts.failed : code === 'running' ? counts.running : counts.waiting + counts.delayed}`
      : '';
  return (
    <section className="jobs-list" aria-labelledby="jobs-title">
      <h2 id="jobs-title">没有做完的任务</h2>
      <div className="line-filter no-print">
        <Select
          value={state}
          aria-label="任务的状态"
          options={states.map(([code, label]) => ({ value: code, label: `${label}${countOf(code)}` }))}
          onChange={(value) => setSearch({ state: value }, { replace: true })}
        />
        <Button loading={isFetching && !list.isFetchingNextPage} onClick={() => void refetch()}>
          刷新
        </Button>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      {data && jobs.length === 0 ? (
        <p className="card quiet">{state === 'failed' ? '没有失败的任务。' : '没有这个状态的任务。'}</p>
      ) : null}
      {jobs.length > 0 ? (
        <ul className="card lines">
          {jobs.map((job) => (
            <JobLine key={job.id} job={job} />
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="50 个" />
    </section>
  );
}

function JobLine({ job }: { readonly job: Job }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, title, key, state, attempts, mostAttempts, nextTryAt, failedAt, reason } = job;
  const [, label, tone] = states.find(([code]) => code === state)!;
  const act = useMutation({
    mutationFn: (what: 'retry' | 'drop') =>
      what === 'retry'
        ? call('POST /api/v1/jobs/{id}/retry', { params: { id } })
        : call('DELETE /api/v1/jobs/{id}', { params: { id } }),
    onSuccess: (_, what) => void message.success(what === 'retry' ? '已重新排队' : '已丢弃'),
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
  return (
    <li>
      <span className="line-title">
        <span>
          {title}
          {key === null ? '' : `（${key}）`}
        </span>
        <span className="quiet">
          试过 {attempts} 次{mostAttempts === null ? '' : `，最多 ${mostAttempts} 次`}
          {failedAt ? ` · ${momentOf(failedAt)} 失败` : ''}
          {nextTryAt ? ` · ${momentOf(nextTryAt)} 运行` : ''}
        </span>
        {reason ? <span className="wrapped">{reason}</span> : null}
        {act.error ? (
          <span className="line-problem" role="alert">
            {act.error.message}
          </span>
        ) : null}
      </span>
      <span className={`tag ${tone}`}>{label}</span>
      <span className="line-tools no-print">
        {state === 'failed' ? (
          <>
            <Button size="small" loading={act.isPending} onClick={() => act.mutate('retry')}>
              重试<span className="only-read">：{title}</span>
            </Button>
            <Popconfirm
              title="丢弃这个任务？"
              description="不再做它，不能恢复"
              okText="丢弃"
              cancelText="不丢弃"
              onConfirm={() => act.mutate('drop')}
            >
              <Button size="small" disabled={act.isPending}>
                丢弃……<span className="only-read">：{title}</span>
              </Button>
            </Popconfirm>
          </>
        ) : null}
      </span>
    </li>
  );
}
