import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { call, isProblem } from '../../api/client.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { type FieldError, fieldErrors } from '../../parts/form-errors.ts';
import { FormField, goToField } from '../../parts/form-field.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useLeaveGuard } from '../../parts/use-leave-guard.ts';
import { useOnce } from '../../parts/use-once.ts';
import { writtenDays } from './day-words.ts';
import { type HolidayYear, holidaysKey } from './holiday-view.ts';
import { Remarks } from './remarks.tsx';

interface Line {
  readonly name?: string;
  readonly from?: string;
  readonly to?: string;
  readonly worked?: string;
}
interface Written {
  readonly notice?: string;
  readonly holidays?: readonly (Line | undefined)[];
}

const lineOf = ({ name, from, to, worked }: HolidayYear['holidays'][number]): Line => ({
  name,
  from,
  to,
  worked: worked?.join('、') ?? '',
});
const parts = { name: '节日', from: '放假第一天', to: '最后一天', worked: '补班的周末' } as const;
const needed = (label: string) => [{ required: true, whitespace: true, message: `请填写${label}` }];

/** Where a cell of the table is, as the service and `goToField` call it: `holidays.0.from`. */
const cellName = (line: number, part: string) => `holidays.${line}.${part}`;
function labelOf(name: string): string {
  if (name === 'notice') return '通知的文号';
  const [, line, part] = name.split('.');
  return line === undefined ? '节假日' : `第 ${Number(line) + 1} 行的${parts[part as keyof typeof parts] ?? '内容'}`;
}

