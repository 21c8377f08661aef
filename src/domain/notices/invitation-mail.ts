import type { AchievementDraft } from '../achievement.ts';
import type { Side } from '../docket.ts';
import type { Invitation } from '../invitation.ts';
import type { OfferedRecord } from '../invitation-view.ts';
import type { NeedDraft } from '../need.ts';
import { lengthOf } from '../validation.ts';
import type { Telling } from './notice-rule.ts';

const longest = 400;

function excerpt(text: string): string {
  return lengthOf(text) <= longest ? text : `${[...text].slice(0, longest).join('')}……`;
}

/** What the other side published, part by part: never a contact, and no name that it hides. */
function offeredLines(other: OfferedRecord): string[] {
  const parts: (readonly [string, string | undefined])[] =
    other.side === 'need' ? needParts(other.content ?? {}) : achievementParts(other.content ?? {});
  const who = other.organisationHidden ? '（单位名称暂不公开）' : (other.organisation ?? '（单位未登记）');
  return [
    `对方的${other.side === 'need' ? '需求' : '成果'}：《${other.title}》`,
    `对方单位：${who}`,
    ...parts.flatMap(([label, text]) => (text === undefined ? [] : [`${label}：${excerpt(text)}`])),
  ];
}

function needParts(content: Omit<NeedDraft, 'contact'>): (readonly [string, string | undefined])[] {
  return [
    ['主要问题', content.problem],
    ['技术关键', content.keyTechnology],
    ['预期目标', content.goal],
  ];
}

function achievementParts(content: Omit<AchievementDraft, 'contact'>): (readonly [string, string | undefined])[] {
  return [
    ['成果摘要', content.abstract],
    ['应用场景', content.scenario],
    ['技术成熟度', content.trl === undefined ? undefined : `TRL ${content.trl}`],
  ];
}

/**
 * What one side is written when it is invited, and, with `reminds`, when it has not answered yet. `isSpent`: its link was used
 * for an answer that it took back.
 */
export function invitationMail(
  invitation: Pick<Invitation, 'id' | 'dueOn' | Side>,
  side: Side,
  other: OfferedRecord,
  reminds: boolean,
  isSpent = false,
): Omit<Telling, 'to'> {
  const own = `${side === 'need' ? '需求' : '成果'}《${invitation[side].title}》`;
  const what = other.side === 'need' ? '一项技术需求' : '一项科技成果';
  return {
    kind: 'invitation',
    subject: reminds ? `请在 ${invitation.dueOn} 前答复：${own}的合作邀请` : `合作邀请：贵单位的${own}有合适的合作对象`,
    text: [
      reminds
        ? `科技局曾就贵单位的${own}发出合作邀请，${isSpent ? '贵单位撤回答复后还没有重新答复' : '尚未收到答复'}。`
        : `经科技局审核，贵单位的${own}与${what}相配，特征询双方的合作意愿。`,
      '',
      ...offeredLines(other),
      '',
      `请在 ${invitation.dueOn}（含当日）前答复“愿意”或“不愿意”。${
        isSpent
          ? '先前的链接已用过，请登录牵线后答复，或打电话给科技局。'
          : '用下面的链接可以直接答复，链接只能用一次，请勿转发；也可以登录牵线后答复，或打电话给科技局。'
      }`,
      '双方都愿意之后，才会互相看到联系人；在此之前，对方看不到贵单位的联系方式。',
    ].join('\n'),
    link: `/invitations/${invitation.id}`,
  };
}
