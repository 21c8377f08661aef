import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';

type Colleague = Answer<'GET /api/v1/users'>['items'][number];
type Invitation = Answer<'GET /api/v1/account-invitations'>['items'][number];
const peopleKey = ['colleagues'];
const invitedKey = ['account-invitations'];

const invitationWords: Readonly<Record<Invitation['state'], string>> = {
  open: '等待接受',
  used: '已接受',
  revoked: '已撤销',
  expired: '已过期',
};

/** All accounts of an organisation, page by page: there are few, and whoever looks for one wants to see it. */
async function everybodyOf(organisationId: string): Promise<readonly Colleague[]> {
  const found: Colleague[] = [];
  let cursor: string | undefined;
  do {
    const page = await call('GET /api/v1/users', {
      query: { organisationId, limit: 100, ...(cursor === undefined ? {} : { cursor }) },
    });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** The people of one's organisation: invited by mail, disabled and enabled again by its manager. */
export function ColleagueSection({ organisationId }: { readonly organisationId: string }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { session } = useSession();
  const { message, modal } = App.useApp();
  const people = useQuery({
    queryKey: peopleKey,
    queryFn: () => everybodyOf(organisationId),
    staleTime: 0,
  });
  const move = useMutation({
    mutationFn: ({ user, action }: { readonly user: Colleague; readonly action: 'disable' | 'enable' }) =>
      action === 'disable'
        ? call('POST /api/v1/users/{id}/actions/disable', { params: { id: user.id }, body: { version: user.version } })
        : call('POST /api/v1/users/{id}/actions/enable', { params: { id: user.id }, body: { version: user.version } }),
    onSuccess: (_, { action }) => void message.success(action === 'disable' ? '已停用' : '已恢复'),
    onSettled: () => client.invalidateQueries({ queryKey: peopleKey }),
  });
  const items = people.data ?? [];
  return (
    <section className="card" aria-labelledby="people-title">
      <h2 id="people-title">同事</h2>
      <ProblemAlert error={people.error} onRetry={() => void people.refetch()} />
      <ProblemAlert error={move.error} focus />
      {!people.data && !people.error ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      <ul className="account-lines">
        {items.map((user) => (
          <li key={user.id}>
            <span>
              {user.name} {user.id === session?.user.id ? <span className="tag good">我</span> : null}{' '}
              {user.state === 'active' ? null : (
                <span className="tag bad">{codes.label('userStates', user.state)}</span>
              )}
              <br />
              <span className="quiet">
                {user.login} · {codes.label('roles', user.role)}
                {user.mustChangePassword ? ' · 还没有登录过' : ''}
              </span>
            </span>
            {user.role === 'member' && (user.state === 'active' || user.state === 'disabled') ? (
              <Button
                size="small"
                className="no-print"
                danger={user.state === 'active'}
                disabled={move.isPending}
                aria-label={`${user.state === 'active' ? '停用' : '恢复'} ${user.name}`}
                onClick={() => {
                  if (user.state !== 'active') {
                    move.mutate({ user, action: 'enable' });
                    return;
                  }
                  modal.confirm({
                    title: `停用“${user.name}”的账号？`,
                    content: '停用后立即退出登录，不能再用；以后可以恢复。写过的记录还在。',
                    okText: '停用',
                    okButtonProps: { danger: true },
                    cancelText: '不停用',
                    onOk: () => move.mutateAsync({ user, action: 'disable' }).catch(() => undefined),
                  });
                }}
              >
                {user.state === 'active' ? '停用' : '恢复'}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      <Invitations organisationId={organisationId} />
    </section>
  );
}

function Invitations({ organisationId }: { readonly organisationId: string }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<{ email: string; name?: string }>();
  const [error, setError] = useState<unknown>(null);
  const { data } = useQuery({
    queryKey: invitedKey,
    queryFn: () => call('GET /api/v1/account-invitations', { query: { organisationId, limit: 50 } }),
    staleTime: 0,
  });
  const changed = () => client.invalidateQueries({ queryKey: invitedKey });
  const invite = useMutation({
    mutationFn: ({ email, name }: { email: string; name?: string }) =>
      call('POST /api/v1/account-invitations', {
        body: { email: email.trim(), role: 'member', organisationId, ...(name?.trim() ? { name: name.trim() } : {}) },
      }),
    onMutate: () => setError(null),
    onSuccess: () => {
      form.resetFields();
      void message.success('邀请已寄出');
    },
    onError: (thrown) => setError(toFields(form, thrown, ['email', 'name'])),
    onSettled: changed,
  });
  const move = useMutation({
    mutationFn: ({ one, action }: { readonly one: Invitation; readonly action: 'resend' | 'revoke' }) => {
      const given = { params: { id: one.id }, body: { version: one.version } };
      return action === 'resend'
        ? call('POST /api/v1/account-invitations/{id}/actions/resend', given)
        : call('POST /api/v1/account-invitations/{id}/actions/revoke', given);
    },
    onSuccess: (_, { action }) => void message.success(action === 'resend' ? '已重新寄出' : '已撤销'),
    onSettled: changed,
  });
  const waiting = (data?.items ?? []).filter(({ state }) => state === 'open' || state === 'expired');
  return (
    <div className="invite no-print">
      <h3>邀请同事</h3>
      <ProblemAlert error={error ?? move.error} focus />
      <Form
        form={form}
        name="invite"
        layout="vertical"
        requiredMark={false}
        onFinish={(written) => once(() => invite.mutateAsync(written))}
        scrollToFirstError={{ focus: true }}
      >
        <div className="form-pair">
          <Form.Item
            name="email"
            label="同事的电子信箱"
            rules={[{ required: true, whitespace: true, message: '请填写电子信箱' }]}
          >
            <Input type="email" maxLength={254} autoComplete="off" />
          </Form.Item>
          <Form.Item name="name" label="姓名（选填）">
            <Input maxLength={50} autoComplete="off" />
          </Form.Item>
        </div>
        <Button type="primary" htmlType="submit" loading={invite.isPending}>
          寄出邀请
        </Button>
      </Form>
      {waiting.length > 0 ? (
        <ul className="account-lines">
          {waiting.map((one) => (
            <li key={one.id}>
              <span>
                {one.address} <span className="tag wait">{invitationWords[one.state]}</span>
                <br />
                <span className="quiet">{momentOf(one.expiresAt)} 前有效</span>
              </span>
              <span className="account-buttons">
                <Button
                  size="small"
                  disabled={move.isPending}
                  aria-label={`再寄给 ${one.address}`}
                  onClick={() => move.mutate({ one, action: 'resend' })}
                >
                  再寄一次
                </Button>
                <Button
                  size="small"
                  danger
                  disabled={move.isPending}
                  aria-label={`撤销给 ${one.address} 的邀请`}
                  onClick={() => move.mutate({ one, action: 'revoke' })}
                >
                  撤销
                </Button>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
