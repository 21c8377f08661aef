import { Form, Input } from 'antd';
import type { ReactNode } from 'react';
import type { EntryCheck } from '../../parts/entry-calls.ts';
import { FormField } from '../../parts/form-field.tsx';
import { useFormSetter } from './form-setter.ts';

export const lengthOf = (text: string): number => [...text.trim()].length;

/** A long text with its counter; what is too long is never cut off, it is said. The indicators that were recognised stand below. */
export function LongText({
  name,
  label,
  most,
  note,
  rows = 4,
  indicators,
  children,
}: {
  readonly name: string;
  readonly label: string;
  readonly most: number;
  readonly note?: ReactNode;
  readonly rows?: number;
  readonly indicators?: EntryCheck['indicators'] | undefined;
  readonly children?: ReactNode;
}) {
  return (
    <>
      <FormField
        name={name}
        label={label}
        extra={note}
        rules={[
          {
            validator: (_, value: string | undefined) => {
              const length = lengthOf(value ?? '');
              return length > most
                ? Promise.reject(new Error(`超过${most}个字（现在${length}个字）。请删减到${most}个字以内`))
                : Promise.resolve();
            },
          },
        ]}
      >
        <Input.TextArea className="growing" rows={rows} showCount count={{ max: most, strategy: lengthOf }} />
      </FormField>
      {indicators && indicators.length > 0 ? <Indicators field={label} indicators={indicators} /> : null}
      {children}
    </>
  );
}

/** What was recognised as indicators, to confirm: one that is none is taken out by a press, and put back by another. */
function Indicators({ field, indicators }: { readonly field: string; readonly indicators: EntryCheck['indicators'] }) {
  const set = useFormSetter();
  const form = Form.useFormInstance();
  const out = (Form.useWatch('notIndicators', { form, preserve: true }) as readonly string[] | undefined) ?? [];
  return (
    <div className="indicators">
      <p className="quiet">认出 {indicators.length} 项指标，匹配时逐项核对；认错的请点一下去掉：</p>
      <ul aria-label={`${field}里认出的指标`}>
        {indicators.map(({ text }) => {
          const kept = !out.includes(text);
          return (
            <li key={text}>
              <button
                type="button"
                className={`chip ${kept ? 'kept' : 'out'}`}
                aria-pressed={kept}
                onClick={() => {
                  const next = kept ? [...out, text] : out.filter((one) => one !== text);
                  set('notIndicators', next);
                }}
              >
                <span aria-hidden>{kept ? '✓' : '✗'}</span> {text}
                {kept ? null : <span className="only-read">（不作指标）</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
