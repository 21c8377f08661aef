import { NotFound } from '../../domain/errors.ts';
import { contractedStates, type Partnership } from '../../domain/partnership.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Change } from '../../ports/record-store.ts';
import type { PartnershipPorts } from './partnership-access.ts';

/** The partnership that has a contract on the need: the one with the least id where there are two. */
async function engagementOf({ store }: PartnershipPorts, needId: string): Promise<string | undefined> {
  let found: string | undefined;
  for await (const { id, state } of store.collection('partnerships').stream({ needId })) {
    if (contractedStates.includes(state) && (found === undefined || id < found)) found = id;
  }
  return found;
}

/**
 * Closes the need for other matches while a partnership has a contract on it, and opens it again when none has. Looks again
 * after each write, so that a slow process that read before a termination leaves nothing old behind a faster one.
 */
async function settleNeed(ports: PartnershipPorts, needId: string): Promise<void> {
  for (;;) {
    const wanted = await engagementOf(ports, needId);
    const { written } = await changeDocument(ports.store, 'needs', needId, (need) => {
      if (need.engagedIn === wanted) return null;
      const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, engagedIn, ...rest } = need;
      const at = ports.clock.now().toISOString();
      const event = (verb: string, partnershipId: string | undefined) => ({
        type: `need.${verb}`,
        at,
        by: 'system',
        data: { partnershipId },
      });
      return wanted === undefined
        ? { document: rest, events: [event('reopened', engagedIn)] }
        : { document: { ...rest, engagedIn: wanted }, events: [event('engaged', wanted)] };
    });
    if (!written) return;
  }
}

/** Consumer of changes on `partnerships`. Goes by the records as they are, so that repeating it changes nothing. */
export function engageNeeds(ports: PartnershipPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const needs = new Set<string>();
    for (const { collection, document } of changes) {
      const needId = collection === 'partnerships' && document ? (document as Partnership).needId : null;
      if (needId !== null) needs.add(needId);
    }
    for (const needId of needs) {
      try {
        await settleNeed(ports, needId);
      } catch (error) {
        // The need was removed: nothing to close.
        if (!(error instanceof NotFound)) throw error;
      }
    }
  };
}
