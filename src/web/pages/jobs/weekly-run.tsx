import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Progress, Skeleton } from 'antd';
import { useRef } from 'react';
import { Link } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf, weekName } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';

type Run = Answer<'GET /api/v1/matching-runs/{week}'>;

const states: Readonly<Record<Run['state'], readonly [text: string, tone: string]>> = {
  running: ['进行中', 'wait'],
  finished: ['已完成', 'good'],
  failed: ['失败', 'bad'],
  cancelled: ['已取消', ''],
};
/** For so long after somebody came or pressed the button the page asks by itself: a request keeps a session alive. */
const livelyMs = 5 * 60_000;

/** The newest matching: how far it is, what came of it, and asking for this week's. */
export function WeeklyRun() {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const lively = useRef(Date.now());
  // From the answer to the request until the run is seen: the queue takes a moment.
  const asked = useRef<string | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['matching-run'],
    queryFn: async () => {
      try {
        return await call('GET /api/v1/matching-runs/{week}', { params: { week: 'current' } });
      } catch (thrown) {
        if (isProblem(thrown, 404)) return null;
        throw thrown;
      }
    },
    refetchInterval: ({ state: { data: run } }) => {
      if (Date.now() - lively.current > livelyMs) return false;
      return run?.state === 'running' || (asked.current !== null && run?.week !== asked.current) ? 2_000 : false;
    },
  });
  const request = useMutation({
    mutationFn: () => call('POST /api/v1/matching-runs', { body: {} }),
    onSuccess: async ({ week }) => {
      lively.current = Date.now();
      asked.current = week;
      void message.success(`${weekName(week)}的匹配已排队`);
      await client.invalidateQueries({ queryKey: ['matching-run'] });
    },
  });
  const cancel = useMutation({
    mutationFn: (week: string) => call('POST /api/v1/matching-runs/{week}/cancel', { params: { week } }),
    onSuccess: ({ week }) => {
      asked.current = null;
      void message.success(`${weekName(week)}的匹配已取消`);
    },
    // What stands against it (it has just ended) is to be seen beside the words of the service.
    onSettled: () => client.invalidateQueries({ queryKey: ['matching-run'] }),
  });
  return (
    <section className="card" aria-labelledby="run-title">
      <h2 id="run-title">每周匹配</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ProblemAlert error={request.error ?? cancel.error} focus />
      {data === undefined && !error ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      {data === null ? <p className="quiet">还没有运行过匹配。每周自动运行，也可以现在就运行。</p> : null}
      {data ? <RunFacts run={data} /> : null}
      <div className="run-tools no-print">
        <Button
          loading={request.isPending}
          disabled={data?.state === 'running'}
          onClick={() => {
            cancel.reset();
            once(() => request.mutateAsync());
          }}
        >
          运行本周的匹配
        </Button>
        {data?.state === 'running' ? (
          <Popconfirm
            title="取消这次匹配？"
            description="正在做的需求做完即停，不生成清单；以后可以接着做。"
            okText="取消匹配"
            cancelText="不取消"
            onConfirm={() => cancel.mutate(data.week)}
          >
            <Button loading={cancel.isPending}>取消这次匹配……</Button>
          </Popconfirm>
        ) : null}
        <p className="quiet">
          {data?.state === 'cancelled'
            ? '取消以后不会自动再运行；按上面的按钮接着做。'
            : '本周已有清单时不会再做一份。'}
        </p>
      </div>
    </section>
  );
}

function RunFacts({ run }: { readonly run: Run }) {
  const { week, state, needs, achievements, done, pairsScored, parts, partsDone, startedAt, finishedAt, failure } = run;
  const [text, tone] = states[state];
  // While the corpus is counted there are no parts yet.
  const share = parts === 0 ? (needs === 0 ? 0 : done / needs) : partsDone / parts;
  const percent = state === 'finished' ? 100 : Math.floor(share * 100);
  const bars = { finished: 'success', failed: 'exception', running: 'active', cancelled: 'normal' } as const;
  return (
    <>
      <p className="run-state">
        <strong>{weekName(week)}</strong>
        <span className={`tag ${tone}`}>{text}</span>
        <span className="quiet">
          {momentOf(startedAt)} 开始{finishedAt ? `，${momentOf(finishedAt)} 结束` : ''}
        </span>
        {state === 'finished' ? <Link to={`/review/${week}`}>看清单</Link> : null}
      </p>
      <div className="run-bar">
        <Progress percent={percent} status={bars[state]} aria-label={`${weekName(week)}匹配的进度`} />
      </div>
      <p className="quiet">
        需求 {needs.toLocaleString('zh-CN')} 项，已完成 {done.toLocaleString('zh-CN')}；成果{' '}
        {achievements.toLocaleString('zh-CN')} 项；打分 {pairsScored.toLocaleString('zh-CN')} 对
        {state === 'running' && parts === 0 ? '；正在统计语料' : ''}
      </p>
      {failure ? <p className="line-problem">失败的原因：{failure}</p> : null}
    </>
  );
}
