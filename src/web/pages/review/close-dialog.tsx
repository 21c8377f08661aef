import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Modal, Skeleton } from 'antd';
import { call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { weekName } from '../../parts/times.ts';
import { docketKey } from './use-marking.ts';

/** Closing the week: what will happen, in figures, before it does. */
export function CloseDialog({
  week,
  settled,
  onClose,
}: {
  readonly week: string;
  /** Resolves when no mark is on its way any more. */
  readonly settled: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const preview = useQuery({
    queryKey: ['close-preview', week],
    queryFn: async () => {
      await settled();
      return call('GET /api/v1/dockets/{week}/close-preview', { params: { week } });
    },
    staleTime: 0,
    gcTime: 0,
  });
  const close = useMutation({
    mutationFn: (version: number) => call('POST /api/v1/dockets/{week}/close', { params: { week }, body: { version } }),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: docketKey(week) }),
        client.invalidateQueries({ queryKey: ['dockets'] }),
        client.invalidateQueries({ queryKey: ['pair'] }),
        client.invalidateQueries({ queryKey: ['minutes', week] }),
      ]);
      void message.success(`${weekName(week)}清单已关闭，标记已生效`);
      onClose();
    },
    onError: (error) => {
      // Somebody marked meanwhile: the figures are read again, and asked about again.
      if (isProblem(error, 409)) void preview.refetch();
    },
  });
  const figures = preview.data;
  return (
    <Modal
      open
      title={`关闭${weekName(week)}清单`}
      onCancel={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>先不关闭</Button>
          <Button
            type="primary"
            disabled={!figures || figures.unconfirmed > 0 || preview.isFetching}
            loading={close.isPending}
            onClick={() => figures && close.mutate(figures.version)}
          >
            关闭清单，标记生效
          </Button>
        </>
      }
    >
      <ProblemAlert error={close.error ?? preview.error} focus />
      {figures ? (
        <>
          <p>关闭后标记立即生效，不能撤销，只能逐对更正并写明原因。将会：</p>
          <table className="closing">
            <tbody>
              <Line count={figures.accept} name="通过" what="邀请双方，双方都愿意后建立合作" />
              <Line
                count={figures.reject}
                name="不通过"
                what={
                  Object.entries(figures.reasons)
                    .map(([reason, count]) => `${codes.label('rejectionReasons', reason)} ${count}`)
                    .join('，') || '不再推荐，除非内容有改动'
                }
              />
              <Line
                count={figures.defer}
                name="暂缓"
                what={figures.watch.map(({ until, pairs }) => `${until} 起再议 ${pairs}`).join('，') || '到期再议'}
              />
              <Line
                count={figures.ask}
                name="请补充"
                what={`向需求方提问 ${figures.questions.need}，向成果方提问 ${figures.questions.achievement}`}
              />
              <Line count={figures.undecided} name="没有标记" what="转入下一份清单" />
              {figures.void > 0 ? <Line count={figures.void} name="已失效" what="一方已撤回或过期，略过" /> : null}
              {figures.elsewhere > 0 ? <Line count={figures.elsewhere} name="由别的清单决定" what="略过" /> : null}
            </tbody>
          </table>
          {figures.unconfirmed > 0 ? (
            <Alert
              type="warning"
              showIcon
              title={`通过之中有 ${figures.unconfirmed} 对等待复核，现在不能关闭`}
              description="请由另一位工作人员复核，或改为其他标记。在清单上方选“待复核”，可以逐对处理。"
            />
          ) : null}
          <p className="quiet">其中 {figures.judgements} 个判断会用来改进今后的排序。</p>
        </>
      ) : preview.error ? null : (
        <Skeleton active paragraph={{ rows: 5 }} />
      )}
    </Modal>
  );
}

function Line({ count, name, what }: { readonly count: number; readonly name: string; readonly what: string }) {
  return (
    <tr className={count === 0 ? 'quiet' : undefined}>
      <th scope="row">{name}</th>
      <td className="count">{count} 对</td>
      <td>{count === 0 ? '' : what}</td>
    </tr>
  );
}
