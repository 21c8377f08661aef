import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { Facts } from '../../parts/facts.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';

interface Written {
  readonly email?: string;
  readonly mobile?: string;
  readonly current: string;
}

/** Who one is here, and the addresses at which one is told. A new mail address holds once the link sent to it was opened. */
export function ContactSection() {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const { session } = useSession();
  const once = useOnce();
  const [form] = Form.useForm<Written>();
  const [changing, setChanging] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [told, setTold] = useState<Answer<'PUT /api/v1/session/contact'> | null>(null);
  const id = session?.user.id ?? '';
  const {
    data,
    error: unread,
    refetch,
  } = useQuery({
    queryKey: ['user', id],
    queryFn: () => call('GET /api/v1/users/{id}', { params: { id } }),
  });
  const change = useMutation({
    mutationFn: ({ current, email, mobile }: Written) =>
      call('PUT /api/v1/session/contact', {
        body: {
          current,
          ...((email?.trim() || null) === (data?.email ?? null) ? {} : { email: email?.trim() || null }),
          ...((mobile?.trim() || null) === (data?.mobile ?? null) ? {} : { mobile: mobile?.trim() || null }),
        },
      }),
    onMutate: () => setError(null),
    onSuccess: (next) => {
      setTold(next);
      setChanging(false);
      form.resetFields();
      void message.success('已保存');
      return client.invalidateQueries({ queryKey: ['user', id] });
    },
    onError: (thrown) => setError(toFields(form, thrown, ['email', 'mobile', 'current'])),
  });
  return (
    <section className="card" aria-labelledby="contact-title">
      <h2 id="contact-title">我的信息</h2>
      <ProblemAlert error={unread} onRetry={() => void refetch()} />
      {!data && !unread ? <Skeleton active title={false} paragraph={{ rows: 4 }} /> : null}
      {data ? (
        <Facts
          lines={[
            { label: '姓名', text: data.name },
            { label: '登录名', text: data.login },
            { label: '角色', text: codes.label('roles', data.role) },
            { label: '电子信箱', text: data.email ?? '没有登记；登记后才能收通知、找回密码' },
            { label: '收短信的手机', text: data.mobile ?? '没有登记' },
          ]}
        />
      ) : null}
      {told?.awaiting ? (
        <Alert
          type="info"
          showIcon
          role="status"
          title={`请打开寄到 ${told.awaiting} 的链接`}
          description="打开以后，新信箱才生效；在此以前仍用原来的。"
        />
      ) : null}
      {data && !changing ? (
        <Button className="no-print" onClick={() => setChanging(true)}>
          修改信箱和手机
        </Button>
      ) : null}
      {data && changing ? (
        <Form
          form={form}
          name="contact"
          layout="vertical"
          requiredMark={false}
          className="account-form"
          initialValues={{ email: data.email ?? '', mobile: data.mobile ?? '' }}
          onFinish={(written) => once(() => change.mutateAsync(written))}
          scrollToFirstError={{ focus: true }}
        >
          <ProblemAlert error={error} focus />
          <Form.Item name="email" label="电子信箱" extra="会寄去一个链接，打开以后生效">
            <Input type="email" autoComplete="email" maxLength={254} autoFocus />
          </Form.Item>
          <Form.Item name="mobile" label="收短信的手机" extra="11 位手机号码；清空就不再收短信">
            <Input inputMode="tel" autoComplete="tel" maxLength={30} />
          </Form.Item>
          <Form.Item name="current" label="现在的密码" rules={[{ required: true, message: '请填写现在的密码' }]}>
            <Input.Password autoComplete="current-password" maxLength={256} />
          </Form.Item>
          <div className="account-buttons">
            <Button type="primary" htmlType="submit" loading={change.isPending}>
              保存
            </Button>
            <Button onClick={() => setChanging(false)}>取消</Button>
          </div>
        </Form>
      ) : null}
    </section>
  );
}
