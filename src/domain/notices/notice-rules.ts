import { accountNotices } from './account-notices.ts';
import { answerNotices } from './answer-notices.ts';
import { consentNotices } from './consent-notices.ts';
import { cooperationNotices } from './cooperation-notices.ts';
import { entryNotices } from './entry-notices.ts';
import { intakeNotices } from './intake-notices.ts';
import { interestNotices } from './interest-notices.ts';
import { matchNotices } from './match-notices.ts';
import type { NoticeRule } from './notice-rule.ts';
import { partnershipNotices } from './partnership-notices.ts';
import { webhookNotices } from './webhook-notices.ts';

/**
 * Everything that somebody is told about, and whom. A theme has a file of its own beside this one and one row here:
 * the consumer follows the collections that the rules name.
 */
export const noticeRules: readonly NoticeRule[] = [
  ...entryNotices,
  ...matchNotices,
  ...consentNotices,
  ...partnershipNotices,
  ...cooperationNotices,
  ...webhookNotices,
  ...answerNotices,
  ...intakeNotices,
  ...accountNotices,
  ...interestNotices,
];

/** The collections whose events somebody is told about. */
export const noticeCollections: readonly string[] = [...new Set(noticeRules.map((rule) => rule.collection))];

/** The rules for one event. */
export function rulesFor(collection: string, event: string): readonly NoticeRule[] {
  return noticeRules.filter((rule) => rule.collection === collection && rule.event === event);
}
