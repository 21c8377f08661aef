import { type CollectionName, collectionKeys } from '../ports/record-store.ts';
import { followFiles } from '../steps/attachments/follow-files.ts';
import { auditEvents } from '../steps/audit/record-audit.ts';
import { applyDocketEffects } from '../steps/review/apply-effects.ts';
import { voidPairs } from '../steps/review/void-pairs.ts';

/** What the audit tells of: every collection but the audit's own, and those that only serve the machinery. */
const audited = (Object.keys(collectionKeys) as CollectionName[]).filter(
  (name) => !['audit', 'auditAnchors', 'idempotency', 'jobs', 'indexRefusals'].includes(name),
);

/**
 * Consumers of the changes feed that act on records. They keep their checkpoints in the store on every engine, and take
 * them along when the records move.
 */
export const followers = {
  effects: { collections: ['dockets'], handler: applyDocketEffects },
  files: { collections: ['attachments', 'needs', 'achievements'], handler: followFiles },
  voids: { collections: ['needs', 'achievements'], handler: voidPairs },
  audit: { collections: audited, handler: auditEvents },
} as const;
