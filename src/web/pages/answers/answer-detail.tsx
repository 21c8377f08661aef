import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames, recordPath } from '../../parts/suggest-box.tsx';
import { momentOf, weekName } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import type { AnswerView } from './answer-view.ts';

type Move = 'approve' | 'return' | 'send' | 'drop';

const tones: Readonly<Record<AnswerView['state'], string>> = {
  drafted: 'wait',
  approved: 'accent',
  sent: 'good',
  dropped: '',
};
const done: Readonly<Record<Move, string>> = {
  approve: '已批准',
  return: '已退回修改',
  send: '已发出',
  drop: '已决定不发',
};

/** One letter as its party will read it, with what may be done to it now. */
export function AnswerDetail({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['answer', id],
    queryFn: () => call('GET /api/v1/answers/{id}', { params: { id } }),
  });
  if (error) return isProblem(error, 404) ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 10 }} />;
  return <Letter answer={data} onDone={onDone} />;
}

function Letter({ answer, onDone }: { readonly answer: AnswerView; readonly onDone: () => void }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message, modal } = App.useApp();
  const [editing, setEditing] = useState(false);
  const { id, version, state, organisationId } = answer;
  const organisation = useQuery({
    queryKey: ['organisation', organisationId],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: organisationId ?? '' } }),
    enabled: typeof organisationId === 'string',
    staleTime: 300_000,
  });
  const settle = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['answers'] }),
      client.invalidateQueries({ queryKey: ['desk'] }),
    ]);
  const move = useMutation({
    mutationFn: ({ action, reason }: { readonly action: Move; readonly reason?: string | undefined }) =>
      call('POST /api/v1/answers/{id}/actions/{action}', {
        params: { id, action },
        body: { version, ...(reason ? { reason } : {}) },
      }),
    onSuccess: async (next, { action }) => {
      client.setQueryData(['answer', id], next);
      void message.success(done[action]);
      if (action !== 'return') onDone();
      await settle();
    },
    onError: (thrown) => {
      if (isProblem(thrown, 409)) void client.invalidateQueries({ queryKey: ['answer', id] });
    },
  });
  const decide = async (action: Move, reason?: string): Promise<unknown> => {
    if (action !== 'send') return move.mutateAsync({ action, reason });
    return await modal.confirm({
      title: '发出这份答复？',
      content: '发出后对方立即收到，不能收回。',
      okText: '发出',
      cancelText: '先不发出',
      onOk: () => move.mutateAsync({ action }).catch(() => undefined),
    });
  };
  const open = state === 'drafted' || state === 'approved';
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${tones[state]}`}>{codes.label('answerStates', state)}</span>
          <h2>{answer.subject}</h2>
          <p className="quiet">
            {organisationId === null ? '没有注册的机构，只能电话告知' : `致 ${organisation.data?.content.name ?? '……'}`}
            {answer.week ? ` · ${weekName(answer.week)}清单` : ''}
            {open && answer.dueOn ? ` · ${answer.dueOn} 前发出` : ''}
            {answer.sentAt ? ` · ${momentOf(answer.sentAt)} 发出` : ''}
          </p>
        </div>
        <Link className="no-print" to={recordPath(answer.recordKind, answer.recordId)}>
          查看{kindNames[answer.recordKind]}
        </Link>
      </div>
      {answer.outdated ? (
        <Alert className="record-note" type="warning" showIcon title="修改文字之后，审核结果又有更正，请再核对" />
      ) : null}
      {open && !editing ? (
        <section className="card staff-actions no-print" aria-label="办理">
          <DecisionBar<Move>
            accept={state === 'drafted' ? { action: 'approve', label: '批准' } : { action: 'send', label: '发出……' }}
            refusals={[
              {
                action: 'drop',
                label: '不发',
                ask: '不发的原因',
                note: '只留在科技局内部，例如何时电话告知了谁',
              },
            ]}
            others={state === 'approved' ? [{ action: 'return', label: '退回修改' }] : []}
            sending={move.isPending}
            error={move.error}
            keys
            onDecide={decide}
          />
        </section>
      ) : null}
      {!open && move.error ? <ProblemAlert error={move.error} focus /> : null}
      <section className="card" aria-label="答复全文">
        {editing ? (
          <TextForm
            answer={answer}
            onClose={() => setEditing(false)}
            onSaved={async (next) => {
              client.setQueryData(['answer', id], next);
              setEditing(false);
              await settle();
            }}
          />
        ) : (
          <>
            <p className="answer-text">{answer.text}</p>
            {open ? (
              <div className="answer-tools no-print">
                <Button onClick={() => setEditing(true)}>修改文字</Button>
              </div>
            ) : null}
          </>
        )}
      </section>
      {answer.history && answer.history.length > 0 ? (
        <section className="card" aria-label="经过">
          <h2>经过</h2>
          <ol className="plain-list">
            {answer.history.map((line) => (
              <li key={`${line.at}${line.action}`}>
                <span className="quiet">{momentOf(line.at)}</span> {codes.label('answerStates', line.to)}
                {line.action === 'edit' ? '（修改文字）' : ''}
                {line.reason ? `：${line.reason}` : ''}
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </>
  );
}

function TextForm({
  answer,
  onClose,
  onSaved,
}: {
  readonly answer: AnswerView;
  readonly onClose: () => void;
  readonly onSaved: (next: AnswerView) => Promise<void>;
}) {
  const { message } = App.useApp();
  const [form] = Form.useForm<{ text: string }>();
  const [error, setError] = useState<unknown>(null);
  const once = useOnce();
  const save = useMutation({
    mutationFn: (text: string) =>
      call('PUT /api/v1/answers/{id}', {
        params: { id: answer.id },
        body: { version: answer.version, text },
      }),
    onMutate: () => setError(null),
    onSuccess: async (next) => {
      void message.success(answer.state === 'approved' ? '已保存，须重新批准' : '已保存');
      await onSaved(next);
    },
    onError: (thrown) => setError(toFields(form, thrown, ['text'])),
  });
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ text: answer.text }}
      onFinish={({ text }) => once(() => save.mutateAsync(text))}
      scrollToFirstError={{ focus: true }}
    >
      <ProblemAlert error={error} focus />
      <Form.Item
        name="text"
        label="正文"
        extra={answer.state === 'approved' ? '已批准的，保存后须重新批准' : undefined}
        rules={[{ required: true, whitespace: true, message: '请填写正文' }]}
      >
        <Input.TextArea className="growing" autoFocus />
      </Form.Item>
      <div className="decision-buttons">
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          保存
        </Button>
        <Button onClick={onClose}>取消</Button>
      </div>
    </Form>
  );
}
