import { z } from 'zod';
import { actorFor, isInsider } from '../../domain/access.ts';
import {
  type AccountLink,
  type AccountLinkState,
  accountLinkStates,
  invitationContent,
  isLinkOpen,
} from '../../domain/account-link.ts';
import { Conflict, Duplicate, Forbidden, Invalid, NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { derivedId, randomId } from '../../domain/ids.ts';
import { maskedAddress } from '../../domain/notices/masked-address.ts';
import type { Unstored } from '../../domain/record.ts';
import { moveOf } from '../../domain/state-table.ts';
import { isBureau, type Principal, type Role, type User, userContent, userStates } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Scalar } from '../../ports/record-store.ts';
import {
  expiryOf,
  type LinkPorts,
  newLink,
  openLink,
  pathOf,
  tokenHashOf,
  tokenOf,
  unstoredLink,
  useLink,
} from './account-links.ts';
import { mayManage } from './managed-roles.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { checkNewPassword } from './password-policy.ts';

const dayMs = 86_400_000;
/** Mails of invitations in a day: to one address, whoever sends them; and of one organisation's own people. */
export const mostToAddress = 3;
export const mostOfOrganisation = 20;

/** An invitation as those see it who may send such. Never the token. */
export interface AccountInvitationView {
  readonly id: string;
  readonly version: number;
  readonly state: AccountLinkState | 'expired';
  /** Masked: enough to recognise it. */
  readonly address: string;
  readonly name: string | null;
  readonly role: Role;
  readonly organisationId: string;
  /** Whether the newest link was handed over to be mailed; how that went is kept with the notices that were sent. */
  readonly sent: boolean;
  readonly expiresAt: string;
  readonly invitedBy: string;
  /** The account that came of it. */
  readonly userId: string | null;
  readonly createdAt: string;
}

/**
 * Invites somebody to an organisation: he gets a mail with a link and chooses his login and password himself. Managers
 * invite members of their own organisation, the bureau managers and members of any.
 */
