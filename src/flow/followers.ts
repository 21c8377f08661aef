import { noticeCollections } from '../domain/notices/notice-rules.ts';
import { webhookCollections } from '../domain/webhooks/webhook-events.ts';
import type { Ports } from '../ports/ports.ts';
import { type Change, type CollectionName, collectionKeys } from '../ports/record-store.ts';
import { followAccountLinks } from '../steps/accounts/account-mails.ts';
import { applyRegistrations } from '../steps/accounts/apply-registration.ts';
import { applyErasures } from '../steps/accounts/erase-user.ts';
import { applyMerges, mergedCollections } from '../steps/accounts/merge-organisations.ts';
import { draftAnswers } from '../steps/answers/draft-answers.ts';
import { settleDueDays } from '../steps/answers/due-days.ts';
import { followFiles } from '../steps/attachments/follow-files.ts';
import { auditEvents } from '../steps/audit/record-audit.ts';
import { followCalls } from '../steps/calls/follow-calls.ts';
import { tellCampaigns } from '../steps/calls/tell-campaigns.ts';
import { putOffLimits } from '../steps/consent/consent-round.ts';
import { followConsent } from '../steps/consent/follow-consent.ts';
import { inviteSides } from '../steps/consent/invite-sides.ts';
import { indexChanges } from '../steps/indexing/index-changes.ts';
import { suspendEntries } from '../steps/intake/suspend-entries.ts';
import { makeNotices, tell, tellEvent } from '../steps/notices/make-notices.ts';
import { engageNeeds } from '../steps/partnership/engage-needs.ts';
import { organisationsFor } from '../steps/policies/policy-audience.ts';
import { followPolicies } from '../steps/policies/send-policies.ts';
import { applyDocketEffects } from '../steps/review/apply-effects.ts';
import { voidPairs } from '../steps/review/void-pairs.ts';
import { queueWebhooks } from '../steps/webhooks/queue-webhooks.ts';
import { queueImports } from './import-runs.ts';

/** One consumer: what it follows, and what it does with what changed. */
export interface Follower {
  readonly collections: readonly CollectionName[];
  readonly handler: (ports: Ports) => (changes: readonly Change[]) => Promise<void>;
}

/** What the audit tells of: every collection but the audit's own, and those that only serve the machinery. */
const audited = (Object.keys(collectionKeys) as CollectionName[]).filter(
  (name) =>
    !['audit', 'auditAnchors', 'idempotency', 'jobs', 'indexRefusals', 'parkedChanges', 'presences'].includes(name),
);

/**
 * Consumers of the changes feed that act on records. They keep their checkpoints in the store on every engine, and take
 * them along when the records move.
 */
export const followers: Readonly<Record<string, Follower>> = {
  registrations: { collections: ['registrations'], handler: applyRegistrations },
  merges: { collections: mergedCollections, handler: applyMerges },
  suspensions: { collections: ['organisations', 'needs', 'achievements'], handler: suspendEntries },
  erasures: { collections: ['users'], handler: applyErasures },
  'account-links': {
    collections: ['accountLinks', 'users'],
    handler: (ports) => followAccountLinks(ports, tell.bind(null, ports)),
  },
  campaigns: {
    collections: ['campaigns'],
    handler: (ports) => tellCampaigns(ports, tell.bind(null, ports), organisationsFor.bind(null, ports)),
  },
  effects: { collections: ['dockets'], handler: applyDocketEffects },
  files: { collections: ['attachments', 'needs', 'achievements'], handler: followFiles },
  voids: { collections: ['needs', 'achievements'], handler: voidPairs },
  calls: { collections: ['calls', 'achievements', 'needs'], handler: followCalls },
  audit: { collections: audited, handler: auditEvents },
  invitations: { collections: ['matches', 'needs', 'achievements'], handler: inviteSides },
  consents: { collections: ['invitations'], handler: (ports) => followConsent(ports, tell.bind(null, ports)) },
  holidays: { collections: ['holidayYears'], handler: putOffLimits },
  'due-days': {
    collections: ['holidayYears'],
    handler: (ports) => async () => {
      await settleDueDays(ports);
    },
  },
  policies: { collections: ['policies'], handler: (ports) => followPolicies(ports, tell.bind(null, ports)) },
  imports: { collections: ['importRuns'], handler: queueImports },
  engagements: { collections: ['partnerships'], handler: engageNeeds },
  webhooks: { collections: webhookCollections, handler: queueWebhooks },
  answers: {
    collections: ['dockets', 'candidateLists', 'needs', 'achievements'],
    handler: (ports) => draftAnswers(ports, tellEvent.bind(null, ports)),
  },
  notices: { collections: noticeCollections as readonly CollectionName[], handler: makeNotices },
};

/** The consumer that keeps the search index. It is no row above: which places it keeps, and where it begins, the index says. */
export const indexConsumer = 'index';

/** What handles the changes of a consumer, for those that were put aside; undefined where there is none of this name (any more). */
export function handlerOf(ports: Ports, consumer: string): ReturnType<Follower['handler']> | undefined {
  if (consumer === indexConsumer) return indexChanges(ports);
  return Object.hasOwn(followers, consumer) ? followers[consumer]!.handler(ports) : undefined;
}
