import { followFiles } from '../steps/attachments/follow-files.ts';
import { applyDocketEffects } from '../steps/review/apply-effects.ts';
import { voidPairs } from '../steps/review/void-pairs.ts';

/**
 * Consumers of the changes feed that act on records. They keep their checkpoints in the store on every engine, and take
 * them along when the records move.
 */
export const followers = {
  effects: { collections: ['dockets'], handler: applyDocketEffects },
  files: { collections: ['attachments', 'needs', 'achievements'], handler: followFiles },
  voids: { collections: ['needs', 'achievements'], handler: voidPairs },
} as const;