/** The notice of a year is pasted and read, or written line by line; looked at, and entered. */
export function YearForm({
  year,
  known,
  onDone,
}: {
  readonly year: number;
  readonly known: HolidayYear | null;
  readonly onDone: () => void;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Written>();
  // That of the year when the form was opened: what a colleague entered meanwhile is not written over.
  const [seen] = useState(known?.version ?? 0);
  const dirty = useLeaveGuard();
  const [pasted, setPasted] = useState('');
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const [rest, setRest] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [remarks, setRemarks] = useState<readonly string[]>([]);
  const once = useOnce();
  const onceRead = useOnce();
  const show = (found: readonly FieldError[], left: unknown) => {
    setErrors(found);
    setRest(left);
    setAttempt((before) => before + 1);
  };
  const read = useMutation({
    mutationFn: () =>
      call('POST /api/v1/holidays/{year}/reading', { params: { year: String(year) }, body: { text: pasted } }),
    onSuccess: (found) => {
      dirty.current = true;
      form.setFieldValue('holidays', found.holidays.map(lineOf));
      setRemarks(found.remarks);
      show([], null);
      void message.success(`读出 ${found.holidays.length} 个节日，请逐行核对后录入`);
      goToField(form.getFieldValue('notice') ? cellName(0, 'name') : 'notice');
    },
  });
  const save = useMutation({
    mutationFn: ({ notice = '', holidays = [] }: Written) =>
      call('PUT /api/v1/holidays/{year}', {
        params: { year: String(year) },
        body: {
          version: seen,
          notice: notice.trim(),
          holidays: holidays.map((line) => {
            const worked = writtenDays(line?.worked ?? '');
            return {
              name: line?.name?.trim() ?? '',
              from: line?.from ?? '',
              to: line?.to ?? '',
              ...(worked.length > 0 ? { worked } : {}),
            };
          }),
        },
      }),
    onSuccess: async () => {
      dirty.current = false;
      await client.invalidateQueries({ queryKey: holidaysKey });
      void message.success(`已录入${year}年，期限随即按它推算`);
      onDone();
    },
    onError: (thrown, { holidays = [] }) => {
      const names = [
        'notice',
        ...holidays.flatMap((_, line) => Object.keys(parts).map((part) => cellName(line, part))),
        'holidays',
      ];
      const found = fieldErrors(thrown, names);
      form.setFields(
        found.fields.map(({ name, text }) => {
          const [list, line, part] = name.split('.');
          return {
            name: line === undefined ? name : [list!, Number(line), part!],
            errors: [text],
          } as never;
        }),
      );
      show(found.fields, found.rest);
    },
  });
  return (
    <section className="card form-section no-print" aria-labelledby="year-form-title">
      <h2 id="year-form-title">{known ? `更正${year}年的安排` : `录入${year}年的安排`}</h2>
      <div className="holiday-paste" data-field="text">
        <label htmlFor="holiday-text">通知的正文，或从表格里复制的几行</label>
        <Input.TextArea
          id="holiday-text"
          rows={5}
          maxLength={5000}
          value={pasted}
          aria-describedby="holiday-text-note"
          placeholder="一、元旦：1月1日（周五）至3日（周日）放假，共3天。"
          onChange={({ target }) => {
            dirty.current = true;
            setPasted(target.value);
          }}
        />
        <p className="quiet" id="holiday-text-note">
          粘贴国务院办公厅通知的正文；也可以粘贴小表，每行一个节日：名称、第一天、最后一天、补班的周末。读出后下面的各行会换掉。
        </p>
        <ProblemAlert error={read.error} focus />
        <Button
          disabled={pasted.trim().length < 10}
          loading={read.isPending}
          onClick={() => onceRead(() => read.mutateAsync())}
        >
          读出节假日
        </Button>
      </div>
      <Remarks remarks={remarks} />
      {isProblem(rest, 409) ? (
        <Button
          className="form-section"
          onClick={() => {
            dirty.current = false;
            onDone();
            void client.invalidateQueries({ queryKey: holidaysKey });
          }}
        >
          看最新的安排（刚写的会丢掉）
        </Button>
      ) : null}
      <Form
        form={form}
        name="holidays"
        layout="vertical"
        requiredMark={false}
        initialValues={{ notice: known?.notice ?? '', holidays: known ? known.holidays.map(lineOf) : [{}] }}
        onValuesChange={() => {
          dirty.current = true;
        }}
        onFinish={(written) => once(() => save.mutateAsync(written))}
        onFinishFailed={({ errorFields }) =>
          show(
            errorFields.map(({ name, errors: [text] }) => ({ name: name.join('.'), text: text ?? '' })),
            null,
          )
        }
      >
        <ErrorSummary errors={errors} labelOf={labelOf} attempt={attempt} />
        <ProblemAlert error={rest} focus />
        <FormField name="notice" label="通知的文号" rules={needed('通知的文号')}>
          <Input maxLength={100} placeholder="国办发明电〔2026〕7号" />
        </FormField>
        <div data-field="holidays">
          <Form.List name="holidays">
            {(lines, { add, remove }) => (
              <>
                {lines.map(({ key, name }) => (
                  // biome-ignore lint/a11y/useSemanticElements: a legend cannot be hidden from the eye without being as wide as it likes
                  <div key={key} role="group" aria-label={`第 ${name + 1} 个节日`} className="holiday-line">
                    <div data-field={cellName(name, 'name')}>
                      <Form.Item name={[name, 'name']} label={parts.name} rules={needed(parts.name)}>
                        <Input maxLength={30} />
                      </Form.Item>
                    </div>
                    <div data-field={cellName(name, 'from')}>
                      <Form.Item name={[name, 'from']} label={parts.from} rules={needed(parts.from)}>
                        <Input type="date" />
                      </Form.Item>
                    </div>
                    <div data-field={cellName(name, 'to')}>
                      <Form.Item name={[name, 'to']} label={parts.to} rules={needed(parts.to)}>
                        <Input type="date" />
                      </Form.Item>
                    </div>
                    <div data-field={cellName(name, 'worked')}>
                      <Form.Item name={[name, 'worked']} label={parts.worked}>
                        <Input placeholder={`${year}-02-14、${year}-02-28`} />
                      </Form.Item>
                    </div>
                    <Button
                      type="text"
                      aria-label={`删去第 ${name + 1} 个节日`}
                      icon={<DeleteOutlined aria-hidden />}
                      onClick={() => remove(name)}
                    />
                  </div>
                ))}
                <Button icon={<PlusOutlined aria-hidden />} disabled={lines.length >= 20} onClick={() => add({})}>
                  加一个节日
                </Button>
              </>
            )}
          </Form.List>
        </div>
        <div className="decision-buttons holiday-buttons">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {known ? '保存更正' : `录入${year}年`}
          </Button>
          <Button onClick={onDone}>取消</Button>
        </div>
      </Form>
    </section>
  );
}
