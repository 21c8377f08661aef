import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Skeleton } from 'antd';
import { type Answer, call } from '../../api/client.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';

type Parked = Answer<'GET /api/v1/parked-changes'>['items'][number];

/** Changes that some background work failed on again and again, put aside so that the others go on. */
export function ParkedChanges() {
  const list = useInfiniteQuery({
    queryKey: ['parked-changes'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/parked-changes', { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="jobs-list" aria-labelledby="parked-title">
      <h2 id="parked-title">搁置的变更</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 2 }} /> : null}
      {data && items.length === 0 ? <p className="card quiet">没有搁置的变更，各项后台处理都跟上了。</p> : null}
      {items.length > 0 ? (
        <ul className="card lines">
          {items.map((one) => (
            <ParkedLine key={one.id} parked={one} />
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="50 条" />
    </section>
  );
}

function ParkedLine({ parked }: { readonly parked: Parked }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, consumer, collection, recordId, events, reason, tries, parkedAt } = parked;
  const replay = useMutation({
    mutationFn: () => call('POST /api/v1/parked-changes/{id}/replay', { params: { id } }),
    onSuccess: ({ handled, reason: why }) =>
      void (handled ? message.success('做成了，不再搁置') : message.error(`还是没有做成：${why ?? ''}`, 6)),
    onSettled: () => client.invalidateQueries({ queryKey: ['parked-changes'] }),
  });
  return (
    <li>
      <span className="line-title">
        <span>
          {consumer}：{collection} {recordId}
        </span>
        <span className="quiet">
          {momentOf(parkedAt)} 搁置 · 又试了 {tries} 次 · {events.join('、')}
        </span>
        <span className="wrapped">{reason}</span>
        {replay.error ? (
          <span className="line-problem" role="alert">
            {replay.error.message}
          </span>
        ) : null}
      </span>
      <span />
      <Button size="small" className="no-print" loading={replay.isPending} onClick={() => replay.mutate()}>
        再试<span className="only-read">：{recordId}</span>
      </Button>
    </li>
  );
}
