import type { Side } from '../docket.ts';
import { bothSides, type Invitation, otherSide } from '../invitation.ts';
import { partnershipIdOf } from '../partnership.ts';
import type { DomainEvent } from '../record.ts';
import { noticeRule, type Recipient, type Telling } from './notice-rule.ts';

const ownTitle = (invitation: Invitation, side: Side) =>
  `${side === 'need' ? '需求' : '成果'}《${invitation[side].title}》`;

function to(invitation: Invitation, side: Side): Recipient | null {
  const { organisationId } = invitation[side];
  return organisationId === null ? null : { to: 'organisation', organisationId };
}

/** Said to a side for which the bureau wrote something down: the telephone proves nobody. */
const notMeant = '不是贵单位本意的，请尽快联系科技局更正。';

/** What a side is told of an answer that was written down from a phone call. */
function spoken(invitation: Invitation, side: Side): string {
  return invitation[side].answer?.way === 'phone' ? `贵单位的答复是科技局按电话记录的，${notMeant}` : '';
}

/** To the side for which the bureau took a 愿意 back. */
function takenBackFor(invitation: Invitation, event: DomainEvent): Telling[] {
  const side = event.data?.side as Side;
  const recipient = event.data?.way === 'phone' ? to(invitation, side) : null;
  if (!recipient) return [];
  const title = ownTitle(invitation, side);
  return [
    {
      kind: 'invitation',
      to: recipient,
      subject: `已撤回贵单位的“愿意”：${title}`,
      text: `科技局按电话记录撤回了贵单位对${title}的合作邀请答复的“愿意”，期限 ${invitation.dueOn} 前可以重新答复。${notMeant}`,
      link: `/invitations/${invitation.id}`,
    },
  ];
}

const pairOf = (invitation: Invitation) => `《${invitation.need.title}》与《${invitation.achievement.title}》`;

/** One thing told to each side that a rule has something for. */
function sided(
  event: string,
  tell: (invitation: Invitation, side: Side, event: DomainEvent) => { subject: string; text: string } | null,
  desk?: (invitation: Invitation, event: DomainEvent) => { subject: string; text: string },
) {
  return noticeRule<Invitation>({
    collection: 'invitations',
    event: `invitation.${event}`,
    tell: (invitation, happened) => {
      const link = `/invitations/${invitation.id}`;
      const tellings = bothSides.flatMap((side): Telling[] => {
        const recipient = to(invitation, side);
        const told = recipient && tell(invitation, side, happened);
        return told ? [{ kind: 'invitation', to: recipient, ...told, link }] : [];
      });
      const told = desk?.(invitation, happened);
      if (told) tellings.push({ kind: 'desk', to: { to: 'staff' }, ...told, link });
      return tellings;
    },
  });
}

/**
 * What both sides and the desk are told about invitations. The invitation itself and its reminders carry a link that is
 * each side's own, so they are told directly when the invitation is followed. What the other side said is never repeated.
 */
