import { z } from 'zod';
import { roles, userContent, userStates } from '../../domain/user.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { stateOf } from './record-parts.ts';

export const userView = z
  .object({
    id: z.string(),
    version: z.int(),
    state: stateOf('状态', userStates.states),
    login: z.string(),
    name: z.string(),
    role: choice('角色', roles),
    organisationId: z.string().nullable(),
    mustChangePassword: z.boolean(),
    email: z.string().nullable(),
    mobile: z.string().nullable().meta({ description: '收短信的手机' }),
    mayAudit: z.boolean().meta({ description: '能否查审计记录' }),
    hasTotp: z.boolean().meta({ description: '登录是否须两步验证' }),
    lockedUntil: instant.nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'User' });
export type UserView = z.output<typeof userView>;

export const createUserBody = userContent;

/** The one-time password is shown this once; null where the same request had made the user before. */
export const createdUser = z
  .object({
    user: userView,
    oneTimePassword: z.string().nullable().meta({ description: '只显示这一次，首次登录后须修改' }),
  })
  .meta({ id: 'CreatedUser' });

export const userMoveBody = z.strictObject({ version });
/** Lists show no address, whoever asks. */
export const userLine = userView.omit({ email: true, mobile: true }).meta({ id: 'UserLine' });
export const userPage = pageOf(userLine).meta({ id: 'UserPage' });

export const userQuery = z.strictObject({
  organisationId: words('所属机构', 64, { min: 1 }).optional(),
  role: choice('角色', roles).optional(),
  state: stateOf('状态', userStates.states).optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const resetAnswer = z
  .object({ oneTimePassword: z.string().meta({ description: '只显示这一次，首次登录后须修改' }) })
  .meta({ id: 'OneTimePassword' });
