import { Button, Form, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { toFields } from './form-problem.ts';
import { ProblemAlert } from './problem-alert.tsx';
import { useDecideOnce } from './queue-once.ts';
import { useKeys } from './use-keys.ts';
import './decision-bar.css';

/** A way to refuse, which the other side reads the reason of. */
export interface Refusal<A extends string> {
  readonly action: A;
  /** `退回`. */
  readonly label: string;
  /** `退回的原因`. */
  readonly ask: string;
  /** Whom the reason is for. */
  readonly note?: string;
  /** What is often said, put into the text by a click. */
  readonly often?: readonly string[];
}

/**
 * What the bureau decides about something that was handed in: accept it with one click, or refuse it with a reason. Keys: 1
 * accepts, 2 and 3 open the reasons, Ctrl+Enter sends; `keys` false leaves them to the page.
 */
export function DecisionBar<A extends string>({
  accept,
  refusals,
  others = [],
  sending,
  error,
  keys = false,
  onDecide,
}: {
  readonly accept: { readonly action: A; readonly label: string } | null;
  readonly refusals: readonly Refusal<A>[];
  /** What else may be decided, without a reason; the keys after those of the refusals. */
  readonly others?: readonly { readonly action: A; readonly label: string }[];
  readonly sending: boolean;
  readonly error: unknown;
  readonly keys?: boolean;
  readonly onDecide: (action: A, reason?: string) => Promise<unknown>;
}) {
  const preferences = usePreferences();
  const [form] = Form.useForm<{ reason: string }>();
  const [refusing, setRefusing] = useState<A | null>(null);
  const [rest, setRest] = useState<unknown>(null);
  const opener = useRef<HTMLButtonElement | HTMLAnchorElement>(null);
  const once = useDecideOnce();
  const withKeys = keys && preferences.keys;
  useEffect(() => setRest(error ? toFields(form, error, ['reason']) : null), [error, form]);
  const decide = (action: A, reason?: string) => {
    if (!sending) once(() => onDecide(action, reason));
  };
  useKeys((code, event) => {
    // A key that is held down decides once, and not what comes into sight next.
    if (code === 'Digit1' && accept && refusing === null) {
      if (!event.repeat) decide(accept.action);
      return true;
    }
    const place = code.startsWith('Digit') ? Number(code.slice(5)) - 2 : -1;
    const refusal = refusals[place];
    if (refusal) {
      if (!event.repeat) setRefusing(refusal.action);
      return true;
    }
    const other = others[place - refusals.length];
    if (other && refusing === null) {
      if (!event.repeat) decide(other.action);
      return true;
    }
    if (code === 'Escape' && refusing !== null) {
      setRefusing(null);
      return true;
    }
    return false;
  }, withKeys);
  const chosen = refusals.find(({ action }) => action === refusing);
  const key = (digit: number) =>
    withKeys ? (
      <span aria-hidden="true">
        <kbd>{digit}</kbd>
      </span>
    ) : null;
  return (
    <>
      <ProblemAlert error={rest} focus />
      {chosen ? (
        <Form
          form={form}
          layout="vertical"
          onFinish={({ reason }) => decide(chosen.action, reason.trim())}
          scrollToFirstError={{ focus: true }}
        >
          <Form.Item
            name="reason"
            label={chosen.ask}
            extra={chosen.note ?? '对方会看到这段话，请写明要改什么、怎样改'}
            rules={[{ required: true, whitespace: true, message: `请填写${chosen.ask}` }]}
          >
            <Input.TextArea
              rows={3}
              maxLength={500}
              showCount
              autoFocus
              onKeyDown={(event) => {
                if (event.code === 'Enter' && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) {
                  event.preventDefault();
                  if (!event.repeat) form.submit();
                }
              }}
            />
          </Form.Item>
          {chosen.often ? (
            <ul className="often" aria-label="常用的原因">
              {chosen.often.map((text) => (
                <li key={text}>
                  <button
                    type="button"
                    onClick={() => {
                      const before = (form.getFieldValue('reason') as string | undefined)?.trim() ?? '';
                      form.setFieldValue('reason', before === '' ? text : `${before}\n${text}`);
                    }}
                  >
                    {text}
                  </button>
                </li>
              ))}
            </ul>
          ) : null}
          <div className="decision-buttons">
            <Button type="primary" htmlType="submit" loading={sending}>
              {chosen.label}
            </Button>
            <Button
              onClick={() => {
                setRefusing(null);
                setTimeout(() => opener.current?.focus());
              }}
            >
              取消
            </Button>
          </div>
        </Form>
      ) : (
        <div className="decision-buttons">
          {accept ? (
            <Button type="primary" loading={sending} onClick={() => decide(accept.action)}>
              {accept.label}
              {key(1)}
            </Button>
          ) : null}
          {refusals.map((refusal, index) => (
            <Button
              key={refusal.action}
              ref={index === 0 ? opener : undefined}
              disabled={sending}
              onClick={() => setRefusing(refusal.action)}
            >
              {refusal.label}……
              {key(index + 2)}
            </Button>
          ))}
          {others.map((other, index) => (
            <Button key={other.action} disabled={sending} onClick={() => decide(other.action)}>
              {other.label}
              {key(index + refusals.length + 2)}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}
