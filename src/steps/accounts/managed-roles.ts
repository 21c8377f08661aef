import type { Role } from '../../domain/user.ts';

/** Which roles each role may give accounts to, and reset the passwords of; managers within their own organisation. */
export const mayManage: Readonly<Record<Role, readonly Role[]>> = {
  admin: ['admin', 'staff', 'manager', 'member'],
  staff: ['manager', 'member'],
  manager: ['member'],
  member: [],
};
