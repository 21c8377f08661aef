import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Modal } from 'antd';
import { useState } from 'react';
import { type Answer, call, randomKey } from '../../api/client.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';
import type { AnswerView } from './answer-view.ts';

type Outcome = Answer<'POST /api/v1/answer-batches/{action}'>['outcomes'][number];

/** Approves or sends the chosen letters at once: exactly how many is said before, and what became of each after. */
export function BatchBar({
  state,
  chosen,
  all,
  onAll,
}: {
  readonly state: 'drafted' | 'approved';
  readonly chosen: readonly AnswerView[];
  readonly all: number;
  readonly onAll: (on: boolean) => void;
}) {
  const client = useQueryClient();
  const action = state === 'drafted' ? 'approve' : 'send';
  const verb = action === 'approve' ? '批准' : '发出';
  // What the dialog is about stays as it was when it was opened, whatever the list does meanwhile.
  const [asked, setAsked] = useState<{ readonly key: string; readonly answers: readonly AnswerView[] } | null>(null);
  const send = useMutation({
    mutationFn: ({ key, answers }: NonNullable<typeof asked>) =>
      call('POST /api/v1/answer-batches/{action}', {
        params: { action },
        body: { items: answers.map(({ id, version }) => ({ id, version })) },
        key,
      }),
  });
  const once = useOnce();
  const outcomes = send.data?.outcomes;
  const close = () => {
    setAsked(null);
    send.reset();
    // Only now: a list that has become empty would take the dialog with it before its outcome was read.
    for (const queryKey of [['answers'], ['answer'], ['desk']]) void client.invalidateQueries({ queryKey });
  };
  return (
    <div className="batch no-print">
      <Checkbox
        checked={chosen.length > 0 && chosen.length === Math.min(all, 100)}
        indeterminate={chosen.length > 0 && chosen.length < Math.min(all, 100)}
        onChange={({ target }) => onAll(target.checked)}
      >
        全选
      </Checkbox>
      <Button
        size="small"
        type="primary"
        disabled={chosen.length === 0}
        onClick={() => setAsked({ key: randomKey(), answers: chosen })}
      >
        {chosen.length === 0 ? `${verb}选中的` : `${verb}选中的 ${chosen.length} 份……`}
      </Button>
      <Modal
        open={asked !== null}
        title={outcomes ? '办理结果' : `${verb} ${asked?.answers.length ?? 0} 份答复`}
        onCancel={close}
        footer={
          outcomes ? (
            <Button type="primary" onClick={close}>
              知道了
            </Button>
          ) : (
            <>
              <Button onClick={close}>先不{verb}</Button>
              <Button
                type="primary"
                loading={send.isPending}
                onClick={() => asked && once(() => send.mutateAsync(asked))}
              >
                {verb} {asked?.answers.length ?? 0} 份
              </Button>
            </>
          )
        }
      >
        <ProblemAlert error={send.error} focus />
        {outcomes ? (
          <Outcomes outcomes={outcomes} answers={asked?.answers ?? []} verb={verb} />
        ) : (
          <>
            <p>{action === 'send' ? '发出后对方立即收到，不能收回。' : '批准以后，修改文字须重新批准。'}</p>
            <ol className="batch-list" aria-label="选中的答复">
              {asked?.answers.map(({ id, subject }) => (
                <li key={id}>{subject}</li>
              ))}
            </ol>
          </>
        )}
      </Modal>
    </div>
  );
}

function Outcomes({
  outcomes,
  answers,
  verb,
}: {
  readonly outcomes: readonly Outcome[];
  readonly answers: readonly AnswerView[];
  readonly verb: string;
}) {
  const failed = outcomes.filter(({ done }) => !done);
  return (
    <>
      <Alert
        type={failed.length === 0 ? 'success' : 'warning'}
        showIcon
        title={`${verb}了 ${outcomes.length - failed.length} 份${failed.length > 0 ? `，${failed.length} 份没有办成` : ''}`}
      />
      {failed.length > 0 ? (
        <ul className="batch-list">
          {failed.map(({ id, problem }) => (
            <li key={id}>
              <strong>{answers.find((answer) => answer.id === id)?.subject ?? id}</strong>：{problem}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
