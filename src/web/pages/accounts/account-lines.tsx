import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Dropdown, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { momentOf } from '../../parts/times.ts';
import '../../parts/lines.css';

type Account = Answer<'GET /api/v1/users'>['items'][number];
type Change = 'disable' | 'enable' | 'reset-password' | 'reset-totp';

/** Accounts with what may be done to each: by staff a new password and second factor, by administrators the rest. */
export function AccountLines({
  accounts,
  withOrganisation = false,
}: {
  readonly accounts: readonly Account[];
  readonly withOrganisation?: boolean;
}) {
  return (
    <ul className="card lines">
      {accounts.map((account) => (
        <AccountLine key={account.id} account={account} withOrganisation={withOrganisation} />
      ))}
    </ul>
  );
}

function AccountLine({ account, withOrganisation }: { readonly account: Account; readonly withOrganisation: boolean }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message, modal } = App.useApp();
  const { session } = useSession();
  const [password, setPassword] = useState<string | null>(null);
  const { id, login, name, role, state, version, organisationId, lockedUntil, hasTotp } = account;
  const admin = session?.user.role === 'admin';
  const bureau = role === 'staff' || role === 'admin';
  const own = id === session?.user.id;
  const change = useMutation({
    mutationFn: async (what: Change): Promise<string | null> => {
      const params = { id };
      if (what === 'reset-password') {
        const { oneTimePassword } = await call('POST /api/v1/users/{id}/actions/reset-password', { params });
        return oneTimePassword;
      }
      if (what === 'reset-totp') await call('POST /api/v1/users/{id}/actions/reset-totp', { params });
      else if (what === 'disable') {
        await call('POST /api/v1/users/{id}/actions/disable', { params, body: { version } });
      } else await call('POST /api/v1/users/{id}/actions/enable', { params, body: { version } });
      return null;
    },
    onSuccess: (shown, what) => {
      if (shown !== null) setPassword(shown);
      else if (what !== 'reset-password') {
        void message.success({ disable: '已停用', enable: '已恢复', 'reset-totp': '已重置两步验证' }[what]);
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  const ask = (what: Change, title: string, content: string, okText: string) =>
    void modal.confirm({
      title,
      content,
      okText,
      cancelText: '取消',
      onOk: () => change.mutateAsync(what).catch(() => undefined),
    });
  const items = [
    ...(state === 'active' && !own && (admin || !bureau)
      ? [
          {
            key: 'reset-password',
            label: '重置密码……',
            onClick: () =>
              ask(
                'reset-password',
                `重置“${name}”的密码？`,
                '请先核实是本人。现在的密码和各处的登录立即失效，新的一次性密码只显示一次。',
                '重置密码',
              ),
          },
          ...(hasTotp
            ? [
                {
                  key: 'reset-totp',
                  label: '重置两步验证……',
                  onClick: () =>
                    ask(
                      'reset-totp',
                      `重置“${name}”的两步验证？`,
                      '请先核实是本人。各处的登录立即失效，下次登录须重新绑定。',
                      '重置',
                    ),
                },
              ]
            : []),
        ]
      : []),
    ...(admin && !own && state === 'active'
      ? [
          {
            key: 'disable',
            label: '停用……',
            danger: true,
            onClick: () => ask('disable', `停用“${name}”的账号？`, '各处的登录立即失效；以后可以恢复。', '停用'),
          },
        ]
      : []),
    ...(admin && state === 'disabled'
      ? [{ key: 'enable', label: '恢复', onClick: () => change.mutate('enable') }]
      : []),
  ];
  return (
    <li>
      <span className="line-title">
        <span>
          {name} <span className="quiet">{login}</span>
        </span>
        <span className="quiet">
          {codes.label('roles', role)}
          {hasTotp ? ' · 两步验证' : ''}
          {lockedUntil ? ` · 输错密码，锁到 ${momentOf(lockedUntil)}` : ''}
          {withOrganisation && organisationId !== null ? (
            <>
              {' · '}
              <Link to={`/organisations/${encodeURIComponent(organisationId)}`}>所属机构</Link>
            </>
          ) : null}
        </span>
        {change.error ? (
          <span className="line-problem" role="alert">
            {change.error.message}
          </span>
        ) : null}
        {password !== null ? (
          <Alert
            type="success"
            title="新的一次性密码，只显示这一次"
            description={
              <>
                <Typography.Text code copyable>
                  {password}
                </Typography.Text>
                <p>请当面或电话告诉本人，首次登录后须修改。</p>
              </>
            }
            closable={{ onClose: () => setPassword(null), 'aria-label': '收起密码' }}
          />
        ) : null}
      </span>
      <span className={`tag ${state === 'active' ? 'good' : 'bad'}`}>{codes.label('userStates', state)}</span>
      <span className="no-print">
        {items.length > 0 ? (
          <Dropdown trigger={['click']} menu={{ items }}>
            <Button size="small" loading={change.isPending} aria-haspopup="menu" aria-label={`办理：${name}`}>
              办理
            </Button>
          </Dropdown>
        ) : null}
      </span>
    </li>
  );
}
