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

/** What the bureau asked about a record (请补充), the open questions first; its own people answer here, the bureau confirms. */
export function QuestionList({
  record,
  answerable,
  notable,
}: {
  readonly record: RecordView;
  readonly answerable: boolean;
  /** Whether answers wait here for somebody of the bureau to look at them. */
  readonly notable: boolean;
}) {
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
              <>
                <p className="wrapped">
                  答复{question.answeredAt ? `（${momentOf(question.answeredAt)}）` : ''}：{question.answer}
                </p>
                {/* The answer to a question of a docket comes back in the next one by itself. */}
                {!notable || question.pairId !== undefined ? null : question.notedAt === undefined ? (
                  <NoteButton record={record} question={question} />
                ) : (
                  <p className="quiet">{momentOf(question.notedAt)} 科技局已看过</p>
                )}
              </>
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

type Question = NonNullable<RecordView['questions']>[number];

/** Takes the answer off the desk. */
function NoteButton({ record, question }: { readonly record: RecordView; readonly question: Question }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const note = useMutation({
    mutationFn: async () => {
      const calls = entryCalls[record.kind];
      try {
        return await calls.note(record.id, record.version, question.id);
      } catch (thrown) {
        if (!isProblem(thrown, 409)) throw thrown;
        // A newer version of the record has the same answer, unless it was asked anew meanwhile.
        const now = await calls.load(record.id);
        const same = now.questions?.find(({ id }) => id === question.id)?.answer === question.answer;
        if (!same || now.version === record.version) throw thrown;
        return calls.note(record.id, now.version, question.id);
      }
    },
    onSuccess: () => void message.success('已看过，工作台不再列出'),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['record', record.kind, record.id] }),
        client.invalidateQueries({ queryKey: ['desk'] }),
      ]),
  });
  return (
    <div className="no-print">
      <ProblemAlert error={note.error} focus />
      <Button
        size="small"
        loading={note.isPending}
        aria-label={`已看过：${question.question}`}
        onClick={() => once(() => note.mutateAsync())}
      >
        已看过
      </Button>
    </div>
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
