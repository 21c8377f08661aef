import { createHash } from 'node:crypto';
import {
  type AccountLink,
  type AccountLinkKind,
  accountLinkStates,
  isLinkOpen,
  linkLifeMs,
} from '../../domain/account-link.ts';
import { type NotFound, Withheld } from '../../domain/errors.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';

export type LinkPorts = Pick<Ports, 'store' | 'clock' | 'vault'>;

/** The token of a link, 256 bits: it follows from the secret, so that it need not be kept to be mailed. */
export function tokenOf(ports: Pick<Ports, 'vault'>, link: Pick<AccountLink, 'id' | 'epoch'>): string {
  return Buffer.from(ports.vault.sign('account link', link.id, String(link.epoch))).toString('base64url');
}

export function tokenHashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The path in the mail. The token stands behind the `#`, which browsers send to no server and put into no log; the page
 * there shows what the link is for, and only what is sent from it acts.
 */
export function pathOf(ports: Pick<Ports, 'vault'>, link: Pick<AccountLink, 'id' | 'epoch' | 'kind'>): string {
  return `/#/${link.kind}/${tokenOf(ports, link)}`;
}

/** A new link as the store takes it. */
export function newLink(
  ports: LinkPorts,
  facts: Pick<AccountLink, 'id' | 'kind' | 'email'> &
    Partial<Pick<AccountLink, 'name' | 'role' | 'organisationId' | 'userId' | 'userEpoch' | 'invitedBy'>>,
): Unstored<AccountLink> {
  return {
    ...facts,
    state: accountLinkStates.initial,
    epoch: 1,
    tokenHash: tokenHashOf(tokenOf(ports, { id: facts.id, epoch: 1 })),
    sentEpoch: 0,
    expiresAt: expiryOf(ports, facts.kind),
  };
}

export function expiryOf(ports: Pick<Ports, 'clock'>, kind: AccountLinkKind): string {
  return new Date(ports.clock.now().getTime() + linkLifeMs[kind]).toISOString();
}

const longestToken = 200;

const voidWords: Readonly<Record<AccountLinkKind, string>> = {
  invitation: '这个邀请链接无效：可能已经用过、被撤销或过期，请联系邀请您的人重新发送',
  reset: '这个重置密码的链接无效：可能已经用过或过期，请重新申请',
  address: '这个确认信箱的链接无效：可能已经用过或过期，请登录后重新填写信箱',
};

/** What is said of a token that is wrong, used, revoked or expired: always the same, so that none of it can be found out. */
function voidLink(kind: AccountLinkKind): NotFound {
  return new Withheld(voidWords[kind]);
}

/** The link of a token that can still be used; `not_found` otherwise. */
export async function openLink(ports: LinkPorts, kind: AccountLinkKind, token: string): Promise<AccountLink> {
  if (token.length > longestToken) throw voidLink(kind);
  const page = await ports.store
    .collection('accountLinks')
    .find({ where: { tokenHash: tokenHashOf(token) }, limit: 1 });
  const link = page.items[0];
  if (link?.kind !== kind || !isLinkOpen(link, ports.clock.now())) throw voidLink(kind);
  return link;
}

/** Uses a link up; of two at once only one gets through, the other one gets `not_found`. */
export async function useLink(
  ports: LinkPorts,
  link: AccountLink,
  event: Pick<DomainEvent, 'type' | 'by'>,
  more: Partial<Pick<AccountLink, 'userId'>> = {},
): Promise<void> {
  await changeDocument(ports.store, 'accountLinks', link.id, (newest) => {
    if (newest.tokenHash !== link.tokenHash || !isLinkOpen(newest, ports.clock.now())) throw voidLink(link.kind);
    return {
      document: { ...unstoredLink(newest), ...more, state: 'used' as const },
      events: [{ ...event, at: ports.clock.now().toISOString() }],
    };
  });
}

export function unstoredLink(link: AccountLink): Unstored<AccountLink> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = link;
  return rest;
}

/** Links that ended a month ago, with the address of who got them, are of no use to anybody: they are removed. */
export async function sweepLinks(ports: Pick<Ports, 'store' | 'clock'>): Promise<number> {
  const links = ports.store.collection('accountLinks');
  const before = new Date(ports.clock.now().getTime() - 30 * 86_400_000).toISOString();
  let removed = 0;
  for await (const link of links.stream({ expiresAt: { lt: before } })) {
    const newest = await links.get(link.id);
    if (newest?.version !== link.version) continue;
    await links.remove(link.id, link.version);
    removed += 1;
  }
  return removed;
}
