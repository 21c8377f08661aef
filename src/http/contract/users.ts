import { z } from 'zod';
import { roles, userContent } from '../../domain/user.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';

export const userView = z
  .object({
    id: z.string(),
    version: z.int(),
    state: z.enum(['active', 'disabled']),
    login: z.string(),
    name: z.string(),
    role: choice('角色', roles),
    organisationId: z.string().nullable(),
    mustChangePassword: z.boolean(),
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
export const userPage = pageOf(userView).meta({ id: 'UserPage' });

export const userQuery = z.strictObject({
  organisationId: words('所属机构', 64, { min: 1 }).optional(),
  role: choice('角色', roles).optional(),
  state: z
    .enum(['active', 'disabled'], { error: '不是可选的值|请从 active（正常）、disabled（已停用）中选择' })
    .meta({ title: '状态' })
    .optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const resetAnswer = z
  .object({ oneTimePassword: z.string().meta({ description: '只显示这一次，首次登录后须修改' }) })
  .meta({ id: 'OneTimePassword' });
