import { z } from 'zod';
import { roles } from '../../domain/user.ts';
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
    csrfToken: z.string().meta({ description: '修改类请求须放在请求头 x-csrf-token 中' }),
    endsAt: instant.meta({ format: 'date-time', description: '最迟在这时须重新登录；长时间不操作会更早' }),
  })
  .meta({ id: 'Session' });
export type SessionView = z.output<typeof sessionView>;
