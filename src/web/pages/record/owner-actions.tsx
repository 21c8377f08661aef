import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { isProblem } from '../../api/client.ts';
import { entryCalls, formPath, isEditable, myPath } from '../../parts/entry-calls.ts';
import { toFields } from '../../parts/form-problem.ts';
import { isRenewable, nextStepOf } from '../../parts/next-step.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { useOnce } from '../../parts/use-once.ts';
import { RecordChanges } from './record-changes.tsx';
import type { RecordView } from './record-view.ts';

type Move = { readonly action: 'renew' | 'discard' } | { readonly action: 'withdraw'; readonly reason: string };

const done: Readonly<Record<Move['action'], string>> = {
  renew: '已续期',
  discard: '修改已放弃，仍是已发布的版本',
  withdraw: '已撤回',
};

/** What its own people can do with a record, and what happens next with it. */
export function OwnerActions({ record }: { readonly record: RecordView }) {
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<{ reason: string }>();
  const [withdrawing, setWithdrawing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { kind, id, version, state, revision = 'none' } = record;
  const calls = entryCalls[kind];
  const move = useMutation({
    mutationFn: (wanted: Move) =>
      wanted.action === 'discard'
        ? calls.revise(id, version, 'discard')
        : calls.move(id, version, wanted.action, wanted.action === 'withdraw' ? wanted.reason : undefined),
    onMutate: () => setError(null),
    onSuccess: (_, { action }) => {
      setWithdrawing(false);
      void message.success(done[action]);
    },
    onError: (thrown) => setError(isProblem(thrown) && withdrawing ? toFields(form, thrown, ['reason']) : thrown),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['record', kind, id] }),
        client.invalidateQueries({ queryKey: ['my-entries', kind] }),
      ]),
  });
  const { words, turn } = nextStepOf(record);
  const open = (record.questions ?? []).filter(({ answeredAt }) => answeredAt === undefined).length;
  const writes = state === 'draft' || state === 'archived';
  return (
    <section className="card staff-actions no-print" aria-label="下一步">
      <div className="staff-head">
        <h2>{turn === 'own' ? '请您处理' : '下一步'}</h2>
        <Link to={myPath(kind)}>我的{kindNames[kind]}</Link>
      </div>
      <p className="wrapped owner-next">{words}</p>
      {open > 0 ? (
        <p className="owner-next">
          <a href="#questions">科技局有 {open} 个问题等您答复</a>
        </p>
      ) : null}
      {state === 'published' && revision !== 'none' ? <RecordChanges record={record} /> : null}
      <ProblemAlert error={error} focus />
      {withdrawing ? (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={({ reason }) => once(() => move.mutateAsync({ action: 'withdraw', reason: reason.trim() }))}
          scrollToFirstError={{ focus: true }}
        >
          <Form.Item
            name="reason"
            label="撤回的原因"
            extra="撤回后不能再改，也不再参加配对；已开始的合作照常进行"
            rules={[{ required: true, whitespace: true, message: '请填写撤回的原因' }]}
          >
            <Input.TextArea rows={2} maxLength={500} showCount autoFocus />
          </Form.Item>
          <div className="staff-buttons">
            <Button type="primary" danger htmlType="submit" loading={move.isPending}>
              撤回
            </Button>
            <Button onClick={() => setWithdrawing(false)}>取消</Button>
          </div>
        </Form>
      ) : (
        <div className="staff-buttons">
          {isRenewable(state, record.expiresOn) ? (
            <Button
              type="primary"
              loading={move.isPending}
              onClick={() => once(() => move.mutateAsync({ action: 'renew' }))}
            >
              续期
            </Button>
          ) : null}
          {isEditable(record) ? (
            <Link to={formPath(kind, id)}>
              <Button type={turn === 'own' && !isRenewable(state, record.expiresOn) ? 'primary' : 'default'}>
                {writes ? '继续填写' : revision === 'none' ? '修改' : '继续修改'}
              </Button>
            </Link>
          ) : null}
          {state === 'published' && revision !== 'none' ? (
            <Button
              disabled={move.isPending}
              onClick={() =>
                modal.confirm({
                  title: '放弃这次修改？',
                  content: '改过的内容不再保留，仍是已发布的版本。',
                  okText: '放弃修改',
                  cancelText: '不放弃',
                  onOk: () => move.mutateAsync({ action: 'discard' }).catch(() => undefined),
                })
              }
            >
              放弃修改……
            </Button>
          ) : null}
          {state !== 'withdrawn' && state !== 'archived' ? (
            <Button type="text" danger disabled={move.isPending} onClick={() => setWithdrawing(true)}>
              撤回……
            </Button>
          ) : null}
        </div>
      )}
    </section>
  );
}
