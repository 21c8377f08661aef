import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';
import { keptSearchOf } from './search-address.ts';

interface Written {
  readonly name: string;
  readonly alert: 'day' | 'week' | 'off';
}

/** Keeps the search that the address asks for, with how often its owner wants to be told of what is new in it. */
export function SaveSearch({ search }: { readonly search: URLSearchParams }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<Written>();
  const [open, setOpen] = useState(false);
  /** The search that was kept last, as the address has it. */
  const [saved, setSaved] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const kept = keptSearchOf(search);
  const save = useMutation({
    mutationFn: ({ name, alert }: Written) =>
      call('POST /api/v1/saved-searches', { body: { name: name.trim(), alert, search: kept } }),
    onMutate: () => setError(null),
    onSuccess: () => {
      setOpen(false);
      setSaved(search.toString());
      void message.success('已保存');
      return client.invalidateQueries({ queryKey: ['saved-searches'] });
    },
    onError: (thrown) => setError(toFields(form, thrown, ['name', 'alert'])),
  });
  return (
    <>
      {saved === search.toString() ? (
        <Link className="no-print" to="/my/searches">
          已保存，看我的搜索
        </Link>
      ) : (
        <Button className="no-print" onClick={() => setOpen(true)}>
          保存这个搜索……
        </Button>
      )}
      {open ? (
        <Modal open title="保存这个搜索" footer={null} onCancel={() => setOpen(false)} width={420}>
          <Form
            form={form}
            name="save-search"
            layout="vertical"
            requiredMark={false}
            initialValues={{
              name: (kept.text ?? (kept.kind === 'need' ? '技术需求' : '科技成果')).slice(0, 50),
              alert: 'week',
            }}
            onFinish={(written) => once(() => save.mutateAsync(written))}
          >
            <ProblemAlert error={error} focus />
            <Form.Item name="name" label="名称" rules={[{ required: true, whitespace: true, message: '请填写名称' }]}>
              <Input maxLength={50} autoFocus />
            </Form.Item>
            <Form.Item name="alert" label="有新发布的就告诉我" extra="站内通知和邮件；本机构自己的不算">
              <Select options={codes.table('searchAlerts').map(({ code, label }) => ({ value: code, label }))} />
            </Form.Item>
            <Button type="primary" htmlType="submit" loading={save.isPending}>
              保存
            </Button>
          </Form>
        </Modal>
      ) : null}
    </>
  );
}
