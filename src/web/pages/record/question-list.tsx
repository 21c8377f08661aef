import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { isProblem } from '../../api/client.ts';
import { entryCalls } from '../../parts/entry-calls.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import type { RecordView } from './record-view.ts';

/** What the bureau asked about a record (请补充), the open questions first; its own people answer here. */
export function QuestionList({ record, answerable }: { readonly record: RecordView; readonly answerable: boolean }) {
  const questions = [...(record.questions ?? [])].sort(
    (a, b) =>
      Number(a.answeredAt !== undefined) - Number(b.answeredAt !== undefined) || (a.askedAt < b.askedAt ? 1 : -1),
  );
  return (
    <section className="card record-questions" aria-labelledby="questions-title" id="questions">
      <h2 id="questions-title">请补充的问题</h2>
      <ul className="questions">
        {questions.map((question) => (
          <li key={question.id}>
            <p className="wrapped">{question.question}</p>
            <p className="quiet">{momentOf(question.askedAt)} 科技局提出</p>
            {question.answer !== undefined ? (
              <p className="wrapped">
                答复{question.answeredAt ? `（${momentOf(question.answeredAt)}）` : ''}：{question.answer}
              </p>
            ) : answerable ? (
              <AnswerForm record={record} questionId={question.id} />
            ) : (
              <p className="tag wait">等待答复</p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function AnswerForm({ record, questionId }: { readonly record: RecordView; readonly questionId: string }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<{ answer: string }>();
  const [error, setError] = useState<unknown>(null);
  const send = useMutation({
    mutationFn: async (answer: string) => {
      const calls = entryCalls[record.kind];
      try {
        return await calls.answer(record.id, record.version, questionId, answer);
      } catch (thrown) {
        if (!isProblem(thrown, 409)) throw thrown;
        // Another question, or a word saved elsewhere, is a newer version of the same question.
        const now = await calls.load(record.id);
        if (now.questions?.find(({ id }) => id === questionId)?.answer !== undefined) throw thrown;
        return calls.answer(record.id, now.version, questionId, answer);
      }
    },
    onMutate: () => setError(null),
    onSuccess: () => void message.success('已答复，科技局会看到'),
    onError: (thrown) => setError(toFields(form, thrown, ['answer'])),
    onSettled: () => client.invalidateQueries({ queryKey: ['record', record.kind, record.id] }),
  });
  return (
    <Form
      form={form}
      name={`answer-${questionId}`}
      layout="vertical"
      requiredMark={false}
      className="no-print"
      onFinish={({ answer }) => once(() => send.mutateAsync(answer.trim()))}
    >
      <ProblemAlert error={error} focus />
      <Form.Item name="answer" label="您的答复" rules={[{ required: true, whitespace: true, message: '请填写答复' }]}>
        <Input.TextArea rows={3} className="growing" maxLength={2000} showCount />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={send.isPending}>
        答复
      </Button>
    </Form>
  );
}
