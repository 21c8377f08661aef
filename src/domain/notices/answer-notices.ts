import type { Answer } from '../answer.ts';
import { linkTo } from './entry-notices.ts';
import { noticeRule } from './notice-rule.ts';

/** What a party is answered, in the words that staff approved. */
export const answerNotices = [
  noticeRule<Answer>({
    collection: 'answers',
    event: 'answer.sent',
    tell: ({ kind, editedBy, organisationId, subject, text, recordKind, recordId }) =>
      // That a record was published its people learn at once; a letter that says no more is not sent after it.
      organisationId === null || (kind === 'published' && editedBy === undefined)
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
