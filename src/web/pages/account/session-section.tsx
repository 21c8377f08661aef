import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Skeleton } from 'antd';
import { call } from '../../api/client.ts';
import { deviceName } from '../../parts/device-name.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';

/** Where one is logged in; any of it is ended from here. */
export function SessionSection() {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: () => call('GET /api/v1/sessions'),
    staleTime: 0,
  });
  const changed = () => client.invalidateQueries({ queryKey: ['sessions'] });
  const end = useMutation({
    mutationFn: (id: string) => call('DELETE /api/v1/sessions/{id}', { params: { id } }),
    onSuccess: () => void message.success('已退出那个登录'),
    onSettled: changed,
  });
  const endOthers = useMutation({
    mutationFn: () => call('DELETE /api/v1/sessions'),
    onSuccess: ({ ended }) => void message.success(`已退出其他 ${ended} 个登录`),
    onSettled: changed,
  });
  return (
    <section className="card" aria-labelledby="sessions-title">
      <div className="account-head">
        <h2 id="sessions-title">登录的地方</h2>
        {(data?.items.length ?? 0) > 1 ? (
          <Button className="no-print" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
            退出其他全部登录
          </Button>
        ) : null}
      </div>
      <ProblemAlert error={error ?? end.error ?? endOthers.error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 2 }} /> : null}
      <ul className="account-lines">
        {(data?.items ?? []).map((one) => (
          <li key={one.id}>
            <span>
              {deviceName(one.device)} {one.current ? <span className="tag good">这里</span> : null}
              <br />
              <span className="quiet">
                {one.address} · {momentOf(one.startedAt)} 登录 · 最近使用 {momentOf(one.usedAt)}
              </span>
            </span>
            {one.current ? null : (
              <Button
                size="small"
                className="no-print"
                disabled={end.isPending}
                aria-label={`退出 ${deviceName(one.device)}、${momentOf(one.startedAt)} 的登录`}
                onClick={() => end.mutate(one.id)}
              >
                退出
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
