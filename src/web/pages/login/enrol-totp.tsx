import { Alert, Button, Form, Input, QRCode } from 'antd';
import { useState } from 'react';
import type { SessionView } from '../../../http/contract/session.ts';
import { type Answer, call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** Sets up the second factor: password, key for the app, first code, recovery codes. */
export function EnrolTotp() {
  const { set } = useSession();
  const [passwordForm] = Form.useForm<{ password: string }>();
  const [codeForm] = Form.useForm<{ code: string }>();
  const [enrolment, setEnrolment] = useState<Answer<'POST /api/v1/session/totp'>>();
  const [done, setDone] = useState<{ readonly session: SessionView; readonly recovery: readonly string[] }>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function attempt(work: () => Promise<void>, settle: (thrown: unknown) => unknown) {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      setError(settle(thrown));
    } finally {
      setBusy(false);
    }
  }

  if (done) {
    return (
      <>
        <div className="page-head">
          <h1>请保存恢复码</h1>
        </div>
        <Alert
          type="warning"
          showIcon
          title="恢复码只显示这一次"
          description="手机丢失时，用一个恢复码代替动态码登录，每个只能用一次。请抄写或打印，放在安全的地方。"
        />
        <pre className="recovery">{done.recovery.join('\n')}</pre>
        <Button type="primary" size="large" block onClick={() => set(done.session)}>
          已保存，继续
        </Button>
      </>
    );
  }
  return (
    <>
      <div className="page-head">
        <div>
          <h1>设置两步验证</h1>
          <p className="quiet">您的账号登录时，除密码外还要填写手机验证器上的动态码。</p>
        </div>
      </div>
      <ProblemAlert error={error} focus />
      {enrolment ? (
        <Form
          form={codeForm}
          layout="vertical"
          requiredMark={false}
          onFinish={({ code }) =>
            attempt(
              async () => setDone(await call('POST /api/v1/session/totp/confirmation', { body: { code } })),
              (thrown) => toFields(codeForm, thrown, ['code']),
            )
          }
        >
          <p>1. 用手机上的验证器应用扫描二维码，或手工输入密钥：</p>
          <div className="totp">
            <QRCode type="svg" value={enrolment.uri} size={180} color="#000" bgColor="#fff" />
            <code>{enrolment.secret}</code>
          </div>
          <Form.Item
            name="code"
            label="2. 填写应用上显示的六位数字"
            rules={[{ required: true, message: '请填写动态码' }]}
          >
            <Input size="large" autoFocus autoComplete="one-time-code" inputMode="numeric" maxLength={40} />
          </Form.Item>
          <Button type="primary" size="large" block htmlType="submit" loading={busy}>
            完成设置
          </Button>
        </Form>
      ) : (
        <Form
          form={passwordForm}
          layout="vertical"
          requiredMark={false}
          onFinish={({ password }) =>
            attempt(
              async () => setEnrolment(await call('POST /api/v1/session/totp', { body: { password } })),
              (thrown) => toFields(passwordForm, thrown, ['password']),
            )
          }
        >
          <Form.Item name="password" label="请再填写一次密码" rules={[{ required: true, message: '请填写密码' }]}>
            <Input.Password size="large" autoFocus autoComplete="current-password" maxLength={256} />
          </Form.Item>
          <Button type="primary" size="large" block htmlType="submit" loading={busy}>
            下一步
          </Button>
        </Form>
      )}
    </>
  );
}
