import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { mobileIn } from './notices/notice-address.ts';
import type { Stored } from './record.ts';
import type { StateTable } from './state-table.ts';
import { choice, text } from './validation.ts';

/**
 * Roles. Staff and administrators are of the bureau; members are of one organisation
 * (a member may need and offer; `manager` may also invite further members of the organisation).
 */
export const roles = [
  { code: 'admin', label: '系统管理员' },
  { code: 'staff', label: '科技局工作人员' },
  { code: 'manager', label: '机构管理员' },
  { code: 'member', label: '机构成员' },
] as const;
export type Role = (typeof roles)[number]['code'];

/** How a login is stored and looked up: full-width letters folded, lower case, so that no two logins look alike by width or case. */
export function normaliseLogin(written: string): string {
  return written.normalize('NFKC').trim().toLowerCase();
}

/** A mobile number in the mainland, written with or without spaces; kept without. */
export const mobileNumber = text('手机', 30)
  .refine((written) => mobileIn(written) !== undefined, '不是手机号码|请填写11位的手机号码')
  .transform((written) => mobileIn(written)!)
  .meta({ title: '手机', description: '11位手机号码，用来收短信' });

export const userContent = z.strictObject({
  login: text('登录名', 50, { min: 2 })
    .transform(normaliseLogin)
    .refine((value) => /^[\p{L}\p{N}._@-]+$/u.test(value), '含有不能用的字符|只用文字、数字和 . _ @ -'),
  name: text('姓名', 50),
  role: choice('角色', roles),
  organisationId: text('所属机构', 64).optional(),
  email: emailAddress('电子信箱').optional(),
  mobile: mobileNumber.optional(),
});
/** What somebody changes of how he is reached; what is absent stays, null takes it out. */
export const contactChange = z.strictObject({
  /** The password, which says that it is himself. */
  current: z
    .string({ error: '没有填写|请填写现在的密码' })
    .min(1, '没有填写|请填写现在的密码')
    .max(1_000)
    .meta({ title: '现在的密码', format: 'password' }),
  email: userContent.shape.email.unwrap().nullable().optional(),
  mobile: mobileNumber.nullable().optional(),
});

export type UserContent = z.output<typeof userContent>;

export type UserState = 'active' | 'disabled' | 'erasing' | 'erased';
export type UserAction = 'disable' | 'enable' | 'erase' | 'keep' | 'forget';
export const userStates: StateTable<UserState, UserAction> = {
  states: { active: '正常', disabled: '已停用', erasing: '正在注销', erased: '已注销' },
  initial: 'active',
  moves: [
    { action: 'disable', label: '停用', from: ['active'], to: 'disabled', by: ['admin', 'owner'] },
    { action: 'enable', label: '恢复', from: ['disabled'], to: 'active', by: ['admin', 'owner'] },
    { action: 'erase', label: '注销', from: ['active', 'disabled'], to: 'erasing', by: ['admin'] },
    { action: 'keep', label: '撤销注销', from: ['erasing'], to: 'active', by: ['system'] },
    { action: 'forget', label: '清除个人信息', from: ['erasing'], to: 'erased', by: ['system'] },
  ],
};

export interface User extends Stored {
  readonly state: UserState;
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** Set for `manager` and `member`, absent for the bureau's own people. */
  readonly organisationId?: string;
  /** Where mails to him go; without one he gets none, and cannot reset his password by mail. */
  readonly email?: string;
  /** Where short messages to him go. */
  readonly mobile?: string;
  /** Set while the registration of his organisation waits: until it is approved he sees nothing but that. */
  readonly registrationId?: string;
  /** Set where a manager disabled it: what an administrator disabled a manager does not enable. */
  readonly disabledByManager?: true;
  /** Staff to whom an administrator gave the right to read the audit. */
  readonly mayAudit?: true;
  readonly totp?: UserTotp;
  /** User id of who made the account. */
  readonly createdBy?: string;
  /** argon2id in PHC form. */
  readonly passwordHash: string;
  /** One-time passwords must be changed at first login. */
  readonly mustChangePassword: boolean;
  /** Counts failures since the last success; five lock the account for fifteen minutes. */
  readonly failures: number;
  readonly lockedUntil?: string;
  /** Grows when the password changes or the user is disabled: sessions of an older epoch are void. */
  readonly sessionEpoch: number;
}

/** The second factor: codes by time (RFC 6238), and recovery codes for who has lost them. */
export interface UserTotp {
  /** Sealed with the service's secret. */
  readonly secret: string;
  /** Absent until a first code has shown that it works: until then logging in takes none. */
  readonly confirmedAt?: string;
  /** The newest time step of which a code was taken: no code is taken twice. */
  readonly lastStep: number;
  /** SHA-256 of the recovery codes that are left. */
  readonly recovery: readonly string[];
}

/** Who acts, as every step sees it. */
export interface Principal {
  readonly userId: string;
  readonly role: Role;
  readonly organisationId?: string;
  readonly name: string;
  /** Set for somebody whose organisation's registration waits for approval. */
  readonly registrationId?: string;
  /** Set for staff who may read the audit; administrators may in any case. */
  readonly mayAudit?: true;
}

/** The program itself, where the clock or a command line acts. */
export const systemPrincipal: Principal = { userId: 'system', role: 'admin', name: '系统' };

/** Who may read the audit: administrators, and staff whom one of them gave the right. */
export function mayAudit(principal: Principal): boolean {
  return principal.role === 'admin' || (principal.role === 'staff' && principal.mayAudit === true);
}

export function isBureau({ role }: Pick<Principal, 'role'>): boolean {
  return role === 'staff' || role === 'admin';
}
