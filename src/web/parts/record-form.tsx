import { Button, Form } from 'antd';
import { type ReactNode, useRef, useState } from 'react';
import { isProblem, randomKey } from '../api/client.ts';
import { cleanPaste } from './cleaned-paste.ts';
import { ErrorSummary } from './error-summary.tsx';
import { type FieldError, fieldErrors } from './form-errors.ts';
import { ProblemAlert } from './problem-alert.tsx';
import { useLeaveGuard } from './use-leave-guard.ts';
import './form.css';

export type Written = Readonly<Record<string, unknown>>;

/**
 * A form that is saved with a button: every fault in one summary that leads to the fields, the words of the service at the
 * field that they are about, nothing sent twice, and nobody leaves unasked what he wrote.
 */
export function RecordForm({
  name,
  labels,
  prefix = '',
  initial,
  submit,
  send,
  onReload,
  onChange,
  children,
}: {
  /** Before the ids of its fields. */
  readonly name: string;
  /** What its fields are called, in their order, by their path in what is sent. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where its content lies in the request. */
  readonly prefix?: string;
  readonly initial: Written;
  readonly submit: string;
  /** Saves it; `key` is the same for what is sent again unchanged. */
  readonly send: (written: Written, key: string) => Promise<unknown>;
  /** Where a newer version may be there: fetches it. */
  readonly onReload?: () => void;
  readonly onChange?: (written: Written) => void;
  readonly children: ReactNode;
}) {
  const [form] = Form.useForm<Record<string, unknown>>();
  const [found, setFound] = useState<{ readonly fields: readonly FieldError[]; readonly rest: unknown }>({
    fields: [],
    rest: null,
  });
  const [attempt, setAttempt] = useState(0);
  const [sending, setSending] = useState(false);
  const running = useRef(false);
  const creation = useRef({ content: '', key: '' });
  const dirty = useLeaveGuard();
  const show = (next: typeof found) => {
    setFound(next);
    setAttempt((before) => before + 1);
  };
  const save = async (written: Written) => {
    if (running.current) return;
    running.current = true;
    setSending(true);
    show({ fields: [], rest: null });
    // The same content that is sent again after its answer was lost makes nothing twice; changed content is another.
    const content = JSON.stringify(written);
    if (creation.current.content !== content) creation.current = { content, key: randomKey() };
    const before = dirty.current;
    // What follows a success may be another page.
    dirty.current = false;
    try {
      await send(written, creation.current.key);
    } catch (thrown) {
      dirty.current = before;
      const faults = fieldErrors(thrown, Object.keys(labels), prefix);
      form.setFields(faults.fields.map(({ name: field, text }) => ({ name: field, errors: [text] })));
      show(faults);
    } finally {
      running.current = false;
      setSending(false);
    }
  };
  return (
    <Form
      form={form}
      name={name}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onPaste={cleanPaste}
      onValuesChange={(_, all: Record<string, unknown>) => {
        dirty.current = true;
        onChange?.(all);
      }}
      onFinish={(written: Record<string, unknown>) => void save(written)}
      onFinishFailed={({ errorFields }) =>
        show({
          fields: errorFields.map((field) => ({ name: String(field.name[0]), text: field.errors[0] ?? '' })),
          rest: null,
        })
      }
    >
      <ErrorSummary errors={found.fields} labelOf={(field) => labels[field] ?? field} attempt={attempt} />
      <ProblemAlert error={found.rest} focus />
      {isProblem(found.rest, 409) && onReload ? (
        <Button className="form-section" onClick={onReload}>
          读取最新的内容（刚写的会换掉）
        </Button>
      ) : null}
      {children}
      <div className="form-section">
        <Button type="primary" size="large" htmlType="submit" loading={sending}>
          {submit}
        </Button>
      </div>
    </Form>
  );
}
