import { useMutation } from '@tanstack/react-query';
import { Button, Form, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import type { Given } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

export type ConsentInput = Given<'POST /api/v1/invitations/{id}/answer'>['body']['answer'];
type Reason = Extract<ConsentInput, { readonly answer: 'unwilling' }>['reason'];

interface Written {
  readonly answer: ConsentInput['answer'];
  readonly reason?: Reason;
  readonly note?: string;
  readonly saidBy?: string;
}

/** 愿意 or 不愿意 with its reason; with `phoned` written down by a clerk, with who said it on the phone. */
export function AnswerForm({
  phoned = false,
  onSend,
  onCancel,
}: {
  readonly phoned?: boolean;
  readonly onSend: (answer: ConsentInput, saidBy: string) => Promise<unknown>;
  readonly onCancel?: () => void;
}) {
  const codes = useCodes();
  const [form] = Form.useForm<Written>();
  const [error, setError] = useState<unknown>(null);
  const answer = Form.useWatch('answer', form);
  const send = useMutation({
    mutationFn: ({ answer: said, reason, note, saidBy }: Written) => {
      const more = note?.trim() ? { note: note.trim() } : {};
      return onSend(
        said === 'willing' ? { answer: said, ...more } : { answer: said, reason: reason!, ...more },
        saidBy?.trim() ?? '',
      );
    },
    onMutate: () => setError(null),
    onError: (thrown) => setError(toFields(form, thrown, ['answer', 'reason', 'note', 'saidBy'], 'answer.')),
  });
  return (
    <>
      <ProblemAlert error={error} focus />
      <Form
        form={form}
        layout="vertical"
        onFinish={(written) => send.mutate(written)}
        scrollToFirstError={{ focus: true }}
      >
        {phoned ? (
          <Form.Item
            name="saidBy"
            label="答复人"
            extra="电话里是谁答复的，例如：企业办公室李主任"
            rules={[{ required: true, whitespace: true, message: '请填写是谁答复的' }]}
          >
            <Input maxLength={50} autoFocus />
          </Form.Item>
        ) : null}
        <Form.Item
          name="answer"
          label={phoned ? '对方的答复' : '贵单位的答复'}
          rules={[{ required: true, message: '请选择愿意或不愿意' }]}
        >
          <Radio.Group options={codes.table('consentAnswers').map(({ code, label }) => ({ value: code, label }))} />
        </Form.Item>
        {answer === 'unwilling' ? (
          <Form.Item
            name="reason"
            label="不愿意的原因"
            extra="只有科技局看得到，用来改进以后的推荐；不会告诉对方"
            rules={[{ required: true, message: '请选择不愿意的原因' }]}
          >
            <Select
              placeholder="请选择"
              options={codes.table('refusalReasons').map(({ code, label }) => ({ value: code, label }))}
            />
          </Form.Item>
        ) : null}
        <Form.Item name="note" label="说明（可不填）" extra="只有科技局看得到，不会告诉对方">
          <Input.TextArea rows={2} maxLength={500} showCount />
        </Form.Item>
        <div className="invitation-buttons">
          <Button type="primary" htmlType="submit" loading={send.isPending}>
            {phoned ? '记录答复' : '提交答复'}
          </Button>
          {onCancel ? <Button onClick={onCancel}>取消</Button> : null}
        </div>
      </Form>
    </>
  );
}
