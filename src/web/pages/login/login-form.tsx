import { Button, Form, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import type { SessionView } from '../../../http/contract/session.ts';
import { call } from '../../api/client.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

interface Written {
  readonly login: string;
  readonly password: string;
}

/** Login name and password, then the code of the second factor where the account has one. */
export function LoginForm({
  login,
  known = '',
  onLoggedIn,
}: {
  /** Set where somebody takes up his own session again. */
  readonly login?: string;
  /** Set where it is known who is likely to log in. */
  readonly known?: string;
  readonly onLoggedIn: (session: SessionView) => void;
}) {
  const [form] = Form.useForm<Written>();
  const [codeForm] = Form.useForm<{ code: string }>();
  const [needsCode, setNeedsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const code = useRef<InputRef>(null);
  useEffect(() => {
    if (needsCode) code.current?.focus();
  }, [needsCode]);

  async function enter(written: Written) {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const answer = await call('POST /api/v1/session', { body: written });
      if ('secondFactor' in answer) setNeedsCode(true);
      else onLoggedIn(answer);
    } catch (thrown) {
      setError(toFields(form, thrown, ['login', 'password']));
    } finally {
      setBusy(false);
    }
  }

  async function confirm(written: { code: string }) {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      onLoggedIn(await call('POST /api/v1/session/second-factor', { body: { code: written.code.trim() } }));
    } catch (thrown) {
      setError(toFields(codeForm, thrown, ['code']));
    } finally {
      setBusy(false);
    }
  }

  if (needsCode) {
    return (
      <Form
        form={codeForm}
        layout="vertical"
        requiredMark={false}
        onFinish={confirm}
        onFinishFailed={() => setError(null)}
      >
        <ProblemAlert error={error} focus />
        <Form.Item
          name="code"
          label="动态码"
          extra="验证器应用上的六位数字；手机不在身边时，填写一个恢复码"
          rules={[{ required: true, message: '请填写动态码' }]}
        >
          <Input ref={code} size="large" autoComplete="one-time-code" inputMode="numeric" maxLength={40} />
        </Form.Item>
        <Button type="primary" size="large" block htmlType="submit" loading={busy}>
          登录
        </Button>
        <Button
          type="link"
          block
          onClick={() => {
            setNeedsCode(false);
            setError(null);
          }}
        >
          换一个账号
        </Button>
      </Form>
    );
  }
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ login: login ?? known }}
      onFinish={enter}
      onFinishFailed={() => setError(null)}
      scrollToFirstError={{ focus: true }}
    >
      <ProblemAlert error={error} focus />
      <Form.Item name="login" label="登录名" rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}>
        <Input size="large" autoComplete="username" autoFocus={login === undefined} maxLength={100} />
      </Form.Item>
      <Form.Item name="password" label="密码" rules={[{ required: true, message: '请填写密码' }]}>
        <Input.Password size="large" autoComplete="current-password" autoFocus={login !== undefined} maxLength={256} />
      </Form.Item>
      <Button type="primary" size="large" block htmlType="submit" loading={busy}>
        登录
      </Button>
    </Form>
  );
}
