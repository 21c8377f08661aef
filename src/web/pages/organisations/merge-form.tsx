import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useNavigate } from 'react-router';
import { call } from '../../api/client.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';
import { type OrganisationView, organisationKey } from './organisation-view.ts';

/** Merges an organisation that was entered twice into the one that stays. */
export function MergeForm({ organisation }: { readonly organisation: OrganisationView }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ into: string; reason: string }>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [text, setText] = useState('');
  const once = useOnce();
  const asked = useDeferredValue(text.trim());
  const { id, version, content } = organisation;
  const found = useQuery({
    queryKey: ['organisations', 'to-merge', asked],
    queryFn: ({ signal }) =>
      call('GET /api/v1/organisations', { query: { name: asked, state: 'approved', limit: 10 }, signal }),
    enabled: writing && asked !== '',
    placeholderData: (before) => before,
  });
  const merge = useMutation({
    mutationFn: ({ into, reason }: { readonly into: string; readonly reason: string }) =>
      call('POST /api/v1/organisations/{id}/merge', { params: { id }, body: { version, into, reason: reason.trim() } }),
    onMutate: () => setError(null),
    onSuccess: async ({ into }) => {
      void message.success('已合并，账号和记录正在转到保留的机构');
      void navigate(`/organisations/${encodeURIComponent(into)}`, { replace: true });
      client.removeQueries({ queryKey: organisationKey(id) });
      await Promise.all(
        ['organisation', 'organisations', 'users', 'entries'].map((name) =>
          client.invalidateQueries({ queryKey: [name] }),
        ),
      );
    },
    onError: (thrown) => {
      setError(toFields(form, thrown, ['into', 'reason']));
      void client.invalidateQueries({ queryKey: organisationKey(id) });
    },
  });
  if (!writing) {
    return (
      <div className="organisation-form">
        <Button onClick={() => setWriting(true)}>并入另一个机构……</Button>
      </div>
    );
  }
  return (
    <Form
      form={form}
      layout="vertical"
      className="organisation-form"
      onFinish={(written) => once(() => merge.mutateAsync(written))}
      scrollToFirstError={{ focus: true }}
    >
      <ProblemAlert error={error} focus />
      <p>
        同一个机构登记了两次时使用：“{content.name}
        ”的账号、需求、成果、合作都转到保留的机构，它的网址今后指保留的机构。不能撤销。
      </p>
      <Form.Item name="into" label="保留的机构" rules={[{ required: true, message: '请选择保留的机构' }]}>
        <Select
          showSearch={{ filterOption: false, onSearch: setText }}
          placeholder="写名称里的几个字"
          notFoundContent={asked === '' ? '写名称里的几个字' : '没有找到已通过的机构'}
          options={(found.data?.items ?? [])
            .filter((one) => one.id !== id)
            .map((one) => ({
              value: one.id,
              label: [one.content.name, one.content.creditCode].filter(Boolean).join(' · '),
            }))}
        />
      </Form.Item>
      <Form.Item
        name="reason"
        label="合并的原因"
        rules={[{ required: true, whitespace: true, message: '请填写合并的原因' }]}
      >
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
      <div className="decision-buttons">
        <Button type="primary" danger htmlType="submit" loading={merge.isPending}>
          合并
        </Button>
        <Button onClick={() => setWriting(false)}>取消</Button>
      </div>
    </Form>
  );
}