export async function inviteUser(
  ports: LinkPorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<AccountInvitationView> {
  demandKeeper(principal);
  const content = check(invitationContent, input);
  const organisationId = content.organisationId ?? principal.organisationId;
  const issue = (field: string, label: string, reason: string, mend: string) =>
    new Invalid([{ field, label, reason, mend }]);
  if (organisationId === undefined) throw issue('organisationId', '所属机构', '没有填写', '请选择要邀请他加入的机构');
  if (!isInsider(principal, { organisationId })) throw new Forbidden('您只能邀请人加入本机构');
  if (!mayManage[principal.role].includes(content.role)) {
    throw new Forbidden('机构管理员只能邀请本机构的成员；机构管理员的账号请联系科技局');
  }
  const organisation = await ports.store.collection('organisations').get(organisationId);
  if (!organisation) throw issue('organisationId', '所属机构', '没有这个机构', '请从机构列表中选择');
  if (organisation.state !== 'approved') {
    throw issue('organisationId', '所属机构', '这个机构没有通过审核或已停用', '请先由科技局审核或恢复它');
  }
  const links = ports.store.collection('accountLinks');
  const id = options.id ?? randomId();
  const there = await links.get(id);
  if (there) return repeated(ports, content, organisationId, there);
  const open = await links.find({ where: { email: content.email, organisationId, state: 'open' }, limit: 10 });
  if (open.items.some((link) => link.kind === 'invitation' && isLinkOpen(link, ports.clock.now()))) {
    throw new Conflict('已经邀请过这个信箱，邀请还有效；没有收到的，请在邀请列表里重新发送');
  }
  await demandRoom(ports, principal, content.email, organisationId);
  const at = ports.clock.now().toISOString();
  try {
    const link = await links.insert(
      newLink(ports, {
        id,
        kind: 'invitation',
        email: content.email,
        ...(content.name === undefined ? {} : { name: content.name }),
        role: content.role,
        organisationId,
        invitedBy: principal.userId,
      }),
      [{ type: 'user.invited', at, by: principal.userId, data: { role: content.role, organisationId } }],
    );
    return viewOf(ports, link);
  } catch (error) {
    const twin = error instanceof Duplicate ? await links.get(id) : undefined;
    if (twin) return repeated(ports, content, organisationId, twin);
    throw error;
  }
}

/**
 * Invitations are mails to addresses that somebody types: without a limit whoever has an account could have the bureau write to
 * anybody, as often as he likes. Counted are all mails of a day, sent again or not. Throws `too_many`.
 */
async function demandRoom(
  ports: LinkPorts,
  principal: Principal,
  email: string,
  organisationId: string,
): Promise<void> {
  const since = new Date(ports.clock.now().getTime() - dayMs).toISOString();
  const counted = async (where: Record<string, Scalar>, most: number): Promise<boolean> => {
    let mails = 0;
    for await (const link of ports.store.collection('accountLinks').stream({ kind: 'invitation', ...where })) {
      mails += [link.createdAt, ...(link.sentAgain ?? [])].filter((sent) => sent >= since).length;
      if (mails >= most) return true;
    }
    return false;
  };
  if (await counted({ email }, mostToAddress)) {
    throw tooMany(`这个信箱一天内已收到${mostToAddress}封邀请，请明天再发，或把链接另行告诉他`);
  }
  if (!isBureau(principal) && (await counted({ organisationId }, mostOfOrganisation))) {
    throw tooMany(`本机构一天最多发${mostOfOrganisation}封邀请，请明天再发，或联系科技局`);
  }
}

function tooMany(message: string): QianxianError {
  return new QianxianError('too_many', message, { retryAfter: 3600 });
}

function repeated(
  ports: LinkPorts,
  content: z.output<typeof invitationContent>,
  organisationId: string,
  there: AccountLink,
): AccountInvitationView {
  if (there.email !== content.email || there.role !== content.role || there.organisationId !== organisationId) {
    throw new Conflict('这个请求编号已经用于另一个邀请，请换一个编号再提交');
  }
  return viewOf(ports, there);
}

/** Invitations, the newest first: of all organisations for the bureau, of their own for managers. */
export async function listAccountInvitations(
  ports: LinkPorts,
  principal: Principal,
  filter: { readonly organisationId?: string; readonly cursor?: string; readonly limit?: number } = {},
): Promise<{ readonly items: readonly AccountInvitationView[]; readonly next?: string }> {
  demandKeeper(principal);
  const own = isBureau(principal) ? filter.organisationId : principal.organisationId;
  if (!isBureau(principal) && filter.organisationId !== undefined && filter.organisationId !== own)
    return { items: [] };
  const where: Record<string, Scalar> = { kind: 'invitation' };
  if (own !== undefined) where.organisationId = own;
  const page = await ports.store.collection('accountLinks').find({
    where,
    order: { by: 'createdAt', direction: 'desc' },
    limit: filter.limit ?? 50,
    ...(filter.cursor === undefined ? {} : { cursor: filter.cursor }),
  });
  return {
    items: page.items.map((link) => viewOf(ports, link)),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** Sends a new link and makes the one before void, also after it has expired. */
export async function resendAccountInvitation(
  ports: LinkPorts,
  principal: Principal,
  id: string,
  seen: number,
): Promise<AccountInvitationView> {
  const link = await load(ports, principal, id);
  if (link.version !== seen) throw new Conflict();
  if (link.state !== 'open')
    throw new Conflict(`邀请${accountLinkStates.states[link.state]}，不能重新发送；请另发邀请`);
  await demandRoom(ports, principal, link.email, link.organisationId!);
  const epoch = link.epoch + 1;
  const sent = await ports.store.collection('accountLinks').update(
    id,
    seen,
    {
      ...unstoredLink(link),
      epoch,
      tokenHash: tokenHashOf(tokenOf(ports, { id, epoch })),
      expiresAt: expiryOf(ports, 'invitation'),
      sentAgain: [...(link.sentAgain ?? []), ports.clock.now().toISOString()].slice(-mostToAddress),
    },
    [{ type: 'user.invited-again', at: ports.clock.now().toISOString(), by: principal.userId }],
  );
  return viewOf(ports, sent);
}

/** Makes an invitation void. */
export async function revokeAccountInvitation(
  ports: LinkPorts,
  principal: Principal,
  id: string,
  seen: number,
): Promise<AccountInvitationView> {
  const link = await load(ports, principal, id);
  if (link.version !== seen) throw new Conflict();
  const move = moveOf(accountLinkStates, link.state, 'revoke', actorFor(principal, link.organisationId ?? null));
  const revoked = await ports.store
    .collection('accountLinks')
    .update(id, seen, { ...unstoredLink(link), state: move.to }, [
      { type: 'user.invitation-revoked', at: ports.clock.now().toISOString(), by: principal.userId },
    ]);
  // Of an acceptance that was cut off the account may be there: it goes with the invitation.
  await settleInvitation(ports, id);
  return viewOf(ports, revoked);
}

/** The address of an invitation, for an operator who hands it over himself. */
export async function accountInvitationAddress(ports: LinkPorts & Pick<Ports, 'service'>, id: string): Promise<string> {
  const link = await ports.store.collection('accountLinks').get(id);
  if (!link) throw new NotFound('没有找到这个邀请');
  return ports.service.publicUrl + pathOf(ports, link);
}

/** What an invited person is shown before he accepts. */
export interface ShownAccountInvitation {
  readonly organisation: string;
  readonly role: Role;
  readonly name: string | null;
  readonly expiresAt: string;
}

/** What the link in the mail shows; `not_found` where it is void. Changes nothing. */
export async function showAccountInvitation(ports: LinkPorts, token: string): Promise<ShownAccountInvitation> {
  const link = await openLink(ports, 'invitation', token);
  const organisation = await ports.store.collection('organisations').get(link.organisationId!);
  return {
    organisation: organisation?.content.name ?? '',
    role: link.role!,
    name: link.name ?? null,
    expiresAt: link.expiresAt,
  };
}

const acceptance = z.strictObject({
  token: z.string(),
  login: userContent.shape.login,
  name: userContent.shape.name,
  password: z
    .string({ error: '没有填写|请填写密码' })
    .min(1, '没有填写|请填写密码')
    .max(1_000, '超过128个字符|请用128个以内的字符')
    .meta({ title: '密码' }),
});

/**
 * Accepts an invitation: the account is there when this resolves, and the link is used up. The account's id follows from the
 * link, so that two at once make one; who died between finds his account the next time.
 */
export async function acceptAccountInvitation(
  ports: LinkPorts,
  input: { readonly token: string; readonly login: string; readonly name: string; readonly password: string },
): Promise<{ readonly login: string }> {
  const { token, login, name, password } = check(acceptance, input);
  const link = await openLink(ports, 'invitation', token);
  const organisation = await ports.store.collection('organisations').get(link.organisationId!);
  if (organisation?.state !== 'approved') throw new Conflict('邀请您的机构已停用，请联系科技局');
  checkNewPassword(password, [login, name, organisation.content.name], 'password');
  const users = ports.store.collection('users');
  const id = derivedId('invited', link.id);
  const document: Unstored<User> = {
    id,
    state: userStates.initial,
    login,
    name,
    email: link.email,
    role: link.role!,
    organisationId: organisation.id,
    ...(link.invitedBy === undefined ? {} : { createdBy: link.invitedBy }),
    passwordHash: await hashPassword(password),
    mustChangePassword: false,
    failures: 0,
    sessionEpoch: 1,
  };
  let made: User | undefined;
  try {
    made = await users.insert(document, [
      {
        type: 'user.created',
        at: ports.clock.now().toISOString(),
        by: id,
        data: { role: link.role!, organisationId: organisation.id, invitationId: link.id },
      },
    ]);
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const twin = await users.get(id);
    if (!twin) throw takenLogin(login, error);
    // His own account of a try that was cut off; anybody else's use of the link before him.
    const own = twin.login === login && (await verifyPassword(twin.passwordHash, password));
    if (!own) throw new Withheld('这个邀请链接已经用过，请直接登录，或联系邀请您的人重新发送');
  }
  try {
    await useLink(ports, link, { type: 'user.invitation-accepted', by: id }, { userId: id });
  } catch (error) {
    // The feed, which ends what was cut off, was before us.
    if ((await ports.store.collection('accountLinks').get(link.id))?.userId === id) return { login };
    // Revoked at the same moment: nobody has logged in yet.
    if (made) await users.remove(made.id, made.version, [revokedEvent(ports)]);
    throw error;
  }
  return { login };
}

/**
 * What was cut off between an account and its link: the link is used up, or, where it was revoked before, the account is
 * removed. Repeating it changes nothing.
 */
export async function settleInvitation(ports: LinkPorts, linkId: string): Promise<void> {
  const link = await ports.store.collection('accountLinks').get(linkId);
  const id = derivedId('invited', linkId);
  const user = await ports.store.collection('users').get(id);
  if (link?.kind !== 'invitation' || !user || link.userId === id) return;
  if (link.state === 'revoked') {
    await ports.store.collection('users').remove(id, user.version, [revokedEvent(ports)]);
    return;
  }
  await changeDocument(ports.store, 'accountLinks', linkId, (newest) =>
    newest.state === 'open'
      ? {
          document: { ...unstoredLink(newest), state: 'used' as const, userId: id },
          events: [{ type: 'user.invitation-accepted', at: ports.clock.now().toISOString(), by: id }],
        }
      : null,
  );
}

function revokedEvent(ports: LinkPorts) {
  return { type: 'user.removed', at: ports.clock.now().toISOString(), by: 'system' };
}

function takenLogin(login: string, cause: unknown): Duplicate {
  const issue = { field: 'login', label: '登录名', reason: '已被使用', mend: '请换一个登录名，例如加上单位简称' };
  return new Duplicate('login', `登录名“${login}”已被使用，请换一个`, { issues: [issue], cause });
}

function demandKeeper(principal: Principal): void {
  if (mayManage[principal.role].length === 0) throw new Forbidden('您没有权限邀请，请联系本机构管理员或科技局');
}

async function load(ports: LinkPorts, principal: Principal, id: string): Promise<AccountLink> {
  demandKeeper(principal);
  const link = await ports.store.collection('accountLinks').get(id);
  if (link?.kind !== 'invitation' || !isInsider(principal, { organisationId: link.organisationId ?? null })) {
    throw Withheld.orMissing(link, '没有找到这个邀请，可能已被删除，或您无权查看');
  }
  return link;
}

function viewOf(ports: LinkPorts, link: AccountLink): AccountInvitationView {
  const open = isLinkOpen(link, ports.clock.now());
  return {
    id: link.id,
    version: link.version,
    state: link.state === 'open' && !open ? 'expired' : link.state,
    address: maskedAddress(link.email),
    name: link.name ?? null,
    role: link.role!,
    organisationId: link.organisationId!,
    sent: link.sentEpoch >= link.epoch,
    expiresAt: link.expiresAt,
    invitedBy: link.invitedBy ?? 'system',
    userId: link.userId ?? null,
    createdAt: link.createdAt,
  };
}
