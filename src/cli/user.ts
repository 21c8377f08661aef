import { Argument, type Command, Option } from 'commander';
import { accountLinkStates } from '../domain/account-link.ts';
import { labelOf } from '../domain/codes/table.ts';
import { QianxianError } from '../domain/errors.ts';
import { type Role, roles, systemPrincipal, type UserState, userStates } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { clockDay, clockTime } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { organisationIdOf } from './organisation.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { userOf } from './user-of.ts';

const organisationRoles = [
  { code: 'manager', label: '机构管理员' },
  { code: 'member', label: '机构成员' },
] as const;

export function userCommand(program: Command, run: Run): void {
  const user = program.command('user').description('账号：新增、列出、重置密码、停用、恢复');

  user
    .command('add')
    .description('新增账号，显示一次性密码')
    .addArgument(new Argument('<登录名>'))
    .requiredOption('--name <姓名>', '姓名')
    .addOption(
      new Option('--role <角色>', `角色：${explainedChoices(roles)}`).argParser(oneOf(roles)).makeOptionMandatory(),
    )
    .option('--organisation <机构>', '机构账号所属的机构：统一社会信用代码、全称或编号')
    .option('--email <信箱>', '通知和重置密码的邮件发到这里')
    .action((login: string, options: { name: string; role: Role; organisation?: string; email?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const made = await flow.createUser(systemPrincipal, {
            login,
            name: options.name,
            role: options.role,
            ...(options.email ? { email: options.email } : {}),
            ...(options.organisation ? { organisationId: await organisationIdOf(flow, options.organisation) } : {}),
          });
          output.result({ user: made.user, oneTimePassword: made.oneTimePassword }, () => [
            `已新增 ${made.user.login}（${labelOf(roles, made.user.role)}）`,
            `一次性密码（只显示这一次，首次登录须改）：${made.oneTimePassword}`,
          ]);
          return undefined;
        }),
      ),
    );

  user
    .command('invite')
    .description('邀请人加入机构：发出邮件，也显示链接，可另行转交')
    .addArgument(new Argument('<信箱>'))
    .requiredOption('--organisation <机构>', '加入哪个机构：统一社会信用代码、全称或编号')
    .option('--name <姓名>', '姓名')
    .addOption(
      new Option('--role <角色>', `角色：${explainedChoices(organisationRoles)}`)
        .argParser(oneOf(organisationRoles))
        .default('member'),
    )
    .action((email: string, options: { organisation: string; name?: string; role: 'manager' | 'member' }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const invitation = await flow.inviteUser(systemPrincipal, {
            email,
            role: options.role,
            organisationId: await organisationIdOf(flow, options.organisation),
            ...(options.name === undefined ? {} : { name: options.name }),
          });
          const address = await flow.accountInvitationAddress(invitation.id);
          output.result({ ...invitation, link: address }, () => [
            `已邀请 ${email}（${labelOf(roles, invitation.role)}），邮件由服务发出`,
            `链接（只能用一次，${clockTime(invitation.expiresAt).slice(0, 16)} 以前有效）：${address}`,
          ]);
          return undefined;
        }),
      ),
    );

  user
    .command('erase')
    .description('注销账号，清除个人信息，不能恢复（须加 --yes）')
    .addArgument(new Argument('<登录名>'))
    .action((login: string) =>
      run(async ({ output, yes }) =>
        withFlow(async ({ flow }) => {
          const found = await userOf(flow, login);
          if (!yes) throw new QianxianError('invalid', `注销 ${found.login} 后不能恢复；确定的请加 --yes`);
          await flow.eraseUser(systemPrincipal, found.id, found.version);
          output.result({ id: found.id }, () => [`已注销，个人信息已清除；审计记录中只留编号 ${found.id}`]);
          return undefined;
        }),
      ),
    );

  user
    .command('audit-right')
    .description('授予或取消科技局工作人员的审计权限')
    .addArgument(new Argument('<登录名>'))
    .addArgument(new Argument('<操作>', 'grant 授予、revoke 取消').choices(['grant', 'revoke']))
    .action((login: string, action: 'grant' | 'revoke') =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await userOf(flow, login);
          await withEffects(flow, () =>
            flow.setAuditRight(systemPrincipal, found.id, found.version, action === 'grant'),
          );
          output.result({ login: found.login, mayAudit: action === 'grant' }, () => [
            action === 'grant' ? `${found.login} 可以查审计记录了` : `${found.login} 不再能查审计记录`,
          ]);
          return undefined;
        }),
      ),
    );

  user
    .command('reset-totp')
    .description('取消两步验证（手机丢失时），原有登录全部失效')
    .addArgument(new Argument('<登录名>'))
    .action((login: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await userOf(flow, login);
          await flow.resetTotp(systemPrincipal, found.id);
          output.result({ login: found.login }, () => [
            `${found.login} 的两步验证已取消，须用两步验证的账号登录后要重新设置`,
          ]);
          return undefined;
        }),
      ),
    );

  user
    .command('passwd')
    .description('重置密码，显示新的一次性密码，原有登录全部失效')
    .addArgument(new Argument('<登录名>'))
    .action((login: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await userOf(flow, login);
          const oneTimePassword = await flow.resetPassword(systemPrincipal, found.id);
          output.result({ login: found.login, oneTimePassword }, () => [
            `${found.login} 的新一次性密码（只显示这一次，首次登录须改）：${oneTimePassword}`,
            ...(found.state === 'disabled'
              ? [`这个账号已停用，还不能登录；恢复请用 npx qianxian user enable ${found.login}`]
              : []),
          ]);
          return undefined;
        }),
      ),
    );

  for (const action of ['disable', 'enable'] as const) {
    const { label, to } = userStates.moves.find((move) => move.action === action)!;
    user
      .command(action)
      .description(action === 'disable' ? '停用账号，原有登录立即失效' : '恢复已停用的账号')
      .addArgument(new Argument('<登录名>'))
      .action((login: string) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const found = await userOf(flow, login);
            const moved = await flow.moveUser(systemPrincipal, found.id, found.version, action);
            output.result(moved, () => [`${moved.login} 已${label}，现在${userStates.states[to]}`]);
            return undefined;
          }),
        ),
      );
  }

  user
    .command('invitations')
    .description('列出加入机构的邀请，最近的在前；信箱部分隐去')
    .option('--organisation <机构>', '只列这个机构的：统一社会信用代码、全称或编号')
    .action((options: { organisation?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const organisationId =
            options.organisation === undefined ? undefined : await organisationIdOf(flow, options.organisation);
          const found = await allPages((cursor) =>
            flow.listAccountInvitations(systemPrincipal, {
              limit: 200,
              ...(organisationId === undefined ? {} : { organisationId }),
              ...(cursor === undefined ? {} : { cursor }),
            }),
          );
          const names = await organisationNames(
            flow,
            found.map((one) => one.organisationId),
          );
          output.result(found, () =>
            found.length === 0
              ? ['没有邀请；用 npx qianxian user invite 信箱 --organisation 机构 邀请人加入']
              : table([
                  ['邀请于', '状态', '信箱', '姓名', '角色', '机构', '有效期至', '编号'],
                  ...found.map((one) => [
                    clockDay(one.createdAt),
                    one.state === 'expired' ? '已过期' : accountLinkStates.states[one.state],
                    one.address,
                    one.name ?? '',
                    labelOf(roles, one.role),
                    names.get(one.organisationId) ?? one.organisationId,
                    clockTime(one.expiresAt).slice(0, 16),
                    one.id,
                  ]),
                ]),
          );
          return undefined;
        }),
      ),
    );

  user
    .command('list')
    .description('列出全部账号和所在的机构')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const users: { login: string; name: string; role: Role; state: UserState; organisationId: string | null }[] =
            [];
          for await (const one of flow.ports.store.collection('users').stream()) {
            users.push({
              login: one.login,
              name: one.name,
              role: one.role,
              state: one.state,
              organisationId: one.organisationId ?? null,
            });
          }
          const names = await organisationNames(
            flow,
            users.flatMap((one) => one.organisationId ?? []),
          );
          output.result(users, () =>
            users.length === 0
              ? ['还没有账号；用 npx qianxian init 建立管理员']
              : table(
                  users.map((one) => [
                    one.login,
                    one.name,
                    labelOf(roles, one.role),
                    userStates.states[one.state],
                    one.organisationId === null ? '' : (names.get(one.organisationId) ?? one.organisationId),
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );
}

/** Names of organisations by id. */
async function organisationNames(flow: Flow, ids: readonly string[]): Promise<Map<string, string>> {
  const found = await flow.ports.store.collection('organisations').getMany([...new Set(ids)]);
  return new Map(found.map(({ id, content }) => [id, content.name]));
}
