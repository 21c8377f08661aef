import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Radio } from 'antd';
import { useState } from 'react';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';

type Invited = Answer<'GET /api/v1/account-invitations'>['items'][number];
interface Written {
  readonly email: string;
  readonly name?: string;
  readonly role: 'manager' | 'member';
}

const states: Readonly<Record<Invited['state'], string>> = {
  open: '等待接受',
  used: '已接受',
  revoked: '已撤销',
  expired: '已过期',
};

/** Asks somebody by mail to be of an organisation; he chooses login and password himself. */
export function InviteForm({ organisationId }: { readonly organisationId: string }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const [form] = Form.useForm<Written>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const once = useOnce();
  const key = ['account-invitations', organisationId];
  const list = useQuery({
    queryKey: key,
    queryFn: () => call('GET /api/v1/account-invitations', { query: { organisationId, limit: 20 } }),
  });
  const settle = () => client.invalidateQueries({ queryKey: key });
  const invite = useMutation({
    mutationFn: ({ email, name, role }: Written) =>
      call('POST /api/v1/account-invitations', {
        body: { email: email.trim(), role, organisationId, ...(name?.trim() ? { name: name.trim() } : {}) },
      }),
    onMutate: () => setError(null),
    onSuccess: () => {
      void message.success('邀请已发出，七天内有效');
      setWriting(false);
    },
    onError: (thrown) => setError(toFields(form, thrown, ['email', 'name', 'role'])),
    onSettled: settle,
  });
  const move = useMutation({
    mutationFn: async ({ one, action }: { readonly one: Invited; readonly action: 'resend' | 'revoke' }) => {
      const { id } = one;
      const send = (version: number) =>
        action === 'resend'
          ? call('POST /api/v1/account-invitations/{id}/actions/resend', { params: { id }, body: { version } })
          : call('POST /api/v1/account-invitations/{id}/actions/revoke', { params: { id }, body: { version } });
      try {
        return await send(one.version);
      } catch (thrown) {
        // Its version grows once the mail is handed over: that is no change that anybody has to look at.
        const newest = isProblem(thrown, 409)
          ? (await list.refetch()).data?.items.find((line) => line.id === id)
          : null;
        if (!newest || newest.state !== one.state || newest.version === one.version) throw thrown;
        return send(newest.version);
      }
    },
    onSuccess: (_, { action }) => void message.success(action === 'resend' ? '已重新发出' : '已撤销'),
    onSettled: settle,
  });
  const waiting = (list.data?.items ?? []).filter(({ state }) => state === 'open' || state === 'expired');
  return (
    <section className="card organisation-form no-print" aria-label="邀请账号">
      <ProblemAlert error={list.error ?? move.error} />
      <ul className="plain-list">
        {waiting.map((one) => (
          <li key={one.id} className="line-tools">
            <span>
              {one.address} <span className="quiet">{codes.label('roles', one.role)}</span>
            </span>
            <span className="tag wait">{states[one.state]}</span>
            <span className="quiet">{dayOf(one.expiresAt)} 前有效</span>
            <Button size="small" disabled={move.isPending} onClick={() => move.mutate({ one, action: 'resend' })}>
              重新发出
            </Button>
            {one.state === 'open' ? (
              <Button size="small" disabled={move.isPending} onClick={() => move.mutate({ one, action: 'revoke' })}>
                撤销
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {writing ? (
        <Form
          form={form}
          layout="vertical"
          initialValues={{ role: 'member' }}
          onFinish={(written) => once(() => invite.mutateAsync(written))}
          scrollToFirstError={{ focus: true }}
        >
          <ProblemAlert error={error} focus />
          <Form.Item
            name="email"
            label="电子信箱"
            extra="对方收到邮件，打开链接自己填写登录名和密码"
            rules={[{ required: true, whitespace: true, message: '请填写电子信箱' }]}
          >
            <Input inputMode="email" autoComplete="off" maxLength={200} autoFocus />
          </Form.Item>
          <Form.Item name="name" label="姓名（可不填）">
            <Input maxLength={50} autoComplete="off" />
          </Form.Item>
          <Form.Item name="role" label="角色">
            <Radio.Group
              options={(['manager', 'member'] as const).map((role) => ({
                value: role,
                label: codes.label('roles', role),
              }))}
            />
          </Form.Item>
          <div className="decision-buttons">
            <Button type="primary" htmlType="submit" loading={invite.isPending}>
              发出邀请
            </Button>
            <Button onClick={() => setWriting(false)}>取消</Button>
          </div>
        </Form>
      ) : (
        <Button onClick={() => setWriting(true)}>邀请新账号……</Button>
      )}
    </section>
  );
}
