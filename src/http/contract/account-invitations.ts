import { z } from 'zod';
import { accountLinkStates, invitationContent } from '../../domain/account-link.ts';
import { roles, userContent } from '../../domain/user.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { stateOf } from './record-parts.ts';

export const invitationView = z
  .object({
    id: z.string(),
    version: z.int(),
    state: stateOf('状态', { ...accountLinkStates.states, expired: '已过期' }),
    address: z.string().meta({ description: '电子信箱，只显示首字符和域名' }),
    name: z.string().nullable(),
    role: choice('角色', roles),
    organisationId: z.string(),
    sent: z.boolean().meta({ description: '是否已交付发送；发送的结果见发送记录' }),
    expiresAt: instant,
    invitedBy: z.string(),
    userId: z.string().nullable().meta({ description: '接受后的账号' }),
    createdAt: instant,
  })
  .meta({ id: 'AccountInvitation' });
export const invitationPage = pageOf(invitationView).meta({ id: 'AccountInvitationPage' });
export const invitationMoveBody = z.strictObject({ version });
export const invitationQuery = z.strictObject({
  organisationId: words('所属机构', 64, { min: 1 }).optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

const token = z
  .string({ error: '没有填写|请打开邮件里的链接' })
  .min(1, '没有填写|请打开邮件里的链接')
  .max(200, '过长|请打开邮件里的链接')
  .meta({ title: '链接里的令牌', minLength: 1, maxLength: 200 });
const password = (label: string) =>
  z
    .string({ error: `没有填写|请填写${label}` })
    .min(1, `没有填写|请填写${label}`)
    .max(256, `过长|请检查${label}`)
    .meta({ title: label, format: 'password', minLength: 1, maxLength: 256 });

export const tokenBody = z.strictObject({ token });
export const shownInvitation = z
  .object({ organisation: z.string(), role: choice('角色', roles), name: z.string().nullable(), expiresAt: instant })
  .meta({ id: 'ShownAccountInvitation' });
export const acceptBody = z.strictObject({
  token,
  login: userContent.shape.login,
  name: userContent.shape.name,
  password: password('密码'),
});
export const acceptedInvitation = z.object({ login: z.string() }).meta({ id: 'AcceptedAccountInvitation' });

export const resetRequestBody = z.strictObject({
  login: z
    .string({ error: '没有填写|请填写登录名' })
    .trim()
    .min(1, '没有填写|请填写登录名')
    .max(100, '过长|请检查登录名')
    .meta({ title: '登录名', minLength: 1, maxLength: 100 }),
});
export const resetRequested = z
  .object({ message: z.string() })
  .meta({ id: 'PasswordResetRequested', description: '无论有没有这个账号，回答都一样' });
export const shownReset = z.object({ login: z.string(), expiresAt: instant }).meta({ id: 'ShownPasswordReset' });
export const resetBody = z.strictObject({ token, password: password('新密码') });
export const invitationBody = invitationContent;