export const consentNotices = [
  sided(
    'agreed',
    (invitation, side) => ({
      subject: `双方愿意合作：${ownTitle(invitation, side)}`,
      text: `双方都已答复“愿意”，现在进入接洽。请登录牵线，在合作项目里查看对方的联系人（每次查看都有记录），并尽快联系；科技局会跟进进展。${spoken(invitation, side)}`,
    }),
    (invitation) => ({
      subject: `双方愿意：${pairOf(invitation)}`,
      text: `双方都已答复“愿意”，已建立合作项目，处于接洽阶段（${partnershipIdOf(invitation.id)}）。`,
    }),
  ),
  sided(
    'declined',
    (invitation, side, event) =>
      event.data?.side === side
        ? {
            subject: `已记录贵单位的答复：${ownTitle(invitation, side)}`,
            text: `贵单位对${ownTitle(invitation, side)}的合作邀请答复“不愿意”，已告知对方这次邀请结束。贵单位的${side === 'need' ? '需求' : '成果'}照常参加以后的匹配。${spoken(invitation, side)}`,
          }
        : {
            subject: `合作邀请已结束：${ownTitle(invitation, side)}`,
            text: `对方暂无合作意向，${ownTitle(invitation, side)}的这次邀请已结束，不必再答复。贵单位的${side === 'need' ? '需求' : '成果'}照常参加以后的匹配。`,
          },
    (invitation, event) => ({
      subject: `有一方不愿意：${pairOf(invitation)}`,
      text: `${event.data?.side === 'need' ? '需求方' : '成果方'}答复“不愿意”，邀请已结束；原因见邀请。`,
    }),
  ),
  sided(
    'lapsed',
    (invitation, side) => ({
      subject: `合作邀请已到期：${ownTitle(invitation, side)}`,
      text: `${ownTitle(invitation, side)}的合作邀请在 ${invitation.dueOn} 到期，没有收到${invitation[side].answer ? '对方' : '贵单位'}的答复，邀请随之结束。仍有意向的，请与科技局联系，由工作人员重新邀请。`,
    }),
    (invitation) => ({
      subject: `邀请到期无答复：${pairOf(invitation)}`,
      text: `${invitation.endReason ?? '到期无答复'}。可以电话联系后“再次邀请”。`,
    }),
  ),
  sided(
    'voided',
    (invitation, side, event) => ({
      subject: `合作邀请已失效：${ownTitle(invitation, side)}`,
      text: `${ownTitle(invitation, side)}的合作邀请已失效（${event.data?.reason}），不必再答复。${
        String(event.data?.reason).startsWith(side === 'need' ? '需求' : '成果')
          ? ''
          : `贵单位的${side === 'need' ? '需求' : '成果'}照常参加以后的匹配。`
      }`,
    }),
    (invitation, event) => ({
      subject: `邀请失效：${pairOf(invitation)}`,
      text: `${event.data?.reason}，邀请已失效，双方已告知。`,
    }),
  ),
  sided('cancelled', (invitation, side) => ({
    subject: `合作邀请已取消：${ownTitle(invitation, side)}`,
    text: `科技局更正了审核结果，${ownTitle(invitation, side)}的合作邀请已取消，不必再答复，敬请谅解。`,
  })),
  noticeRule<Invitation>({
    collection: 'invitations',
    event: 'invitation.answered',
    tell: (invitation, event) => {
      // 不愿意 and the second 愿意 have events of their own.
      const side = event.data?.side as Side;
      if (event.data?.willing !== true || invitation[otherSide(side)].answer !== null) return [];
      const recipient = to(invitation, side);
      const own: Telling[] =
        event.data.way === 'phone' && recipient
          ? [
              {
                kind: 'invitation',
                to: recipient,
                subject: `已记录贵单位的答复：${ownTitle(invitation, side)}`,
                text: `科技局按电话记录了贵单位对${ownTitle(invitation, side)}的合作邀请的答复：愿意。还在等对方，期限 ${invitation.dueOn}。${notMeant}`,
                link: `/invitations/${invitation.id}`,
              },
            ]
          : [];
      return [
        ...own,
        {
          kind: 'desk',
          to: { to: 'staff' },
          subject: `一方愿意：${pairOf(invitation)}`,
          text: `${side === 'need' ? '需求方' : '成果方'}答复“愿意”，还在等另一方，期限 ${invitation.dueOn}。`,
          link: `/invitations/${invitation.id}`,
        },
      ];
    },
  }),
  noticeRule<Invitation>({
    collection: 'invitations',
    event: 'invitation.taken-back',
    tell: (invitation, event) => [
      ...takenBackFor(invitation, event),
      {
        kind: 'desk',
        to: { to: 'staff' },
        subject: `撤回“愿意”：${pairOf(invitation)}`,
        text: `${event.data?.side === 'need' ? '需求方' : '成果方'}撤回了“愿意”，期限 ${invitation.dueOn} 前可以重新答复。`,
        link: `/invitations/${invitation.id}`,
      },
    ],
  }),
];
