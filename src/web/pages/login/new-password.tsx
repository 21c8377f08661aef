import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { ChosenPassword } from '../../parts/chosen-password.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

interface Written {
  readonly current: string;
  readonly next: string;
  readonly again: string;
}

/** The first login with a one-time password ends here. */
export function NewPassword() {
  const { session, set } = useSession();
  const { message } = App.useApp();
  const [form] = Form.useForm<Written>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function change({ current, next }: Written) {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      set(await call('POST /api/v1/session/password', { body: { current, next } }));
      void message.success('密码已修改');
    } catch (thrown) {
      setError(toFields(form, thrown, ['current', 'next']));
    } finally {
      setBusy(false);
    }
  }
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={change}
      onFinishFailed={() => setError(null)}
      scrollToFirstError={{ focus: true }}
    >
      <div className="page-head">
        <div>
          <h1>请先设置自己的密码</h1>
          <p className="quiet">您用的是一次性密码，设置新密码后即可使用全部功能。</p>
        </div>
      </div>
      <ProblemAlert error={error} focus />
      <input hidden readOnly autoComplete="username" value={session?.user.login ?? ''} />
      <Form.Item name="current" label="现在的密码" rules={[{ required: true, message: '请填写现在的密码' }]}>
        <Input.Password size="large" autoComplete="current-password" autoFocus maxLength={256} />
      </Form.Item>
      <ChosenPassword name="next" label="新密码" />
      <Button type="primary" size="large" block htmlType="submit" loading={busy}>
        设置新密码
      </Button>
    </Form>
  );
}
