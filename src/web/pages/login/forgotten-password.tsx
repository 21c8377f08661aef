import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { call } from '../../api/client.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** Asks for a mail with a link to a new password. The answer is the same whether or not there is such an account. */
export function ForgottenPassword({ onBack }: { readonly onBack: () => void }) {
  const asked = useMutation({
    mutationFn: ({ login }: { login: string }) => call('POST /api/v1/password-resets', { body: { login } }),
  });
  return (
    <>
      {asked.data ? (
        <Alert type="success" showIcon role="status" title="已受理" description={asked.data.message} />
      ) : (
        <Form layout="vertical" requiredMark={false} onFinish={(written) => !asked.isPending && asked.mutate(written)}>
          <ProblemAlert error={asked.error} focus />
          <Form.Item
            name="login"
            label="登录名"
            extra="设置新密码的链接会发到账号登记的电子信箱；没有登记信箱的，请联系本机构的管理员或科技局重置"
            rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}
          >
            <Input size="large" autoComplete="username" autoFocus maxLength={100} />
          </Form.Item>
          <Button type="primary" size="large" block htmlType="submit" loading={asked.isPending}>
            发送链接
          </Button>
        </Form>
      )}
      <Button type="link" block onClick={onBack}>
        回到登录
      </Button>
    </>
  );
}
