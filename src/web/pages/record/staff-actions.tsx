import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RecordChanges } from './record-changes.tsx';
import type { RecordView } from './record-view.ts';

type Move = 'publish' | 'return';

/** What the bureau does with a record, or a change of one, that was submitted: publish it, or return it with a reason. */
export function StaffActions({ record }: { readonly record: RecordView }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ reason: string }>();
  const [returning, setReturning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const revises = record.revision === 'submitted';
  const move = useMutation<unknown, unknown, { readonly action: Move; readonly reason?: string }>({
    mutationFn: ({ action, reason }) => {
      const given = {
        params: { id: record.id, action },
        body: { version: record.version, ...(reason ? { reason } : {}) },
      };
      if (record.kind === 'need') {
        return revises
          ? call('POST /api/v1/needs/{id}/revision/{action}', given)
          : call('POST /api/v1/needs/{id}/actions/{action}', given);
      }
      return revises
        ? call('POST /api/v1/achievements/{id}/revision/{action}', given)
        : call('POST /api/v1/achievements/{id}/actions/{action}', given);
    },
    onSuccess: async (_, { action }) => {
      setReturning(false);
      setError(null);
      void message.success(action === 'publish' ? '已发布' : '已退回，原因已告知对方');
      await Promise.all([
        client.invalidateQueries({ queryKey: ['record', record.kind, record.id] }),
        client.invalidateQueries({ queryKey: ['desk'] }),
      ]);
    },
    onError: (thrown) => setError(toFields(form, thrown, ['reason'])),
  });
  if (record.state !== 'submitted' && !revises) return null;
  return (
    <section className="card staff-actions no-print" aria-label="审核">
      <div className="staff-head">
        <h2>{revises ? '修改待审核' : '待审核'}</h2>
        <Link to="/desk">回到工作台</Link>
      </div>
      {revises ? <RecordChanges record={record} /> : null}
      <ProblemAlert error={error} focus />
      {returning ? (
        <Form
          form={form}
          layout="vertical"
          onFinish={({ reason }) => move.mutate({ action: 'return', reason: reason.trim() })}
          scrollToFirstError={{ focus: true }}
        >
          <Form.Item
            name="reason"
            label="退回的原因"
            extra="对方会看到这段话，请写明要改什么、怎样改"
            rules={[{ required: true, whitespace: true, message: '请填写退回的原因' }]}
          >
            <Input.TextArea rows={3} maxLength={500} showCount autoFocus />
          </Form.Item>
          <div className="staff-buttons">
            <Button type="primary" htmlType="submit" loading={move.isPending}>
              退回
            </Button>
            <Button onClick={() => setReturning(false)}>取消</Button>
          </div>
        </Form>
      ) : (
        <div className="staff-buttons">
          <Button type="primary" loading={move.isPending} onClick={() => move.mutate({ action: 'publish' })}>
            {revises ? '发布修改' : '发布'}
          </Button>
          <Button disabled={move.isPending} onClick={() => setReturning(true)}>
            退回……
          </Button>
        </div>
      )}
    </section>
  );
}
