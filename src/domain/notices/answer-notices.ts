import type { Answer } from '../answer.ts';
import { linkTo } from './entry-notices.ts';
import { noticeRule } from './notice-rule.ts';

/** What a party is answered, in the words that staff approved. */
export const answerNotices = [
  noticeRule<Answer>({
    collection: 'answers',
    event: 'answer.sent',
    tell: ({ organisationId, subject, text, recordKind, recordId }) =>
      organisationId === null
        ? []
        : [
            {
              kind: 'match-answer',
              to: { to: 'organisation', organisationId },
              subject,
              text,
              link: linkTo(recordKind, recordId),
            },
          ],
  }),
];
