import { useMutation } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { ChosenPassword } from '../../parts/chosen-password.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';

interface Written {
  readonly current: string;
  readonly next: string;
}

export function PasswordSection() {
  const { session, set } = useSession();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<Written>();
  const [changing, setChanging] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const change = useMutation({
    mutationFn: ({ current, next }: Written) => call('POST /api/v1/session/password', { body: { current, next } }),
    onMutate: () => setError(null),
    onSuccess: (next) => {
      set(next);
      setChanging(false);
      form.resetFields();
      void message.success('密码已修改，其他地方的登录都已退出');
    },
    onError: (thrown) => setError(toFields(form, thrown, ['current', 'next'])),
  });
  return (
    <section className="card no-print" aria-labelledby="password-title">
      <h2 id="password-title">密码</h2>
      {changing ? (
        <Form
          form={form}
          name="password"
          layout="vertical"
          requiredMark={false}
          className="account-form"
          onFinish={(written) => once(() => change.mutateAsync(written))}
          scrollToFirstError={{ focus: true }}
        >
          <ProblemAlert error={error} focus />
          <input hidden readOnly autoComplete="username" value={session?.user.login ?? ''} />
          <Form.Item name="current" label="现在的密码" rules={[{ required: true, message: '请填写现在的密码' }]}>
            <Input.Password autoComplete="current-password" autoFocus maxLength={256} />
          </Form.Item>
          <ChosenPassword name="next" label="新密码" />
          <div className="account-buttons">
            <Button type="primary" htmlType="submit" loading={change.isPending}>
              修改密码
            </Button>
            <Button onClick={() => setChanging(false)}>取消</Button>
          </div>
        </Form>
      ) : (
        <Button onClick={() => setChanging(true)}>修改密码……</Button>
      )}
    </section>
  );
}
