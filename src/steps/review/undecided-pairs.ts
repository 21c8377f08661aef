import { isUndecided } from '../../domain/pair-standing.ts';
import type { ReviewPorts } from './review-ports.ts';

/** Whether a pair waits on some docket for a mark: the next docket must carry it, whatever else it finds. */
export async function hasUndecidedPairs({ store }: Pick<ReviewPorts, 'store'>): Promise<boolean> {
  for await (const docket of store.collection('dockets').stream()) {
    if (docket.items.some(isUndecided)) return true;
  }
  return false;
}
