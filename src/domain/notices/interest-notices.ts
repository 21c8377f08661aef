import type { Interest } from '../interest.ts';
import { type NoticeRule, noticeRule } from './notice-rule.ts';

/** What staff are told when an organisation is interested in a need. */
export const interestNotices: readonly NoticeRule[] = [
  noticeRule<Interest>({
    collection: 'interests',
    event: 'interest.signalled',
    wants: ({ organisationId }) => ({ organisation: organisationId }),
    tell: ({ needId, needTitle, state }, _event, { organisation }) =>
      state === 'withdrawn'
        ? []
        : [
            {
              kind: 'desk',
              to: { to: 'staff' },
              batch: 'interests',
              subjectOf: (count) => `有 ${count} 家单位对需求感兴趣`,
              line: `${organisation?.content.name ?? '（机构不详）'}：《${needTitle}》`,
              link: `/needs/${needId}`,
            },
          ],
  }),
];
