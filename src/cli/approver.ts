import { QianxianError } from '../domain/errors.ts';
import { type Principal, systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { clerkOf } from './clerk.ts';

/**
 * As whom something is approved. Where two persons are required the command line must name the one who examined them: what it
 * does itself is nobody's in particular. Who ran the command is in the audit all the same.
 */
export async function approverOf(flow: Flow, login: string | undefined): Promise<Principal> {
  if (login !== undefined) return clerkOf(flow, login, '审核');
  if (!flow.ports.service.twoPersons) return systemPrincipal;
  throw new QianxianError('invalid', '本局规定双人审核：请用 --by 写明审核人的登录名，不能是录入、修改或提交的人');
}
