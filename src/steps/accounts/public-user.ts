import type { Principal, Role, User, UserState } from '../../domain/user.ts';

/** An account as it may be shown: never the hash, the epoch or the count of failures. */
export interface PublicUser {
  readonly id: string;
  readonly version: number;
  readonly state: UserState;
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly organisationId: string | null;
  readonly mustChangePassword: boolean;
  readonly email: string | null;
  readonly mobile: string | null;
  readonly mayAudit: boolean;
  /** Whether logging in takes a second factor. */
  readonly hasTotp: boolean;
  /** Until when a series of wrong passwords locks it, or null. */
  readonly lockedUntil: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function publicUser(user: User, now: Date): PublicUser {
  return {
    id: user.id,
    version: user.version,
    state: user.state,
    login: user.login,
    name: user.name,
    role: user.role,
    organisationId: user.organisationId ?? null,
    mustChangePassword: user.mustChangePassword,
    email: user.email ?? null,
    mobile: user.mobile ?? null,
    mayAudit: user.role === 'admin' || user.mayAudit === true,
    hasTotp: user.totp?.confirmedAt !== undefined,
    lockedUntil: isLocked(user, now) ? user.lockedUntil! : null,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
  };
}

export function isLocked(user: Pick<User, 'lockedUntil'>, now: Date): boolean {
  return user.lockedUntil !== undefined && Date.parse(user.lockedUntil) > now.getTime();
}

export function principalFrom(user: User): Principal {
  return {
    userId: user.id,
    role: user.role,
    name: user.name,
    ...(user.organisationId === undefined ? {} : { organisationId: user.organisationId }),
    ...(user.registrationId === undefined ? {} : { registrationId: user.registrationId }),
    ...(user.mayAudit === undefined ? {} : { mayAudit: user.mayAudit }),
  };
}
