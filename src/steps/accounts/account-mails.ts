import { type AccountLink, isLinkOpen } from '../../domain/account-link.ts';
import { labelOf } from '../../domain/codes/table.ts';
import { maskedAddress } from '../../domain/notices/masked-address.ts';
import type { Recipient } from '../../domain/notices/notice-rule.ts';
import { roles } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Change } from '../../ports/record-store.ts';
import type { DirectTelling, Tell } from '../../ports/tell.ts';
import { settleInvitation } from './account-invitations.ts';
import { type LinkPorts, pathOf, unstoredLink } from './account-links.ts';

/**
 * Consumer of changes on `accountLinks` and `users`: each link is handed over to be mailed, once an epoch, and an acceptance that
 * was cut off is brought to its end.
 */
export function followAccountLinks(ports: LinkPorts, tell: Tell): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      for (const { type, data } of change.collection === 'users' ? change.events : []) {
        if (type === 'user.created' && typeof data?.invitationId === 'string') {
          await settleInvitation(ports, data.invitationId);
        }
      }
      if (change.collection !== 'accountLinks') continue;
      const link = change.document as AccountLink | null;
      if (!link || link.sentEpoch >= link.epoch || !isLinkOpen(link, ports.clock.now())) continue;
      // The cause makes it one mail, however often it is handed over.
      await tell(`account-link/${link.id}/${link.epoch}`, await tellingOf(ports, link));
      if (link.kind === 'address') await tell(`account-link/${link.id}/${link.epoch}/asked`, askedTelling(link));
      await changeDocument(ports.store, 'accountLinks', link.id, (newest) =>
        newest.sentEpoch >= link.epoch ? null : { document: { ...unstoredLink(newest), sentEpoch: link.epoch } },
      );
    }
  };
}

/** Whoever has the account learns, where he is reached as yet, that another address was asked for. */
function askedTelling(link: AccountLink): DirectTelling {
  return {
    kind: 'account',
    to: { to: 'user', userId: link.userId! },
    subject: '有人要更改您的信箱',
    text: `有人登录您的账号，要把电子信箱改为 ${maskedAddress(link.email)}。是您本人的，不用理会；不是的，请马上修改密码，并联系科技局。`,
  };
}

async function tellingOf(ports: LinkPorts, link: AccountLink): Promise<DirectTelling> {
  const until = new Intl.DateTimeFormat('zh-CN', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'long',
    timeStyle: 'short',
  }).format(new Date(link.expiresAt));
  const common = { kind: 'account', secretLink: pathOf(ports, link) } as const;
  if (link.kind === 'reset') {
    return {
      ...common,
      to: { to: 'user', userId: link.userId! },
      subject: '重置您的密码',
      text: `有人为您的账号申请了重置密码。是您本人的，请在${until}（北京时间）以前打开下面的链接，设置新密码；链接只能用一次。不是您本人申请的，不用理会，您的密码没有改动。`,
    };
  }
  if (link.kind === 'address') {
    return {
      ...common,
      to: { to: 'address', address: { email: link.email } },
      sender: link.userId!,
      subject: '确认您的电子信箱',
      text: `有人在“牵线”把这个信箱填为自己账号的电子信箱。是您本人的，请在${until}（北京时间）以前打开下面的链接确认；链接只能用一次。不是您本人的，不用理会。`,
    };
  }
  const organisation = await ports.store.collection('organisations').get(link.organisationId!);
  const name = organisation?.content.name ?? '';
  const to: Recipient = {
    to: 'address',
    address: { email: link.email, ...(link.name === undefined ? {} : { name: link.name }) },
    organisationId: link.organisationId!,
  };
  return {
    ...common,
    to,
    ...(link.invitedBy === undefined ? {} : { sender: link.invitedBy }),
    subject: `邀请您加入${name}`,
    text: `“${name}”邀请您作为${labelOf(roles, link.role!)}加入科技局的技术需求与成果对接服务“牵线”。请在${until}（北京时间）以前打开下面的链接，填写登录名和密码；链接只能用一次，请不要转给别人。如果您不认识这个机构，不用理会。`,
  };
}
