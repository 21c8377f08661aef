import { z } from 'zod';
import { contactChange, roles } from '../../domain/user.ts';
import { choice } from '../../domain/validation.ts';
import { instant } from './query-values.ts';

/** Not trimmed and not checked for strength here: what is typed is what counts. */
const password = (label: string) =>
  z
    .string({ error: `没有填写|请填写${label}` })
    .min(1, `没有填写|请填写${label}`)
    .max(256, `过长|请检查${label}`)
    .meta({ title: label, format: 'password', minLength: 1, maxLength: 256 });

export const loginBody = z.strictObject({
  login: z
    .string({ error: '没有填写|请填写登录名' })
    .trim()
    .min(1, '没有填写|请填写登录名')
    .max(100, '过长|请检查登录名')
    .meta({ title: '登录名', minLength: 1, maxLength: 100 }),
  password: password('密码'),
});
export type LoginBody = z.output<typeof loginBody>;

export const changePasswordBody = z.strictObject({
  current: password('现在的密码'),
  next: password('新密码'),
});
export type ChangePasswordBody = z.output<typeof changePasswordBody>;

export const ownContactBody = contactChange;
export const ownContact = z
  .object({
    email: z.string().nullable(),
    mobile: z.string().nullable(),
    awaiting: z.string().nullable().meta({ description: '等着确认的新信箱（隐去一部分）；打开寄去的链接后才生效' }),
  })
  .meta({ id: 'OwnContact' });

export const sessionView = z
  .object({
    user: z.object({
      id: z.string(),
      login: z.string(),
      name: z.string(),
      role: choice('角色', roles),
      organisationId: z.string().nullable(),
    }),
    mustChangePassword: z.boolean().meta({ description: '为 true 时只能修改密码' }),
    mustEnrolTotp: z.boolean().meta({ description: '为 true 时只能设置两步验证' }),
    awaitsApproval: z.boolean().meta({ description: '为 true 时机构登记还没有通过，只能查看和修改登记' }),
    csrfToken: z.string().meta({ description: '修改类请求须放在请求头 x-csrf-token 中' }),
    endsAt: instant.meta({ format: 'date-time', description: '最迟在这时须重新登录；长时间不操作会更早' }),
  })
  .meta({ id: 'Session' });
export type SessionView = z.output<typeof sessionView>;

/** The password was right; a code must follow. */
export const secondFactorWanted = z
  .object({
    secondFactor: z.literal(true).meta({ description: '密码正确，请在五分钟内提交动态码' }),
  })
  .meta({ id: 'SecondFactorWanted' });
export const loginAnswer = z.union([sessionView, secondFactorWanted]);

const code = z
  .string({ error: '没有填写|请填写动态码' })
  .trim()
  .min(1, '没有填写|请填写动态码')
  .max(40, '过长|请填写六位动态码，或恢复码')
  .meta({ title: '动态码', description: '手机应用上的六位数字，或一个恢复码', minLength: 1, maxLength: 40 });
export const codeBody = z.strictObject({ code });
export const beginTotpBody = z.strictObject({ password: password('密码') });
export const totpEnrolment = z
  .object({
    secret: z.string().meta({ description: '手工输入时用' }),
    uri: z.string().meta({ description: 'otpauth:// 地址，做成二维码用手机应用扫描' }),
  })
  .meta({ id: 'TotpEnrolment' });
export const totpConfirmed = z
  .object({
    session: sessionView,
    recovery: z.array(z.string()).meta({ description: '恢复码，只显示这一次，每个只能用一次' }),
  })
  .meta({ id: 'TotpConfirmed' });

export const sessionLine = z
  .object({
    id: z.string(),
    current: z.boolean().meta({ description: '是不是现在这个登录' }),
    device: z.string(),
    address: z.string(),
    startedAt: instant,
    usedAt: instant,
    expiresAt: instant,
  })
  .meta({ id: 'SessionLine' });
export const sessionList = z.object({ items: z.array(sessionLine) }).meta({ id: 'SessionList' });
export const endedSessions = z.object({ ended: z.int() }).meta({ id: 'EndedSessions' });
