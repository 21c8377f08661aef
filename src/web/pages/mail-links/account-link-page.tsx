import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Skeleton } from 'antd';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { ChosenPassword } from '../../parts/chosen-password.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import type { AccountLinkKind } from './account-link.ts';

/** What the links in mails about accounts lead to: an invitation, a new password, an address to confirm. */
export function AccountLinkPage({ kind, token }: { readonly kind: AccountLinkKind; readonly token: string }) {
  return (
    <div className="page narrow">
      {kind === 'invitation' ? (
        <Invited token={token} />
      ) : kind === 'reset' ? (
        <NewPassword token={token} />
      ) : (
        <NewAddress token={token} />
      )}
    </div>
  );
}

const toLogin = (login?: string): ReactNode => (
  <p className="foot">
    <Link to={login === undefined ? '/login' : `/login?login=${encodeURIComponent(login)}`}>去登录</Link>
  </p>
);

interface NewAccount {
  readonly login: string;
  readonly name: string;
  readonly password: string;
}

function Invited({ token }: { readonly token: string }) {
  usePageTitle('接受邀请');
  const [form] = Form.useForm<NewAccount>();
  const [error, setError] = useState<unknown>(null);
  const shown = useQuery({
    queryKey: ['account invitation', token],
    queryFn: () => call('POST /api/v1/account-invitations/lookup', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const accept = useMutation({
    mutationFn: ({ login, name, password }: NewAccount) =>
      call('POST /api/v1/account-invitations/acceptance', { body: { token, login, name, password } }),
    onError: (thrown) => setError(toFields(form, thrown, ['login', 'name', 'password'])),
  });
  if (accept.data) {
    return (
      <>
        <Alert
          type="success"
          showIcon
          role="status"
          title="账号已建好"
          description={`登录名是 ${accept.data.login}，请用刚才的密码登录。`}
        />
        {toLogin(accept.data.login)}
      </>
    );
  }
  if (shown.error) return <ProblemAlert error={shown.error} onRetry={() => void shown.refetch()} />;
  if (!shown.data) return <Skeleton active paragraph={{ rows: 6 }} />;
  return (
    <div className="card">
      <div className="page-head">
        <div>
          <h1>加入{shown.data.organisation}</h1>
          <p className="quiet">请为自己建一个账号；邀请在 {momentOf(shown.data.expiresAt)} 前有效。</p>
        </div>
      </div>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: shown.data.name ?? '' }}
        onFinish={(written) => {
          setError(null);
          if (!accept.isPending) accept.mutate(written);
        }}
        onFinishFailed={() => setError(null)}
        scrollToFirstError={{ focus: true }}
      >
        <ProblemAlert error={error} focus />
        <Form.Item name="name" label="姓名" rules={[{ required: true, whitespace: true, message: '请填写姓名' }]}>
          <Input size="large" autoComplete="name" maxLength={50} />
        </Form.Item>
        <Form.Item name="login" label="登录名" rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}>
          <Input size="large" autoComplete="username" maxLength={100} />
        </Form.Item>
        <ChosenPassword label="密码" />
        <Button type="primary" size="large" block htmlType="submit" loading={accept.isPending}>
          建立账号
        </Button>
      </Form>
    </div>
  );
}

function NewPassword({ token }: { readonly token: string }) {
  usePageTitle('设置新密码');
  const [form] = Form.useForm<{ password: string }>();
  const [error, setError] = useState<unknown>(null);
  const shown = useQuery({
    queryKey: ['password reset', token],
    queryFn: () => call('POST /api/v1/password-resets/lookup', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const use = useMutation({
    mutationFn: ({ password }: { password: string }) =>
      call('POST /api/v1/password-resets/use', { body: { token, password } }),
    onError: (thrown) => setError(toFields(form, thrown, ['password'])),
  });
  if (use.isSuccess) {
    return (
      <>
        <Alert
          type="success"
          showIcon
          role="status"
          title="密码已修改"
          description="其他地方的登录都已退出，请用新密码登录。"
        />
        {toLogin(shown.data?.login)}
      </>
    );
  }
  if (shown.error) {
    return (
      <>
        <ProblemAlert error={shown.error} onRetry={() => void shown.refetch()} />
        {toLogin()}
      </>
    );
  }
  if (!shown.data) return <Skeleton active paragraph={{ rows: 5 }} />;
  return (
    <div className="card">
      <div className="page-head">
        <div>
          <h1>设置新密码</h1>
          <p className="quiet">
            登录名 {shown.data.login}；链接在 {momentOf(shown.data.expiresAt)} 前有效，用后即失效。
          </p>
        </div>
      </div>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(written) => {
          setError(null);
          if (!use.isPending) use.mutate(written);
        }}
        onFinishFailed={() => setError(null)}
        scrollToFirstError={{ focus: true }}
      >
        <ProblemAlert error={error} focus />
        <input hidden readOnly autoComplete="username" value={shown.data.login} />
        <ChosenPassword label="新密码" />
        <Button type="primary" size="large" block htmlType="submit" loading={use.isPending}>
          设置新密码
        </Button>
      </Form>
    </div>
  );
}

function NewAddress({ token }: { readonly token: string }) {
  usePageTitle('确认电子信箱');
  const confirm = useMutation({ mutationFn: () => call('POST /api/v1/address-confirmations', { body: { token } }) });
  if (confirm.isSuccess) {
    return (
      <>
        <Alert type="success" showIcon role="status" title="电子信箱已确认" description="以后的通知发到这个信箱。" />
        {toLogin()}
      </>
    );
  }
  return (
    <div className="card">
      <div className="page-head">
        <div>
          <h1>确认电子信箱</h1>
          <p className="quiet">确认后，牵线的通知发到收到这封邮件的信箱。不是您要求的，请不要确认。</p>
        </div>
      </div>
      <ProblemAlert error={confirm.error} focus />
      <Button type="primary" size="large" block loading={confirm.isPending} onClick={() => confirm.mutate()}>
        确认
      </Button>
    </div>
  );
}
