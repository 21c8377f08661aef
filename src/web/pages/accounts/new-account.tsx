import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Radio, Typography } from 'antd';
import { useRef, useState } from 'react';
import { call, randomKey } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';

interface Written {
  readonly login: string;
  readonly name: string;
  readonly role: 'staff' | 'admin';
  readonly email?: string;
}

/** An administrator makes an account of the bureau; its one-time password is shown once. */
export function NewAccount() {
  const client = useQueryClient();
  const codes = useCodes();
  const [form] = Form.useForm<Written>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<{ readonly login: string; readonly password: string | null } | null>(null);
  const key = useRef('');
  const once = useOnce();
  const create = useMutation({
    mutationFn: ({ login, name, role, email }: Written) =>
      call('POST /api/v1/users', {
        body: {
          login: login.trim(),
          name: name.trim(),
          role,
          ...(email?.trim() ? { email: email.trim() } : {}),
        },
        key: key.current,
      }),
    onMutate: () => setError(null),
    onSuccess: async ({ user, oneTimePassword }) => {
      setMade({ login: user.login, password: oneTimePassword });
      setWriting(false);
      form.resetFields();
      await client.invalidateQueries({ queryKey: ['users'] });
    },
    onError: (thrown) => setError(toFields(form, thrown, ['login', 'name', 'role', 'email'])),
  });
  return (
    <div className="new-account no-print">
      {made ? (
        <Alert
          className="new-account-made"
          type="success"
          showIcon
          title={`已新增账号“${made.login}”`}
          description={
            made.password === null ? (
              '这个账号刚才已经新增，一次性密码只显示一次；没有记下的，请在下面“办理”里重置密码。'
            ) : (
              <>
                一次性密码，只显示这一次：
                <Typography.Text code copyable>
                  {made.password}
                </Typography.Text>
                <p>请当面或电话告诉本人，首次登录后须修改。</p>
              </>
            )
          }
          closable={{ onClose: () => setMade(null), 'aria-label': '收起密码' }}
        />
      ) : null}
      {writing ? (
        <Form
          form={form}
          layout="vertical"
          className="card"
          requiredMark={false}
          initialValues={{ role: 'staff' }}
          onValuesChange={() => {
            key.current = randomKey();
          }}
          onFinish={(written) => once(() => create.mutateAsync(written))}
          scrollToFirstError={{ focus: true }}
        >
          <h2>新增科技局的账号</h2>
          <ProblemAlert error={error} focus />
          <Form.Item
            name="login"
            label="登录名"
            rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}
          >
            <Input maxLength={50} autoComplete="off" autoFocus spellCheck={false} />
          </Form.Item>
          <Form.Item name="name" label="姓名" rules={[{ required: true, whitespace: true, message: '请填写姓名' }]}>
            <Input maxLength={50} autoComplete="off" />
          </Form.Item>
          <Form.Item name="role" label="角色">
            <Radio.Group
              options={(['staff', 'admin'] as const).map((role) => ({
                value: role,
                label: codes.label('roles', role),
              }))}
            />
          </Form.Item>
          <Form.Item name="email" label="电子信箱（可不填）" extra="通知和重置密码的邮件寄到这里">
            <Input inputMode="email" maxLength={254} autoComplete="off" />
          </Form.Item>
          <div className="decision-buttons">
            <Button type="primary" htmlType="submit" loading={create.isPending}>
              新增账号
            </Button>
            <Button onClick={() => setWriting(false)}>取消</Button>
          </div>
        </Form>
      ) : (
        <Button
          onClick={() => {
            key.current = randomKey();
            setWriting(true);
          }}
        >
          新增科技局的账号……
        </Button>
      )}
    </div>
  );
}
