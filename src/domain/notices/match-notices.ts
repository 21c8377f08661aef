import type { Match } from '../match.ts';
import { linkTo, titleOf } from './entry-notices.ts';
import { noticeRule, type Telling } from './notice-rule.ts';

/**
 * What people are told about pairs. A suggested pair is seen by staff alone until it is accepted, so one that becomes void
 * before is told to nobody but a side that was asked about it; what follows from an accepted one is told with the
 * invitations, and that nothing fits with the answers.
 */
export const matchNotices = [
  noticeRule<Match>({
    collection: 'matches',
    event: 'match.void',
    wants: (match) => ({ need: match.needId, achievement: match.achievementId }),
    tell: (match, event, { need, achievement }) => {
      const line = [...match.history].reverse().find(({ to, at }) => to === 'void' && at === event.at);
      if (line?.from !== 'questioned') return [];
      const sides = [
        { kind: 'need', label: '需求', entry: need },
        { kind: 'achievement', label: '成果', entry: achievement },
      ] as const;
      return sides.flatMap(({ kind, label, entry }): Telling[] => {
        const open = entry?.questions.some((one) => one.pairId === match.id && one.answer === undefined);
        if (!entry?.organisationId || !open || entry.state !== 'published') return [];
        return [
          {
            kind: 'record-question',
            to: { to: 'organisation', organisationId: entry.organisationId },
            subject: `${label}${titleOf(entry)}不必再补充`,
            text: `科技局曾请贵单位补充${label}${titleOf(entry)}的情况。对方的记录已不再有效，这次匹配随之结束，不必再答复；贵单位的${label}照常参加以后的匹配。`,
            link: linkTo(kind, entry.id),
          },
        ];
      });
    },
  }),
];
