import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShownFiles } from '../../parts/shown-files.tsx';
import { recordPath } from '../../parts/suggest-box.tsx';
import type { Work } from './intake-kinds.ts';

type Move = 'open' | 'close';

/** A file that its owners want shown with the record: made public, or kept for the inside. */
export function FileDetail({
  id,
  work,
  onDone,
}: {
  readonly id: string;
  /** The line of the queue; undefined where the file is decided already. */
  readonly work: Work | undefined;
  readonly onDone: () => void;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const collection = work?.place.collection === 'needs' ? 'needs' : 'achievements';
  const owner = work?.place.id ?? '';
  const { data, error, refetch } = useQuery({
    queryKey: ['attachments', collection, owner],
    queryFn: () => call('GET /api/v1/attachments', { query: { collection, id: owner } }),
    enabled: work !== undefined,
  });
  const file = data?.items.find((one) => one.id === id);
  const move = useMutation({
    mutationFn: (action: Move) =>
      call('POST /api/v1/attachments/{id}/actions/{action}', {
        params: { id, action },
        body: { version: file?.version ?? 0 },
      }),
    onSuccess: async (_, action) => {
      void message.success(action === 'open' ? '附件已公开' : '附件改为仅内部可见');
      onDone();
      await Promise.all([
        client.invalidateQueries({ queryKey: ['attachments'] }),
        client.invalidateQueries({ queryKey: ['desk'] }),
      ]);
    },
    onError: (thrown) => {
      if (isProblem(thrown, 409)) void refetch();
    },
  });
  if (!work) return <p>这个附件已经办过，或已删除。</p>;
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 6 }} />;
  if (!file) return <p>这个附件已经删除。</p>;
  return (
    <>
      <div className="page-head">
        <div>
          <h2>{file.name}</h2>
          <p>
            所属{collection === 'needs' ? '需求' : '成果'}：
            <Link to={recordPath(collection === 'needs' ? 'need' : 'achievement', owner)}>{work.title}</Link>
          </p>
        </div>
      </div>
      <section className="card staff-actions no-print" aria-label="审核">
        <p>公开以后，看得到这条记录的人都能下载这个附件。请先打开看看有没有联系方式、内部资料和密级标记。</p>
        <DecisionBar<Move>
          accept={{ action: 'open', label: '公开' }}
          refusals={[]}
          others={[{ action: 'close', label: '不公开，仅内部可见' }]}
          sending={move.isPending}
          error={move.error}
          keys
          onDecide={(action) => move.mutateAsync(action)}
        />
      </section>
      <section className="card" aria-label="附件">
        <ShownFiles files={[file]} error={null} onRetry={() => undefined} none="" />
      </section>
    </>
  );
}
