import { z } from 'zod';
import { type EntryState, entryStates } from '../../domain/entry.ts';
import { entryKinds } from '../../domain/search-input.ts';
import { choice } from '../../domain/validation.ts';
import { words } from './query-values.ts';
import { stateOf } from './record-parts.ts';

export const renewalParams = z.strictObject({ token: words('链接', 100, { min: 1 }) });
export const renewalOffer = z
  .object({
    kind: choice('种类', entryKinds),
    title: z.string(),
    state: stateOf<EntryState>('状态', entryStates.states),
    expiresOn: z.string().meta({ description: '有效期' }),
  })
  .meta({ id: 'RenewalOffer' });
export type RenewalOfferShown = z.output<typeof renewalOffer>;
